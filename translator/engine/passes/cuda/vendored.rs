//! Libraries that a project brings along and that have a counterpart of their own for AMD's GPUs: one finding each, in the
//! file that everybody includes.

use std::path::Path;

use tranship_rules::{VENDORED, Vendored, rule};

use crate::pass::Pass;
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let path = &pass.unit.source.path;
    let is_its_header = |library: &&Vendored| path.ends_with(Path::new(library.header));
    let Some(Vendored { name, header, todo }) = VENDORED.iter().find(is_its_header) else { return };
    let parts = Path::new(header).components().count();
    let folder = path.ancestors().nth(parts).unwrap_or(path).display();
    let what = if folder.to_string().is_empty() {
        format!("the project brings {name} along")
    } else {
        format!("the project brings {name} along, in `{folder}`")
    };
    let found = pass.finding(rule::VENDORED_LIBRARY, Span::at(0));
    if let Some(found) = found {
        pass.report(found.saying(what).advising(*todo));
    }
}
