//! Sources that keep the ending `.cu`, which CMake compiles as CUDA. The command that names them is followed by one
//! that sets their language to HIP.

use tranship_rules::{Level, rule};

use super::{Cmake, Form};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::Edit;

/// Commands that define a target with the sources that they name.
const TARGETS: &[&str] = &["add_executable", "add_library", "cuda_add_executable", "cuda_add_library"];

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let facts = &pass.context.project.cmake;
    let keeps = pass.context.keep_names || pass.context.project.own_hip.keeps_name(&pass.source.path);
    let is_cuda = facts.enable_cuda() || facts.find_cuda();
    // After a conversion the language is HIP, and sources that got no property are still open.
    let is_open = || facts.enable_hip() && memchr::memmem::find(cmake.bytes, b"LANGUAGE HIP").is_none();
    if !keeps || !(is_cuda || is_open()) {
        return;
    }
    let is_hip = !is_cuda;
    let is_source = |argument: &&Argument| cmake.text(argument.inner).strip_suffix(".cu").is_some();
    let sources: Vec<Argument> = command.arguments.iter().filter(is_source).copied().collect();
    if sources.is_empty() {
        return;
    }
    let first = cmake.argument(command, 0).map_or("", |(text, _)| text);
    let second = cmake.argument(command, 1).map_or("", |(text, _)| text);
    let lists = cmake.is(command, "list") && matches!(first, "APPEND" | "PREPEND");
    let globs = cmake.is(command, "file") && matches!(first, "GLOB" | "GLOB_RECURSE");
    let names = sources.iter().map(|source| cmake.text(source.span)).collect::<Vec<_>>().join(" ");
    let affected = if globs {
        // A pattern can match other files too, which must not be compiled as HIP.
        let is_pattern = |argument: &Argument| cmake.text(argument.inner).contains(['*', '.', '?']);
        let patterns = command.arguments.iter().skip(2).filter(|argument| is_pattern(argument)).count();
        (patterns == sources.len()).then(|| format!("${{{second}}}"))
    } else if cmake.is(command, "target_sources") {
        Some(format!("{names} TARGET_DIRECTORY {first}"))
    } else if cmake.is_one_of(command, TARGETS) || cmake.is(command, "set") || lists {
        // The property applies only in the folder that sets it.
        cmake.bare(command, "PARENT_SCOPE").is_none().then_some(names)
    } else {
        return;
    };
    let plain = sources.iter().all(|s| s.form != Form::Bracket && !cmake.text(s.inner).contains("$<"));
    let Some(found) = pass.finding(rule::CMAKE_KEPT_NAMES, command.span) else { return };
    let Some(affected) = affected.filter(|_| plain) else { return pass.report(found.at(Level::Manual)) };
    if is_hip {
        return;
    }
    let property = format!("set_source_files_properties({affected} PROPERTIES LANGUAGE HIP)");
    if memchr::memmem::find(cmake.bytes, property.as_bytes()).is_some() {
        return;
    }
    let (line_end, indentation) = (cmake.line_end(), cmake.indentation(command.span.start));
    let text = line_end.to_owned() + indentation + &property;
    pass.report(found.with(Fix::One(Edit::insert(command.span.end, text))));
}
