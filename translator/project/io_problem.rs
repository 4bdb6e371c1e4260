//! Turns errors of the operating system into problems with a file or folder.

use std::io;
use std::path::Path;

use tranship_engine::result::Problem;

/// The problem with `path` that `error` describes. `what` is the failed action, such as `cannot read`.
pub fn io_problem(path: &Path, what: &str, error: &io::Error) -> Problem {
    Problem::new(path, format!("{what}: {}", reason(error)))
}

/// The message of the operating system in the form of our messages: lower case, without the error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
