//! Copies of libraries and of CUDA's headers in a project. Each library gets one finding, in its main header, and so does
//! each folder with headers of CUDA, in the first of them.

use std::path::Path;

use tranship_rules::{VENDORED, Vendored, rule};

use crate::pass::Pass;
use crate::text::Span;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    cuda_headers(pass);
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

/// Reports the copies of CUDA's headers in the folder of this file, if it is the first of them.
fn cuda_headers(pass: &mut Pass) {
    let path = &pass.unit.source.path;
    let Some(headers) = pass.context.index.cuda_headers_beside(path) else { return };
    let name = |header: &&Path| format!("`{}`", header.file_name().unwrap_or_default().display());
    let names = headers.iter().map(name).collect::<Vec<_>>().join(", ");
    let (what, todo) = match headers[..] {
        [_] => (
            format!("{names} is a copy of a header of CUDA, and stays as it is"),
            "remove the copy; converted code includes the header of ROCm",
        ),
        _ => (
            format!("{names} are copies of headers of CUDA, and stay as they are"),
            "remove the copies; converted code includes the headers of ROCm",
        ),
    };
    let found = pass.finding(rule::VENDORED_LIBRARY, Span::at(0));
    if let Some(found) = found {
        pass.report(found.saying(what).advising(todo));
    }
}
