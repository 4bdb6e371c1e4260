//! Writes a result to any of its destinations, behind one interface.

use std::fs::{self, File, Permissions};
use std::path::{Path, PathBuf};

use super::against::{Comparison, Drift};
use super::io_problem::io_problem;
use super::job::{Destination, Job, NamedFiles};
use super::manifest::{Manifest, ManifestEntry};
use super::write::{Content, EditedFile, OldFiles, Output, lock_for, plain, symlink, write_whole};
use tranship_engine::result::Problem;
use tranship_engine::result::patch::{new_file, patch};

/// Writes the steps of a job to the destination of the job.
pub(crate) struct Writer {
    destination: OpenDestination,
    root: PathBuf,
    shown: PathBuf,
    /// The root from the folder in which patches apply.
    in_patch: PathBuf,
    only: NamedFiles,
}

enum OpenDestination {
    Folder(Output),
    Beside,
    /// Locked, so that two runs never convert one tree in place.
    Source {
        _lock: File,
    },
    Patch,
    /// Patches by rule are made elsewhere, except the patch of the support header.
    Patches,
    Nowhere,
    Against(Comparison),
}

/// What is known at the end of a run.
#[derive(Default)]
pub(crate) struct Closed {
    pub(crate) problems: Vec<Problem>,
    /// The files of the output folder that a person edited.
    pub(crate) edited: Vec<EditedFile>,
    /// The differences that `--against` found.
    pub(crate) drifts: Vec<Drift>,
}

type Written = Result<Option<ManifestEntry>, Problem>;

impl Writer {
    /// Opens the output of `job`. No other run can write there until the writer is closed.
    pub(crate) fn open(job: &Job) -> Result<Self, Problem> {
        let destination = match &job.destination {
            Destination::Folder { dir, shown } => OpenDestination::Folder(Output::open(dir, shown)?),
            Destination::Beside => OpenDestination::Beside,
            Destination::Source { .. } => OpenDestination::Source { _lock: lock_for(&job.root, &job.shown)? },
            Destination::Patch => OpenDestination::Patch,
            Destination::Patches => OpenDestination::Patches,
            Destination::Nowhere => OpenDestination::Nowhere,
            Destination::Against { dir, shown } => OpenDestination::Against(Comparison::open(dir, shown)?),
        };
        let only = job.only.clone().unwrap_or_default();
        let in_patch = job.root.strip_prefix(job.patch_folder()).unwrap_or(Path::new("")).to_owned();
        Ok(Self { destination, root: job.root.clone(), shown: job.shown.clone(), in_patch, only })
    }

    /// Creates the folder `output` with the permissions of the folder `source`.
    pub(crate) fn folder(&self, source: &Path, output: &Path) -> Written {
        if let OpenDestination::Folder(folder) = &self.destination {
            folder.folder(output, fs::metadata(source).ok().map(|meta| meta.permissions()))?;
        }
        Ok(None)
    }

    /// Creates a link at `output` with the target `target`.
    pub(crate) fn link(&self, path: &Path, output: &Path, target: &Path) -> Written {
        match &self.destination {
            OpenDestination::Folder(folder) => folder.link(output, target).map(Some),
            OpenDestination::Source { .. } if path != output => self.relink(path, output, target),
            OpenDestination::Against(folder) => Ok(Some(folder.link(output, target))),
            OpenDestination::Source { .. }
            | OpenDestination::Beside
            | OpenDestination::Patch
            | OpenDestination::Patches
            | OpenDestination::Nowhere => Ok(None),
        }
    }

    /// Copies the file `source` to `output`. Messages name the source `shown`.
    pub(crate) fn copy(&self, source: &Path, output: &Path, shown: &Path) -> Written {
        match &self.destination {
            OpenDestination::Folder(folder) => folder.copy(source, output, shown).map(Some),
            OpenDestination::Against(folder) => {
                let entry = folder.copy(output, source);
                entry.map(Some).map_err(|error| io_problem(shown, "cannot read", &error))
            }
            _ => Ok(None),
        }
    }

    /// Writes `bytes`, the content of a copied file, to `output`.
    pub(crate) fn copy_bytes(&self, bytes: &[u8], output: &Path, permissions: Permissions) -> Written {
        match &self.destination {
            OpenDestination::Folder(folder) => {
                folder.put(output, &Content { bytes, permissions: Some(permissions) }).map(Some)
            }
            OpenDestination::Against(folder) => Ok(Some(folder.file(output, bytes))),
            _ => Ok(None),
        }
    }

