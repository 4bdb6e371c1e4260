//! PyTorch's own C++ names. They stay as they are, because their names under ROCm depend on the release of PyTorch, and
//! PyTorch's build of extensions renames them.
//!
//! If a project does not use that build, each file gets one finding.

use tranship_rules::{list, rule};

use crate::cpp::Token;
use crate::pass::Pass;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    if pass.context.project.extends_torch {
        return;
    }
    let unit = pass.unit;
    let name = |token: &Token| unit.slice(token.span()).trim_matches(['<', '>', '"']).to_owned();
    let mut includes = unit.includes().filter(|(_, token)| !token.is(Token::FROZEN)).map(|(_, token)| token);
    let Some(first) =
        includes.find(|token| list::TORCH_CUDA_FOLDERS.iter().any(|folder| name(token).starts_with(folder)))
    else {
        return;
    };
    let what = format!("`{}` is a header of PyTorch for CUDA", name(first));
    pass.report_saying(rule::TORCH_NAMES, first.span(), what);
}
