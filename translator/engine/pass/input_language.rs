//! Moves `-x LANGUAGE` before the inputs of a command line of nvcc.
//!
//! In nvcc the option is about all inputs; in clang and hipcc it is about the inputs behind it. It refuses to move the option if
//! the line also names objects, which clang would read as sources.

use tranship_rules::rule;

use super::Reporter;
use super::nvcc_options::{CommandLine, lookup};
use crate::finding::Fix;
use crate::readers::lines::Word;
use crate::readers::words::with_gap;
use crate::text::Edit;

/// Endings of sources that nvcc compiles.
const SOURCES: &[&str] = &[".c", ".cc", ".cpp", ".cxx", ".cu"];

/// Endings of files for the linker.
const LINKED: &[&str] = &[".o", ".obj", ".a", ".lib", ".so"];

/// Options whose next word is the name of an output.
const OUTPUTS: &[&str] = &["-o", "-MF", "-MT", "-odir", "--output-file"];

/// The words behind the compiler that are left after `-x LANGUAGE` has moved to the place `before` all of them.
pub(super) fn move_before_inputs(pass: &mut Reporter, words: &[Word], before: u32) -> Vec<Word> {
    let text = |word: &Word| std::str::from_utf8(&pass.source.bytes[word.inner.range()]).unwrap_or_default();
    let texts: Vec<&str> = words.iter().map(text).collect();
    let languages = (0..texts.len()).filter(|&at| language(&texts, at).is_some()).collect::<Vec<_>>();
    let [at] = languages[..] else { return words.to_vec() };
    let Some((language, length)) = language(&texts, at) else { return words.to_vec() };
    let is_input = |index: usize| is_input(texts[index], index.checked_sub(1).map(|last| texts[last]));
    let is_linked = |text: &&str| !text.starts_with('-') && LINKED.iter().any(|end| text.ends_with(end));
    if !(0..at).any(is_input) || texts.iter().any(is_linked) {
        return words.to_vec();
    }
    let span = words[at].span.to(words[at + length - 1].span);
    let row = lookup(pass, &format!("-x={language}"), CommandLine::Nvcc);
    let new = row.and_then(|row| pass.spelling(row)).map_or_else(|| format!("-x {language}"), str::to_owned);
    let moved = Fix::Many(vec![
        Edit::insert(before, format!(" {new}")),
        Edit::remove(with_gap(&pass.source.bytes, span)),
    ]);
    let what = format!("`-x {language}` is behind an input, which it is about only in nvcc");
    if let Some(found) = pass.finding(rule::NVCC_SPELLING, span) {
        pass.report(found.saying(what).with(moved));
    }
    [&words[..at], &words[at + length..]].concat()
}

/// The language that an option at `at` gives to the inputs, and the number of its words.
fn language<'a>(texts: &[&'a str], at: usize) -> Option<(&'a str, usize)> {
    let (value, length) = match texts[at] {
        "-x" | "--x" => (*texts.get(at + 1)?, 2),
        text => (text.strip_prefix("--x=").or_else(|| text.strip_prefix("-x="))?, 1),
    };
    matches!(value, "cu" | "c++" | "c").then_some((value, length))
}

/// Whether a word is a source, or a variable in which Make holds the sources of a rule. `last` is the word before.
fn is_input(text: &str, last: Option<&str>) -> bool {
    let is_variable = matches!(text, "$<" | "$^" | "$?" | "$+" | "$(<)" | "$(^)" | "${<}" | "${^}");
    let is_source = !text.starts_with('-') && SOURCES.iter().any(|end| text.ends_with(end));
    (is_variable || is_source) && !last.is_some_and(|last| OUTPUTS.contains(&last))
}
