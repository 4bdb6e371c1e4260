//! Values that any argument can contain: variables, targets, generator expressions, options, folders of the toolkit.

use tranship_rules::{Kind, Level, Name, rule};

use super::compilers::{language_in_list, languages, names_header, sets_nvcc};
use super::origins::{
    is_description, is_expanded_for_cuda, is_found_otherwise, is_option, is_own_release, searches_text,
    takes_text,
};
use super::{Cmake, Form, is_from_own_module, libraries, lists, properties};
use crate::finding::Fix;
use crate::index::cmake_facts::{self, LINK_COMMANDS};
use crate::pass::Reporter;
use crate::pass::nvcc_options::{self as flags, CommandLine};
use crate::readers::cmake::{Argument, Command};
use crate::readers::words::{Word, with_gap, words};
use crate::text::{Edit, Span, is_word};

/// Checks all arguments of one command.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if let Some(span) = sets_nvcc(cmake, command) {
        let finding = pass.finding(rule::CMAKE_VARIABLE, span).map(|finding| {
            finding
                .saying("`CMAKE_CUDA_COMPILER` gets nvcc")
                .advising("remove the command: CMake finds ROCm's clang by itself, and rejects hipcc in `CMAKE_HIP_COMPILER`")
        });
        return pass.report_all(finding);
    }
    let is_message = cmake.is(command, "message");
    let names_properties = cmake.is_one_of(command, properties::COMMANDS);
    for (index, argument) in command.arguments.iter().enumerate() {
        let is_property =
            names_properties && pass.word(Kind::CmakeProperty, cmake.text(argument.inner)).is_some();
        if is_property || matches!(argument.form, Form::Bracket | Form::Paren) {
            continue;
        }
        variables(pass, cmake, command, *argument, is_message);
        if index > 0 && cmake.text(argument.span) == "CUDA" {
            language_in_list(pass, cmake, command, *argument);
        }
        targets(pass, cmake, command, index);
        languages(pass, cmake, *argument);
        if !is_message {
            toolkit_folder(pass, cmake, *argument);
        }
    }
    if !is_message && !cmake.is_one_of(command, LINK_COMMANDS) {
        options(pass, cmake, command);
    }
    if !is_message {
        libraries::run(pass, cmake, command);
    }
}

/// Checks the variables of one argument: `NAME` alone, `${NAME}`, `$ENV{NAME}`, `-DNAME=`.
fn variables(pass: &mut Reporter, cmake: &Cmake, command: &Command, argument: Argument, is_message: bool) {
    let text = cmake.text(argument.inner);
    let at = argument.inner.start;
    let span = |from: usize, to: usize| Span::new(at + from as u32, at + to as u32);
    if argument.form == Form::Unquoted && text.bytes().all(is_word) {
        variable(pass, cmake, text, span(0, text.len()), None, is_message);
        return;
    }
    if let Some(rest) = text.strip_prefix("-D") {
        let length = rest.bytes().take_while(|&byte| is_word(byte)).count();
        let name = &rest[..length];
        if name == "CMAKE_CUDA_ARCHITECTURES" {
            lists::defined(pass, argument, text, span(2, 2 + length));
        } else {
            variable(pass, cmake, name, span(2, 2 + length), None, is_message);
        }
    }
    if !text.contains('$') {
        return;
    }
    for (open, _) in text.match_indices("${") {
        let Some(length) = text[open + 2..].find('}') else { break };
        let name = &text[open + 2..open + 2 + length];
        if names_header(pass, name, &text[open + 3 + length..]) {
            let what = format!("`{text}` is a header of CUDA with another name on ROCm");
            let finding = pass.finding(rule::UNMAPPED_HEADER, argument.inner).map(|finding| {
                finding.saying(what).advising("name ROCm's header, and check what reads the file")
            });
            pass.report_all(finding);
            break;
        }
        let whole =
            (text.len() == length + 3 && cmake.is(command, "target_link_libraries")).then_some(argument.span);
        variable(pass, cmake, name, span(open + 2, open + 2 + length), whole, is_message);
    }
    for (open, _) in text.match_indices("$ENV{") {
        let Some(length) = text[open + 5..].find('}') else { break };
        let name = &text[open + 5..open + 5 + length];
        if let Some(row) = pass.word(Kind::Environment, name) {
            pass.rename(row, span(open + 5, open + 5 + length));
        }
    }
}

