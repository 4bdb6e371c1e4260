//! Commands of the old CUDA module: `cuda_add_library` becomes `add_library`, and the options of nvcc behind `OPTIONS` become
//! options of the target for the language HIP.
//!
//! Options of one configuration, such as those behind `RELEASE`, are left to a person.

use tranship_rules::{Kind, Name, rule};

use super::{Cmake, old_targets};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{CommandLine, translated};
use crate::readers::cmake::{Argument, Command};
use crate::readers::words::Word;
use crate::text::{Edit, Span};

/// Checks one command; its findings begin at number `first`.
pub(crate) fn run(pass: &mut Reporter, cmake: &Cmake, command: &Command, first: usize) {
    let name = cmake.text(command.name).to_ascii_lowercase();
    let Some(row) = pass.word(Kind::CmakeCommand, &name) else { return };
    let options = cmake.bare(command, "OPTIONS").filter(|_| name.starts_with("cuda_add_"));
    let Some(options) = options else {
        let is_target = name.starts_with("cuda_add_");
        let moved = if is_target { old_targets::moved_keywords(cmake, command) } else { Vec::new() };
        return match pass.spelling(row).filter(|_| !moved.is_empty()) {
            Some(hip) => {
                let edits = [Edit::replace(command.name, hip)].into_iter().chain(moved);
                pass.replace(row, command.name, Fix::Many(edits.collect()));
            }
            None => pass.rename(row, command.name),
        };
    };
    // The options are translated as a whole here.
    let others = pass.take_from(first);
    pass.report_all(others.into_iter().filter(|finding| finding.span.start < options.span.start));
    match with_target_options(pass, cmake, command, row, options) {
        // The GPUs of `--arch` are an assumption.
        Some((fix, true)) => pass.report_fix(rule::GPU_ARCHITECTURE, options.span, fix),
        Some((fix, false)) => pass.replace(row, command.name, fix),
        None => {
            let before = pass.count();
            pass.absent(row, command.name);
            let todo = format!(
                "write `{}` without `OPTIONS`, and the options behind it in `target_compile_options` for the language HIP",
                pass.spelling(row).unwrap_or_default()
            );
            for finding in pass.take_from(before) {
                pass.report(finding.advising(todo.clone()));
            }
        }
    }
}

/// The edits that move the words behind `options` into a command of their own, and whether these name GPUs; `None` if the words
/// are not all known.
fn with_target_options(
    pass: &Reporter,
    cmake: &Cmake,
    command: &Command,
    row: &'static Name,
    options: Argument,
) -> Option<(Fix, bool)> {
    let target = cmake.argument(command, 0)?.0;
    let behind: Vec<Argument> = command
        .arguments
        .iter()
        .filter(|argument| argument.span.start > options.span.start)
        .copied()
        .collect();
    let text = |argument: &Argument| cmake.text(argument.inner);
    // A configuration, a quote or a blank inside of a word.
    let is_plain = |word: &str| {
        word.starts_with(['-', '$'])
            && !word.contains([' ', '"', '\'', '\\', ';', '>', '<', ','])
            && !word.starts_with("$<")
    };
    let words: Vec<Word> =
        behind.iter().map(|argument| Word { text: text(argument), span: argument.span }).collect();
    let are_values = words.iter().zip(words.iter().skip(1)).all(|(last, word)| {
        is_plain(word.text) || (last.text.starts_with('-') && !last.text.contains('=') && is_value(word.text))
    });
    if !words.first().is_none_or(|word| is_plain(word.text)) || !are_values {
        return None;
    }
    let (new, is_open) = translated(pass, &words, CommandLine::Nvcc);
    if is_open {
        return None;
    }
    let mut edits = vec![Edit::replace(command.name, pass.spelling(row)?)];
    edits.extend(old_targets::moved_keywords(cmake, command));
    let end = behind.last().map_or(options.span.end, |last| last.span.end);
    let gap = cmake.with_gap(options);
    edits.push(Edit::remove(Span::new(gap.start, end)));
    let mut behind = String::new();
    if !new.is_empty() {
        let (line_end, indentation) = (cmake.line_end(), cmake.indentation(command.span.start));
        let text = format!(
            "{line_end}{indentation}target_compile_options({target} PRIVATE \"$<$<COMPILE_LANGUAGE:HIP>:{}>\")",
            new.join(";")
        );
        behind.push_str(&text);
    }
    behind.push_str(&old_targets::linked_runtime(cmake, command).unwrap_or_default());
    if !behind.is_empty() {
        edits.push(Edit::insert(command.span.end, behind));
    }
    Some((Fix::Many(edits), new.iter().any(|word| word.starts_with("--offload-arch"))))
}

/// Whether `word` can be the value of the option before it: it is no name of a configuration.
fn is_value(word: &str) -> bool {
    let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
    !is_capital
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'=' | b'.' | b'/'))
}
