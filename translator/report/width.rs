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

/// `text` with line ends between its words, so that its lines have at most `width` columns, `indent` before every line but
/// the first. A longer word stays whole.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let options = Options::new(width).subsequent_indent(indent).break_words(false);
    textwrap::fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}
