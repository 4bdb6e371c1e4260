//! Decides which definition a name refers to when CUDA and the project both define it.
//!
//! A definition of the project counts only if its file can be in one translation unit with the file in question.

use std::cell::OnceCell;
use std::path::Path;

use super::code::{FileId, FileSet, Index};
use super::for_nvidia::is_header;

/// The files with definitions that count for one file.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// The file.
    id: Option<FileId>,
    /// The file and the files that it includes; computed on first use.
    closure: OnceCell<FileSet>,
    /// All files that may be in one translation unit with it.
    around: FileSet,
}

impl Owners {
    /// The files with definitions that count for the file at `path`.
    pub fn of(path: &Path, index: &Index) -> Self {
        index.id(path).map_or_else(Self::default, |id| Self {
            id: Some(id),
            around: index.around(id),
            ..Self::default()
        })
    }

    /// Whether `name` refers, or may refer, to a definition of the project.
    pub fn has(&self, index: &Index, name: &[u8]) -> bool {
        index.definers(name).is_some_and(|definers| definers.own.iter().any(|id| self.around.contains(*id)))
    }

    /// Whether a file for which `is_wanted` is true shares a translation unit with it.
    pub fn shares_unit_with(&self, index: &Index, is_wanted: &dyn Fn(&Path) -> bool) -> bool {
        index.paths().any(|(id, path)| self.around.contains(id) && is_wanted(path))
    }

    /// A file that defines `name` and may be in one translation unit with this file, if this file includes no
    /// definition.
    pub fn elsewhere<'i>(&self, index: &'i Index, name: &[u8]) -> Option<&'i Path> {
        let own = &index.definers(name)?.own;
        let closure =
            self.closure.get_or_init(|| self.id.map_or_else(FileSet::default, |id| index.closure(id)));
        let is_ours = own.iter().any(|id| closure.contains(*id));
        let around = own.iter().filter(|id| !is_ours && self.around.contains(**id));
        around.map(|&id| index.path(id)).min()
    }

    /// Whether `name` is a macro of the project, shims included.
    pub fn has_macro(&self, index: &Index, name: &[u8]) -> bool {
        index
            .definers(name)
            .is_some_and(|definers| definers.macros.iter().any(|id| self.around.contains(*id)))
    }

    /// Whether `name` is a macro, function or alias of the project for HIP alone.
    pub fn may_have_for_hip(&self, index: &Index, name: &[u8]) -> bool {
        index
            .definers(name)
            .is_some_and(|definers| definers.for_hip.iter().any(|id| self.around.contains(*id)))
    }

    /// The same for a file that surely gets the definition: it includes the definition, or is a header, which can rely on the
    /// includes of its includers.
    pub fn has_for_hip(&self, index: &Index, name: &[u8]) -> bool {
        if self.id.is_some_and(|id| is_header(index.path(id))) {
            return self.may_have_for_hip(index, name);
        }
        let Some(definers) = index.definers(name).filter(|definers| !definers.for_hip.is_empty()) else {
            return false;
        };
        let closure =
            self.closure.get_or_init(|| self.id.map_or_else(FileSet::default, |id| index.closure(id)));
        definers.for_hip.iter().any(|id| closure.contains(*id))
    }
}
