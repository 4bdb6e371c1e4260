//! Answers that apply to no finding any more.

use std::path::PathBuf;

use crate::finding::Key;

/// Which finding an entry is about; the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerPlace {
    /// The file, from the home of the answers.
    pub path: PathBuf,
    /// The rule.
    pub rule: String,
    /// The finding's key.
    pub key: Key,
}

/// An entry whose finding is there no more, or that was given for one finding and holds for several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// What it was about.
    pub place: AnswerPlace,
    /// Its line in the file of answers.
    pub line: u32,
    /// Why.
    pub reason: Lost,
}

/// Why an entry has lost its finding.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The code of its file is another one now.
    Changed,
    /// Its file is gone, and its code with it.
    Gone,
    /// Its file is gone, and so many others hold its code: whether it was meant for all of them, nobody knows.
    Copied(usize),
}