/// Checks a variable at `span`. A variable that contains libraries becomes a target. That is possible only if the
/// variable is the whole argument of a link command.
fn variable(
    pass: &mut Reporter,
    cmake: &Cmake,
    name: &str,
    span: Span,
    whole: Option<Span>,
    is_message: bool,
) {
    if is_from_own_module(pass, name) || is_own_release(cmake, name) {
        return;
    }
    let Some(row) = pass.word(Kind::CmakeVariable, name) else {
        let is_like_cmake = name.starts_with("CMAKE_CUDA_") || name.starts_with("CUDAToolkit_");
        if is_like_cmake && !is_option(cmake, name) {
            pass.report_saying(rule::CMAKE_VARIABLE, span, format!("no counterpart is known for `{name}`"));
        }
        return;
    };
    let target = pass.spelling(row).filter(|hip| hip.contains("::"));
    match (target, whole) {
        (_, Some(whole)) if row.is_dropped() => {
            let gap = with_gap(&pass.source.bytes, whole);
            pass.replace(row, whole, Fix::One(Edit::remove(gap)));
        }
        (None, None) if row.is_dropped() => {
            pass.report_saying(
                rule::CMAKE_VARIABLE,
                span,
                format!("`{name}` has no counterpart and needs none"),
            );
        }
        (Some(target), Some(whole)) => {
            let may_be_empty = pass.context.project.cmake.empties(name) || found_in_branch(cmake, whole);
            let target =
                if may_be_empty { format!("$<TARGET_NAME_IF_EXISTS:{target}>") } else { target.to_owned() };
            pass.replace(row, whole, Fix::One(Edit::replace(whole, target)));
        }
        (Some(target), None) => {
            let what = format!(
                "`{name}` is no argument of `target_link_libraries` here; ROCm has the target `{target}`"
            );
            pass.report_saying(rule::CMAKE_VARIABLE, span, what);
        }
        (None, _) if is_message => in_message(pass, row, span),
        (None, _) => pass.rename(row, span),
    }
}

/// Whether the argument at `span` is outside of all branches, and the file searches for the CUDA toolkit only within branches: the
/// variable can be empty, and a target that does not exist is an error.
fn found_in_branch(cmake: &Cmake, span: Span) -> bool {
    let is_here = |command: &&Command| command.span.start <= span.start && span.end <= command.span.end;
    let is_search = |command: &&Command| {
        cmake.is(command, "find_package")
            && cmake.argument(command, 0).is_some_and(|(name, _)| matches!(name, "CUDA" | "CUDAToolkit"))
    };
    let is_outside = |command: &Command| command.branch.is_none();
    let mut searches = cmake.file.commands.iter().filter(is_search).peekable();
    cmake.file.commands.iter().find(is_here).is_some_and(is_outside)
        && searches.peek().is_some()
        && !searches.any(is_outside)
}

/// Replaces a variable in a message by the nearest counterpart, because a message needs no exact one.
fn in_message(pass: &mut Reporter, row: &'static Name, span: Span) {
    let nearest =
        row.spellings.first().filter(|spelling| row.level != Level::Safe && !spelling.hip.is_empty());
    match nearest {
        Some(spelling) => {
            pass.report_fix(rule::CMAKE_MESSAGE, span, Fix::One(Edit::replace(span, spelling.hip)));
        }
        None => pass.rename(row, span),
    }
}

/// Commands that still mean the same without one of the targets in their list.
const COMMANDS_WITH_LISTS: &[&str] = &["target_link_libraries", "link_libraries", "set", "list"];

