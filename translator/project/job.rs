//! What a conversion is asked to do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::setup::Setup;

/// Asks a conversion to come to an end after the files in work.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Asks.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Into a folder of its own, shown to people as `shown`.
    Folder {
        /// Absolute.
        dir: PathBuf,
        /// As the user would name it.
        shown: PathBuf,
    },
    /// Beside the source: for single files.
    Beside,
    /// Over the source.
    Source {
        /// Also when git could not bring the source back.
        allow_dirty: bool,
    },
    /// Nowhere: patches are part of the result.
    Patch,
    /// Nowhere: patches by rule are part of the result.
    Patches,
    /// Nowhere: what would happen is the result.
    Nowhere,
    /// Nowhere: the folder of an earlier run is compared with what this one would write.
    Against {
        /// Absolute.
        dir: PathBuf,
        /// As the user would name it.
        shown: PathBuf,
    },
}

/// One conversion.
pub struct Job {
    /// The folder that paths are relative to; absolute.
    pub root: PathBuf,
    /// `root` as the user would name it; may be empty for the current folder.
    pub shown: PathBuf,
    /// Only these files; `None` for all below `root`.
    pub only: Option<Vec<Only>>,
    /// Whether `only` are looked at as a part of the whole project, just as a run over all of it does. Otherwise what
    /// they include is all that is known.
    pub in_project: bool,
    /// Whether what files tell is kept for the next run over the same project.
    pub cached: bool,
    /// Contents by path relative to the root that stand for what is on disk.
    pub staged: FxHashMap<PathBuf, Vec<u8>>,
    /// Where the result goes.
    pub to: To,
    /// Whether files are surveyed for readiness.
    pub survey: bool,
    /// Absolute folders below `root` that hold results.
    pub outputs: Vec<PathBuf>,
    /// Configuration and tables.
    pub setup: Setup,
}

/// A file that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// Relative to the root.
    pub path: PathBuf,
    /// As the user named it.
    pub shown: PathBuf,
}

impl Job {
    /// A job for all below `root`, shown as `shown`, or for the files `only`.
    pub fn new(root: PathBuf, shown: PathBuf, only: Option<Vec<Only>>, to: To, setup: Setup) -> Self {
        let (outputs, staged) = (Vec::new(), FxHashMap::default());
        Self {
            root,
            shown,
            only,
            in_project: false,
            cached: false,
            staged,
            to,
            survey: false,
            outputs,
            setup,
        }
    }

    /// The absolute folder that the result goes to, if it is one of its own.
    pub fn output(&self) -> Option<&Path> {
        match &self.to {
            To::Folder { dir, .. } | To::Against { dir, .. } => Some(dir),
            To::Beside | To::Source { .. } | To::Patch | To::Patches | To::Nowhere => None,
        }
    }

    /// Whether the file `path`, relative to the root, is among those to convert.
    pub fn looks_at(&self, path: &Path) -> bool {
        self.only.as_ref().is_none_or(|files| files.iter().any(|only| only.path == path))
    }

    /// Reads the file `path`, relative to the root.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.staged.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => fs::read(self.root.join(path)),
        }
    }

    /// Whether all results stand in one folder: files that were named one by one have no folders in the output.
    pub(crate) fn is_flat(&self) -> bool {
        self.only.is_some() && self.output().is_some()
    }

    /// `path`, relative to the root, as the user would name it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let named = self.only.iter().flatten().find(|only| only.path == path);
        named.map_or_else(|| self.shown.join(path), |only| only.shown.clone())
    }
}
