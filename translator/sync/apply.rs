//! Makes the changes of a sync. The store is written first, then the journal, then the files, then the manifest. So after an interruption
//! at any point nothing is lost, and the next run knows which changes were made.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use tranship_engine::result::Problem;

use super::Request;
use super::plan::{Action, Change, Sides, Step};
use crate::project::base::{BASE, Base};
use crate::project::io_problem::io_problem;
use crate::project::journal::{self, JOURNAL, Planned};
use crate::project::manifest::{MANIFEST, Manifest, ManifestEntry, hash};
use crate::project::write::{
    Content, entry_at, is_below_real_folders, may_run, remove_with_folders, symlink, write_whole,
};

/// Ends a sync that was interrupted before.
pub(super) fn settle(request: &Request) -> Result<(), Problem> {
    journal::settle(request.output).map_err(|error| problem(request, JOURNAL, "cannot read or write", &error))
}

/// Makes the changes of `steps`. Returns the problems of single files, which stay as they are. A problem in place of the result means
/// that no file was changed.
pub(super) fn apply(sides: &Sides, steps: &[Step], request: &Request) -> Result<Vec<Problem>, Problem> {
    let output = request.output;
    let new_base = Base::read(request.new).map_err(|error| problem(request, BASE, "cannot read", &error))?;
    sides.base.take_all(new_base);
    sides.base.write(output).map_err(|error| problem(request, BASE, "cannot write", &error))?;
    let mut manifest = manifest_after(sides, steps, request);
    let changes: Vec<(&Step, &Change)> =
        steps.iter().flat_map(|step| step.changes.iter().map(move |change| (step, change))).collect();
    let mut problems = Vec::new();
    if !changes.is_empty() {
        let planned: Vec<Planned> = changes.iter().map(|(_, change)| planned(change, sides)).collect();
        journal::write(output, &planned, &manifest)
            .map_err(|error| problem(request, JOURNAL, "cannot write", &error))?;
    }
    let mut failed: Vec<&Step> = Vec::new();
    for turn in [Turn::Removals, Turn::Writes, Turn::OldNames] {
        for (step, change) in changes.iter().filter(|(step, change)| Turn::of(step, change) == turn) {
            if failed.iter().any(|other| std::ptr::eq(*other, *step)) {
                continue;
            }
            if let Err(problem) = make(change, request) {
                problems.push(problem);
                failed.push(step);
            }
        }
    }
    for step in failed {
        undo(&mut manifest, step, &sides.old);
    }
    manifest.write(output).map_err(|error| problem(request, MANIFEST, "cannot write", &error))?;
    if !changes.is_empty() {
        let removed = fs::remove_file(output.join(JOURNAL));
        problems.extend(removed.err().map(|error| problem(request, JOURNAL, "cannot remove", &error)));
    }
    sides.base.keep_only(&manifest);
    // If this fails, the store has more contents than it needs.
    let _ = sides.base.write(output);
    Ok(problems)
}

/// The order of changes. A file makes room for a folder before files are written. A renamed file is removed after its text is written
/// under the new name.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Turn {
    Removals,
    Writes,
    OldNames,
}

impl Turn {
    fn of(step: &Step, change: &Change) -> Self {
        match change.action {
            Action::Remove if step.changes.len() == 1 => Self::Removals,
            Action::Remove => Self::OldNames,
            _ => Self::Writes,
        }
    }
}

/// The manifest after all steps.
fn manifest_after(sides: &Sides, steps: &[Step], request: &Request) -> Manifest {
    let mut manifest = sides.old.clone();
    manifest.written_by.clone_from(&sides.now.written_by);
    request.source.clone_into(&mut manifest.source);
    manifest.lacks_modes = false;
    manifest.unresolved = steps.iter().filter_map(|step| step.unresolved.clone()).collect();
    for (path, entry) in steps.iter().flat_map(|step| &step.entries) {
        match entry {
            Some(entry) => manifest.set(path.clone(), *entry),
            None => manifest.remove(path),
        }
    }
    manifest
}

