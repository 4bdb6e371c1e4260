//! Answers that apply to no finding any more.

use std::path::PathBuf;

use crate::finding::Key;

/// The finding that an answer refers to. The order is that of the file of answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerPlace {
    /// The path of the file, relative to the folder of the answers.
    pub path: PathBuf,
    /// The rule.
    pub rule: String,
    /// The finding's key.
    pub key: Key,
}

/// An answer without its finding, or an answer to one finding that would now apply to several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The finding that it referred to.
    pub place: AnswerPlace,
    /// Its line in the file of answers.
    pub line: u32,
    /// Why it no longer applies.
    pub reason: Lost,
}

/// Why an answer has no finding.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The code in its file has changed.
    Changed,
    /// Its file and its code are gone.
    Gone,
    /// Its file is gone, and this many other files have the same code, so the answer could be for any of them.
    Copied(usize),
}