/// Checks imported targets such as `CUDA::cublas`.
fn targets(pass: &mut Reporter, cmake: &Cmake, command: &Command, index: usize) {
    let argument = command.arguments[index];
    let text = cmake.text(argument.inner);
    for (at, name) in cmake_facts::targets(text) {
        let start = argument.inner.start + at as u32;
        let span = Span::new(start, start + name.len() as u32);
        // The components of the toolkit go with `CUDAToolkit`.
        if is_from_own_module(pass, name) || cmake.is(command, "find_package") {
            continue;
        }
        let row = pass.word(Kind::CmakeTarget, name);
        let is_missing = row.is_none_or(|row| pass.spelling(row).is_none());
        // The condition `if(TARGET name)` is false without the target.
        if is_missing && cmake.is_one_of(command, &["if", "elseif"]) && command.arguments.len() == 2 {
            continue;
        }
        let Some(row) = row else {
            if name.starts_with("CUDA::") {
                pass.report_saying(
                    rule::CMAKE_TARGET,
                    span,
                    format!("no counterpart is known for the target `{name}`"),
                );
            }
            continue;
        };
        if text[at + name.len()..].starts_with("${") {
            let what = format!("the end of the target `{name}${{...}}` is in a variable");
            pass.report_saying(rule::CMAKE_TARGET, span, what);
        } else if is_found_otherwise(pass, row, name) {
            let what = format!("no `find_package` of the project names the package of the target `{name}`");
            pass.report_saying(rule::CMAKE_TARGET, span, what);
        } else if !row.is_dropped() {
            pass.rename(row, span);
        } else if name.len() == text.len() && cmake.is_one_of(command, COMMANDS_WITH_LISTS) {
            pass.replace(row, span, Fix::One(Edit::remove(cmake.with_gap(argument))));
        } else {
            pass.report_saying(
                rule::CMAKE_TARGET,
                span,
                format!("`{name}` has no counterpart and needs none"),
            );
        }
    }
}

/// Checks options of nvcc: in CUDA's variables, in generator expressions for CUDA, or in any place if only nvcc has the
/// option.
fn options(pass: &mut Reporter, cmake: &Cmake, command: &Command) {
    if searches_text(cmake, command) {
        return;
    }
    let is_own = |flags: &str| {
        command.arguments.iter().take(2).any(|argument| cmake.text(argument.span).starts_with(flags))
    };
    let is_for_cuda = || {
        let named = usize::from(cmake.is_one_of(command, &["list", "string"]));
        cmake.is_one_of(command, &["set", "list", "string"])
            && cmake.argument(command, named).is_some_and(|(name, _)| is_expanded_for_cuda(cmake, name))
    };
    let owner = match () {
        () if is_own("CMAKE_CUDA_FLAGS") || is_for_cuda() => CommandLine::Nvcc,
        () if is_own("CMAKE_HIP_FLAGS") => CommandLine::Hipcc,
        () => CommandLine::Unknown,
    };
    let programs = programs(pass, cmake, command);
    let command_line = |index: usize, language: CommandLine| match programs.get(index) {
        _ if owner != CommandLine::Unknown => owner,
        _ if language != CommandLine::Unknown => language,
        Some(program) => *program,
        None => CommandLine::Unknown,
    };
    let mut line = CommandLine::Unknown;
    let mut run: Vec<Word> = Vec::new();
    // A generator expression without quotes may span several arguments, and contains options for its language.
    let (mut depth, mut language) = (0_usize, CommandLine::Unknown);
    let host = joined_host_options(pass, cmake, command);
    for (index, argument) in command.arguments.iter().enumerate() {
        if argument.form == Form::Bracket || is_description(cmake, command, index) {
            continue;
        }
        let here = command_line(index, CommandLine::Unknown);
        if line != here {
            flags::run(pass, &std::mem::take(&mut run), line, " ");
            line = here;
        }
        if host.is_some_and(|at| index == at || index == at + 1) {
            flags::run(pass, &std::mem::take(&mut run), line, " ");
            continue;
        }
        let text = cmake.text(argument.inner);
        let opens = text.matches("$<").count();
        if depth > 0 && opens == 0 {
            let inside = words(text, argument.inner.start, b";>");
            run.extend(inside);
            depth = depth.saturating_sub(text.matches('>').count());
            if depth == 0 {
                flags::run(pass, &std::mem::take(&mut run), command_line(index, language), " ");
            }
            continue;
        }
        let is_one = !text.contains([';', ' ', '\n']) || run.last().is_some_and(|word| takes_text(word.text));
        if opens == 0 && is_one && argument.form != Form::Paren {
            run.push(Word { text, span: argument.span });
            continue;
        }
        let before = if depth > 0 { command_line(index, language) } else { line };
        flags::run(pass, &std::mem::take(&mut run), before, " ");
        language = language_of(text);
        if opens == 0 {
            let joiner = if text.contains(';') { ";" } else { " " };
            flags::run(pass, &words(text, argument.inner.start, b";"), line, joiner);
        } else {
            depth = opens.saturating_sub(text.matches('>').count());
            // The options of an expression that the next arguments continue, such as `-Xcompiler` and its value.
            run = in_expression(pass, cmake, *argument, command_line(index, language));
        }
    }
    let line = if language != CommandLine::Unknown && depth > 0 { language } else { line };
    flags::run(pass, &run, line, " ");
}

