//! `find_package`: CUDA's packages become ROCm's packages, one for each library that the project links.

use std::collections::BTreeSet;

use tranship_rules::{Kind, Level, PORTABLE_LAYERS, rule};

use super::{Cmake, target_row};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::Command;
use crate::text::{Edit, Span};

/// Checks one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    // CMake's module works without `find_package` too.
    if cmake.is(command, "include")
        && cmake.argument(command, 0).is_some_and(|(name, _)| matches!(name, "FindCUDA" | "FindCUDAToolkit"))
    {
        let fix = Fix::One(Edit::replace(command.span, "find_package(hip)"));
        return pass.report_fix(rule::CMAKE_PACKAGE, command.span, fix);
    }
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
            Some((row, Some(hip))) if !pass.context.project.cmake.has_find_module(package) => {
                pass.replace(row, argument.span, Fix::One(Edit::replace(argument.inner, hip)));
            }
            // The searches of the module are converted, or reported there.
            Some((_, Some(hip))) if module_searches(pass, package, hip) => {}
            Some((_, Some(_))) => {
                let what = format!("a module of the project looks for `{package}`");
                pass.report_saying(rule::CMAKE_OWN_MODULE, argument.span, what);
            }
            Some((row, None)) => pass.absent(row, argument.span),
            _ => {}
        }
        return;
    }
    let mut edits = vec![Edit::replace(argument.inner, "hip")];
    edits.extend(version(cmake, command));
    edits.extend(components(cmake, command));
    let option = |word: &str| cmake.bare(command, word).map_or(String::new(), |_| format!(" {word}"));
    let packages = packages(pass);
    edits.extend(added(cmake, command, packages, &(option("QUIET") + &option("REQUIRED"))));
    pass.report_fix(rule::CMAKE_PACKAGE, command.span, Fix::Many(edits));
    // A module may run inside of a function, where CMake cannot enable a language.
    let is_module =
        pass.source.path.file_name().is_none_or(|name| !name.eq_ignore_ascii_case("CMakeLists.txt"));
    let legacy = package == "CUDA" && !is_module && !pass.context.project.cmake.enable_cuda();
    if legacy {
        enable(pass, cmake, command);
    } else if package == "CUDA" && is_module && !pass.context.project.cmake.may_enable_hip() {
        let finding = pass.finding(rule::CMAKE_ENABLE_LANGUAGE, command.span).map(|finding| {
            let finding = finding.saying("no file of the project makes HIP a language");
            let todo = "write `enable_language(HIP)` behind `project` in the `CMakeLists.txt` that includes this module";
            finding.advising(todo).assuming("").at(Level::Manual)
        });
        pass.report_all(finding);
    }
}

/// Whether the module of the project for `package` searches for a library of CUDA that has a counterpart, or for the one of ROCm,
/// whose package is `hip`.
fn module_searches(pass: &Reporter, package: &str, hip: &str) -> bool {
    pass.context.project.cmake.searched_by_module(package).any(|word| {
        let row = pass.word(Kind::LinkLibrary, word);
        word == hip || row.and_then(|row| pass.spelling(row)).is_some_and(|name| !name.is_empty())
    })
}

/// The edit that removes CUDA's release number, which does not apply to HIP.
fn version(cmake: &Cmake, command: &Command) -> Option<Edit> {
    let (text, argument) = cmake.argument(command, 1)?;
    text.starts_with(|c: char| c.is_ascii_digit() || c == '$').then(|| Edit::remove(cmake.with_gap(argument)))
}

/// The edits that remove the components of CUDA's package, because HIP's package has none.
fn components(cmake: &Cmake, command: &Command) -> Vec<Edit> {
    const LISTS: &[&str] = &["COMPONENTS", "OPTIONAL_COMPONENTS"];
    let mut is_in_list = false;
    let mut edits = Vec::new();
    for &argument in &command.arguments {
        let word = cmake.text(argument.span);
        let is_keyword = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_in_list = LISTS.contains(&word) || (is_in_list && !is_keyword);
        if is_in_list {
            edits.push(Edit::remove(cmake.with_gap(argument)));
        }
    }
    edits
}

/// The packages of all libraries that this folder and the folders below it link, without the package of the runtime.
fn packages(pass: &Reporter) -> BTreeSet<&'static str> {
    let linked = pass.context.project.cmake.linked_below(&pass.source.path);
    let rows = linked.iter().filter_map(|linked| target_row(pass, linked));
    // NCCL and similar libraries have `find_package` commands of their own.
    let of_toolkit = rows.filter(|row| row.cuda.starts_with("CUDA"));
    let names = of_toolkit.filter_map(|row| pass.spelling(row)?.split_once("::")).map(|(_, name)| name);
    names.filter(|name| *name != "host" && *name != "device").collect()
}

/// The commands that look for `packages`, on lines of their own behind `command`.
fn added(cmake: &Cmake, command: &Command, packages: BTreeSet<&str>, options: &str) -> Option<Edit> {
    let (indentation, line_end) = (cmake.indentation(command.span.start), cmake.line_end());
    // OpenCL is no part of HIP, and another branch than this one can need it.
    let options =
        |package| if package == "OpenCL" { options.replace(" REQUIRED", "") } else { options.to_owned() };
    let line = |package| format!("{line_end}{indentation}find_package({package}{})", options(package));
    let lines: String = packages.into_iter().map(line).collect();
    (!lines.is_empty()).then(|| Edit::insert(command.span.end, lines))
}

/// The commands that look for HIP's libraries, if no command does yet. CUDA's language includes its libraries, and
/// HIP's language does not.
pub(crate) fn with_language(pass: &Reporter, cmake: &Cmake, command: &Command) -> Option<Edit> {
    if pass.context.project.cmake.find_cuda_near(&pass.source.path) || cmake.is(command, "check_language") {
        return None;
    }
    let linked = pass.context.project.cmake.linked_below(&pass.source.path);
    let runtime = linked
        .iter()
        .filter_map(|linked| target_row(pass, linked))
        .any(|row| pass.spelling(row) == Some("hip::host"));
    let mut packages = packages(pass);
    let has_headers = pass.context.project.cmake.use_headers_below(&pass.source.path);
    packages.extend((runtime || has_headers).then_some("hip"));
    added(cmake, command, packages, " REQUIRED")
}

/// Enables the HIP language. The old CUDA module compiled CUDA without a CMake language.
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
