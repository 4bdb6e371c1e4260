//! The places a result can go to, behind one face.

use std::fs::{self, File, Permissions};
use std::path::{Path, PathBuf};

use super::against::{Comparison, Drift};
use super::io_problem::io_problem;
use super::job::{Job, NamedFiles, To};
use super::mark::{Held, Mark};
use super::write::{Content, Keep, Output, lock_for, plain, symlink, write_whole};
use tranship_engine::result::Problem;
use tranship_engine::result::patch::{new_file, patch};

/// Writes the steps of a job to where the job wants them.
pub(crate) struct Writer {
    place: Place,
    root: PathBuf,
    shown: PathBuf,
    only: NamedFiles,
}

enum Place {
    Folder(Output),
    Beside,
    /// Locked, so that no two runs convert one tree in place.
    Source {
        _lock: File,
    },
    Patch,
    /// Made by rule elsewhere, but for the support header.
    Patches,
    Nowhere,
    Against(Comparison),
}

type Written = Result<Option<Held>, Problem>;

impl Writer {
    /// Opens the output of `job`; nothing else may write there until it is closed.
    pub(crate) fn open(job: &Job) -> Result<Self, Problem> {
        let place = match &job.to {
            To::Folder { dir, shown } => Place::Folder(Output::open(dir, shown)?),
            To::Beside => Place::Beside,
            To::Source { .. } => Place::Source { _lock: lock_for(&job.root, &job.shown)? },
            To::Patch => Place::Patch,
            To::Patches => Place::Patches,
            To::Nowhere => Place::Nowhere,
            To::Against { dir, shown } => Place::Against(Comparison::open(dir, shown)?),
        };
        let only = job.only.clone().unwrap_or_default();
        Ok(Self { place, root: job.root.clone(), shown: job.shown.clone(), only })
    }

    /// Makes the folder `output`, like `source`.
    pub(crate) fn folder(&self, source: &Path, output: &Path) -> Written {
        if let Place::Folder(folder) = &self.place {
            folder.folder(output, fs::metadata(source).ok().map(|meta| meta.permissions()))?;
        }
        Ok(None)
    }

    /// Makes a link at `output` that leads to `target`.
    pub(crate) fn link(&self, path: &Path, output: &Path, target: &Path) -> Written {
        match &self.place {
            Place::Folder(folder) => folder.link(output, target).map(Some),
            Place::Source { .. } if path != output => self.relink(path, output, target),
            Place::Against(folder) => Ok(Some(folder.link(output, target))),
            Place::Source { .. } | Place::Beside | Place::Patch | Place::Patches | Place::Nowhere => Ok(None),
        }
    }

    /// Copies the file `source`.
    pub(crate) fn copy(&self, source: &Path, output: &Path, shown: &Path) -> Written {
        match &self.place {
            Place::Folder(folder) => folder.copy(source, output, shown).map(Some),
            Place::Against(folder) => {
                let held = folder.copy(output, source);
                held.map(Some).map_err(|error| io_problem(shown, "cannot read", &error))
            }
            _ => Ok(None),
        }
    }

    /// Copies `bytes`, which a file held that is copied as it is.
    pub(crate) fn copy_bytes(&self, bytes: &[u8], output: &Path, permissions: Permissions) -> Written {
        match &self.place {
            Place::Folder(folder) => {
                folder.put(output, &Content { bytes, permissions: Some(permissions) }).map(Some)
            }
            Place::Against(folder) => Ok(Some(folder.file(output, bytes))),
            _ => Ok(None),
        }
    }

    /// Puts `new`, which `old` at `path` became, to `output`; for patches returns the patch.
    pub(crate) fn put(
        &self,
        path: &Path,
        output: &Path,
        old: &[u8],
        new: &[u8],
        permissions: Permissions,
    ) -> Result<(Option<Held>, Vec<u8>), Problem> {
        let content = Content { bytes: new, permissions: Some(permissions) };
        match &self.place {
            Place::Folder(folder) => folder.put(output, &content).map(|held| (Some(held), Vec::new())),
            Place::Patch => Ok((None, patch(&self.shown(path), &self.shown(output), old, new))),
            Place::Patches | Place::Nowhere => Ok((None, Vec::new())),
            Place::Against(folder) => Ok((Some(folder.file(output, new)), Vec::new())),
            Place::Beside | Place::Source { .. } if path == output && old == new => Ok((None, Vec::new())),
            Place::Beside if path == output => {
                let message = "keeps its name, so it cannot be written beside itself; pass `--out DIR`, `--in-place` or `--diff`";
                Err(Problem::new(self.shown(path), message))
            }
            Place::Beside => self.beside(output, &content).map(|()| (None, Vec::new())),
            Place::Source { .. } => self.over(path, output, &content).map(|()| (None, Vec::new())),
        }
    }

