//! Variables that hold lists of architectures or options.

use tranship_rules::{Kind, rule};

use super::{Cmake, Form};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{self as flags, CommandLine};
use crate::readers::cmake::{Argument, Command};
use crate::readers::words::{Word, words};
use crate::text::{Edit, Span};

/// The variable that lists architectures.
pub(crate) const VARIABLE: &str = "CMAKE_CUDA_ARCHITECTURES";

/// Checks one command. Returns `true` if the whole command is handled here.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) -> bool {
    if changes_architectures(cmake, command) {
        return report_computed(pass, command);
    }
    let Some((variable, values)) = assignment(cmake, command) else { return false };
    let name = cmake.text(variable.span);
    if name == VARIABLE {
        return architectures(pass, cmake, command, values);
    }
    if name.starts_with("CUDA_NVCC_FLAGS") {
        return nvcc_flags(pass, cmake, command, variable, values);
    }
    unneeded(pass, cmake, command, name) || emptied(pass, cmake, command, name, values)
}

/// Removes a command that sets a variable which HIP does not need, if no other command uses the variable.
fn unneeded(pass: &mut Reporter, cmake: &Cmake, command: &Command, name: &str) -> bool {
    let row = pass.word(Kind::CmakeVariable, name).filter(|row| row.is_dropped());
    let Some(row) = row.filter(|_| cmake.is(command, "set")) else { return false };
    let uses = |other: &&Command| {
        let sets = cmake.is(other, "set");
        let arguments = other.arguments.iter().skip(usize::from(sets));
        arguments.into_iter().any(|argument| cmake.text(argument.span).contains(name))
    };
    if cmake.file.commands.iter().any(|other| uses(&other)) {
        return false;
    }
    pass.replace(row, command.span, Fix::One(Edit::remove(cmake.line_of(command))));
    true
}

/// Removes a command that only adds options which are dropped.
fn emptied(pass: &mut Reporter, cmake: &Cmake, command: &Command, name: &str, values: &[Argument]) -> bool {
    let own = format!("${{{name}}}");
    let all: Vec<Word> =
        values.iter().flat_map(|value| words(cmake.text(value.inner), value.inner.start, b";")).collect();
    let added: Vec<Word> = all.iter().filter(|word| word.text != own).cloned().collect();
    if added.is_empty() || (cmake.is(command, "set") && added.len() == all.len()) {
        return false;
    }
    let line = if name.starts_with("CMAKE_CUDA_FLAGS") { CommandLine::Nvcc } else { CommandLine::Unknown };
    let Some(row) = flags::all_dropped(pass, &added, line) else { return false };
    pass.replace(row, command.span, Fix::One(Edit::remove(cmake.line_of(command))));
    true
}

/// The variable that `set`, `list(APPEND)` or `string(APPEND)` writes, and the values.
fn assignment<'a>(cmake: &Cmake, command: &'a Command) -> Option<(Argument, &'a [Argument])> {
    let at = if cmake.is(command, "set") {
        0
    } else if cmake.is_one_of(command, &["list", "string"]) && cmake.argument(command, 0)?.0 == "APPEND" {
        1
    } else {
        return None;
    };
    Some((*command.arguments.get(at)?, command.arguments.get(at + 1..)?))
}

/// The values before `CACHE` and what follows it.
fn until_cache<'a>(cmake: &Cmake, values: &'a [Argument]) -> &'a [Argument] {
    let end = values.iter().position(|value| matches!(cmake.text(value.span), "CACHE" | "PARENT_SCOPE"));
    &values[..end.unwrap_or(values.len())]
}

/// Whether `command` changes the architectures in a way that fits numbers of NVIDIA alone: `TRANSFORM`, `string(REPLACE)`.
fn changes_architectures(cmake: &Cmake, command: &Command) -> bool {
    let is_bare = |at: usize| cmake.argument(command, at).is_some_and(|(text, _)| text == VARIABLE);
    let kind = cmake.argument(command, 0).map_or("", |(text, _)| text);
    if cmake.is(command, "list") {
        return matches!(kind, "TRANSFORM" | "FILTER" | "REMOVE_ITEM" | "INSERT" | "PREPEND") && is_bare(1);
    }
    let result = match kind {
        "REPLACE" => 3,
        "REGEX" => 4,
        _ => return false,
    };
    cmake.is(command, "string") && is_bare(result)
}

/// Reports a list of architectures that stays as it is. It returns `true`, for a command that is handled.
fn report_computed(pass: &mut Reporter, command: &Command) -> bool {
    pass.report_saying(rule::CMAKE_ARCHITECTURE_LIST, command.span, "a list of architectures is computed");
    true
}

