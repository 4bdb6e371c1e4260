//! Writes an output folder: each file atomically, and never over a file that tranship did not write.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::base::{BASE, Base};
use super::io_problem::io_problem;
use super::journal::{self, JOURNAL};
use super::manifest::{Hasher, MANIFEST, Manifest, ManifestEntry, hash};
use super::read::{self, LARGE};
use super::replace::beside;
use tranship_engine::result::Problem;

/// An output folder, locked for this run.
pub(crate) struct Output {
    dir: PathBuf,
    shown: PathBuf,
    /// The manifest of the last run.
    old: Manifest,
    /// The contents of the last run and of this one.
    base: Base,
    /// The files that a person edited, with what this run would have written.
    edited: Mutex<Vec<EditedFile>>,
    /// Whether this run created the folder. The folder then contains no other files.
    fresh: bool,
    lock: File,
}

/// A file of the output that a person edited, so it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EditedFile {
    /// The path relative to the folder.
    pub(crate) path: PathBuf,
    /// Whether its conversion changed since the last run, so that a sync is due.
    pub(crate) is_behind: bool,
}

/// The content to write to a path.
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a [u8],
    /// `None` for the default of the system.
    pub(crate) permissions: Option<Permissions>,
}

impl Output {
    /// Creates or opens the folder `dir`. Messages name the folder `shown`. Fails while another run writes into the folder.
    pub(crate) fn open(dir: &Path, shown: &Path) -> Result<Self, Problem> {
        let problem = |what: &str, error: &io::Error| io_problem(shown, what, error);
        let fresh = match fs::symlink_metadata(dir) {
            Ok(_) => false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(problem("cannot look at the output folder", &error)),
        };
        fs::create_dir_all(dir).map_err(|error| problem("cannot make the output folder", &error))?;
        let lock = lock_for(dir, shown)?;
        let at = |name: &str, error: &io::Error| io_problem(&shown.join(name), "cannot read", error);
        journal::settle(dir).map_err(|error| at(JOURNAL, &error))?;
        let old = Manifest::read(dir).map_err(|error| at(MANIFEST, &error))?;
        let base = Base::read(dir).map_err(|error| at(BASE, &error))?;
        let edited = Mutex::default();
        Ok(Self { dir: dir.to_owned(), shown: shown.to_owned(), old, base, edited, fresh, lock })
    }

    /// Creates the folder `path`. A file or link there is removed if tranship wrote it, and is a problem otherwise.
    pub(crate) fn folder(&self, path: &Path, permissions: Option<Permissions>) -> Result<(), Problem> {
        let dest = self.dir.join(path);
        match self.present(&dest) {
            Some(meta) if meta.is_dir() => return Ok(()),
            Some(_) => self.clear(path, &dest)?,
            None => {}
        }
        let is_made = || fs::symlink_metadata(&dest).is_ok_and(|meta| meta.is_dir());
        let make = || {
            match fs::create_dir(&dest) {
                // Another thread of this run made it in the meantime.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_made() => return Ok(()),
                made => made?,
            }
            permissions.filter(can_be_filled).map_or(Ok(()), |wanted| fs::set_permissions(&dest, wanted))
        };
        make().map_err(|error| self.problem(path, "cannot make the folder", &error))
    }

