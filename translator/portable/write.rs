//! Writes the folder of shadow headers. It never writes over a file of anybody else, and never through a link.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tranship_engine::result::Problem;
use tranship_engine::support_header::is_support_header;

use super::ShadowHeader;
use crate::project::io_problem::io_problem;
use crate::project::replace as whole;

/// The beginning of the first line of each shadow header.
pub const MARK: &str = "// tranship shadow header";

/// Writes `headers` into `folder`. Shadow headers of an earlier run that are not in `headers` are removed.
pub fn write(folder: &Path, headers: &[ShadowHeader]) -> Result<(), Problem> {
    let old = existing(folder)?;
    if let Some(foreign) = old.iter().find(|path| !is_ours(path)) {
        return Err(Problem::new(foreign, "is not a shadow header; choose another folder with `--out`"));
    }
    for header in headers {
        let path = folder.join(&header.path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| io_problem(parent, "cannot make the folder", &error))?;
        if fs::read(&path).is_ok_and(|text| text == header.text.as_bytes()) {
            continue;
        }
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(parent)?;
            io::Write::write_all(&mut file, header.text.as_bytes())?;
            permissions(file.path())?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| io_problem(&path, "cannot write", &error))?;
    }
    let is_new = |path: &PathBuf| headers.iter().any(|header| folder.join(&header.path) == *path);
    for path in old.iter().filter(|path| !is_new(path)) {
        fs::remove_file(path).map_err(|error| io_problem(path, "cannot remove", &error))?;
    }
    Ok(())
}

/// The first line of the patch for the build. `git apply` skips it.
const PATCH_MARK: &str = "# tranship portable: changes of the build for both vendors\n";

/// Writes the patch `text` to `path`. It never writes over a file of anybody else.
pub fn write_patch(path: &Path, text: &str) -> Result<(), Problem> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_problem(path, "cannot read", &error)),
        Ok(meta) if !meta.is_file() => return Err(Problem::new(path, "is not a file")),
        Ok(_) => {
            let is_ours = fs::read(path).is_ok_and(|old| old.starts_with(PATCH_MARK.as_bytes()));
            if !is_ours {
                return Err(Problem::new(path, "is not a patch of this command; move it away"));
            }
        }
    }
    whole::replace(path, format!("{PATCH_MARK}{text}").as_bytes())
        .map_err(|error| io_problem(path, "cannot write", &error))
}

/// Replaces the content of the file `path`, which keeps its permissions.
pub fn replace(path: &Path, text: &str) -> Result<(), Problem> {
    whole::replace(path, text.as_bytes()).map_err(|error| io_problem(path, "cannot write", &error))
}

/// Lets everybody read the file, as for other headers; a temporary file is private.
#[cfg(unix)]
fn permissions(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "it fails on other systems")]
fn permissions(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The files and links in `folder` and below it.
fn existing(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_problem(folder, "cannot read", &error)),
        Ok(meta) if !meta.is_dir() => return Err(Problem::new(folder, "is not a folder")),
        Ok(_) => {}
    }
    let unreadable = |error: io::Error| io_problem(folder, "cannot read", &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            files.extend(existing(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Whether this program wrote the file `path`.
fn is_ours(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    is_file && fs::read(path).is_ok_and(|text| text.starts_with(MARK.as_bytes()) || is_support_header(&text))
}
