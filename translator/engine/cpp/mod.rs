//! The syntax of C++ and CUDA: exact tokens for every file, a tree only on demand.

pub mod blocks;
pub mod brackets;
pub mod call_site;
pub mod componentwise;
pub mod conditions;
pub mod constants;
mod declarations;
mod declarators;
pub mod declared;
pub mod fallbacks;
mod frozen;
pub mod functions;
mod guards;
pub mod host_width;
pub mod include_guard;
pub mod insertion;
pub mod keywords;
pub mod launches;
pub mod lexer;
pub mod masks;
pub(crate) mod members;
mod pairs;
pub mod prefilter;
pub mod scopes;
pub mod shadows;
pub mod switches;
pub mod token;
pub mod tree;
mod unit;
mod vendor_arguments;
mod vendor_switches;

pub use lexer::Lexed;
pub use token::{Directive, DirectiveKind, Token, TokenKind};
pub use unit::{Syntax, Unit};