/// Which compiler reads the options in a generator expression, by the language that it tests.
fn language_of(expression: &str) -> CommandLine {
    let tests = |language: &str| {
        ["LANGUAGE:", "LANG_AND_ID:"].iter().any(|test| {
            expression.match_indices(test).any(|(at, _)| {
                let rest = expression[at + test.len()..].strip_prefix(language);
                rest.is_some_and(|rest| rest.starts_with(['>', ',']))
            })
        })
    };
    match () {
        () if tests("CUDA") => CommandLine::Nvcc,
        () if tests("HIP") => CommandLine::Hipcc,
        () => CommandLine::Unknown,
    }
}

/// The words that end the arguments of a program.
const KEYWORDS: &[&str] = &[
    "COMMAND",
    "ARGS",
    "DEPENDS",
    "OUTPUT",
    "BYPRODUCTS",
    "COMMENT",
    "VERBATIM",
    "WORKING_DIRECTORY",
    "MAIN_DEPENDENCY",
    "IMPLICIT_DEPENDS",
    "DEPFILE",
    "COMMAND_EXPAND_LISTS",
    "APPEND",
    "USES_TERMINAL",
    "TARGET",
    "PRE_BUILD",
    "PRE_LINK",
    "POST_BUILD",
    "SOURCES",
    "JOB_POOL",
    "RESULT_VARIABLE",
    "RESULTS_VARIABLE",
    "OUTPUT_VARIABLE",
    "ERROR_VARIABLE",
    "INPUT_FILE",
    "OUTPUT_FILE",
    "ERROR_FILE",
    "OUTPUT_QUIET",
    "ERROR_QUIET",
    "TIMEOUT",
    "OUTPUT_STRIP_TRAILING_WHITESPACE",
];

/// For each argument of a command that runs programs, which program reads it. The bare name of nvcc is renamed.
fn programs(pass: &mut Reporter, cmake: &Cmake, command: &Command) -> Vec<CommandLine> {
    let mut programs = vec![CommandLine::Unknown; command.arguments.len()];
    if !cmake.is_one_of(command, &["add_custom_command", "add_custom_target", "execute_process"]) {
        return programs;
    }
    let mut line = CommandLine::Unknown;
    let mut before = "";
    for (index, argument) in command.arguments.iter().enumerate() {
        let text = cmake.text(argument.inner);
        if KEYWORDS.contains(&cmake.text(argument.span)) && cmake.text(argument.span) != "ARGS" {
            line = CommandLine::Unknown;
        } else if before == "COMMAND" {
            line = program(text);
            // A variable gets the version, and the output of hipcc has another form.
            if text == "nvcc" && reads_version(cmake, command) {
                pass.report_rule(rule::NVCC_VERSION_OUTPUT, argument.span);
            } else if text == "nvcc"
                && let Some(row) = pass.word(Kind::Tool, text)
            {
                pass.rename(row, argument.inner);
            }
        } else {
            programs[index] = line;
        }
        before = cmake.text(argument.span);
    }
    programs
}

