//! Writes an output folder: each file atomically, and never over a file that tranship did not write.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::io_problem::io_problem;
use super::manifest::{Hasher, MANIFEST, Manifest, ManifestEntry, hash};
use super::read::{self, LARGE};
use tranship_engine::result::Problem;

/// An output folder, locked for this run.
pub(crate) struct Output {
    dir: PathBuf,
    shown: PathBuf,
    /// The manifest of the last run.
    old: Manifest,
    /// Whether this run created the folder. The folder then contains no other files.
    fresh: bool,
    lock: File,
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
        let old = Manifest::read(dir).map_err(|error| problem("cannot read `.tranship-output`", &error))?;
        Ok(Self { dir: dir.to_owned(), shown: shown.to_owned(), old, fresh, lock })
    }

    /// Creates the folder `path`. A file or link there is removed if tranship wrote it, and is a problem otherwise.
    pub(crate) fn folder(&self, path: &Path, permissions: Option<Permissions>) -> Result<(), Problem> {
        let dest = self.dir.join(path);
        match self.present(&dest) {
            Some(meta) if meta.is_dir() => return Ok(()),
            Some(meta) => self.clear(path, &dest, &meta)?,
            None => {}
        }
        let make = || {
            fs::create_dir(&dest)?;
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
        let entry = ManifestEntry::File(hash(content.bytes));
        match self.present(&dest) {
            Some(meta) if meta.is_file() && holds(&dest, &meta, content.bytes) => {
                if let Some(permissions) = content.permissions.as_ref().filter(|p| **p != meta.permissions())
                {
                    fs::set_permissions(&dest, permissions.clone())
                        .map_err(|error| self.problem(path, "cannot set the permissions", &error))?;
                }
                return Ok(entry);
            }
            Some(meta) => self.require_ours(path, &dest, &meta)?,
            None => {}
        }
        write_whole(&dest, content).map_err(|error| self.problem(path, "cannot write", &error))?;
        Ok(entry)
    }

    /// The content of the file at `path`, if there is one.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        if self.fresh { None } else { fs::read(self.dir.join(path)).ok() }
    }

    /// Copies the file `source` to `path`. Messages name the source `shown`.
    pub(crate) fn copy(&self, source: &Path, path: &Path, shown: &Path) -> Result<ManifestEntry, Problem> {
        let unreadable = |error: &io::Error| io_problem(shown, "cannot read", error);
        let (mut file, meta) = read::open(source).map_err(|error| unreadable(&error))?;
        if meta.len() <= LARGE {
            let put =
                |bytes: &[u8]| self.put(path, &Content { bytes, permissions: Some(meta.permissions()) });
            return read::with_bytes(&mut file, &meta, put).map_err(|error| unreadable(&error))?;
        }
        let dest = self.dir.join(path);
        if let Some(there) = self.present(&dest) {
            let new = hash_file(source).map_err(|error| unreadable(&error))?;
            if there.is_file() && hash_file(&dest).is_ok_and(|old| old == new) {
                return Ok(ManifestEntry::File(new));
            }
            self.require_ours(path, &dest, &there)?;
        }
        let copied = copy_whole(&mut file, &dest, meta.permissions());
        copied.map(ManifestEntry::File).map_err(|error| self.problem(path, "cannot write", &error))
    }

    /// Creates a link at `path` with the target `target`.
    pub(crate) fn link(&self, path: &Path, target: &Path) -> Result<ManifestEntry, Problem> {
        let dest = self.dir.join(path);
        let entry = ManifestEntry::Link(hash(target.as_os_str().as_encoded_bytes()));
        if let Some(meta) = self.present(&dest) {
            if meta.is_symlink() && fs::read_link(&dest).is_ok_and(|there| there == target) {
                return Ok(entry);
            }
            self.clear(path, &dest, &meta)?;
        }
        symlink(target, &dest).map_err(|error| self.problem(path, "cannot make the link", &error))?;
        Ok(entry)
    }

    /// Removes or keeps the files of earlier runs that this run did not write, then writes the manifest `now`.
    pub(crate) fn close(self, mut now: Manifest, old_files: OldFiles) -> Vec<Problem> {
        let mut problems = Vec::new();
        let stale: Vec<_> = self.old.iter().filter(|(path, _)| now.get(path).is_none()).collect();
        for (path, entry) in stale.into_iter().rev() {
            if old_files == OldFiles::Keep {
                now.set(path.to_owned(), entry);
                continue;
            }
            if let Err(problem) = self.remove_stale(path) {
                problems.push(problem);
            }
        }
        let text = now.text();
        let manifest = self.dir.join(MANIFEST);
        if !fs::read(&manifest).is_ok_and(|there| there == text.as_bytes())
            && let Err(error) =
                write_whole(&manifest, &Content { bytes: text.as_bytes(), permissions: plain() })
        {
            problems.push(self.problem(Path::new(MANIFEST), "cannot write", &error));
        }
        drop(self.lock);
        problems
    }

    /// The entry for `path` in the manifest of the last run.
    pub(crate) fn previous(&self, path: &Path) -> Option<ManifestEntry> {
        self.old.get(path)
    }

    fn present(&self, dest: &Path) -> Option<Metadata> {
        if self.fresh { None } else { fs::symlink_metadata(dest).ok() }
    }

    /// A problem unless the file or link at `dest` is unchanged since tranship wrote it.
    fn require_ours(&self, path: &Path, dest: &Path, meta: &Metadata) -> Result<(), Problem> {
        let Some(entry) = self.old.get(path) else {
            let message = "was not written by tranship, so it is left alone; move it away, or choose another folder with `--out`";
            return Err(Problem::new(self.shown.join(path), message));
        };
        let same = match entry {
            ManifestEntry::File(hashed) => {
                meta.is_file() && hash_file(dest).is_ok_and(|there| there == hashed)
            }
            ManifestEntry::Link(hashed) => {
                meta.is_symlink()
                    && fs::read_link(dest)
                        .is_ok_and(|target| hash(target.as_os_str().as_encoded_bytes()) == hashed)
            }
        };
        if same {
            return Ok(());
        }
        let message = "was edited since tranship wrote it, so it is left alone; move your edit into the source, then remove this file";
        Err(Problem::new(self.shown.join(path), message))
    }

    /// Removes the file or link at `dest` if tranship wrote it, to make room for an entry of another kind.
    fn clear(&self, path: &Path, dest: &Path, meta: &Metadata) -> Result<(), Problem> {
        if meta.is_dir() {
            let message = "is a folder where the project has a link; move it away";
            return Err(Problem::new(self.shown.join(path), message));
        }
        self.require_ours(path, dest, meta)?;
        fs::remove_file(dest).map_err(|error| self.problem(path, "cannot remove", &error))
    }

    fn remove_stale(&self, path: &Path) -> Result<(), Problem> {
        let dest = self.dir.join(path);
        // If a folder above is now a link, the path would lead out of the output.
        if !self.is_below_real_folders(path) {
            return Ok(());
        }
        // If a folder is now in the place of the file, the file is already gone.
        let Some(meta) = fs::symlink_metadata(&dest).ok().filter(|meta| !meta.is_dir()) else {
            return Ok(());
        };
        if self.require_ours(path, &dest, &meta).is_err() {
            let message = "was edited since tranship wrote it and its source is gone, so it is left alone";
            return Err(Problem::new(self.shown.join(path), message));
        }
        fs::remove_file(&dest).map_err(|error| self.problem(path, "cannot remove", &error))?;
        let mut folder = path.parent();
        while let Some(inner) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            // Fails if the folder is not empty. The folder then stays.
            if fs::remove_dir(self.dir.join(inner)).is_err() {
                break;
            }
            folder = inner.parent();
        }
        Ok(())
    }

    fn is_below_real_folders(&self, path: &Path) -> bool {
        path.ancestors().skip(1).all(|folder| {
            fs::symlink_metadata(self.dir.join(folder)).is_ok_and(|meta| meta.is_dir())
                || folder.as_os_str().is_empty()
        })
    }

    fn problem(&self, path: &Path, what: &str, error: &io::Error) -> Problem {
        io_problem(&self.shown.join(path), what, error)
    }
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
    let mut file = beside(dest)?;
    file.write_all(content.bytes)?;
    if let Some(permissions) = &content.permissions {
        file.as_file().set_permissions(permissions.clone())?;
    }
    file.persist(dest).map_err(|error| error.error)?;
    Ok(())
}

fn beside(dest: &Path) -> io::Result<NamedTempFile> {
    let folder = dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Builder::new().prefix(".tranship-").suffix(".tmp").tempfile_in(folder)
}

/// Copies a large file piece by piece, and returns the hash of its bytes.
fn copy_whole(from: &mut File, dest: &Path, permissions: Permissions) -> io::Result<u64> {
    let mut file = beside(dest)?;
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
