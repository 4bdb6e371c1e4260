//! Spans, edits, line positions and paths as text. It works on bytes and offsets, without a language.

mod edit;
pub mod globs;
mod lines;
pub mod path;
mod span;

pub use edit::{Edit, Edits, Origin, Piece, Replacement, Run, TextEdit};
pub use lines::{Lines, Position, line_start};
pub use span::Span;

/// Whether `byte` is a letter, a digit or `_`: a part of a name in code, build files and shells.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `text` contains `part`, in capitals or not. `part` begins with an ASCII letter.
pub fn contains_ignoring_case(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let is_first = |byte: &u8| part.first().is_some_and(|first| first.eq_ignore_ascii_case(byte));
    let begins = |at: usize| {
        is_first(&text[at])
            && text[at..].get(..part.len()).is_some_and(|here| here.eq_ignore_ascii_case(part))
    };
    (0..text.len()).any(begins)
}
