//! The edge where a project is read and its conversion is written: the only room that touches files.
//!
//! [`run::convert`] ties it together. It refuses to print; what happened is in its result.

mod against;
pub mod answers;
mod cache;
pub mod check;
pub mod config;
pub mod git;
mod index;
mod job;
mod mark;
mod plan;
pub mod run;
pub mod setup;
pub mod support;
pub mod walk;
mod write;
mod writer;

use std::io;
use std::path::Path;

pub use index::closure;
use tranship_engine::result::Problem;

/// The problem `error` with `path` while doing `what`, such as `cannot read`.
pub(crate) fn io_problem(path: &Path, what: &str, error: &io::Error) -> Problem {
    Problem::new(path, format!("{what}: {}", reason(error)))
}

/// The operating system's words in our form: lower case, without the number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
