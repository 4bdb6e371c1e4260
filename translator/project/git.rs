//! What git knows of a folder: where its repository begins, and whether everything in it is committed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Problem;

/// The folder with `.git` that `path` (a folder) lies in.
pub(crate) fn root_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Refuses unless git could bring back the files `only` below `root`, or all when there are none.
pub(crate) fn require_clean(root: &Path, only: &[PathBuf]) -> Result<(), Problem> {
    let advice = "commit or stash first, or pass `--allow-dirty`";
    if root_of(root).is_none() {
        let message = "is not in a git repository, so a conversion in place cannot be undone; pass `--allow-dirty` to do it anyway";
        return Err(Problem::new(root, message));
    }
    let whole = [PathBuf::from(".")];
    // A repository can name a program to run as its file-system monitor; nothing of a source tree is run here.
    let status = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "status", "--porcelain", "--untracked-files=normal", "--"])
        .args(if only.is_empty() { &whole } else { only })
        .current_dir(root)
        .output()
        .map_err(|error| Problem::io(root, "cannot run `git status`", &error))?;
    if !status.status.success() {
        let words = String::from_utf8_lossy(&status.stderr);
        return Err(Problem::new(root, format!("`git status` failed: {}; {advice}", words.trim())));
    }
    let changed = String::from_utf8_lossy(&status.stdout).lines().count();
    match changed {
        0 => Ok(()),
        1 => Err(Problem::new(root, format!("1 file has changes that are not committed; {advice}"))),
        _ => {
            Err(Problem::new(root, format!("{changed} files have changes that are not committed; {advice}")))
        }
    }
}
