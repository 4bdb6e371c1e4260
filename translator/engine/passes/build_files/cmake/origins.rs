//! Questions about where a value comes from, and who reads it: the project, a package of CMake, or people.

use tranship_rules::Name;

use super::Cmake;
use crate::pass::Reporter;
use crate::readers::cmake::Command;

/// Whether the file gives a variable for CUDA's release a value of its own and asks no package of CMake for it: an image or an
/// archive can have it in its name.
pub(super) fn is_own_release(cmake: &Cmake, name: &str) -> bool {
    let is_release = name.starts_with("CUDA_VERSION");
    let sets = |command: &Command| {
        let value = cmake.argument(command, 1).map_or("", |(value, _)| value);
        let is_literal = value.starts_with(|c: char| c.is_ascii_digit());
        cmake.is(command, "set")
            && is_literal
            && cmake.argument(command, 0).is_some_and(|(set, _)| set == name)
    };
    let finds = |command: &Command| {
        cmake.is(command, "find_package")
            && cmake.argument(command, 0).is_some_and(|(name, _)| name == "CUDA")
    };
    let commands = &cmake.file.commands;
    is_release && commands.iter().any(sets) && !commands.iter().any(finds)
}

/// Whether the target `name` of a library beside the toolkit comes from another command than `find_package`, so that nothing would find
/// the package of its counterpart.
pub(super) fn is_found_otherwise(pass: &Reporter, row: &'static Name, name: &str) -> bool {
    let package = name.split("::").next().unwrap_or(name);
    let is_imported = pass.spelling(row).is_some_and(|hip| hip.contains("::"));
    is_imported && package != "CUDA" && !pass.context.project.cmake.finds(package)
}

/// Whether argument `index` of `command` only describes a variable for people: `option(NAME "text")`, `set(NAME v CACHE BOOL "text")`.
pub(super) fn is_description(cmake: &Cmake, command: &Command, index: usize) -> bool {
    let is_cached =
        || index >= 2 && cmake.argument(command, index - 2).is_some_and(|(text, _)| text == "CACHE");
    cmake.is(command, "option") && index == 1 || cmake.is(command, "set") && is_cached()
}

/// Whether the file gives the options in variable `name` to the compiler of CUDA alone, by a generator expression, or the name says so.
pub(super) fn is_expanded_for_cuda(cmake: &Cmake, name: &str) -> bool {
    let reference = format!("COMPILE_LANGUAGE:CUDA>:${{{name}}}");
    let arguments = cmake.file.commands.iter().flat_map(|command| &command.arguments);
    let says_so = ["CUDA_FLAGS", "NVCC_FLAGS"].iter().any(|end| name.ends_with(end));
    let mut arguments = arguments.into_iter();
    !name.is_empty() && (says_so || arguments.any(|argument| cmake.text(argument.inner).contains(&reference)))
}

/// For each command, whether a branch for macOS alone is around it: `if(APPLE)`.
pub(super) fn for_apple(cmake: &Cmake) -> Vec<bool> {
    let commands = &cmake.file.commands;
    let is_apple = |head: &Command| {
        let condition: Vec<&str> = head.arguments.iter().map(|part| cmake.text(part.span)).collect();
        cmake.is_one_of(head, &["if", "elseif"]) && condition == ["APPLE"]
    };
    let mut found: Vec<bool> = Vec::with_capacity(commands.len());
    for command in commands {
        // The head of a branch is before its commands.
        let is_in = |at: usize| found.get(at).is_some_and(|&is_in| is_in) || is_apple(&commands[at]);
        let is_inside = command.branch.is_some_and(is_in);
        found.push(is_inside);
    }
    found
}

/// Whether the file defines the variable as an option of the project.
pub(super) fn is_option(cmake: &Cmake, name: &str) -> bool {
    let defines = |command: &Command| {
        cmake.is_one_of(command, &["option", "cmake_dependent_option"])
            && cmake.argument(command, 0).is_some_and(|(option, _)| option == name)
    };
    cmake.file.commands.iter().any(defines)
}

/// Whether the argument behind the option is text for a part of nvcc that clang does not have: `-Xcudafe "--display_error_number"`.
pub(super) fn takes_text(option: &str) -> bool {
    matches!(option, "-Xcudafe" | "-Xptxas" | "-Xfatbin" | "-Xnvlink" | "-Xarchive")
}

/// Whether `command` looks for text in a list or string, or compares it: without an option it would have an argument too few.
pub(super) fn searches_text(cmake: &Cmake, command: &Command) -> bool {
    let kind = cmake.argument(command, 0).map_or("", |(text, _)| text);
    let asks =
        matches!(kind, "FIND" | "REMOVE_ITEM" | "REPLACE" | "REGEX" | "COMPARE" | "FILTER" | "TRANSFORM");
    (cmake.is_one_of(command, &["list", "string"]) && asks)
        || cmake.is_one_of(command, &["if", "elseif", "while"])
}
