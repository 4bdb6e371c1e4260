//! Targets of the old CUDA module: `cuda_add_executable` and `cuda_add_library` also give a target the headers and the runtime
//! library of CUDA. Sources in the HIP language get both from their compiler, and sources of the host do not.

use tranship_rules::rule;

use super::{Cmake, Form};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::Edit;

/// Words between the name of a target and its sources.
const KEYWORDS: &[&str] = &["STATIC", "SHARED", "MODULE", "EXCLUDE_FROM_ALL", "WIN32", "MACOSX_BUNDLE"];

/// What stands for the runtime where the project links it by itself.
const RUNTIME: &[&str] =
    &["${CUDA_LIBRARIES}", "${CUDA_CUDART_LIBRARY}", "CUDA::cudart", "CUDA::cudart_static"];

/// Variables that hold the folder of CUDA's headers.
const HEADERS: &[&str] = &[
    "${CUDA_INCLUDE_DIRS}",
    "${CUDA_TOOLKIT_INCLUDE}",
    "${CUDAToolkit_INCLUDE_DIRS}",
    "${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES}",
];

/// The macro without which HIP's headers stop a host compiler.
const PLATFORM: &str = "__HIP_PLATFORM_AMD__";

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if gives_headers(cmake, command) {
        let first = pass.count();
        let (line_end, indentation) = (cmake.line_end(), cmake.indentation(command.span.start));
        let text = format!("{line_end}{indentation}add_definitions(-D{PLATFORM})");
        pass.report_fix(rule::CMAKE_OLD_TARGET, command.span, Fix::One(Edit::insert(command.span.end, text)));
        let found = pass.take_from(first);
        let what = "the command gives CUDA's headers to all targets of the folder";
        pass.report_all(found.into_iter().map(|finding| finding.saying(what)));
    }
    // With options, the command and what is behind it are one change.
    if cmake.bare(command, "OPTIONS").is_some() {
        return;
    }
    if let Some(text) = linked_runtime(cmake, command) {
        pass.report_fix(rule::CMAKE_OLD_TARGET, command.span, Fix::One(Edit::insert(command.span.end, text)));
    }
}

/// Whether `command` is the first in its branch that gives CUDA's headers to all targets of the folder. Those that do not link HIP's
/// targets need the macro of the platform for HIP's headers.
fn gives_headers(cmake: &Cmake, command: &Command) -> bool {
    let gives = |command: &Command| {
        cmake.is(command, "include_directories")
            && command.arguments.iter().any(|argument| HEADERS.contains(&cmake.text(argument.inner)))
    };
    let is_first = || {
        let earlier = cmake.file.commands.iter().take_while(|other| other.span.start < command.span.start);
        !earlier.into_iter().any(|other| other.branch == command.branch && gives(other))
    };
    gives(command) && is_first() && memchr::memmem::find(cmake.bytes, PLATFORM.as_bytes()).is_none()
}

/// The edits that put the kind of the target, which the old commands take at any place, directly behind its name, where the new
/// commands read it.
pub(crate) fn moved_keywords(cmake: &Cmake, command: &Command) -> Vec<Edit> {
    let Some((_, target)) = cmake.argument(command, 0) else { return Vec::new() };
    let is_keyword = |argument: &&Argument| {
        argument.form == Form::Unquoted && KEYWORDS.contains(&cmake.text(argument.inner))
    };
    let end = cmake.bare(command, "OPTIONS").map_or(command.span.end, |options| options.span.start);
    let sources = command.arguments.iter().skip(1).filter(|argument| argument.span.end <= end);
    let moved: Vec<&Argument> = sources.skip_while(is_keyword).filter(is_keyword).collect();
    let mut edits: Vec<Edit> =
        moved.iter().map(|argument| Edit::remove(cmake.with_gap(**argument))).collect();
    if !moved.is_empty() {
        let text: String = moved.iter().flat_map(|word| [" ", cmake.text(word.inner)]).collect();
        edits.push(Edit::insert(target.span.end, text));
    }
    edits
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
