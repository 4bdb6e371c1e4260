//! Separable compilation, which links device code of several files: CUDA has a property for it, and HIP has options of the
//! compiler and of the linker.
//!
//! A property or variable with a value from elsewhere is left to a person.

use tranship_rules::{Level, rule};

use super::{Cmake, properties};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::{Edit, Span};

/// The property.
pub(super) const PROPERTY: &str = "CUDA_SEPARABLE_COMPILATION";

/// The options, for all targets of a folder or for the target `TARGET`.
const FOR_ALL: [&str; 2] = [
    "add_compile_options($<$<COMPILE_LANGUAGE:HIP>:-fgpu-rdc>)",
    "add_link_options($<$<LINK_LANGUAGE:HIP>:-fgpu-rdc> $<$<LINK_LANGUAGE:HIP>:--hip-link>)",
];
const FOR_TARGET: [&str; 2] = [
    "target_compile_options(TARGET PRIVATE $<$<COMPILE_LANGUAGE:HIP>:-fgpu-rdc>)",
    "target_link_options(TARGET PUBLIC $<$<LINK_LANGUAGE:HIP>:-fgpu-rdc> $<$<LINK_LANGUAGE:HIP>:--hip-link>)",
];

/// Checks a command that sets the variable with the default of the property. Returns `true` if it is handled here.
pub(super) fn variable(pass: &mut Reporter, cmake: &Cmake, command: &Command) -> bool {
    let [name, value] = command.arguments[..] else { return false };
    let is_it = matches!(cmake.text(name.span), PROPERTY | "CMAKE_CUDA_SEPARABLE_COMPILATION");
    let Some(is_on) = truth(cmake.text(value.inner)) else { return false };
    if !is_it || !cmake.is(command, "set") {
        return false;
    }
    if is_on && cmake.text(name.span) == PROPERTY && has_language_alone(cmake) {
        let finding = pass.finding(rule::CMAKE_SEPARABLE_COMPILATION, command.span).map(|finding| {
            let finding =
                finding.saying("only the old CUDA module reads the variable, and the file does not use it");
            finding
                .advising("")
                .assuming("")
                .with(Fix::One(Edit::remove(cmake.line_of(command))))
                .at(Level::Safe)
        });
        pass.report_all(finding);
    } else if is_on {
        let edit = Edit::replace(command.span, lines(cmake, command, FOR_ALL.map(str::to_owned)));
        pass.report_fix(rule::CMAKE_SEPARABLE_COMPILATION, command.span, Fix::One(edit));
    } else {
        remove(pass, command.span, cmake.line_of(command), is_on_for_all(cmake));
    }
    true
}

/// Checks the property at argument `index` of a command that sets properties. Returns `true` if it is handled here.
pub(super) fn property(pass: &mut Reporter, cmake: &Cmake, command: &Command, index: usize) -> bool {
    let value = cmake.argument(command, index + 1).and_then(|(value, _)| truth(value));
    let Some(is_on) = value else { return false };
    let argument = command.arguments[index];
    let removed = properties::without(cmake, command, index);
    if !is_on {
        remove(pass, argument.span, removed, is_on_for_all(cmake));
        return true;
    }
    let Some(targets) = targets(cmake, command) else { return false };
    let of_target =
        |target: &Argument| FOR_TARGET.map(|line| line.replacen("TARGET", cmake.text(target.span), 1));
    let text = lines(cmake, command, targets.iter().flat_map(of_target));
    let is_whole = removed.start <= command.span.start;
    let fix = if is_whole {
        Fix::One(Edit::replace(command.span, text))
    } else {
        let gap = cmake.line_end().to_owned() + cmake.indentation(command.span.start);
        Fix::Many(vec![Edit::remove(removed), Edit::insert(command.span.end, gap + &text)])
    };
    pass.report_fix(rule::CMAKE_SEPARABLE_COMPILATION, argument.span, fix);
    true
}

/// Removes `removed`, which switches separable compilation off at `span`. HIP compiles in this way by default, so the removal
/// is safe unless the file switches it on for all targets.
fn remove(pass: &mut Reporter, span: Span, removed: Span, is_on_for_all: bool) {
    let finding = pass.finding(rule::CMAKE_SEPARABLE_COMPILATION, span).map(|finding| {
        let finding = finding.with(Fix::One(Edit::remove(removed)));
        if is_on_for_all {
            return finding;
        }
        let finding = finding.saying("device code of several files is not linked together");
        finding.advising("").assuming("").at(Level::Safe)
    });
    pass.report_all(finding);
}

/// Whether the file makes CUDA its language, or HIP after a conversion, and uses no command of the old CUDA module.
fn has_language_alone(cmake: &Cmake) -> bool {
    let has_language = |command: &Command| {
        cmake.is_one_of(command, &["project", "enable_language"])
            && ["CUDA", "HIP"].iter().any(|name| cmake.bare(command, name).is_some())
    };
    let is_old = |command: &Command| {
        let finds = cmake.is(command, "find_package") && cmake.bare(command, "CUDA").is_some();
        finds || cmake.is_one_of(command, &["cuda_add_executable", "cuda_add_library", "cuda_compile"])
    };
    let commands = &cmake.file.commands;
    commands.iter().any(has_language) && !commands.iter().any(is_old)
}

/// Whether a command of the file switches separable compilation on for all targets.
fn is_on_for_all(cmake: &Cmake) -> bool {
    cmake.file.commands.iter().any(|command| {
        let [name, value] = command.arguments[..] else { return false };
        matches!(cmake.text(name.span), PROPERTY | "CMAKE_CUDA_SEPARABLE_COMPILATION")
            && cmake.is(command, "set")
            && truth(cmake.text(value.inner)) == Some(true)
    })
}

/// The targets whose properties `command` sets.
fn targets<'a>(cmake: &Cmake, command: &'a Command) -> Option<&'a [Argument]> {
    let at = |word: &str| command.arguments.iter().position(|argument| cmake.text(argument.span) == word);
    let targets = if cmake.is(command, "set_target_properties") {
        &command.arguments[..at("PROPERTIES")?]
    } else if cmake.is(command, "set_property") && at("TARGET") == Some(0) {
        &command.arguments[1..at("PROPERTY")?]
    } else {
        return None;
    };
    let is_name = |target: &Argument| !matches!(cmake.text(target.span), "APPEND" | "APPEND_STRING");
    (!targets.is_empty() && targets.iter().all(is_name)).then_some(targets)
}

/// The commands `all`, each on a line of its own with the indentation of `command`.
fn lines(cmake: &Cmake, command: &Command, all: impl IntoIterator<Item = String>) -> String {
    let gap = cmake.line_end().to_owned() + cmake.indentation(command.span.start);
    all.into_iter().collect::<Vec<_>>().join(&gap)
}

/// The meaning of a constant.
fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_uppercase().as_str() {
        "ON" | "TRUE" | "YES" | "Y" | "1" => Some(true),
        "OFF" | "FALSE" | "NO" | "N" | "0" => Some(false),
        _ => None,
    }
}
