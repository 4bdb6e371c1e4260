//! Writes the folder of shadow headers. It never writes over a file of anybody else, and never through a link.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tranship_engine::result::Problem;
use tranship_engine::support_header::is_support_header;

use super::ShadowHeader;
use super::overlay::{self, OVERLAY};
use super::shadow::NAMES;
use crate::project::io_problem::io_problem;
use crate::project::replace as whole;

/// The beginning of the first line of each shadow header.
pub const MARK: &str = "// tranship shadow header";

/// Writes `headers` into `folder`. Shadow headers of an earlier run that are not in `headers` are removed.
pub fn write(folder: &Path, headers: &[ShadowHeader]) -> Result<(), Problem> {
    let old = existing(folder)?;
    let known = copies(folder);
    let is_new_text = |path: &Path| {
        let text = headers.iter().find(|header| folder.join(&header.path) == path).map(|header| &header.text);
        text.is_some_and(|text| fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()))
    };
    for path in old.iter().filter(|path| !is_ours(path) && !is_new_text(path)) {
        let is_file = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
        let copy = path.strip_prefix(folder).ok().and_then(|path| known.get(path));
        match copy.filter(|_| is_file) {
            Some(copy) if fs::read(path).is_ok_and(|bytes| overlay::hash(&bytes) == copy.copy) => {}
            Some(_) => {
                return Err(Problem::new(path, "was edited by hand; move the changes into the source"));
            }
            None => {
                let message = "is not a shadow header; choose another folder with `--out`";
                return Err(Problem::new(path, message));
            }
        }
    }
    for header in headers {
        let path = folder.join(&header.path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| io_problem(parent, "cannot make the folder", &error))?;
        if fs::read(&path).is_ok_and(|text| text == header.text.as_bytes()) {
            continue;
        }
        replace(&path, &header.text)?;
    }
    let is_new = |path: &PathBuf| headers.iter().any(|header| folder.join(&header.path) == *path);
    for path in old.iter().filter(|path| !is_new(path)) {
        fs::remove_file(path).map_err(|error| io_problem(path, "cannot remove", &error))?;
    }
    Ok(())
}

/// Whether an earlier run wrote shadow headers into `folder`.
pub fn has_headers(folder: &Path) -> bool {
    is_ours(&folder.join(NAMES))
}

/// The entries of the overlay in `folder`.
pub fn copies(folder: &Path) -> BTreeMap<PathBuf, overlay::Entry> {
    overlay::entries(&fs::read_to_string(folder.join(OVERLAY)).unwrap_or_default())
}

/// The paths in `folder` whose content is not that of `headers`: files that differ or are missing, and files that a run removes. They are sorted.
pub fn differences(folder: &Path, headers: &[ShadowHeader]) -> Result<Vec<PathBuf>, Problem> {
    let differs = |header: &&ShadowHeader| {
        fs::read(folder.join(&header.path)).map_or(true, |bytes| bytes != header.text.as_bytes())
    };
    let mut paths: Vec<PathBuf> =
        headers.iter().filter(differs).map(|header| PathBuf::from(&header.path)).collect();
    let is_new = |path: &Path| headers.iter().any(|header| Path::new(&header.path) == path);
    let old = existing(folder)?;
    let in_folder = old.iter().filter_map(|path| path.strip_prefix(folder).ok());
    paths.extend(in_folder.filter(|path| !is_new(path)).map(Path::to_owned));
    paths.sort();
    Ok(paths)
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
    let marks = [MARK, overlay::MARK];
    let has_mark = |text: &[u8]| marks.iter().any(|mark| text.starts_with(mark.as_bytes()));
    is_file && fs::read(path).is_ok_and(|text| has_mark(&text) || is_support_header(&text))
}
