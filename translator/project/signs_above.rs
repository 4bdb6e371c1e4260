//! The signs of a build for HIP above the folder that is converted. It reads build files alone, and no file outside of the repository.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::job::Job;
use tranship_engine::index::own_hip::{FileSigns, may_have_signs};
use tranship_engine::result::source_with;

/// The most build files of a folder that are read above the root, and the most bytes of one.
const MOST_ABOVE: usize = 64;
const LONGEST_ABOVE: u64 = 1 << 20;

/// The signs of a build for HIP in the folders above the root, up to that of the repository: the nearest folder with build files that
/// have such signs. Their paths begin with `..`. A folder that begins a build for CUDA alone, as `signs` or its own files show, belongs
/// to no build above it.
pub(super) fn signs_above(job: &Job, signs: &[(PathBuf, FileSigns)]) -> Vec<(PathBuf, FileSigns)> {
    let Some(top) = super::git::root_of(&job.root).filter(|top| *top != job.root) else { return Vec::new() };
    let here: Vec<_> = signs.iter().filter(|(path, _)| path.components().count() == 1).collect();
    if signs.iter().any(|(_, file)| file.builds_for_hip()) || here.iter().any(|(_, file)| file.begins_cuda())
    {
        return Vec::new();
    }
    let mut up = PathBuf::new();
    for folder in job.root.ancestors().skip(1).take_while(|folder| folder.starts_with(&top)) {
        up.push("..");
        let names = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            names.map(|entry| entry.file_name()).filter(|name| may_have_signs(Path::new(name))).collect();
        names.sort();
        names.truncate(MOST_ABOVE);
        let read = |name| {
            let path = folder.join(&name);
            let is_short =
                fs::metadata(&path).is_ok_and(|data| data.is_file() && data.len() <= LONGEST_ABOVE);
            let bytes = is_short.then(|| fs::read(&path).ok()).flatten()?;
            let source = source_with(&up.join(&name), bytes, &job.setup.endings);
            let signs = catch_unwind(AssertUnwindSafe(|| FileSigns::of(&source))).unwrap_or_default();
            Some((source.path, signs))
        };
        let found: Vec<_> = names.into_iter().filter_map(read).collect();
        if found.iter().any(|(_, file)| file.builds_for_hip()) {
            return found;
        }
        if found.iter().any(|(_, file)| file.begins_cuda()) {
            break;
        }
    }
    Vec::new()
}
