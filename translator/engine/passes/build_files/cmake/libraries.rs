//! Plain names of libraries that are linked, directly or through a variable.

use tranship_rules::{Kind, rule};

use super::{Cmake, target_row};
use crate::finding::Fix;
use crate::index::cmake_facts::LINK_COMMANDS;
use crate::pass::Reporter;
use crate::readers::cmake::{Argument, Command};
use crate::text::Edit;

/// Checks plain names of libraries that are linked, directly or through a variable.
pub(super) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if cmake.is(command, "set") {
        return named_libraries(pass, cmake, command);
    }
    if !cmake.is_one_of(command, LINK_COMMANDS) {
        return;
    }
    let skipped = usize::from(cmake.is(command, "target_link_libraries"));
    for argument in command.arguments.iter().skip(skipped) {
        let text = cmake.text(argument.inner).trim_start_matches("-l");
        // The project can have a target with the name of a library.
        if text.len() == cmake.text(argument.inner).len() && pass.context.project.cmake.defines_target(text) {
            continue;
        }
        let Some(row) = pass.word(Kind::LinkLibrary, text) else { continue };
        let target = target_row(pass, text).and_then(|row| pass.spelling(row));
        match target.filter(|target| !target.is_empty()) {
            _ if row.is_dropped() => {
                pass.replace(row, argument.span, Fix::One(Edit::remove(cmake.with_gap(*argument))));
            }
            Some(target) => pass.replace(row, argument.span, Fix::One(Edit::replace(argument.span, target))),
            None => pass.rename(row, argument.inner),
        }
    }
}

/// Checks names of libraries in a variable that a command for linking or a search names.
fn named_libraries(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    let is_name = |argument: &&Argument| pass.word(Kind::LinkLibrary, cmake.text(argument.inner)).is_some();
    let names: Vec<Argument> = command.arguments.iter().skip(1).filter(is_name).copied().collect();
    let Some((variable, _)) = cmake.argument(command, 0).filter(|_| !names.is_empty()) else { return };
    let is_used = |other: &Command| {
        let is_it = |argument: &Argument| {
            let inner = cmake.text(argument.inner).strip_prefix("${").and_then(|name| name.strip_suffix('}'));
            inner == Some(variable)
        };
        (cmake.is_one_of(other, LINK_COMMANDS) || cmake.is(other, "find_library"))
            && other.arguments.iter().any(is_it)
    };
    if !cmake.file.commands.iter().any(is_used) {
        return;
    }
    for name in names {
        let Some(row) = pass.word(Kind::LinkLibrary, cmake.text(name.inner)) else { continue };
        if row.is_dropped() {
            let what = format!("`{}` has no counterpart and needs none", cmake.text(name.inner));
            pass.report_saying(rule::CMAKE_TARGET, name.inner, what);
        } else {
            pass.rename(row, name.inner);
        }
    }
}
