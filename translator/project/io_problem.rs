//! Errors of the operating system as problems with a file or folder.

use std::io;
use std::path::Path;

use tranship_engine::result::Problem;

/// The problem `error` with `path` while doing `what`, such as `cannot read`.
pub fn io_problem(path: &Path, what: &str, error: &io::Error) -> Problem {
    Problem::new(path, format!("{what}: {}", reason(error)))
}

/// The operating system's words in our form: lower case, without the number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