    /// Creates the missing folders above `path`. A link among the existing ones is a problem, because it could lead out of
    /// the output.
    pub(crate) fn folders_above(&self, path: &Path) -> Result<(), Problem> {
        let above: Vec<_> =
            path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()).collect();
        for folder in above.into_iter().rev() {
            match fs::symlink_metadata(self.dir.join(folder)) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => return Err(Problem::new(self.shown.join(folder), "is no folder; move it away")),
                Err(_) => self.folder(folder, None)?,
            }
        }
        Ok(())
    }

    /// Writes `content` to `path`. If the file has that content already, only its permissions are updated.
    pub(crate) fn put(&self, path: &Path, content: &Content) -> Result<ManifestEntry, Problem> {
        let dest = self.dir.join(path);
        let is_executable = content.permissions.as_ref().is_some_and(may_run);
        let entry = ManifestEntry::file(hash(content.bytes), is_executable);
        self.base.add(hash(content.bytes), content.bytes);
        let there = self.present(&dest);
        let permissions = self.permissions(path, there.as_ref(), content.permissions.clone());
        match there {
            Some(meta) if meta.is_file() && holds(&dest, &meta, content.bytes) => {
                if let Some(permissions) = permissions.filter(|wanted| *wanted != meta.permissions()) {
                    fs::set_permissions(&dest, permissions)
                        .map_err(|error| self.problem(path, "cannot set the permissions", &error))?;
                }
                return Ok(entry);
            }
            Some(meta) => {
                if let Some(kept) = self.edited(path, &dest, &meta, entry)? {
                    return Ok(kept);
                }
            }
            None => {}
        }
        let content = Content { bytes: content.bytes, permissions };
        write_whole(&dest, &content).map_err(|error| self.problem(path, "cannot write", &error))?;
        Ok(entry)
    }

    /// The permissions for `path`: those that are `wanted`, unless a person changed who may execute the file, which is there with
    /// `meta`.
    fn permissions(
        &self,
        path: &Path,
        meta: Option<&Metadata>,
        wanted: Option<Permissions>,
    ) -> Option<Permissions> {
        let Some(meta) = meta.filter(|meta| meta.is_file() && !self.old.lacks_modes) else { return wanted };
        let was_executable = match self.old.get(path) {
            Some(ManifestEntry::Executable(_)) => true,
            Some(ManifestEntry::File(_)) => false,
            Some(ManifestEntry::Link(_)) | None => return wanted,
        };
        let is_changed = may_run(&meta.permissions()) != was_executable;
        if is_changed { Some(meta.permissions()) } else { wanted }
    }

    /// The content of the file at `path`, if there is one.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        if self.fresh { None } else { fs::read(self.dir.join(path)).ok() }
    }

    /// Copies the file `source` to `path`. Messages name the source `shown`.
    pub(crate) fn copy(&self, source: &Path, path: &Path, shown: &Path) -> Result<ManifestEntry, Problem> {
        let unreadable = |error: &io::Error| io_problem(shown, "cannot read", error);
        let (mut file, meta) = read::open(source).map_err(|error| unreadable(&error))?;
        let entry = |hash| ManifestEntry::file(hash, may_run(&meta.permissions()));
        if meta.len() <= LARGE {
            let put =
                |bytes: &[u8]| self.put(path, &Content { bytes, permissions: Some(meta.permissions()) });
            return read::with_bytes(&mut file, &meta, put).map_err(|error| unreadable(&error))?;
        }
        let dest = self.dir.join(path);
        if let Some(there) = self.present(&dest) {
            let new = hash_file(source).map_err(|error| unreadable(&error))?;
            if there.is_file() && hash_file(&dest).is_ok_and(|old| old == new) {
                return Ok(entry(new));
            }
            if let Some(kept) = self.edited(path, &dest, &there, entry(new))? {
                return Ok(kept);
            }
        }
        let copied = copy_whole(&mut file, &dest, meta.permissions());
        copied.map(entry).map_err(|error| self.problem(path, "cannot write", &error))
    }

    /// Creates a link at `path` with the target `target`.
    pub(crate) fn link(&self, path: &Path, target: &Path) -> Result<ManifestEntry, Problem> {
        let dest = self.dir.join(path);
        let entry = ManifestEntry::Link(hash(target.as_os_str().as_encoded_bytes()));
        if let Some(meta) = self.present(&dest) {
            if meta.is_symlink() && fs::read_link(&dest).is_ok_and(|there| there == target) {
                return Ok(entry);
            }
            if meta.is_dir() {
                let message = "is a folder where the project has a link; move it away";
                return Err(Problem::new(self.shown.join(path), message));
            }
            if let Some(kept) = self.edited(path, &dest, &meta, entry)? {
                return Ok(kept);
            }
            fs::remove_file(&dest).map_err(|error| self.problem(path, "cannot remove", &error))?;
        }
        symlink(target, &dest).map_err(|error| self.problem(path, "cannot make the link", &error))?;
        Ok(entry)
    }

    /// Removes or keeps the files of earlier runs that this run did not write, then writes the manifest `now` and the store of
    /// contents. Returns the problems, and the files that a person edited.
    pub(crate) fn close(self, mut now: Manifest, old_files: OldFiles) -> (Vec<Problem>, Vec<EditedFile>) {
        let mut problems = Vec::new();
        let stale: Vec<_> = self.old.iter().filter(|(path, _)| now.get(path).is_none()).collect();
        for (path, entry) in stale.into_iter().rev() {
            if old_files == OldFiles::Keep {
                now.set(path.to_owned(), entry);
                continue;
            }
            match self.remove_stale(path, entry) {
                Ok(Removal::Done) => {}
                Ok(Removal::Edited) => now.set(path.to_owned(), entry),
                Err(problem) => problems.push(problem),
            }
        }
        let unresolved = self.old.unresolved.iter();
        now.unresolved =
            unresolved.filter(|path| fs::symlink_metadata(self.dir.join(path)).is_ok()).cloned().collect();
        // The manifest names contents, so they are stored before it.
        self.base.keep_only(&now);
        let wrote =
            self.base.write(&self.dir).map_err(|error| self.problem(Path::new(BASE), "cannot write", &error));
        problems.extend(wrote.err());
        let wrote =
            now.write(&self.dir).map_err(|error| self.problem(Path::new(MANIFEST), "cannot write", &error));
        problems.extend(wrote.err());
        drop(self.lock);
        let mut edited = self.edited.into_inner().unwrap_or_else(PoisonError::into_inner);
        edited.sort_by(|a, b| a.path.cmp(&b.path));
        (problems, edited)
    }

    /// The entry for `path` in the manifest of the last run.
    pub(crate) fn previous(&self, path: &Path) -> Option<ManifestEntry> {
        self.old.get(path)
    }

    fn present(&self, dest: &Path) -> Option<Metadata> {
        if self.fresh { None } else { fs::symlink_metadata(dest).ok() }
    }

    /// Whether the file or link at `dest` is unchanged since tranship wrote it. A problem if tranship did not write it.
    fn is_ours(&self, path: &Path, dest: &Path) -> Result<bool, Problem> {
        let Some(entry) = self.old.get(path) else {
            let message = "was not written by tranship, so it is left alone; move it away, or choose another folder with `--out`";
            return Err(Problem::new(self.shown.join(path), message));
        };
        Ok(entry_at(dest).is_some_and(|there| there.is_same(entry)))
    }

    /// If a person edited the file or link at `dest`, in whose place `new` would be written: its entry, which stays as it was.
    fn edited(
        &self,
        path: &Path,
        dest: &Path,
        meta: &Metadata,
        new: ManifestEntry,
    ) -> Result<Option<ManifestEntry>, Problem> {
        if self.is_ours(path, dest)? {
            return Ok(None);
        }
        let old = self.old.get(path).filter(|_| !meta.is_dir());
        let Some(old) = old else {
            return Err(Problem::new(
                self.shown.join(path),
                "is a folder where the project has a file; move it away",
            ));
        };
        self.note_edited(path, !old.is_same(new));
        Ok(Some(old))
    }

    fn note_edited(&self, path: &Path, is_behind: bool) {
        let edited = EditedFile { path: path.to_owned(), is_behind };
        self.edited.lock().unwrap_or_else(PoisonError::into_inner).push(edited);
    }

    /// Removes the file or link at `dest` if tranship wrote it, to make room for a folder.
    fn clear(&self, path: &Path, dest: &Path) -> Result<(), Problem> {
        if !self.is_ours(path, dest)? {
            let message =
                "was edited since tranship wrote it, and the project has a folder there now; move it away";
            return Err(Problem::new(self.shown.join(path), message));
        }
        fs::remove_file(dest).map_err(|error| self.problem(path, "cannot remove", &error))
    }

    fn remove_stale(&self, path: &Path, entry: ManifestEntry) -> Result<Removal, Problem> {
        let dest = self.dir.join(path);
        // If a folder above is now a link, the path would lead out of the output.
        if !is_below_real_folders(&self.dir, path) {
            return Ok(Removal::Done);
        }
        // If a folder is now in the place of the file, the file is already gone.
        let Some(there) = entry_at(&dest) else { return Ok(Removal::Done) };
        if !there.is_same(entry) {
            self.note_edited(path, true);
            return Ok(Removal::Edited);
        }
        remove_with_folders(&self.dir, path).map_err(|error| self.problem(path, "cannot remove", &error))?;
        Ok(Removal::Done)
    }

    fn problem(&self, path: &Path, what: &str, error: &io::Error) -> Problem {
        io_problem(&self.shown.join(path), what, error)
    }
}

