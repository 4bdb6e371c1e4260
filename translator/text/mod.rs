//! Spans, edits and line positions. Knows bytes and offsets; knows nothing of any language.

mod edit;
mod lines;
mod span;

pub use edit::{Edit, Edits, Piece, Replacement};
pub use lines::{Lines, Position};
pub use span::Span;
