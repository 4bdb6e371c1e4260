//! Writing: whole files or nothing, and never over what somebody else wrote.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::io_problem::io_problem;
use super::mark::{Hasher, Held, MARK, Mark, hash};
use super::read::{self, LARGE};
use tranship_engine::result::Problem;

/// An output folder that this run alone writes into.
pub(crate) struct Output {
    dir: PathBuf,
    shown: PathBuf,
    /// What the last run left here.
    old: Mark,
    /// Set where this run made the folder, so that nothing can be in the way: the permissions of what is made there.
    fresh: Option<Given>,
    lock: File,
}

/// A new content for a path.
pub(crate) struct Content<'a> {
    pub(crate) bytes: &'a [u8],
    /// `None` leaves them to the system.
    pub(crate) permissions: Option<Permissions>,
}

impl Output {
    /// Makes or opens the folder `dir`, shown to people as `shown`; fails when another run writes into it.
    pub(crate) fn open(dir: &Path, shown: &Path) -> Result<Self, Problem> {
        let problem = |what: &str, error: &io::Error| io_problem(shown, what, error);
        let fresh = match fs::symlink_metadata(dir) {
            Ok(_) => false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(problem("cannot look at the output folder", &error)),
        };
        fs::create_dir_all(dir).map_err(|error| problem("cannot make the output folder", &error))?;
        let fresh = if fresh { fs::metadata(dir).ok().map(|meta| Given::to_folder(&meta)) } else { None };
        let lock = lock_for(dir, shown)?;
        let old = Mark::read(dir).map_err(|error| problem("cannot read `.tranship-output`", &error))?;
        Ok(Self { dir: dir.to_owned(), shown: shown.to_owned(), old, fresh, lock })
    }

    /// Makes the folder `path`. A link or file of ours in its place gives way; anybody else's stays.
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

    /// Makes the folders above `path` that the project does not have itself; a link among them could lead out.
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

    /// Puts `content` at `path`, unless it is there already.
    pub(crate) fn put(&self, path: &Path, content: &Content) -> Result<Held, Problem> {
        let dest = self.dir.join(path);
        let held = Held::File(hash(content.bytes));
        match self.present(&dest) {
            Some(meta) if meta.is_file() && holds(&dest, &meta, content.bytes) => {
                if let Some(permissions) = content.permissions.as_ref().filter(|p| **p != meta.permissions())
                {
                    fs::set_permissions(&dest, permissions.clone())
                        .map_err(|error| self.problem(path, "cannot set the permissions", &error))?;
                }
                return Ok(held);
            }
            Some(meta) => self.require_ours(path, &dest, &meta)?,
            None => {}
        }
        let write = match &self.fresh {
            Some(given) => write_new(&dest, content, *given),
            None => write_whole(&dest, content),
        };
        write.map_err(|error| self.problem(path, "cannot write", &error))?;
        Ok(held)
    }

    /// What stands at `path`.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        if self.fresh.is_some() { None } else { fs::read(self.dir.join(path)).ok() }
    }

    /// Copies the file `source`, shown as `shown`, to `path`.
    pub(crate) fn copy(&self, source: &Path, path: &Path, shown: &Path) -> Result<Held, Problem> {
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
                return Ok(Held::File(new));
            }
            self.require_ours(path, &dest, &there)?;
        }
        let copied = copy_whole(&mut file, &dest, meta.permissions());
        copied.map(Held::File).map_err(|error| self.problem(path, "cannot write", &error))
    }

    /// Makes a link at `path` that leads to `target`, as it is written in the project.
    pub(crate) fn link(&self, path: &Path, target: &Path) -> Result<Held, Problem> {
        let dest = self.dir.join(path);
        let held = Held::Link(hash(target.as_os_str().as_encoded_bytes()));
        if let Some(meta) = self.present(&dest) {
            if meta.is_symlink() && fs::read_link(&dest).is_ok_and(|there| there == target) {
                return Ok(held);
            }
            self.clear(path, &dest, &meta)?;
        }
        symlink(target, &dest).map_err(|error| self.problem(path, "cannot make the link", &error))?;
        Ok(held)
    }

    /// Removes what an earlier run wrote and this one did not, then lists what is ours now.
    pub(crate) fn close(self, mut now: Mark, keep: Keep) -> Vec<Problem> {
        let mut problems = Vec::new();
        let stale: Vec<_> = self.old.iter().filter(|(path, _)| now.get(path).is_none()).collect();
        for (path, held) in stale.into_iter().rev() {
            if keep == Keep::Others {
                now.set(path.to_owned(), held);
                continue;
            }
            if let Err(problem) = self.remove_stale(path) {
                problems.push(problem);
            }
        }
        let text = now.text();
        let mark = self.dir.join(MARK);
        if !fs::read(&mark).is_ok_and(|there| there == text.as_bytes())
            && let Err(error) = write_whole(&mark, &Content { bytes: text.as_bytes(), permissions: plain() })
        {
            problems.push(self.problem(Path::new(MARK), "cannot write", &error));
        }
        drop(self.lock);
        problems
    }

    /// What was ours before, for a path that this run failed to write: it stays ours.
    pub(crate) fn before(&self, path: &Path) -> Option<Held> {
        self.old.get(path)
    }

    fn present(&self, dest: &Path) -> Option<Metadata> {
        if self.fresh.is_some() { None } else { fs::symlink_metadata(dest).ok() }
    }

    /// Whether what stands at `dest` is just what we wrote.
    fn require_ours(&self, path: &Path, dest: &Path, meta: &Metadata) -> Result<(), Problem> {
        let Some(held) = self.old.get(path) else {
            let message = "was not written by tranship, so it is left alone; move it away, or choose another folder with `--out`";
            return Err(Problem::new(self.shown.join(path), message));
        };
        let same = match held {
            Held::File(hashed) => meta.is_file() && hash_file(dest).is_ok_and(|there| there == hashed),
            Held::Link(hashed) => {
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

    /// Removes a file or link of ours that is in the way of something else.
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
        // A folder on the way that is now a link would lead out of the output.
        if !self.is_below_real_folders(path) {
            return Ok(());
        }
        // Where a folder took the place of our file, the file is gone already.
        let Some(meta) = fs::symlink_metadata(&dest).ok().filter(|meta| !meta.is_dir()) else {
            return Ok(());
        };
        if self.require_ours(path, &dest, &meta).is_err() {
            let message = "was edited since tranship wrote it and its source is gone; it is yours now";
            return Err(Problem::new(self.shown.join(path), message));
        }
        fs::remove_file(&dest).map_err(|error| self.problem(path, "cannot remove", &error))?;
        let mut folder = path.parent();
        while let Some(inner) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            // Fails where something else is left in the folder, which is then kept.
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

/// What becomes of files of earlier runs that this run did not write.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    /// They are removed: the folder mirrors the project.
    Nothing,
    /// They stay: the run was about single files, or did not come to its end.
    Others,
}

/// Writes the file `dest` of a folder that this run made. Nothing whole is replaced there, so no second file is needed:
/// what cannot be written to its end is removed.
fn write_new(dest: &Path, content: &Content, given: Given) -> io::Result<()> {
    let mut file = match Given::create(dest, content.permissions.as_ref()) {
        // Two paths can be one file where upper and lower case are the same.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return write_whole(dest, content),
        file => file?,
    };
    let mut write = || {
        file.write_all(content.bytes)?;
        let lacking = content.permissions.as_ref().filter(|wanted| !given.covers(wanted));
        lacking.map_or(Ok(()), |wanted| file.set_permissions(wanted.clone()))
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(dest);
    })
}

/// Which permissions the system gives to a new file that asks for all of them.
#[derive(Copy, Clone)]
struct Given {
    #[cfg(unix)]
    mode: u32,
}

#[cfg(unix)]
impl Given {
    /// As the new folder with this `meta` shows, which asked for all of them.
    fn to_folder(meta: &Metadata) -> Self {
        Self { mode: std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777 }
    }

    /// Whether a new file that asks for `wanted` gets just that.
    fn covers(self, wanted: &Permissions) -> bool {
        std::os::unix::fs::PermissionsExt::mode(wanted) & 0o7777 & !self.mode == 0
    }

    /// Makes the file `dest`, asking for the permissions `wanted`.
    fn create(dest: &Path, wanted: Option<&Permissions>) -> io::Result<File> {
        let mode = wanted.map_or(0o666, std::os::unix::fs::PermissionsExt::mode);
        let mut options = File::options();
        std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), mode & 0o777).open(dest)
    }
}

