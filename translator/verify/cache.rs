//! Keeps the results of passes for the next run, in the git folder of the project. A result is used again only if the command and
//! every file that the compiler read are the same. It never keeps a result about a missing header, because the header can appear.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::diagnostics::parse;
use crate::compile::tree::Tree;
use crate::project::cache::{decode, encode, path_of, store};
use crate::project::manifest::{Hasher, hash};

/// The version of the file.
const VERSION: u64 = 1;

/// The most results that are kept.
const MOST: usize = 50_000;

/// The root of the output in texts and paths of the cache, because a temporary folder has another name in each run.
const ROOT: &str = "\u{1}";

/// What the compiler said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the unit compiles.
    pub is_good: bool,
    /// The messages.
    pub text: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    /// The path of the unit in the output.
    unit: String,
    outcome: Outcome,
    /// The hash of the names of all files of the project. A new file can hide a header that was read.
    names: u64,
    /// The files that the compiler read, with their hashes.
    files: Vec<(String, u64)>,
}

/// The results of earlier runs, and those of this run.
pub struct Cache {
    path: Option<PathBuf>,
    root: String,
    names: u64,
    old: FxHashMap<u64, Entry>,
    new: Mutex<FxHashMap<u64, Entry>>,
    hashes: Mutex<FxHashMap<PathBuf, Option<u64>>>,
}

impl Cache {
    /// The cache of the project at `home`, for the output `tree`. It is empty outside of a git repository, and without `is_on`.
    pub fn open(home: &Path, tree: &Tree, is_on: bool) -> Self {
        let path = is_on.then(|| path_of(home, "verify")).flatten();
        let bytes = path.as_ref().and_then(|path| fs::read(path).ok()).unwrap_or_default();
        let mut names = Hasher::default();
        for (path, _) in tree.files() {
            names.add(path.as_os_str().as_encoded_bytes());
            names.add(b"\0");
        }
        Self {
            path,
            root: tree.root().display().to_string(),
            names: names.finish(),
            old: decode(&bytes, VERSION).unwrap_or_default(),
            new: Mutex::default(),
            hashes: Mutex::default(),
        }
    }

    /// The key of a command with `arguments` for the compiler `identity`.
    pub(super) fn key(&self, identity: u64, arguments: &[OsString]) -> u64 {
        let mut hasher = Hasher::default();
        hasher.add(&identity.to_le_bytes());
        for argument in arguments {
            hasher.add(argument.to_string_lossy().replace(&self.root, ROOT).as_bytes());
            hasher.add(b"\0");
        }
        hasher.finish()
    }

    /// The result for `key`, if all files are the same as when it was kept.
    pub(super) fn find(&self, key: u64, tree: &Tree) -> Option<Outcome> {
        let entry = self.old.get(&key).filter(|entry| entry.names == self.names)?;
        if entry.files.iter().any(|(path, hash)| self.hash(path, tree) != Some(*hash)) {
            return None;
        }
        lock(&self.new).insert(key, entry.clone());
        let text = entry.outcome.text.replace(ROOT, &self.root);
        Some(Outcome { is_good: entry.outcome.is_good, text })
    }

    /// Keeps `outcome` of the unit `unit` for `key`. The file `list` has the files that the compiler read.
    pub(super) fn keep(&self, key: u64, unit: &Path, outcome: &Outcome, list: &Path, tree: &Tree) {
        if self.path.is_none() || parse(&outcome.text).iter().any(|one| one.missing_header().is_some()) {
            return;
        }
        let Ok(text) = fs::read_to_string(list) else { return };
        let _ = fs::remove_file(list);
        let files = read_files(&text).into_iter().map(|path| {
            let path = path.replace(&self.root, ROOT);
            Some((path.clone(), self.hash(&path, tree)?))
        });
        let Some(files) = files.collect::<Option<Vec<_>>>().filter(|files| !files.is_empty()) else { return };
        let outcome = Outcome { is_good: outcome.is_good, text: outcome.text.replace(&self.root, ROOT) };
        let entry = Entry { unit: unit.display().to_string(), outcome, names: self.names, files };
        lock(&self.new).insert(key, entry);
    }

    /// The hash of the file `path`, in which the root is replaced.
    fn hash(&self, path: &str, tree: &Tree) -> Option<u64> {
        let path = PathBuf::from(path.replace(ROOT, &self.root));
        if let Some(known) = lock(&self.hashes).get(&path) {
            return *known;
        }
        let of_project = tree.relative(&path).and_then(|relative| tree.bytes(&relative).map(hash));
        let found = of_project.or_else(|| fs::read(&path).ok().map(|bytes| hash(&bytes)));
        lock(&self.hashes).insert(path, found);
        found
    }

    /// Writes the results for the next run. Those of other commands stay while their units exist.
    pub fn close(self, tree: &Tree) {
        let Some(path) = &self.path else { return };
        let mut all = self.new.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (key, entry) in self.old {
            if all.len() < MOST && tree.bytes(Path::new(&entry.unit)).is_some() {
                all.entry(key).or_insert(entry);
            }
        }
        if let Some(bytes) = encode(&all, VERSION) {
            store(path, &bytes);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files in the list that the compiler writes: `unit: FILE FILE \`, with spaces behind backslashes.
fn read_files(text: &str) -> Vec<String> {
    let mut files = vec![String::new()];
    let mut letters = text.strip_prefix("unit:").unwrap_or("").chars().peekable();
    while let Some(letter) = letters.next() {
        let last = files.len() - 1;
        match (letter, letters.peek()) {
            ('\\', Some(' ' | '#' | '\\')) | ('$', Some('$')) => files[last].extend(letters.next()),
            ('\\', Some('\n' | '\r')) => {}
            (' ' | '\n' | '\r' | '\t', _) => files.push(String::new()),
            _ => files[last].push(letter),
        }
    }
    files.retain(|file| !file.is_empty());
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_files_has_names_with_spaces() {
        let text = "unit: /o/a\\ b.hip \\\n  /usr/include/c.h \\\n  /o/d$$e.h\n";
        assert_eq!(read_files(text), ["/o/a b.hip", "/usr/include/c.h", "/o/d$e.h"]);
        assert!(read_files("").is_empty());
    }
}
