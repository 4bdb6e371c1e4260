//! The edge where a project is read and its conversion is written: the only room that touches files.
//!
//! [`run::convert`] ties it together. It refuses to print; what happened is in its result.

mod against;
pub mod answers;
mod cache;
pub mod check;
pub mod config;
mod conversion;
mod found;
pub mod git;
mod index;
mod job;
mod mark;
mod names;
pub mod numbers;
pub mod patch;
mod plan;
pub mod run;
pub mod setup;
pub mod support;
pub mod survey;
pub mod walk;
mod write;
mod writer;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use found::{Change, Found, Place, Settled, Snippet};
pub use index::closure;
pub use names::output_name;

use crate::text::path::readable;

/// Something outside of the code went wrong: a file that cannot be read or written, or a setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// The file or folder it is about, as the user names it.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub path: PathBuf,
    /// What is wrong and what to do; lower case, no full stop.
    pub message: String,
}

impl Problem {
    /// A problem with `path`.
    pub fn new(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// `error` while doing `what`, such as `cannot read`.
    pub(crate) fn io(path: &Path, what: &str, error: &io::Error) -> Self {
        Self::new(path, format!("{what}: {}", reason(error)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", readable(&self.path), self.message)
    }
}

impl std::error::Error for Problem {}

/// The operating system's words in our form: lower case, without the number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Serialises a path that need not be UTF-8.
pub(crate) fn as_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&readable(path))
}
