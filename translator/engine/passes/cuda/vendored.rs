//! Copies of libraries and of CUDA's headers in a project. Each library gets one finding, in its main header, and so does
//! each folder with headers of CUDA, in the first of them.

use std::ffi::OsStr;
use std::path::Path;

use tranship_rules::{VENDORED, Vendored, rule};

use crate::lang::Lang;
use crate::pass::{Pass, Reporter, is_comment};
use crate::text::{Span, is_word};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    cuda_headers(pass);
    let path = &pass.unit.source.path;
    let is_its_header = |library: &&Vendored| !library.portable && path.ends_with(Path::new(library.header));
    let Some(Vendored { name, header, todo, .. }) = VENDORED.iter().find(is_its_header) else { return };
    let parts = Path::new(header).components().count();
    let around = path.ancestors().nth(parts).unwrap_or(Path::new(""));
    let is_first = |other: &&Vendored| {
        other.name == *name && pass.context.index.id(&around.join(other.header)).is_some()
    };
    if VENDORED.iter().find(is_first).is_some_and(|first| first.header != *header) {
        return;
    }
    let tree = pass.context.project.own_hip.copies().iter().find(|copy| path.starts_with(&copy.root));
    let folder = tree.map_or_else(|| path.ancestors().nth(parts).unwrap_or(path), |copy| &copy.root);
    let folder = folder.display();
    let what = if folder.to_string().is_empty() {
        format!("the project contains a copy of {name}")
    } else {
        format!("the project contains a copy of {name}, in `{folder}`")
    };
    let found = pass.finding(rule::VENDORED_LIBRARY, Span::at(0));
    if let Some(found) = found {
        let what = if tree.is_some() { format!("{what}, which stays as it is") } else { what };
        pass.report(found.saying(what).advising(*todo));
    }
}

/// Reports the include paths of copies of libraries in a build file. Their headers would hide the headers of ROCm that have the
/// same names.
pub(crate) fn include_paths(pass: &mut Reporter) {
    let reads = [Lang::Cmake, Lang::Make, Lang::Shell, Lang::Python, Lang::Cargo, Lang::Build];
    if !reads.contains(&pass.source.lang) {
        return;
    }
    for copy in pass.context.project.own_hip.copies().iter().filter(|copy| !copy.library.portable) {
        let path = copy.include_path.display();
        let name = copy.library.name;
        let what = format!("`{path}` has the headers of a copy of {name}, which are for CUDA only");
        for span in mentions(&pass.source.bytes, &copy.include_path) {
            let found = pass.finding(rule::VENDORED_LIBRARY, span);
            pass.report_all(found.map(|found| {
                found
                    .saying(what.clone())
                    .advising("remove the folder from the include paths and from the build")
            }));
        }
    }
}

/// The places that name the last two folders of `path`, joined by `/` or as parts of a list: `"third_party", "cub"`.
fn mentions(bytes: &[u8], path: &Path) -> Vec<Span> {
    let mut names = path.iter().rev().map(OsStr::as_encoded_bytes);
    let (Some(last), Some(first)) = (names.next(), names.next()) else { return Vec::new() };
    let is_joined = |byte: &u8| matches!(byte, b'/' | b'"' | b'\'' | b',' | b' ');
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, first) {
        let rest = &bytes[at + first.len()..];
        let gap = rest.iter().take_while(|byte| is_joined(byte)).count();
        let end = at + first.len() + gap + last.len();
        let ends = |byte: &u8| !(is_word(*byte) || matches!(byte, b'-' | b'.'));
        let is_whole = (at == 0 || !is_word(bytes[at - 1])) && bytes.get(end).is_none_or(ends);
        if gap > 0 && rest[gap..].starts_with(last) && is_whole && !is_comment(bytes, at) {
            found.push(Span::new(at as u32, end as u32));
        }
    }
    found
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
