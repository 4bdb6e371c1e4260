//! `find_package`: CUDA's packages become ROCm's, one for each library whose target the project links.

use std::collections::BTreeSet;

use tranship_rules::{Kind, PORTABLE_LAYERS, rule};

use super::{Cmake, target_row};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::{Edit, Span};

/// Looks at one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if !cmake.is(command, "find_package") {
        return;
    }
    let Some((package, argument)) = cmake.argument(command, 0) else { return };
    if let Some(layer) = PORTABLE_LAYERS.iter().find(|layer| layer.package == package) {
        let what = format!("the project runs on GPUs through {package}");
        let found = pass.finding(rule::PORTABLE_LAYER, command.span);
        if let Some(found) = found {
            pass.report(found.saying(what).advising(layer.todo));
        }
        return;
    }
    if package != "CUDA" && package != "CUDAToolkit" {
        let row = pass.word(Kind::CmakeCommand, &format!("find_package({package})"));
        match row.map(|row| (row, pass.spelling(row))) {
            Some((row, Some(hip))) if !pass.context.project.cmake.bring(package) => {
                pass.replace(row, argument.span, Fix::One(Edit::replace(argument.inner, hip)));
            }
            Some((_, Some(_))) => {
                let what = format!("`{package}` is looked for by a module of the project");
                pass.report_saying(rule::CMAKE_OWN_MODULE, argument.span, what);
            }
            Some((row, None)) => pass.absent(row, argument.span),
            _ => {}
        }
        return;
    }
    let mut edits = vec![Edit::replace(argument.inner, "hip")];
    edits.extend(version(cmake, command));
    let option = |word: &str| cmake.bare(command, word).map_or(String::new(), |_| format!(" {word}"));
    let packages = packages(pass);
    edits.extend(added(cmake, command, packages, &(option("QUIET") + &option("REQUIRED"))));
    pass.report_fix(rule::CMAKE_PACKAGE, command.span, Fix::Many(edits));
    // A module may run inside of a function, where no language can be enabled.
    let is_module =
        pass.source.path.file_name().is_none_or(|name| !name.eq_ignore_ascii_case("CMakeLists.txt"));
    let legacy = package == "CUDA" && !is_module && !pass.context.project.cmake.enable_cuda();
    if legacy {
        enable(pass, cmake, command);
    }
}

/// CUDA's release says nothing about HIP's, so it goes.
fn version(cmake: &Cmake, command: &Command) -> Option<Edit> {
    let (text, argument) = cmake.argument(command, 1)?;
    text.starts_with(|c: char| c.is_ascii_digit() || c == '$').then(|| Edit::remove(cmake.with_gap(argument)))
}

/// The packages of all libraries that are linked from here on, without that of the runtime.
fn packages(pass: &Reporter) -> BTreeSet<&'static str> {
    let linked = pass.context.project.cmake.linked_below(&pass.source.path);
    let rows = linked.iter().filter_map(|linked| target_row(pass, linked));
    // NCCL and the like are looked for by commands of their own.
    let of_toolkit = rows.filter(|row| row.cuda.starts_with("CUDA"));
    let names = of_toolkit.filter_map(|row| pass.spelling(row)?.split_once("::")).map(|(_, name)| name);
    names.filter(|name| *name != "host" && *name != "device").collect()
}

/// The commands that look for `packages`, on lines of their own behind `command`.
fn added(cmake: &Cmake, command: &Command, packages: BTreeSet<&str>, options: &str) -> Option<Edit> {
    let (indentation, line_end) = (cmake.indentation(command.span.start), cmake.line_end());
    let line = |package| format!("{line_end}{indentation}find_package({package}{options})");
    let lines: String = packages.into_iter().map(line).collect();
    (!lines.is_empty()).then(|| Edit::insert(command.span.end, lines))
}

/// CUDA's language brings its libraries with it; HIP's are looked for where no command does yet.
pub(crate) fn with_language(pass: &Reporter, cmake: &Cmake, command: &Command) -> Option<Edit> {
    if pass.context.project.cmake.find_cuda() || cmake.is(command, "check_language") {
        return None;
    }
    let linked = pass.context.project.cmake.linked_below(&pass.source.path);
    let runtime = linked
        .iter()
        .filter_map(|linked| target_row(pass, linked))
        .any(|row| pass.spelling(row) == Some("hip::host"));
    let mut packages = packages(pass);
    packages.extend(runtime.then_some("hip"));
    added(cmake, command, packages, " REQUIRED")
}

/// The old module let CMake compile CUDA without a language for it; HIP needs one.
fn enable(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let (indentation, line_end) = (cmake.indentation(command.span.start), cmake.line_end());
    let lines: &[&str] = if cmake.bare(command, "REQUIRED").is_some() {
        &["enable_language(HIP)"]
    } else {
        &[
            "include(CheckLanguage)",
            "check_language(HIP)",
            "if(CMAKE_HIP_COMPILER)",
            "  enable_language(HIP)",
            "endif()",
        ]
    };
    let text = lines.join(&format!("{line_end}{indentation}")) + line_end + indentation;
    let fix = Fix::One(Edit::insert(command.span.start, text));
    pass.report_fix(rule::CMAKE_ENABLE_LANGUAGE, Span::at(command.span.start), fix);
}
