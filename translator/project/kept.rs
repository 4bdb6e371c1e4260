//! The facts of files in memory, for a project that stays open in an editor. A file is read again only after it changed.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::cache::Kind;

type Facts = Arc<dyn Any + Send + Sync>;

/// The kept facts of each kind of a file.
#[derive(Default)]
pub(crate) struct Kept {
    files: RwLock<FxHashMap<PathBuf, Vec<(Kind, Facts)>>>,
}

impl Kept {
    /// The facts of the file at `path`. If they are not kept, `read` reads them.
    pub(crate) fn facts<T: Clone + Send + Sync + 'static>(
        &self,
        kind: Kind,
        path: &Path,
        read: impl FnOnce() -> T,
    ) -> T {
        if let Some(facts) = self.get::<T>(kind, path) {
            return (*facts).clone();
        }
        let facts = read();
        self.set(kind, path, facts.clone());
        facts
    }

    /// The kept facts of the file at `path`.
    pub(crate) fn get<T: Send + Sync + 'static>(&self, kind: Kind, path: &Path) -> Option<Arc<T>> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let (_, facts) = files.get(path)?.iter().find(|(known, _)| *known == kind)?;
        Arc::clone(facts).downcast().ok()
    }

    /// Replaces the facts of the file at `path`.
    pub(crate) fn set<T: Send + Sync + 'static>(&self, kind: Kind, path: &Path, facts: T) {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        let all = files.entry(path.to_owned()).or_default();
        all.retain(|(known, _)| *known != kind);
        all.push((kind, Arc::new(facts)));
    }

    /// Forgets the facts of the file at `path`.
    pub(crate) fn forget(&self, path: &Path) {
        self.files.write().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    /// Forgets all facts.
    pub(crate) fn clear(&self) {
        self.files.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
