//! What the passes know of a file's syntax: exact tokens always, more only on demand.

pub mod conditions;
pub mod functions;
pub mod index;
pub mod launches;
pub mod lexer;
pub mod prefilter;
mod unit;

pub use lexer::{Directive, DirectiveKind, Lexed, Token, TokenKind};
pub use unit::Unit;