/// Gives `manifest` the old entries of a step that failed.
fn undo(manifest: &mut Manifest, step: &Step, old: &Manifest) {
    for (path, _) in &step.entries {
        match old.get(path) {
            Some(entry) => manifest.set(path.clone(), entry),
            None => manifest.remove(path),
        }
        if !old.unresolved.contains(path) {
            manifest.unresolved.remove(path);
        }
    }
}

/// What the path of `change` is afterwards.
fn planned(change: &Change, sides: &Sides) -> Planned {
    let result = match &change.action {
        Action::Write { bytes, is_executable } => Some(ManifestEntry::file(hash(bytes), *is_executable)),
        Action::Copy { from, .. } => sides.now.get(from),
        Action::Link => sides.now.get(&change.path),
        Action::Permissions { .. } => change.expected,
        Action::Remove => None,
    };
    Planned { path: change.path.clone(), result }
}

/// Makes one change.
fn make(change: &Change, request: &Request) -> Result<(), Problem> {
    let Change { path, action, expected } = change;
    let dest = request.output.join(path);
    let shown = || request.shown.join(path);
    if entry_at(&dest) != *expected {
        return Err(Problem::new(
            shown(),
            "changed while it was synchronised, so it is left alone; run the command again",
        ));
    }
    let failed = |error: &io::Error| io_problem(&shown(), "cannot write", error);
    if *action != Action::Remove {
        let folder = dest.parent().unwrap_or(request.output);
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    if !is_below_real_folders(request.output, path) {
        return Err(Problem::new(shown(), "is below a link, so it is left alone"));
    }
    let done = match action {
        Action::Write { bytes, is_executable } => {
            let like = fs::metadata(&dest).or_else(|_| fs::metadata(request.new.join(path)));
            write(&dest, bytes, like.ok().map(|meta| meta.permissions()), *is_executable)
        }
        Action::Copy { from, is_executable } => {
            let from = request.new.join(from);
            let like = fs::symlink_metadata(&dest)
                .ok()
                .filter(fs::Metadata::is_file)
                .map_or_else(|| fs::metadata(&from), Ok);
            let permissions = like.ok().map(|meta| meta.permissions());
            fs::read(&from).and_then(|bytes| write(&dest, &bytes, permissions, *is_executable))
        }
        Action::Link => link(&request.new.join(path), &dest),
        Action::Permissions { is_executable } => fs::metadata(&dest).and_then(|meta| {
            let permissions = with_execution(Some(meta.permissions()), *is_executable);
            permissions.map_or(Ok(()), |permissions| fs::set_permissions(&dest, permissions))
        }),
        Action::Remove => remove_with_folders(request.output, path),
    };
    done.map_err(|error| failed(&error))
}

fn write(dest: &Path, bytes: &[u8], like: Option<Permissions>, is_executable: bool) -> io::Result<()> {
    write_whole(dest, &Content { bytes, permissions: with_execution(like, is_executable) })
}

/// Replaces what is at `dest` by a link like `from`.
fn link(from: &Path, dest: &Path) -> io::Result<()> {
    let target = fs::read_link(from)?;
    // The link is made beside `dest` and renamed, so that `dest` is never absent.
    let folder = dest.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".tranship-").suffix(".tmp").tempdir_in(folder)?;
    let made: PathBuf = temporary.path().join("link");
    symlink(&target, &made)?;
    fs::rename(&made, dest)
}

/// `permissions` with or without those to execute the file, for everybody who may read it.
#[cfg(unix)]
fn with_execution(permissions: Option<Permissions>, is_executable: bool) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = permissions.as_ref().map_or(0o644, |permissions| permissions.mode() & 0o777);
    if permissions.as_ref().is_some_and(|permissions| may_run(permissions) == is_executable) {
        return permissions;
    }
    let mode = if is_executable { mode | ((mode & 0o444) >> 2) } else { mode & !0o111 };
    Some(Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn with_execution(permissions: Option<Permissions>, _: bool) -> Option<Permissions> {
    permissions
}

fn problem(request: &Request, name: &str, what: &str, error: &io::Error) -> Problem {
    io_problem(&request.shown.join(name), what, error)
}
