//! Comparing instead of writing: whether a folder that an earlier run wrote is in step with its source.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::io_problem::io_problem;
use super::mark::{Held, Mark, hash};
use super::write::hash_file;
use tranship_engine::result::Problem;

/// The folder to compare with, and what was found so far.
pub(crate) struct Comparison {
    dir: PathBuf,
    old: Mark,
    drifts: Mutex<Vec<Drift>>,
}

/// One thing that is not as a conversion would make it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    /// Relative to the folder; empty for the folder itself.
    pub(crate) path: PathBuf,
    /// What is wrong with it.
    pub(crate) what: String,
}

impl Comparison {
    /// Compares with the folder `dir`, shown to people as `shown`.
    pub(crate) fn open(dir: &Path, shown: &Path) -> Result<Self, Problem> {
        if !dir.is_dir() {
            return Err(Problem::new(shown, "is no folder; `tranship convert` makes it"));
        }
        let old =
            Mark::read(dir).map_err(|error| io_problem(shown, "cannot read `.tranship-output`", &error))?;
        Ok(Self { dir: dir.to_owned(), old, drifts: Mutex::default() })
    }

    /// Compares the file `path` with its new content.
    pub(crate) fn file(&self, path: &Path, new: &[u8]) -> Held {
        let held = Held::File(hash(new));
        self.compare(path, held);
        held
    }

    /// Compares the file `path` with the file `source`, which would be copied there.
    pub(crate) fn copy(&self, path: &Path, source: &Path) -> io::Result<Held> {
        let held = Held::File(hash_file(source)?);
        self.compare(path, held);
        Ok(held)
    }

    /// Compares the link `path` with its new target.
    pub(crate) fn link(&self, path: &Path, target: &Path) -> Held {
        let held = Held::Link(hash(target.as_os_str().as_encoded_bytes()));
        self.compare(path, held);
        held
    }

    fn compare(&self, path: &Path, new: Held) {
        let there = self.there(path);
        if there == Some(new) {
            return;
        }
        let what = match there {
            None => "is missing",
            Some(there) if self.old.get(path) == Some(there) => "is older than its source",
            Some(_) => "was edited since tranship wrote it, or tranship never did",
        };
        self.note(path, what.to_owned());
    }

    /// What stands at `path` now.
    fn there(&self, path: &Path) -> Option<Held> {
        let dest = self.dir.join(path);
        let meta = fs::symlink_metadata(&dest).ok()?;
        if meta.is_symlink() {
            let target = fs::read_link(&dest).ok()?;
            return Some(Held::Link(hash(target.as_os_str().as_encoded_bytes())));
        }
        if meta.is_file() { hash_file(&dest).ok().map(Held::File) } else { None }
    }

    fn note(&self, path: &Path, what: String) {
        let drift = Drift { path: path.to_owned(), what };
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner).push(drift);
    }

    /// Ends the comparison: `now` is all that a conversion would have written.
    pub(crate) fn close(self, now: &Mark) -> Vec<Drift> {
        let lost = self.old.iter().filter(|(path, _)| now.get(path).is_none());
        for (path, _) in lost.filter(|(path, _)| self.there(path).is_some()) {
            self.note(path, "has no source any more".to_owned());
        }
        if self.old.made != now.made {
            let made = if self.old.made.is_empty() { "nobody knows which tranship" } else { &self.old.made };
            self.note(Path::new(""), format!("was made by {made}; this is {}", now.made));
        }
        let mut drifts = self.drifts.into_inner().unwrap_or_else(PoisonError::into_inner);
        drifts.sort_by(|a, b| a.path.cmp(&b.path));
        drifts
    }
}
