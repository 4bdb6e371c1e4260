//! Writes a file for the user whole or not at all: a program that reads it meanwhile, or a run that is ended, never leaves half of it.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Replaces the file `path` by `bytes`. A file that is there keeps its permissions, a link still leads to it, and a new file has
/// those that the system gives new files. What is no regular file, such as a pipe or `/dev/stdout`, is written directly.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|meta| !meta.is_file()) {
        return fs::write(path, bytes);
    }
    // A link to a missing file is written directly, because the new file would take the place of the link.
    let target = match &there {
        Some(_) => fs::canonicalize(path)?,
        None if path.is_symlink() => return fs::write(path, bytes),
        None => path.to_owned(),
    };
    let mut file = match beside(&target, of_new_files()) {
        Ok(file) => file,
        // The folder takes no new file, but the file that is there can be written.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && there.is_some() => {
            return fs::write(path, bytes);
        }
        Err(error) => return Err(error),
    };
    file.write_all(bytes)?;
    if let Some(meta) = there {
        file.as_file().set_permissions(meta.permissions())?;
    }
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file in the folder of `path`. Without `permissions`, only the user can read it.
pub(super) fn beside(path: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".tranship-").suffix(".tmp");
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    builder.tempfile_in(folder)
}

/// The permissions of a new file before the mask of the process takes some away.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems have none")]
fn of_new_files() -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn of_new_files() -> Option<Permissions> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_with_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        replace(&path, b"one").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain), "the same as without a temporary file");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let old = fs::File::open(&path).unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(mode(&path) & 0o777, 0o640);
        assert_ne!(
            old.metadata().unwrap().ino(),
            fs::metadata(&path).unwrap().ino(),
            "a reader keeps the old file"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn links_stay_links_and_what_is_no_file_is_written_directly() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("target"), "old").unwrap();
        symlink("target", at("link")).unwrap();
        replace(&at("link"), b"new").unwrap();
        assert!(at("link").is_symlink());
        assert_eq!(fs::read(at("target")).unwrap(), b"new");
        symlink("missing", at("loose")).unwrap();
        replace(&at("loose"), b"new").unwrap();
        assert_eq!(fs::read(at("missing")).unwrap(), b"new");
        replace(Path::new("/dev/null"), b"x").unwrap();
        assert!(replace(&at("no/folder"), b"x").is_err());
    }
}
