//! Synchronises an output folder that a person edited with a new conversion of its source: a three-way merge of each file.
//!
//! The common ancestor is what tranship wrote last, which the folder's manifest and store have. Nothing that a person wrote is lost: where
//! both sides changed the same lines, both versions stay, with markers.

mod adopt;
mod apply;
mod diff;
pub mod findings;
pub mod markers;
pub mod merge;
mod plan;
mod renames;

use std::path::{Path, PathBuf};

use tranship_engine::result::Problem;
use tranship_engine::text::globs::Globs;

pub use adopt::{Adopted, adopt};
use merge::{ConflictStyle, Side};

use crate::project::io_problem::io_problem;
use crate::project::manifest::{MANIFEST, Manifest};
use crate::project::write::lock_for;

/// A request to synchronise an output folder.
pub struct Request<'a> {
    /// The absolute path of the output folder.
    pub output: &'a Path,
    /// The output folder as the user would name it.
    pub shown: &'a Path,
    /// The absolute path of the folder with the new conversion, which has a manifest and a store too.
    pub new: &'a Path,
    /// The folder of the source, relative to the output folder.
    pub source: &'a Path,
    /// How conflicts are marked.
    pub style: ConflictStyle,
    /// The files whose conflicts a person decides for the edits.
    pub keep_mine: &'a Globs,
    /// The files whose conflicts a person decides for the new conversion.
    pub take_new: &'a Globs,
    /// Whether nothing is written.
    pub dry_run: bool,
}

impl Request<'_> {
    /// The side that a person chose for conflicts of the file `path`.
    fn side(&self, path: &Path) -> Option<Side> {
        if self.keep_mine.covers(path) {
            Some(Side::Mine)
        } else if self.take_new.covers(path) {
            Some(Side::New)
        } else {
            None
        }
    }
}

/// What became of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Added,
    /// Only the source changed it.
    Updated,
    /// It has no source any more, and nobody edited it.
    Removed,
    /// Only a person changed it.
    Kept,
    /// Only a person changed it: it is removed and stays so.
    KeptRemoved,
    /// A person and the source made the same change.
    Same,
    /// The changes of both are in it.
    Merged,
    /// It has a conflict.
    Conflict(Conflict),
    /// A person chose this side for its conflicts.
    Settled(Side),
    /// It still has markers of an earlier sync, so it was not merged.
    Unresolved,
}

/// Why the changes of both sides are not in one file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Both changed the same lines. They are marked.
    Lines,
    /// Both changed a file that is not text, or that is too large for a merge.
    Binary,
    /// A person edited it, and its source is gone.
    NewRemoved,
    /// A person removed it, and its source changed.
    MineRemoved,
    /// One side has a file where the other has a link or a folder, or both changed the target of a link.
    Kind,
    /// Both changed it, and the content of the last conversion is not stored.
    NoBase,
}

/// The number of lines that a side added and removed, compared with the last conversion.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The added lines.
    pub added: usize,
    /// The removed lines.
    pub removed: usize,
}

/// A file of the output folder, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSync {
    /// Its path relative to the folder.
    pub path: PathBuf,
    /// Its path before, if it was renamed.
    pub from: Option<PathBuf>,
    /// What became of it.
    pub outcome: Outcome,
    /// The lines that a person changed, if they are known.
    pub mine: Option<Lines>,
    /// The lines that the new conversion changed, if they are known.
    pub new: Option<Lines>,
    /// Its text after the sync, if it has conflict markers.
    pub marked: Option<Vec<u8>>,
    /// Whether the sync changes something on disk.
    pub is_changed: bool,
}

/// The result of a sync.
#[derive(Clone, Debug, Default)]
pub struct Synchronisation {
    /// Every file that a side changed, sorted by path.
    pub files: Vec<FileSync>,
    /// The number of files of the new conversion.
    pub all: usize,
    /// The version, target and rules of the last conversion, if those of the new one differ.
    pub written_by: Option<String>,
    /// The failures.
    pub problems: Vec<Problem>,
    /// The patch of the changes, if nothing is written.
    pub patch: Vec<u8>,
}

/// Synchronises the folder of `request`. A problem means that nothing was changed.
pub fn sync(request: &Request) -> Result<Synchronisation, Problem> {
    let lock = if request.dry_run { None } else { Some(lock_for(request.output, request.shown)?) };
    if !request.dry_run {
        apply::settle(request)?;
    }
    let sides = plan::Sides::read(request)?;
    if sides.old.is_empty() && !request.output.join(MANIFEST).is_file() {
        let message = "was not written by tranship; `--adopt` records the present conversion of the source as its origin";
        return Err(Problem::new(request.shown, message));
    }
    if sides.old.is_as_cuda() {
        let message = "was written by `tranship convert --to cuda`, and `sync` converts to HIP; \
                       run `tranship convert --to cuda` again, which keeps files with edits";
        return Err(Problem::new(request.shown, message));
    }
    let steps = plan::plan(&sides, request);
    let patch = if request.dry_run { diff::diff(&steps, request) } else { Vec::new() };
    let problems = if request.dry_run { Vec::new() } else { apply::apply(&sides, &steps, request)? };
    drop(lock);
    let is_other = sides.old.written_by != sides.now.written_by && !sides.old.written_by.is_empty();
    Ok(Synchronisation {
        files: steps.into_iter().filter_map(|step| step.file).collect(),
        all: sides.now.iter().count(),
        written_by: is_other.then(|| sides.old.written_by.clone()),
        problems,
        patch,
    })
}

/// Reads the manifest of the folder `folder`, which the user would name `shown`.
fn read_manifest(folder: &Path, shown: &Path) -> Result<Manifest, Problem> {
    Manifest::read(folder).map_err(|error| io_problem(&shown.join(MANIFEST), "cannot read", &error))
}