/// What became of a file that tranship wrote and whose source is gone.
enum Removal {
    Done,
    /// A person edited it, so it stays.
    Edited,
}

/// The file or link at `dest`, as an entry of a manifest. `None` for everything else.
pub(crate) fn entry_at(dest: &Path) -> Option<ManifestEntry> {
    let meta = fs::symlink_metadata(dest).ok()?;
    if meta.is_symlink() {
        let target = fs::read_link(dest).ok()?;
        return Some(ManifestEntry::Link(hash(target.as_os_str().as_encoded_bytes())));
    }
    let is_executable = may_run(&meta.permissions());
    if meta.is_file() {
        hash_file(dest).ok().map(|hash| ManifestEntry::file(hash, is_executable))
    } else {
        None
    }
}

/// Whether all folders above `path` in the folder `dir` are real folders, so that the path does not lead out of it.
pub(crate) fn is_below_real_folders(dir: &Path, path: &Path) -> bool {
    path.ancestors().skip(1).all(|folder| {
        fs::symlink_metadata(dir.join(folder)).is_ok_and(|meta| meta.is_dir())
            || folder.as_os_str().is_empty()
    })
}

/// Removes the file or link `path` of the folder `dir`, and the folders above it that are empty then.
pub(crate) fn remove_with_folders(dir: &Path, path: &Path) -> io::Result<()> {
    fs::remove_file(dir.join(path))?;
    let mut folder = path.parent();
    while let Some(inner) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        // Fails if the folder is not empty. The folder then stays.
        if fs::remove_dir(dir.join(inner)).is_err() {
            break;
        }
        folder = inner.parent();
    }
    Ok(())
}

