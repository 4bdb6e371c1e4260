//! Whose a name is that CUDA and the project both have: the project's where an include brings its definition.
//!
//! What stands in files that no translation unit shares with the file at hand says nothing about it.

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::Index;

/// The names of the tables that the project defines, as one file sees them.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// Defined in the file or what it includes.
    own: FxHashSet<String>,
    /// Defined in a file that shares a translation unit with this one, and where.
    around: FxHashMap<String, PathBuf>,
    /// Macros, shims included, that are defined in either.
    macros: FxHashSet<String>,
}

impl Owners {
    /// What the file at `path` sees.
    pub fn of(path: &Path, index: &Index) -> Self {
        let mut owners = Self::default();
        let closure = index.closure([path].into_iter().collect());
        let around = index.closure(index.includers(path));
        for &file in &around {
            let Some(facts) = index.facts(file) else { continue };
            owners.macros.extend(facts.row_macros.iter().cloned());
            if closure.contains(file) {
                owners.own.extend(facts.own_names.iter().cloned());
            } else {
                for name in &facts.own_names {
                    let first = owners.around.entry(name.clone()).or_insert_with(|| file.to_owned());
                    if file < first.as_path() {
                        file.clone_into(first);
                    }
                }
            }
        }
        owners.around.retain(|name, _| !owners.own.contains(name));
        owners
    }

    /// Whether `name` is the project's, or may be.
    pub fn has(&self, name: &str) -> bool {
        self.own.contains(name) || self.around.contains_key(name)
    }

    /// The file that defines `name` where only some who include this file also include that one.
    pub fn elsewhere(&self, name: &str) -> Option<&Path> {
        self.around.get(name).map(PathBuf::as_path)
    }

    /// Whether `name` is a macro of the project.
    pub fn has_macro(&self, name: &str) -> bool {
        self.macros.contains(name)
    }
}
