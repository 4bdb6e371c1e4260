//! Answers of people to findings. It reads and writes no files: `project` does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Key;

/// A person's answer to a finding.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The change is right; if there is no change, the code is right as it is.
    Accepted,
    /// The change is not made; the code stays as it is.
    Rejected,
}

/// Lines that a person wrote in place of a proposed change, with `\n` as their line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedLines {
    /// The lines of the source.
    pub before: String,
    /// The lines of the output.
    pub after: String,
}

/// All answers of a project, by key.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    by_key: FxHashMap<Key, Vec<Given>>,
    rules: FxHashSet<String>,
}

/// One answer and its file.
#[derive(Clone, Debug)]
struct Given {
    path: PathBuf,
    /// Whether the file is gone, so that the answer applies to the same code in any file.
    moved: bool,
    answer: Answer,
    edited: Option<Arc<EditedLines>>,
}

impl Answers {
    /// Adds an answer for the finding `key` of `rule` in the file `path`; `moved` when that file is gone.
    pub fn add(&mut self, path: PathBuf, rule: &str, key: Key, answer: Answer, moved: bool) {
        self.rules.insert(rule.to_owned());
        self.by_key.entry(key).or_default().push(Given { path, moved, answer, edited: None });
    }

    /// The last answer added for the finding `key` has the lines `edited` in place of the proposed change.
    pub fn add_edited(&mut self, key: Key, edited: EditedLines) {
        if let Some(given) = self.by_key.get_mut(&key).and_then(|given| given.last_mut()) {
            given.edited = Some(Arc::new(edited));
        }
    }

    /// The answer for the finding `key` in the file `path`.
    pub fn get(&self, path: &Path, key: Key) -> Option<Answer> {
        self.given(path, key).map(|given| given.answer)
    }

    /// The lines that a person wrote in place of the proposed change of the finding `key` in the file `path`.
    pub fn edited(&self, path: &Path, key: Key) -> Option<&EditedLines> {
        self.given(path, key)?.edited.as_deref()
    }

    fn given(&self, path: &Path, key: Key) -> Option<&Given> {
        let given = self.by_key.get(&key)?;
        let own = given.iter().find(|given| given.path == path);
        own.or_else(|| given.iter().find(|given| given.moved))
    }

    /// Whether there is an answer for a finding of `rule`.
    pub fn has_for_rule(&self, rule: &str) -> bool {
        self.rules.contains(rule)
    }
}
