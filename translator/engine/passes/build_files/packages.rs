//! Lists of Python packages, and settings of Python projects with such lists: a finding for each package of CUDA.

use crate::pass::Reporter;
use crate::pass::cmake_definitions::{definitions, settings};
use crate::pass::package_names::{each_word, package};
use crate::text::line_start;

/// Runs the pass.
pub(crate) fn run(pass: &mut Reporter) {
    each_word(pass, |pass, text, span| {
        if !is_own_name(&pass.source.bytes, span.start as usize) {
            package(pass, text, span);
        }
        definitions(pass, text, span.start, true);
    });
    settings(pass);
}

/// Whether the line around `at` is the name of the project itself: `name = "..."`.
fn is_own_name(bytes: &[u8], at: usize) -> bool {
    let line = line_start(bytes, at);
    let rest = bytes[line..].trim_ascii_start().strip_prefix(b"name");
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
}