#[cfg(not(unix))]
impl Given {
    fn to_folder(_: &Metadata) -> Self {
        Self {}
    }

    fn covers(self, wanted: &Permissions) -> bool {
        !wanted.readonly()
    }

    fn create(dest: &Path, _: Option<&Permissions>) -> io::Result<File> {
        File::options().write(true).create_new(true).open(dest)
    }
}

/// Writes beside `dest` and renames, so that no reader ever sees half a file and a failure leaves `dest` as it was.
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

/// For files that have no source: readable by all, as far as the user's mask allows with `tempfile`'s default.
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

/// Locks the folder `dir`, or says who is in the way.
pub(crate) fn lock_for(dir: &Path, shown: &Path) -> Result<File, Problem> {
    lock(dir).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => {
            let message = "another tranship is writing into this folder; wait for it to end, or choose another folder with `--out`";
            Problem::new(shown, message)
        }
        _ => io_problem(shown, "cannot lock the output folder", &error),
    })
}

/// Whether files can be written into a folder with these permissions.
#[cfg(unix)]
fn can_be_filled(permissions: &Permissions) -> bool {
    std::os::unix::fs::PermissionsExt::mode(permissions) & 0o300 == 0o300
}

#[cfg(not(unix))]
fn can_be_filled(permissions: &Permissions) -> bool {
    !permissions.readonly()
}

/// Locks the folder itself, which leaves no lock file behind.
#[cfg(unix)]
fn lock(dir: &Path) -> io::Result<File> {
    let file = File::open(dir)?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        // A file system without locks must not keep anybody from converting.
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Writes a file with the permissions `wanted` into a folder whose own permissions are `folder`.
    fn check(folder: u32, wanted: u32) {
        let around = tempfile::tempdir().unwrap();
        let dest = around.path().join("a");
        let content = Content { bytes: b"x", permissions: Some(Permissions::from_mode(wanted)) };
        write_new(&dest, &content, Given { mode: folder }).unwrap();
        assert_eq!(fs::metadata(&dest).unwrap().permissions().mode() & 0o7777, wanted);
        assert_eq!(fs::read(&dest).unwrap(), b"x");
    }

    #[test]
    fn a_new_file_has_the_permissions_of_its_source() {
        // What the folder does not show that the system gives is set behind.
        for wanted in [0o644, 0o755, 0o444, 0o600, 0o666, 0o777, 0o4755] {
            check(0o700, wanted);
        }
    }

    #[test]
    fn a_name_that_is_taken_is_replaced_as_a_whole() {
        let around = tempfile::tempdir().unwrap();
        let dest = around.path().join("a");
        fs::write(&dest, "longer").unwrap();
        let content = Content { bytes: b"x", permissions: plain() };
        write_new(&dest, &content, Given { mode: 0o700 }).unwrap();
        assert_eq!(fs::read(&dest).unwrap(), b"x");
        assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
    }
}
