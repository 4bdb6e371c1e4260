//! Spans, edits, line positions and paths as text. It works on bytes and offsets, without a language.

mod edit;
pub mod globs;
mod lines;
pub mod path;
mod span;

pub use edit::{Edit, Edits, Piece, Replacement};
pub use lines::{Lines, Position, line_start};
pub use span::Span;

/// Whether `byte` is a letter, a digit or `_`: a part of a name in code, build files and shells.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
