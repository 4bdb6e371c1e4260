//! Lists the files, folders and links of a project.
//!
//! A file that `.gitignore` lists is left out, unless git tracks it or tranship wrote it. `.git` and submodules are not
//! walked. Links are listed as links and never followed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{WalkBuilder, WalkState};

use super::answers::ANSWERS;
use super::base::BASE;
use super::io_problem::io_problem;
use super::journal::JOURNAL;
use super::manifest::{MANIFEST, Manifest};
use tranship_engine::result::{Problem, output_name};
use tranship_engine::text::globs::Globs;

/// The kind of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link to any target.
    Link,
}

/// One file, folder or link of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The path relative to the root of the walk.
    pub path: PathBuf,
    /// Its kind.
    pub kind: Kind,
}

/// The result of a walk. A folder comes before its contents.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Everything to convert or copy, sorted by the bytes of the path.
    pub entries: Vec<Entry>,
    /// The folders of submodules. They are not walked.
    pub submodules: BTreeSet<PathBuf>,
    /// The entries that could not be read.
    pub problems: Vec<Problem>,
}

/// The name of the overlay that `tranship portable --overlay` writes, beside the folder with the copies.
pub const OVERLAY: &str = "overlay.yaml";

/// The folder with the copies of `tranship portable --overlay`.
pub const COPIES: &str = "overlay";

/// The beginning of the first line of an overlay.
pub const OVERLAY_MARK: &str = "# tranship overlay";

/// Whether the folder has the copies of `tranship portable --overlay`, whose sources are in the project.
fn is_overlay(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == COPIES)
        && fs::read(folder.with_file_name(OVERLAY))
            .is_ok_and(|text| text.starts_with(OVERLAY_MARK.as_bytes()))
}

/// Whether the content of the file at `path` decides which other files are part of the project.
pub(crate) fn decides_files(path: &Path) -> bool {
    let names = [".git", ".gitignore", ".gitmodules", MANIFEST, OVERLAY];
    path.file_name().is_some_and(|name| names.iter().any(|known| name == *known))
}

/// Walks the absolute folder `root`. The absolute folders `outputs` contain results, so they are not walked.
pub fn walk(root: &Path, excludes: &Globs, outputs: &[PathBuf]) -> Tree {
    let declared = declared_submodules(root);
    let found = Arc::new(Mutex::new(BTreeSet::new()));
    let wanted = {
        let (root, excludes, outputs) = (root.to_owned(), excludes.clone(), outputs.to_vec());
        let found = Arc::clone(&found);
        move |path: &Path, is_folder: bool| {
            // Answers are about the source, so they are not copied into the output.
            let own = [MANIFEST, BASE, JOURNAL, ANSWERS, ".git"];
            let is_own = path.file_name().is_some_and(|name| own.iter().any(|own| name == *own));
            if is_own || excludes.is_match(path) {
                return false;
            }
            if !is_folder {
                return true;
            }
            let whole = root.join(path);
            if declared.contains(path) || whole.join(".git").is_file() {
                found.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
                return false;
            }
            !outputs.contains(&whole) && !whole.join(MANIFEST).is_file() && !is_overlay(&whole)
        }
    };
    let filter = {
        let (root, wanted) = (root.to_owned(), wanted.clone());
        move |entry: &ignore::DirEntry| {
            let Ok(path) = entry.path().strip_prefix(&root) else { return true };
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            path.as_os_str().is_empty() || wanted(path, is_folder)
        }
    };
    let in_git = super::git::root_of(root).is_some();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_ignore(true)
        .git_exclude(true)
        .require_git(false)
        .parents(in_git)
        .follow_links(false)
        .filter_entry(filter)
        .threads(rayon::current_num_threads())
        .build_parallel();
    let walked = Mutex::new(Tree::default());
    walk.run(|| {
        Box::new(|entry| {
            walked.lock().unwrap_or_else(PoisonError::into_inner).take(root, entry);
            WalkState::Continue
        })
    });
    let mut tree = walked.into_inner().unwrap_or_else(PoisonError::into_inner);
    // The threads find problems in any order.
    tree.problems.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
    let mut listed = if in_git { super::git::tracked_although_ignored(root) } else { Vec::new() };
    if in_git {
        listed.extend(super::git::tracked_and_deleted(root).iter().map(|path| output_name(path, false)));
    }
    let written = Manifest::read(root).unwrap_or_default();
    listed.extend(written.iter().map(|(path, _)| path.to_owned()));
    tree.take_listed(root, listed, &wanted);
    tree.submodules = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    // Comparing bytes is faster than comparing part by part, and also puts a folder before its contents.
    tree.entries.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    tree
}

