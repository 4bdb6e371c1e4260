//! The language of the project: `project`, `enable_language`, and the CMake release that has the HIP language.

use tranship_rules::rule;

use super::{Cmake, packages};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::{Edit, Span};

/// The first release of CMake with the HIP language.
const FIRST: (u32, u32) = (3, 21);

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if cmake.is_one_of(command, &["project", "enable_language", "check_language"]) {
        let first = usize::from(cmake.is(command, "project"));
        let mut names = command.arguments.iter().skip(first);
        if let Some(cuda) = names.find(|argument| cmake.text(argument.span) == "CUDA") {
            let mut edits = vec![Edit::replace(cuda.span, "HIP")];
            edits.extend(packages::with_language(pass, cmake, command));
            pass.report_fix(rule::CMAKE_LANGUAGE, cuda.span, Fix::Many(edits));
        }
    }
    if cmake.is(command, "cmake_minimum_required")
        && pass.context.project.cmake.need_cuda_below(&pass.source.path)
    {
        minimum(pass, cmake, command);
    }
}

/// Raises the minimum version of CMake, which may be written as a range.
fn minimum(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let Some((text, argument)) = cmake.argument(command, 1) else { return };
    let least = text.split("...").next().unwrap_or_default();
    let mut numbers = least.split('.').map(|number| number.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next()) else { return };
    if (major, minor) < FIRST {
        let span = Span::new(argument.inner.start, argument.inner.start + least.len() as u32);
        let new = format!("{}.{}", FIRST.0, FIRST.1);
        pass.report_fix(rule::CMAKE_MINIMUM, span, Fix::One(Edit::replace(span, new)));
    }
}
