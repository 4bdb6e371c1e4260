//! The files that include a file.

use std::path::Path;

use super::code::{FileId, Index, reachable};
use super::includes::Include;

impl Index {
    /// The paths of all files that include the file at `path`, directly or not, where a host compiler reads the `#include`.
    pub fn host_includers(&self, path: &Path) -> impl Iterator<Item = &Path> {
        let includers = self.host_includers.get_or_init(|| self.includers_by(|include| !include.for_gpu));
        let next = |id: FileId| includers[id as usize].iter().copied();
        let including = self.id(path).map(|id| reachable(vec![id], self.files.len(), next).1);
        including.unwrap_or_default().into_iter().skip(1).map(|id| self.path(id))
    }

    /// Whether a file for which `is_wanted` is true includes the file at `path`, directly or not.
    pub fn is_included_from(&self, path: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> bool {
        let Some(id) = self.id(path) else { return false };
        let next = |id: FileId| self.all_includers()[id as usize].iter().copied();
        let including = reachable(vec![id], self.files.len(), next).1;
        including.into_iter().skip(1).any(|id| is_wanted(self.path(id)))
    }

    /// For every file the files that include it.
    pub(super) fn all_includers(&self) -> &[Vec<FileId>] {
        self.includers.get_or_init(|| self.includers_by(|_| true))
    }

    /// For every file the files that include it by an include for which `counts` is true.
    fn includers_by(&self, counts: impl Fn(&Include) -> bool) -> Vec<Vec<FileId>> {
        let mut includers = vec![Vec::new(); self.files.len()];
        for (id, file) in self.files.iter().enumerate() {
            let found = file.facts.includes.iter().zip(&file.includes);
            for included in found.filter(|(include, _)| counts(include)).filter_map(|(_, found)| *found) {
                includers[included as usize].push(id as FileId);
            }
        }
        includers
    }
}
