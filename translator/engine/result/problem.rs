//! Problems outside of the code.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::text::path::readable;

/// A problem outside of the code: a file that cannot be read or written, or a setting that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// The file or folder of the problem, as the user writes it.
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
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", readable(&self.path), self.message)
    }
}

impl std::error::Error for Problem {}

/// Serialises a path, which may have bytes that are not UTF-8.
pub fn as_text<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&readable(path))
}
