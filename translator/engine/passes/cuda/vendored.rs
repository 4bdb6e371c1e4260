//! Copies of libraries in a project that have a counterpart for AMD GPUs. Each library gets one finding, in its main
//! header.

use std::path::Path;

use tranship_rules::{VENDORED, Vendored, rule};

use crate::pass::Pass;
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let path = &pass.unit.source.path;
    let is_its_header = |library: &&Vendored| path.ends_with(Path::new(library.header));
    let Some(Vendored { name, header, todo, .. }) = VENDORED.iter().find(is_its_header) else { return };
    let parts = Path::new(header).components().count();
    let folder = path.ancestors().nth(parts).unwrap_or(path).display();
    let what = if folder.to_string().is_empty() {
        format!("the project contains a copy of {name}")
    } else {
        format!("the project contains a copy of {name}, in `{folder}`")
    };
    let found = pass.finding(rule::VENDORED_LIBRARY, Span::at(0));
    if let Some(found) = found {
        pass.report(found.saying(what).advising(*todo));
    }
}