/// Whether `command` stores the version of the program that it runs.
fn reads_version(cmake: &Cmake, command: &Command) -> bool {
    let has =
        |words: &[&str]| command.arguments.iter().any(|argument| words.contains(&cmake.text(argument.inner)));
    has(&["--version", "-V"]) && has(&["OUTPUT_VARIABLE"])
}

/// How the options of the program `text` are read.
fn program(text: &str) -> CommandLine {
    match text {
        "nvcc" | "${CMAKE_CUDA_COMPILER}" | "${CUDAToolkit_NVCC_EXECUTABLE}" | "${CUDA_NVCC_EXECUTABLE}" => {
            CommandLine::Nvcc
        }
        "hipcc" | "${CMAKE_HIP_COMPILER}" | "${hip_HIPCC_EXECUTABLE}" | "${HIP_HIPCC_EXECUTABLE}" => {
            CommandLine::Hipcc
        }
        _ => CommandLine::Unknown,
    }
}

/// Replaces `-Xcompiler ${JOINED}` by the list that the file joined to `JOINED`. Returns the index of the first of the
/// two arguments.
fn joined_host_options(pass: &mut Reporter, cmake: &Cmake, command: &Command) -> Option<usize> {
    let text = |index: usize| cmake.argument(command, index).map_or("", |(text, _)| text);
    let at = (0..command.arguments.len()).find(|&index| text(index) == "-Xcompiler")?;
    let name = text(at + 1).strip_prefix("${")?.strip_suffix('}')?;
    let list = cmake.file.commands.iter().find_map(|other| {
        let word = |index: usize| cmake.argument(other, index).map_or("", |(text, _)| text);
        let joins = cmake.is(other, "list") && word(0) == "JOIN" && word(3) == name;
        (joins && matches!(word(2), " " | ",")).then(|| word(1))
    })?;
    let span = command.arguments[at].span.to(command.arguments[at + 1].span);
    pass.report_fix(rule::HOST_OPTION, span, Fix::One(Edit::replace(span, format!("${{{list}}}"))));
    Some(at)
}

/// Checks the options between the last `:` of each part of a generator expression and the end of the part. Returns the
/// options of a part that the argument does not end.
fn in_expression<'a>(
    pass: &mut Reporter,
    cmake: &Cmake<'a>,
    argument: Argument,
    command_line: CommandLine,
) -> Vec<Word<'a>> {
    let text = cmake.text(argument.inner);
    let mut start = 0;
    while let Some(found) = text[start..].find(":-") {
        let from = start + found + 1;
        let end = text[from..].find('>');
        let length = end.unwrap_or(text.len() - from);
        let run = words(&text[from..from + length], argument.inner.start + from as u32, b";");
        if end.is_none() && argument.form == Form::Unquoted {
            return run;
        }
        let is_spaced = text[from..from + length].contains(' ');
        flags::run(pass, &run, command_line, if is_spaced { " " } else { ";" });
        start = from + length;
    }
    Vec::new()
}

/// Checks a literal folder of the toolkit.
fn toolkit_folder(pass: &mut Reporter, cmake: &Cmake, argument: Argument) {
    let text = cmake.text(argument.inner);
    for (at, found) in text.match_indices("/usr/local/cuda") {
        let start = argument.inner.start + at as u32;
        pass.report_saying(
            rule::CUDA_FOLDER,
            Span::new(start, start + found.len() as u32),
            "a path names a folder of the CUDA toolkit",
        );
    }
}
