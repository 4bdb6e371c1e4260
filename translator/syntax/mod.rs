//! What the passes know of a file's syntax: exact tokens always, more only on demand.

pub mod brackets;
pub mod branches;
pub mod chunks;
pub mod cmake;
pub mod conditions;
pub mod constants;
mod declarations;
mod declarators;
pub mod facts;
pub mod fallbacks;
pub mod functions;
pub mod index;
pub mod launches;
pub mod lexer;
pub mod lines;
pub mod masked;
pub mod owners;
mod pairs;
pub mod prefilter;
pub mod python;
pub mod queries;
pub mod rust;
pub mod scopes;
pub mod shadows;
pub mod token;
pub mod tree;
mod unit;
mod words;

pub use lexer::Lexed;
pub use token::{Directive, DirectiveKind, Token, TokenKind};
pub use unit::Unit;
