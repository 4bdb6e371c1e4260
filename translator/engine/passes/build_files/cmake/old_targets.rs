//! Targets of the old CUDA module: `cuda_add_executable` and `cuda_add_library` also give a target the headers and the runtime
//! library of CUDA. Sources in the HIP language get both from their compiler, and sources of the host do not.

use tranship_rules::rule;

use super::Cmake;
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::Edit;

/// Words between the name of a target and its sources.
const KEYWORDS: &[&str] = &["STATIC", "SHARED", "MODULE", "EXCLUDE_FROM_ALL", "WIN32", "MACOSX_BUNDLE"];

/// What stands for the runtime where the project links it by itself.
const RUNTIME: &[&str] =
    &["${CUDA_LIBRARIES}", "${CUDA_CUDART_LIBRARY}", "CUDA::cudart", "CUDA::cudart_static"];

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    // With options, the command and what is behind it are one change.
    if cmake.bare(command, "OPTIONS").is_some() {
        return;
    }
    if let Some(text) = linked_runtime(cmake, command) {
        pass.report_fix(rule::CMAKE_OLD_TARGET, command.span, Fix::One(Edit::insert(command.span.end, text)));
    }
}

/// The command that links the runtime with the target of `command`, on a line of its own, if the target needs it.
pub(crate) fn linked_runtime(cmake: &Cmake, command: &Command) -> Option<String> {
    if !cmake.is_one_of(command, &["cuda_add_executable", "cuda_add_library"]) {
        return None;
    }
    let (target, _) = cmake.argument(command, 0)?;
    let words = command.arguments.iter().skip(1).map(|argument| cmake.text(argument.inner));
    let mut sources = words.take_while(|word| *word != "OPTIONS");
    if sources.all(|source| source.strip_suffix(".cu").is_some() || KEYWORDS.contains(&source)) {
        return None;
    }
    let links_runtime = |other: &Command| {
        cmake.is(other, "target_link_libraries")
            && cmake.argument(other, 0).is_some_and(|(name, _)| name == target)
            && other.arguments.iter().any(|argument| RUNTIME.contains(&cmake.text(argument.inner)))
    };
    if cmake.file.commands.iter().any(links_runtime) {
        return None;
    }
    let (line_end, indentation) = (cmake.line_end(), cmake.indentation(command.span.start));
    // The old module links by the form without a keyword, so the other commands for the target have that form too.
    Some(format!("{line_end}{indentation}target_link_libraries({target} hip::host)"))
}
