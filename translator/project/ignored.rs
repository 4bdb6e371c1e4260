//! Finds the converted files that git ignores: a project that lists `*.hip` in `.gitignore` would lose its own sources.
//!
//! It reads the ignore files of the source and those around the output folder. It does not ask git, because the files are not written yet.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashMap;

use super::git;

/// The converted files that one pattern file leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// The file with the patterns, absolute.
    pub(crate) by: PathBuf,
    /// The first pattern that matches one of the files.
    pub(crate) pattern: String,
    /// The files, relative to the root.
    pub(crate) files: Vec<PathBuf>,
}

/// The files among `outputs`, paths relative to the absolute folder `root`, that git ignores there or in the folder `written`.
/// A file that git tracks in the folder `written` is none of them. Each file with patterns is one element.
pub(crate) fn ignored<'a>(
    root: &Path,
    written: &Path,
    outputs: impl Iterator<Item = &'a Path>,
) -> Vec<Ignored> {
    let mut patterns = Patterns::new(root);
    let absolute = std::path::absolute(written).unwrap_or_else(|_| written.to_owned());
    let is_apart = absolute != root && git::root_of(&absolute).is_some();
    // The pattern files of the project are copied, and those around the output count there too.
    let mut around_output = is_apart.then(|| Patterns::new(&absolute));
    // A whole folder such as `target` is left out on purpose.
    around_output.take_if(|patterns| patterns.matching(&absolute.join("any")).is_some());
    let mut found: Vec<Ignored> = Vec::new();
    for output in outputs {
        let around = || around_output.as_mut()?.matching(&absolute.join(output));
        let Some((by, pattern)) = patterns.matching(&root.join(output)).or_else(around) else { continue };
        match found.iter_mut().find(|ignored| ignored.by == by) {
            Some(ignored) => ignored.files.push(output.to_owned()),
            None => found.push(Ignored { by, pattern, files: vec![output.to_owned()] }),
        }
    }
    if !found.is_empty() {
        let tracked = git::tracked_although_ignored(written);
        for ignored in &mut found {
            ignored.files.retain(|file| !tracked.contains(file));
        }
        found.retain(|ignored| !ignored.files.is_empty());
    }
    found
}

/// The pattern files of a tree, each read once.
struct Patterns {
    /// The highest folder with patterns that count.
    top: PathBuf,
    /// The patterns of each folder.
    folders: FxHashMap<PathBuf, Gitignore>,
    /// The patterns of `.git/info/exclude`.
    of_repository: Gitignore,
}

impl Patterns {
    fn new(root: &Path) -> Self {
        let top = git::root_of(root).unwrap_or_else(|| root.to_owned());
        let mut builder = GitignoreBuilder::new(&top);
        if let Some(git) = git::folder_of(root) {
            // A missing file has no patterns, and a wrong pattern matches nothing.
            let _ = builder.add(git.join("info/exclude"));
        }
        let of_repository = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Self { top, folders: FxHashMap::default(), of_repository }
    }

    /// The pattern file and the pattern because of which git ignores the file `path`.
    fn matching(&mut self, path: &Path) -> Option<(PathBuf, String)> {
        let decided = |patterns: &Gitignore| match patterns.matched_path_or_any_parents(path, false) {
            ignore::Match::None => None,
            ignore::Match::Whitelist(_) => Some(None),
            ignore::Match::Ignore(glob) => {
                let by = glob.from().map_or_else(PathBuf::new, Path::to_owned);
                Some(Some((by, glob.original().to_owned())))
            }
        };
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.top)) {
            let read = || Gitignore::new(folder.join(".gitignore")).0;
            let patterns = self.folders.entry(folder.to_owned()).or_insert_with(read);
            if let Some(decided) = decided(patterns) {
                return decided;
            }
        }
        decided(&self.of_repository).flatten()
    }
}
