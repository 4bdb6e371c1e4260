//! Releases of CUDA in Makefiles and shell scripts: in names of folders, and in the output of `nvcc --version`. It refuses to
//! change commands that read that output.

use super::Reporter;
use crate::text::{Span, is_word};
use tranship_rules::rule;

/// Programs that only show what they read.
const PRINTERS: &[&str] = &["head", "tail", "cat", "tee"];

/// The options that print the version.
const ASKS: &[&str] = &["--version", "-V"];

/// Reports the places of `line`, the text that begins at byte `start` of the file, where another command or a variable gets the
/// version of nvcc. `is_nvcc` decides whether a word runs nvcc or does so before a conversion.
pub(super) fn report(pass: &mut Reporter, line: &str, start: u32, is_nvcc: &dyn Fn(&str) -> bool) {
    // Beside a build for HIP, the version of nvcc concerns NVIDIA's build alone.
    if !ASKS.iter().any(|option| line.contains(option))
        || pass.context.project.own_hip.covers(&pass.source.path)
    {
        return;
    }
    for option in ASKS {
        for (at, _) in line.match_indices(option) {
            let (before, behind) = (&line[..at], &line[at + option.len()..]);
            let is_whole = before.ends_with([' ', '\t'])
                && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            let before = before.trim_end();
            let program = before.rsplit([' ', '\t', '`', '"', '\'']).find(|word| !word.is_empty());
            let Some(program) = program.filter(|_| is_whole) else { continue };
            let opened = program.find("$(").filter(|_| !program.contains(')')).map_or(0, |at| at + 2);
            let is_piped = || {
                // The line ends at a pipe, which is the next character of the file then.
                let rest = &pass.source.bytes[(start as usize) + line.len()..];
                let next = rest.trim_ascii_start();
                let is_same_line = !rest[..rest.len() - next.len()].contains(&b'\n');
                let reader = next.strip_prefix(b"|").map(<[u8]>::trim_ascii_start);
                let reads =
                    |reader: &[u8]| !PRINTERS.iter().any(|program| reader.starts_with(program.as_bytes()));
                behind.trim().is_empty()
                    && is_same_line
                    && !next.starts_with(b"||")
                    && reader.is_some_and(reads)
            };
            if is_nvcc(&program[opened..]) && (is_substituted(before) || is_piped()) {
                let end = start + (at + option.len()) as u32;
                let from = start + (before.len() - program.len() + opened) as u32;
                pass.report_rule(rule::NVCC_VERSION_OUTPUT, Span::new(from, end));
            }
        }
    }
}

/// Whether `before` ends inside of `$(...)` or between two backticks.
fn is_substituted(before: &str) -> bool {
    before.matches("$(").count() > before.matches(')').count() || before.matches('`').count() % 2 == 1
}

/// The length of the release at the start of `rest`, with variables that hold its parts: `-12.4`, `-${MAJOR}.${MINOR}`.
pub(super) fn length(rest: &str) -> usize {
    let mut length = 0;
    loop {
        let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        length += rest.as_bytes()[length..].iter().take_while(|byte| is_number(byte)).count();
        let variable = rest[length..].strip_prefix('$').filter(|_| rest[..length].ends_with(['-', '.']));
        let close = variable.and_then(|variable| match variable.as_bytes().first() {
            Some(b'{') => variable.find('}'),
            Some(b'(') => variable.find(')'),
            _ => variable.bytes().take_while(|&byte| is_word(byte)).count().checked_sub(1),
        });
        match close {
            Some(close) => length += close + 2,
            None => return length,
        }
    }
}
