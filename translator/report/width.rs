//! The width of lines of text for people.

use std::io;

use terminal_size::{Width, terminal_size_of};
use textwrap::{Options, WordSplitter};

/// The width without a terminal, and the greatest width.
const COLUMNS: usize = 100;
/// A narrower terminal breaks lines itself.
const LEAST: usize = 40;

/// The width of standard output.
pub(crate) fn columns() -> usize {
    let width = terminal_size_of(io::stdout()).map(|(Width(width), _)| usize::from(width));
    width.unwrap_or(COLUMNS).clamp(LEAST, COLUMNS)
}

/// The width of standard output if it is a terminal.
pub(super) fn terminal() -> Option<usize> {
    terminal_size_of(io::stdout()).map(|(Width(width), _)| usize::from(width).max(LEAST))
}

/// The lines of `text` with line ends between their words, as wide as the terminal on standard error. Without a terminal they stay
/// as they are, because programs read them.
pub(crate) fn wrap_on_stderr(text: &str) -> String {
    let Some((Width(width), _)) = terminal_size_of(io::stderr()) else { return text.to_owned() };
    let lines: Vec<String> =
        text.lines().map(|line| wrap(line, usize::from(width).max(LEAST), "  ")).collect();
    lines.join("\n")
}

/// The lines of `text` as wide as the terminal on standard output. A line goes on two columns further right than it begins, and
/// behind its number if it begins with one.
pub(super) fn wrap_on_stdout(text: String) -> String {
    let Some(width) = terminal() else { return text };
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let number = line[indent..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b',').count();
        wrap(line, width, &" ".repeat(indent + number + 2)) + "\n"
    };
    text.lines().map(line).collect()
}

/// `text` with line ends between its words, so that its lines have at most `width` columns, `indent` before every line but
/// the first. A longer word stays whole.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let options = Options::new(width).subsequent_indent(indent).break_words(false);
    textwrap::fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}