impl Tree {
    /// A tree of single files, relative to the root.
    pub fn of_files(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let entries = files.into_iter().map(|path| Entry { path, kind: Kind::File });
        Self { entries: entries.collect(), ..Self::default() }
    }

    /// Adds the files `paths`, which may be missing on disk. A path that is already in the tree keeps its kind.
    pub(crate) fn add_files<'a>(&mut self, paths: impl Iterator<Item = &'a PathBuf>) {
        let is_new = |path: &&PathBuf| {
            self.entries.binary_search_by(|entry| entry.path.as_os_str().cmp(path.as_os_str())).is_err()
        };
        let new: Vec<_> =
            paths.filter(is_new).map(|path| Entry { path: path.clone(), kind: Kind::File }).collect();
        if !new.is_empty() {
            self.entries.extend(new);
            self.entries.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        }
    }

    fn take(&mut self, root: &Path, entry: Result<ignore::DirEntry, ignore::Error>) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return self.problems.push(walk_problem(root, &error)),
        };
        let Ok(path) = entry.path().strip_prefix(root) else { return };
        if path.as_os_str().is_empty() {
            return;
        }
        let kind = match entry.file_type() {
            Some(kind) if kind.is_symlink() => Kind::Link,
            Some(kind) if kind.is_dir() => Kind::Folder,
            Some(kind) if kind.is_file() => Kind::File,
            _ => {
                let message = "is neither a file, a folder nor a link, so it is left out";
                return self.problems.push(Problem::new(path, message));
            }
        };
        self.entries.push(Entry { path: path.to_owned(), kind });
    }

    /// Adds the files `listed`, which are part of the project although they are ignored, and the folders above them.
    fn take_listed(&mut self, root: &Path, listed: Vec<PathBuf>, wanted: IsIncluded) {
        if listed.is_empty() {
            return;
        }
        let mut known: BTreeSet<PathBuf> = self.entries.iter().map(|entry| entry.path.clone()).collect();
        for path in listed {
            if known.contains(&path) {
                continue;
            }
            let folders = || path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
            let Ok(metadata) = fs::symlink_metadata(root.join(&path)) else { continue };
            if !wanted(&path, metadata.is_dir()) || metadata.is_dir() || !folders().all(|f| wanted(f, true)) {
                continue;
            }
            let kind = if metadata.is_symlink() { Kind::Link } else { Kind::File };
            let with_folders = folders().map(|folder| (folder, Kind::Folder)).chain([(path.as_path(), kind)]);
            for (path, kind) in with_folders {
                if known.insert(path.to_owned()) {
                    self.entries.push(Entry { path: path.to_owned(), kind });
                }
            }
        }
    }
}

/// Whether a path, relative to the root, is part of the project by its name. The second argument is true for a folder.
type IsIncluded<'a> = &'a dyn Fn(&Path, bool) -> bool;

fn walk_problem(root: &Path, error: &ignore::Error) -> Problem {
    let mut path = PathBuf::new();
    let mut inner = error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                at.strip_prefix(root).unwrap_or(at).clone_into(&mut path);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            ignore::Error::Io(io) => return io_problem(&path, "cannot read", io),
            other => return Problem::new(path, other.to_string()),
        }
    }
}

/// The folders that `.gitmodules` in `root` lists. They may be missing.
fn declared_submodules(root: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read(root.join(".gitmodules")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let paths = text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "path").then(|| PathBuf::from(value.trim().trim_matches('"').trim_end_matches('/')))
    });
    paths.collect()
}
