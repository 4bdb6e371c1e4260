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
        && (begins_project(pass, cmake) || mentions_cuda(cmake))
    {
        minimum(pass, cmake, command);
    }
}

/// Whether the file is the list of a project with a language, from which the user starts CMake.
fn begins_project(pass: &Reporter, cmake: &Cmake) -> bool {
    let is_list = pass
        .source
        .path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().starts_with("cmakelists"));
    let has_language = |command: &Command| {
        cmake.is(command, "project")
            && !command.arguments.iter().any(|argument| cmake.text(argument.span) == "NONE")
    };
    is_list && cmake.file.commands.iter().any(has_language)
}

/// Whether the file names CUDA or a source of it. Another file can ask for an older release, because the running CMake has HIP's language
/// in any case.
fn mentions_cuda(cmake: &Cmake) -> bool {
    ["CUDA", "cuda", ".cu"].iter().any(|word| memchr::memmem::find(cmake.bytes, word.as_bytes()).is_some())
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