    /// Writes `new` to `output`: the translation of `old`, the content of `path`. For patches, returns the patch.
    pub(crate) fn put(
        &self,
        path: &Path,
        output: &Path,
        old: &[u8],
        new: &[u8],
        permissions: Permissions,
    ) -> Result<(Option<ManifestEntry>, Vec<u8>), Problem> {
        let content = Content { bytes: new, permissions: Some(permissions) };
        match &self.destination {
            OpenDestination::Folder(folder) => {
                folder.put(output, &content).map(|entry| (Some(entry), Vec::new()))
            }
            OpenDestination::Patch => {
                Ok((None, patch(&self.in_patch(path), &self.in_patch(output), old, new)))
            }
            OpenDestination::Patches | OpenDestination::Nowhere => Ok((None, Vec::new())),
            OpenDestination::Against(folder) => Ok((Some(folder.file(output, new)), Vec::new())),
            OpenDestination::Beside | OpenDestination::Source { .. } if path == output && old == new => {
                Ok((None, Vec::new()))
            }
            OpenDestination::Beside if path == output => {
                let message = "keeps its name, so it cannot be written beside itself; pass `--out DIR`, `--in-place` or `--diff`";
                Err(Problem::new(self.shown(path), message))
            }
            OpenDestination::Beside => self.beside(output, &content).map(|()| (None, Vec::new())),
            OpenDestination::Source { .. } => self.over(path, output, &content).map(|()| (None, Vec::new())),
        }
    }

    /// Writes the support header `new` to `output`, where the source has the content `old`. For patches, returns the patch.
    pub(crate) fn support(
        &self,
        output: &Path,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<(Option<ManifestEntry>, Vec<u8>), Problem> {
        let content = Content { bytes: new, permissions: plain() };
        match &self.destination {
            OpenDestination::Folder(folder) => {
                folder.folders_above(output)?;
                folder.put(output, &content).map(|entry| (Some(entry), Vec::new()))
            }
            OpenDestination::Patch | OpenDestination::Patches => {
                let path = self.in_patch(output);
                Ok((None, old.map_or_else(|| new_file(&path, new), |old| patch(&path, &path, old, new))))
            }
            OpenDestination::Against(folder) => Ok((Some(folder.file(output, new)), Vec::new())),
            OpenDestination::Nowhere => Ok((None, Vec::new())),
            OpenDestination::Beside | OpenDestination::Source { .. } if old == Some(new) => {
                Ok((None, Vec::new()))
            }
            OpenDestination::Beside | OpenDestination::Source { .. } => {
                let dest = self.root.join(output);
                let folder = dest.parent().unwrap_or(&self.root);
                fs::create_dir_all(folder)
                    .and_then(|()| write_whole(&dest, &content))
                    .map(|()| (None, Vec::new()))
                    .map_err(|e| io_problem(&self.shown(output), "cannot write", &e))
            }
        }
    }

    /// The content of the file `output` in the output folder, if the job has one.
    pub(crate) fn existing(&self, output: &Path) -> Option<Vec<u8>> {
        match &self.destination {
            OpenDestination::Folder(folder) => folder.read(output),
            _ => None,
        }
    }

    /// The entry for `output` in the manifest of the last run.
    pub(crate) fn previous(&self, output: &Path) -> Option<ManifestEntry> {
        match &self.destination {
            OpenDestination::Folder(folder) => folder.previous(output),
            _ => None,
        }
    }

    /// Ends the run. With `keep`, the files of earlier runs that this run did not write stay.
    pub(crate) fn close(self, manifest: Manifest, keep: bool) -> Closed {
        match self.destination {
            OpenDestination::Folder(folder) => {
                let old_files = if keep { OldFiles::Keep } else { OldFiles::Remove };
                let (problems, edited) = folder.close(manifest, old_files);
                Closed { problems, edited, drifts: Vec::new() }
            }
            OpenDestination::Against(folder) => {
                Closed { drifts: folder.close(&manifest), ..Closed::default() }
            }
            _ => Closed::default(),
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

    /// `path`, which is in the source or beside it, as the user would write it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        match self.only.get(path).or_else(|| self.only.beside(path)) {
            Some(only) => only.shown.with_file_name(path.file_name().unwrap_or_default()),
            None => self.shown_root().join(path),
        }
    }

    /// `path`, which is relative to the root, from the folder in which patches apply.
    pub(crate) fn in_patch(&self, path: &Path) -> PathBuf {
        self.in_patch.join(path)
    }

    /// The root as the user would write it, derived from the files that the user named.
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
