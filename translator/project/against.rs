//! `--against`: compares the folder of an earlier run with what this run would write. It writes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::io_problem::io_problem;
use super::manifest::{Manifest, ManifestEntry, hash};
use super::write::{entry_at, hash_file};
use tranship_engine::result::Problem;

/// The folder to compare with, and the differences found so far.
pub(crate) struct Comparison {
    dir: PathBuf,
    old: Manifest,
    drifts: Mutex<Vec<Drift>>,
}

/// One difference between the folder and what a conversion would write now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    /// The path relative to the folder; empty for the folder itself.
    pub(crate) path: PathBuf,
    /// The difference, as the end of a sentence that begins with the path.
    pub(crate) what: String,
}

impl Comparison {
    /// Starts a comparison with the folder `dir`. Messages name the folder `shown`.
    pub(crate) fn open(dir: &Path, shown: &Path) -> Result<Self, Problem> {
        if !dir.is_dir() {
            return Err(Problem::new(shown, "is no folder; `tranship convert` makes it"));
        }
        let old = Manifest::read(dir)
            .map_err(|error| io_problem(shown, "cannot read `.tranship-output`", &error))?;
        Ok(Self { dir: dir.to_owned(), old, drifts: Mutex::default() })
    }

    /// Compares the file `path` with the content that a conversion would write.
    pub(crate) fn file(&self, path: &Path, new: &[u8]) -> ManifestEntry {
        let entry = ManifestEntry::File(hash(new));
        self.compare(path, entry);
        entry
    }

    /// Compares the file `path` with the file `source`, which a conversion would copy to `path`.
    pub(crate) fn copy(&self, path: &Path, source: &Path) -> io::Result<ManifestEntry> {
        let entry = ManifestEntry::File(hash_file(source)?);
        self.compare(path, entry);
        Ok(entry)
    }

    /// Compares the target of the link `path` with the target that a conversion would write.
    pub(crate) fn link(&self, path: &Path, target: &Path) -> ManifestEntry {
        let entry = ManifestEntry::Link(hash(target.as_os_str().as_encoded_bytes()));
        self.compare(path, entry);
        entry
    }

    fn compare(&self, path: &Path, new: ManifestEntry) {
        let existing = self.existing(path);
        if existing.is_some_and(|existing| existing.is_same(new)) {
            return;
        }
        let what = match existing {
            None => "is missing",
            Some(existing) if self.old.get(path).is_some_and(|old| old.is_same(existing)) => {
                "is older than its source"
            }
            Some(_) => "was edited since tranship wrote it, or was not written by tranship",
        };
        self.note(path, what.to_owned());
    }

    /// The file or link that is at `path` now.
    fn existing(&self, path: &Path) -> Option<ManifestEntry> {
        entry_at(&self.dir.join(path))
    }

    fn note(&self, path: &Path, what: String) {
        let drift = Drift { path: path.to_owned(), what };
        self.drifts.lock().unwrap_or_else(PoisonError::into_inner).push(drift);
    }

    /// Ends the comparison. `now` lists everything that a conversion would have written.
    pub(crate) fn close(self, now: &Manifest) -> Vec<Drift> {
        let lost = self.old.iter().filter(|(path, _)| now.get(path).is_none());
        for (path, _) in lost.filter(|(path, _)| self.existing(path).is_some()) {
            self.note(path, "has no source any more".to_owned());
        }
        if self.old.written_by != now.written_by {
            let old = if self.old.written_by.is_empty() {
                "an unknown version of tranship"
            } else {
                &self.old.written_by
            };
            self.note(Path::new(""), format!("was written by {old}; this is {}", now.written_by));
        }
        let mut drifts = self.drifts.into_inner().unwrap_or_else(PoisonError::into_inner);
        drifts.sort_by(|a, b| a.path.cmp(&b.path));
        drifts
    }
}
