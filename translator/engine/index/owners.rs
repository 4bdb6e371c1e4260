//! Whose a name is that CUDA and the project both have: the project's where an include brings its definition.
//!
//! What stands in files that no translation unit shares with the file at hand says nothing about it.

use std::path::Path;

use super::code::{FileSet, Index};

/// The files around one file whose definitions concern it.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// The file and what it includes.
    closure: FileSet,
    /// Those too that share a translation unit with it.
    around: FileSet,
}

impl Owners {
    /// What the file at `path` sees.
    pub fn of(path: &Path, index: &Index) -> Self {
        index
            .id(path)
            .map_or_else(Self::default, |id| Self { closure: index.closure(id), around: index.around(id) })
    }

    /// Whether `name` is the project's, or may be.
    pub fn has(&self, index: &Index, name: &[u8]) -> bool {
        index.definers(name).is_some_and(|definers| definers.own.iter().any(|id| self.around.contains(*id)))
    }

    /// Whether a file for which `is_wanted` holds shares a translation unit with it.
    pub fn shares_unit_with(&self, index: &Index, is_wanted: &dyn Fn(&Path) -> bool) -> bool {
        index.paths().any(|(id, path)| self.around.contains(id) && is_wanted(path))
    }

    /// The file that defines `name` where only some who include this file also include that one.
    pub fn elsewhere<'i>(&self, index: &'i Index, name: &[u8]) -> Option<&'i Path> {
        let own = &index.definers(name)?.own;
        let is_ours = own.iter().any(|id| self.closure.contains(*id));
        let around = own.iter().filter(|id| !is_ours && self.around.contains(**id));
        around.map(|&id| index.path(id)).min()
    }

    /// Whether `name` is a macro of the project, shims included.
    pub fn has_macro(&self, index: &Index, name: &[u8]) -> bool {
        index
            .definers(name)
            .is_some_and(|definers| definers.macros.iter().any(|id| self.around.contains(*id)))
    }
}
