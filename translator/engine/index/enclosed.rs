//! Files whose text an include puts inside of a declaration. Such a file can include nothing itself.

use std::path::Path;

use rustc_hash::FxHashSet;

use super::code::{File, FileId, Index};

impl Index {
    /// The files that are included inside of a declaration, and the files that these include.
    pub(super) fn all_enclosed(&self) -> FxHashSet<FileId> {
        let of = |file: &File| {
            let includes = file.facts.includes.iter().zip(&file.includes);
            includes.filter(|(include, _)| include.enclosed).filter_map(|(_, id)| *id).collect::<Vec<_>>()
        };
        let mut open: Vec<FileId> = self.files.iter().flat_map(of).collect();
        let mut enclosed = FxHashSet::default();
        while let Some(id) = open.pop() {
            if enclosed.insert(id) {
                open.extend(self.files[id as usize].includes.iter().flatten());
            }
        }
        enclosed
    }

    /// Whether some include puts the text of the file at `path` inside of a declaration: inside of an enumeration, a function,
    /// a class, a namespace or `extern "C"`. Such a file can include nothing itself.
    pub fn is_enclosed(&self, path: &Path) -> bool {
        !self.enclosed.is_empty() && self.id(path).is_some_and(|id| self.enclosed.contains(&id))
    }

    /// All files for which [`Self::is_enclosed`] holds, sorted.
    pub fn enclosed(&self) -> Vec<&Path> {
        let mut paths: Vec<_> = self.enclosed.iter().map(|&id| self.path(id)).collect();
        paths.sort_unstable();
        paths
    }

    /// The files nearest to the enclosed file `path` that include it, directly or by other enclosed files, and are not
    /// enclosed themselves.
    pub fn includers_of_enclosed(&self, path: &Path) -> Vec<&Path> {
        let Some(id) = self.id(path) else { return Vec::new() };
        let mut seen = FxHashSet::from_iter([id]);
        let mut open = vec![id];
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            for &includer in &self.all_includers()[id as usize] {
                if seen.insert(includer) {
                    let is_enclosed = self.enclosed.contains(&includer);
                    if is_enclosed { open.push(includer) } else { found.push(self.path(includer)) }
                }
            }
        }
        found
    }
}
