//! Copies of libraries, and of headers of CUDA, that stay as they are.
//!
//! It finds them by the paths and facts of the files; the index asks whether a file is in one.

use std::path::{Path, PathBuf};

use tranship_rules::{VENDORED, Vendored};

use super::copied_trees::{CopiedTree, copied_trees};
use super::facts::Facts;

/// Files of a copy that stays as it is.
#[derive(Clone, Debug)]
pub(super) struct LeftCopy {
    /// The folder around them.
    pub(super) folder: PathBuf,
    /// How their names begin.
    pub(super) stays: String,
    /// The header of CUDA that shows the copy; `None` for a library.
    pub(super) header: Option<PathBuf>,
}

impl LeftCopy {
    /// The copy of a library, with all files of its folder.
    fn of_tree(tree: CopiedTree) -> Self {
        Self { folder: tree.root, stays: String::new(), header: None }
    }
}

/// The copies of libraries, and of headers of CUDA, that stay as they are. A library at the root of the project does not
/// count, because its folder contains everything. Beside a header of CUDA, files with its name and another ending belong to
/// it: `cuda_fp16.hpp` to `cuda_fp16.h`.
pub(super) fn copies(files: &[(PathBuf, Facts)]) -> Vec<LeftCopy> {
    let trees = copied_trees(files.iter().map(|(path, _)| path.as_path()));
    let mut found: Vec<LeftCopy> = trees.into_iter().map(LeftCopy::of_tree).collect();
    for (path, facts) in files {
        if let (true, Some(folder), Some(stem)) = (facts.is_cuda_header, path.parent(), path.file_stem()) {
            let stays = format!("{}.", stem.to_string_lossy());
            found.push(LeftCopy { folder: folder.to_owned(), stays, header: Some(path.clone()) });
        }
        let is_its = |library: &&Vendored| !library.stays.is_empty() && path.ends_with(library.header);
        let Some(library) = VENDORED.iter().find(is_its) else { continue };
        let parts = Path::new(library.header).components().count();
        let folder = path.ancestors().nth(parts).filter(|folder| !folder.as_os_str().is_empty());
        let copy = |folder: &Path| LeftCopy {
            folder: folder.to_owned(),
            stays: library.stays.to_owned(),
            header: None,
        };
        found.extend(folder.map(copy));
    }
    found
}
