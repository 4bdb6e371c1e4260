//! Code that CMake compiles while it configures: sources in strings, files that it writes, and the commands that compile them.
//!
//! All passes over C++ run over the code. A string that other files put together is not followed.

use tranship_rules::rule;

use super::{Cmake, Form};
use crate::embedded::{Embedded, Literal};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::Edit;

/// Commands for sources of CUDA, and the command for any language in their place.
const CHECKS: &[(&str, &str)] = &[
    ("check_cuda_source_compiles", "check_source_compiles"),
    ("check_cuda_source_runs", "check_source_runs"),
];

/// The modules that define these commands.
const MODULES: &[(&str, &str)] =
    &[("CheckCUDASourceCompiles", "CheckSourceCompiles"), ("CheckCUDASourceRuns", "CheckSourceRuns")];

/// Commands with an argument that is code.
const WITH_CODE: &[&str] = &[
    "file",
    "set",
    "string",
    "check_cuda_source_compiles",
    "check_cuda_source_runs",
    "check_source_compiles",
    "check_source_runs",
    "check_cxx_source_compiles",
    "check_cxx_source_runs",
    "check_c_source_compiles",
    "check_c_source_runs",
    "try_compile",
    "try_run",
];

/// The ending of CUDA's sources.
const ENDING: &str = ".cu";

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    check(pass, cmake, command);
    if cmake.is_one_of(command, WITH_CODE) {
        for argument in &command.arguments {
            code(pass, cmake, *argument);
        }
    }
}

/// A command, or its module, that compiles a source as CUDA.
fn check(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if let Some((cuda, new)) = CHECKS.iter().find(|(cuda, _)| cmake.is(command, cuda)) {
        let Some(first) = command.arguments.first() else { return };
        let mut edits = vec![Edit::replace(command.name, *new), Edit::insert(first.span.start, "HIP ")];
        edits.extend(runtime(cmake, *first));
        let what = format!("`{cuda}` compiles its source as CUDA");
        let finding = pass.finding(rule::CMAKE_LANGUAGE, command.name);
        pass.report_all(finding.map(|finding| finding.saying(what).with(Fix::Many(edits))));
    } else if cmake.is(command, "include") {
        let module = cmake.argument(command, 0);
        let Some((name, argument)) = module else { return };
        let Some((_, new)) = MODULES.iter().find(|(cuda, _)| *cuda == name) else { return };
        pass.report_fix(rule::CMAKE_LANGUAGE, argument.inner, Fix::One(Edit::replace(argument.inner, *new)));
    } else if cmake.is_one_of(command, &["check_source_compiles", "check_source_runs"]) {
        let Some((_, language)) = cmake.argument(command, 0).filter(|(text, _)| *text == "CUDA") else {
            return;
        };
        let mut edits = vec![Edit::replace(language.inner, "HIP")];
        edits.extend(cmake.argument(command, 1).and_then(|(_, code)| runtime(cmake, code)));
        pass.report_fix(rule::CMAKE_LANGUAGE, language.inner, Fix::Many(edits));
    }
}

/// The include of HIP's runtime for a source that gets CUDA's from nvcc.
fn runtime(cmake: &Cmake, code: Argument) -> Option<Edit> {
    const INCLUDE: &str = "#include <hip/hip_runtime.h>";
    let text = cmake.text(code.inner);
    let is_included =
        ["cuda_runtime", "cuda.h", "hip/hip_runtime.h"].iter().any(|header| text.contains(header));
    let line_end = match code.form {
        Form::Quoted => "\\n",
        Form::Bracket => cmake.line_end(),
        Form::Unquoted | Form::Paren => return None,
    };
    (!is_included).then(|| Edit::insert(code.inner.start, format!("{INCLUDE}{line_end}")))
}

/// An argument that is code of C++: it includes a header or has a function of device code.
fn code(pass: &mut Reporter, cmake: &Cmake, argument: Argument) {
    let text = cmake.text(argument.inner);
    let includes = || {
        let mut found = text.match_indices("#include");
        found.any(|(at, word)| text[at + word.len()..].trim_start().starts_with(['<', '"', '\\']))
    };
    let end = match argument.form {
        Form::Quoted => "\"",
        Form::Bracket => cmake.text(argument.span).rsplit(text).next().unwrap_or("]]"),
        Form::Unquoted | Form::Paren => return,
    };
    let raw = argument.form == Form::Bracket;
    let literal = Literal { inner: argument.inner, raw, lines: true, end: end.to_owned() };
    let code = Embedded::new(cmake.bytes, vec![literal]);
    if includes() || code.is_device_code() {
        pass.embed(code, None);
    }
}

/// Gives sources of CUDA that the file writes the ending of HIP's, wherever the file names them.
pub(crate) fn written(pass: &mut Reporter, cmake: &Cmake, settled: &[bool]) {
    let project = &pass.context.project;
    if !project.cmake.enable_cuda() || project.own_hip.exists() {
        return;
    }
    let commands = || cmake.file.commands.iter().zip(settled).filter(|(_, settled)| !**settled);
    let mut names: Vec<&str> = Vec::new();
    for (command, _) in commands().filter(|(command, _)| cmake.is(command, "file")) {
        let is_written = |(text, _): &(&str, Argument)| matches!(*text, "WRITE" | "APPEND" | "CONFIGURE");
        let path = cmake.argument(command, 0).filter(is_written).and(cmake.argument(command, 1));
        let name = path.map(|(path, _)| last(path)).filter(|name| name.ends_with(ENDING));
        names.extend(name.filter(|name| !name.contains('$')));
    }
    let is_of_project = |name: &str| {
        pass.context.index.paths().any(|(_, path)| path.file_name().is_some_and(|own| own == name))
    };
    names.retain(|name| !is_of_project(name));
    if names.is_empty() {
        return;
    }
    for argument in commands().flat_map(|(command, _)| &command.arguments) {
        let name = last(cmake.text(argument.inner));
        if names.contains(&name) && argument.form != Form::Bracket {
            let at = argument.inner.end - ENDING.len() as u32;
            let span = crate::text::Span::new(at, argument.inner.end);
            let what = format!("CMake compiles the file `{name}`, which it writes, as CUDA");
            let finding = pass.finding(rule::CMAKE_LANGUAGE, argument.inner);
            let fix = Fix::One(Edit::replace(span, ".hip"));
            pass.report_all(finding.map(|finding| finding.saying(what).with(fix)));
        }
    }
}

/// The name of the file at `path`.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