/// What happens to the files of earlier runs that this run did not write.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum OldFiles {
    /// They are removed, so that the folder has the same files as the project.
    Remove,
    /// They stay: the run converted single files, or was interrupted.
    Keep,
}

/// Writes a temporary file beside `dest` and renames it. No reader sees half a file, and after a failure `dest` is unchanged.
pub(crate) fn write_whole(dest: &Path, content: &Content) -> io::Result<()> {
    let mut file = beside(dest, None)?;
    file.write_all(content.bytes)?;
    if let Some(permissions) = &content.permissions {
        file.as_file().set_permissions(permissions.clone())?;
    }
    file.persist(dest).map_err(|error| error.error)?;
    Ok(())
}

/// Copies a large file piece by piece, and returns the hash of its bytes.
fn copy_whole(from: &mut File, dest: &Path, permissions: Permissions) -> io::Result<u64> {
    let mut file = beside(dest, None)?;
    let mut hasher = Hasher::default();
    pieces(from, |piece| {
        hasher.add(piece);
        file.write_all(piece)
    })?;
    file.as_file().set_permissions(permissions)?;
    file.persist(dest).map_err(|error| error.error)?;
    Ok(hasher.finish())
}

pub(crate) fn hash_file(path: &Path) -> io::Result<u64> {
    let mut hasher = Hasher::default();
    pieces(&mut File::open(path)?, |piece| {
        hasher.add(piece);
        Ok(())
    })?;
    Ok(hasher.finish())
}

fn pieces(from: &mut File, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            length => each(&buffer[..length])?,
        }
    }
}

fn holds(dest: &Path, meta: &Metadata, bytes: &[u8]) -> bool {
    meta.len() == bytes.len() as u64 && fs::read(dest).is_ok_and(|there| there == bytes)
}

/// The permissions of a file without a source: readable by all, and writable by its owner.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
pub(crate) fn plain() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

#[cfg(not(unix))]
pub(crate) fn plain() -> Option<Permissions> {
    None
}

#[cfg(unix)]
pub(crate) fn symlink(target: &Path, dest: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, dest)
}

/// Locks the folder `dir`. Messages name the folder `shown`.
pub(crate) fn lock_for(dir: &Path, shown: &Path) -> Result<File, Problem> {
    lock(dir).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => {
            let message = "another tranship is writing into this folder; wait for it to end, or choose another folder with `--out`";
            Problem::new(shown, message)
        }
        _ => io_problem(shown, "cannot lock the output folder", &error),
    })
}

/// Whether the owner of a file with these permissions may execute it.
#[cfg(unix)]
pub(crate) fn may_run(permissions: &Permissions) -> bool {
    std::os::unix::fs::PermissionsExt::mode(permissions) & 0o100 != 0
}

#[cfg(not(unix))]
pub(crate) fn may_run(_: &Permissions) -> bool {
    false
}

/// Whether a folder with these permissions accepts new files.
#[cfg(unix)]
fn can_be_filled(permissions: &Permissions) -> bool {
    std::os::unix::fs::PermissionsExt::mode(permissions) & 0o300 == 0o300
}

#[cfg(not(unix))]
fn can_be_filled(permissions: &Permissions) -> bool {
    !permissions.readonly()
}

/// Locks the folder itself, so that no lock file is left.
#[cfg(unix)]
fn lock(dir: &Path) -> io::Result<File> {
    let file = File::open(dir)?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        // On a file system without locks the conversion runs without a lock.
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
    }
}

#[cfg(not(unix))]
fn lock(dir: &Path) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(dir.join(".tranship-lock"))?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(file),
    }
}

#[cfg(windows)]
pub(crate) fn symlink(target: &Path, dest: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, dest)
}