/// Replaces NVIDIA's architectures by the target's architectures. A list that several commands extend becomes a
/// finding.
fn architectures(pass: &mut Reporter, cmake: &Cmake, command: &Command, values: &[Argument]) -> bool {
    let values = until_cache(cmake, values);
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    let all = first.span.to(last.span);
    let mut literals = values.iter().flat_map(|value| cmake.text(value.inner).split([';', ' ']));
    if cmake.is(command, "set") && values.len() == 1 && matches!(cmake.text(first.inner), "native" | "OFF") {
        return false;
    }
    if !cmake.is(command, "set") || !literals.all(is_architecture) {
        return report_computed(pass, command);
    }
    pass.report_fix(rule::CMAKE_ARCHITECTURES, all, Fix::One(Edit::replace(all, written(pass, *first))));
    false
}

/// Checks `-DCMAKE_CUDA_ARCHITECTURES=80`, an option for another run of CMake. `name` is the span of the variable.
pub(crate) fn defined(pass: &mut Reporter, argument: Argument, text: &str, name: Span) {
    let Some((_, value)) = text.split_once('=') else { return };
    // The other variables of the language get HIP's names on their way to another run of CMake.
    if value == "${CMAKE_CUDA_ARCHITECTURES}"
        && let Some(row) = pass.word(Kind::CmakeVariable, VARIABLE)
    {
        return pass.rename(row, name);
    }
    if !value.split(';').all(is_architecture) {
        let what = format!("the architectures are set elsewhere: `{value}`");
        return pass.report_saying(rule::CMAKE_ARCHITECTURE_LIST, argument.span, what);
    }
    let at = argument.inner.end - value.len() as u32;
    let edits = vec![
        Edit::replace(name, "CMAKE_HIP_ARCHITECTURES"),
        Edit::replace(Span::new(at, argument.inner.end), pass.context.target.archs.join(";")),
    ];
    pass.report_fix(rule::CMAKE_ARCHITECTURES, argument.span, Fix::Many(edits));
}

/// The target's architectures, quoted like `like`.
pub(crate) fn written(pass: &Reporter, like: Argument) -> String {
    let archs = &pass.context.target.archs;
    if like.form == Form::Quoted { format!("\"{}\"", archs.join(";")) } else { archs.join(" ") }
}

/// Whether `values` contains every architecture as plain text.
pub(crate) fn are_known(values: &str) -> bool {
    let is_default = matches!(values, "${CMAKE_CUDA_ARCHITECTURES}" | "${CMAKE_HIP_ARCHITECTURES}");
    is_default
        || values.split([';', ' ']).all(|value| is_architecture(value) || matches!(value, "native" | "OFF"))
}

/// Whether `text` is an architecture of NVIDIA as CMake names it.
pub(crate) fn is_architecture(text: &str) -> bool {
    let number = text.trim_end_matches("-real").trim_end_matches("-virtual").trim_end_matches(['a', 'f']);
    matches!(text, "all" | "all-major") || (number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Rewrites a command that sets `CUDA_NVCC_FLAGS`, if every option is known. `CUDA_NVCC_FLAGS` is a list, and
/// `CMAKE_HIP_FLAGS` is a string.
fn nvcc_flags(
    pass: &mut Reporter,
    cmake: &Cmake,
    command: &Command,
    variable: Argument,
    values: &[Argument],
) -> bool {
    let name = cmake.text(variable.span);
    let new_name = name.replacen("CUDA_NVCC_FLAGS", "CMAKE_HIP_FLAGS", 1);
    let own = format!("${{{name}}}");
    let mut all: Vec<Word> = Vec::new();
    for value in values {
        all.extend(words(cmake.text(value.inner), value.inner.start, b";"));
    }
    let is_unknown = |word: &&Word| {
        (word.text.starts_with('$') && word.text != own)
            || word.text.contains(['"', '\\'])
            || word.text == "CACHE"
    };
    let (mut new, open) = flags::translated(pass, &all, CommandLine::Nvcc);
    if open || all.is_empty() || all.iter().any(|word| is_unknown(&word)) {
        pass.report_saying(
            rule::CMAKE_NVCC_FLAGS,
            command.span,
            format!("`{name}` collects options that cannot be converted with certainty"),
        );
        return true;
    }
    let sets = cmake.is(command, "set");
    for word in new.iter_mut().filter(|word| **word == own) {
        *word = format!("${{{new_name}}}");
    }
    if new.is_empty() && !sets {
        pass.report_fix(rule::CMAKE_FLAGS, command.span, Fix::One(Edit::remove(cmake.line_of(command))));
        return true;
    }
    let from = values.first().map_or(variable.span.end, |value| value.span.start);
    let to = values.last().map_or(from, |value| value.span.end);
    let space = if sets { "" } else { " " };
    let mut edits = vec![
        Edit::replace(variable.span, new_name),
        Edit::replace(Span::new(from, to), format!("\"{space}{}\"", new.join(" "))),
    ];
    if cmake.is(command, "list") {
        edits.push(Edit::replace(command.name, "string"));
    }
    pass.report_fix(rule::CMAKE_FLAGS, command.span, Fix::Many(edits));
    true
}
