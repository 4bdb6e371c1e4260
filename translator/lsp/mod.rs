//! The language server: findings of open files while a person types, and actions on them.
//!
//! Every finding comes from the same translation as that of the other commands. The server changes no source by itself: the
//! editor applies its edits. It only writes answers to findings, and the support header for an editor that creates no files.

mod actions;
mod capabilities;
mod diagnostics;
mod documents;
mod edits;
mod hover;
mod positions;
mod projects;
mod server;
mod uris;

use tranship_rules::Rules;

pub use server::run;

/// The documentation of a name or rule, if there is one.
pub type Explain = fn(&str, &Rules) -> Option<String>;