    /// Puts the support header `new` to `output`, for which the source has `old`; for patches returns the patch.
    pub(crate) fn support(
        &self,
        output: &Path,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<(Option<Held>, Vec<u8>), Problem> {
        let content = Content { bytes: new, permissions: plain() };
        match &self.place {
            Place::Folder(folder) => {
                folder.folders_above(output)?;
                folder.put(output, &content).map(|held| (Some(held), Vec::new()))
            }
            Place::Patch | Place::Patches => {
                let shown = self.shown(output);
                Ok((None, old.map_or_else(|| new_file(&shown, new), |old| patch(&shown, &shown, old, new))))
            }
            Place::Against(folder) => Ok((Some(folder.file(output, new)), Vec::new())),
            Place::Nowhere => Ok((None, Vec::new())),
            Place::Beside | Place::Source { .. } if old == Some(new) => Ok((None, Vec::new())),
            Place::Beside | Place::Source { .. } => {
                let dest = self.root.join(output);
                let folder = dest.parent().unwrap_or(&self.root);
                fs::create_dir_all(folder)
                    .and_then(|()| write_whole(&dest, &content))
                    .map(|()| (None, Vec::new()))
                    .map_err(|e| io_problem(&self.shown(output), "cannot write", &e))
            }
        }
    }

    /// What stands at `output` in a folder of its own.
    pub(crate) fn there(&self, output: &Path) -> Option<Vec<u8>> {
        match &self.place {
            Place::Folder(folder) => folder.read(output),
            _ => None,
        }
    }

    /// What an earlier run left at `output`.
    pub(crate) fn before(&self, output: &Path) -> Option<Held> {
        match &self.place {
            Place::Folder(folder) => folder.before(output),
            _ => None,
        }
    }

    /// Ends the run; with `keep` what earlier runs wrote stays although this one did not write it. Returns what went
    /// wrong, and how a folder differs that was only compared.
    pub(crate) fn close(self, mark: Mark, keep: bool) -> (Vec<Problem>, Vec<Drift>) {
        match self.place {
            Place::Folder(folder) => {
                (folder.close(mark, if keep { Keep::Others } else { Keep::Nothing }), Vec::new())
            }
            Place::Against(folder) => (Vec::new(), folder.close(&mark)),
            _ => (Vec::new(), Vec::new()),
        }
    }

    fn beside(&self, output: &Path, content: &Content) -> Result<(), Problem> {
        let dest = self.root.join(output);
        if fs::read(&dest).is_ok_and(|there| there == content.bytes) {
            return Ok(());
        }
        self.require_absent(output)?;
        write_whole(&dest, content).map_err(|e| io_problem(&self.shown(output), "cannot write", &e))
    }

    fn over(&self, path: &Path, output: &Path, content: &Content) -> Result<(), Problem> {
        if path != output {
            self.require_absent(output)?;
        }
        let dest = self.root.join(output);
        write_whole(&dest, content).map_err(|e| io_problem(&self.shown(output), "cannot write", &e))?;
        if path != output {
            let gone = fs::remove_file(self.root.join(path));
            gone.map_err(|e| io_problem(&self.shown(path), "cannot remove", &e))?;
        }
        Ok(())
    }

    fn relink(&self, path: &Path, output: &Path, target: &Path) -> Written {
        self.require_absent(output)?;
        symlink(target, &self.root.join(output))
            .and_then(|()| fs::remove_file(self.root.join(path)))
            .map_err(|e| io_problem(&self.shown(output), "cannot make the link", &e))?;
        Ok(None)
    }

    /// `path`, in the source or beside it, as the user would name it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        match self.only.get(path).or_else(|| self.only.beside(path)) {
            Some(only) => only.shown.with_file_name(path.file_name().unwrap_or_default()),
            None => self.shown_root().join(path),
        }
    }

    /// The root as the user would name it: as seen from the files that were named.
    fn shown_root(&self) -> PathBuf {
        let Some(only) = self.only.iter().next() else { return self.shown.clone() };
        let mut root = only.shown.clone();
        for _ in only.path.components() {
            if root.file_name().is_none() || !root.pop() {
                root = Path::new("..").join(root);
            }
        }
        root
    }

    fn require_absent(&self, output: &Path) -> Result<(), Problem> {
        if fs::symlink_metadata(self.root.join(output)).is_err() {
            return Ok(());
        }
        let message = "is there already and differs, so it is left alone; move it away, or choose a folder with `--out`";
        Err(Problem::new(self.shown(output), message))
    }
}
