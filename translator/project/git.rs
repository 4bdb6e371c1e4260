//! Asks git about a folder: the root of its repository, the staged files, the files that are tracked although they are
//! ignored or missing on disk, and whether all changes are committed.

use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::io_problem::io_problem;
use tranship_engine::result::{Problem, Revision};
use tranship_engine::text::path::os_string;

/// The root of the git repository that contains the folder `path`.
pub(crate) fn root_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// The git folder (`.git`) of the repository that contains `path`.
pub(crate) fn folder_of(path: &Path) -> Option<PathBuf> {
    let top = root_of(path)?;
    let git = top.join(".git");
    if git.symlink_metadata().ok()?.is_dir() {
        return Some(git);
    }
    // In a second work tree `.git` is a file with the path of the git folder, and that folder has the path of the file.
    let text = std::fs::read(&git).ok()?;
    let folder = top.join(os_string(text.strip_prefix(b"gitdir: ")?.trim_ascii_end().to_owned())?);
    let back = std::fs::read(folder.join("gitdir")).ok()?;
    (git.as_os_str() == os_string(back.trim_ascii_end().to_owned())?).then_some(folder)
}

/// The folder for the hooks of the repository that contains `folder`.
pub fn hooks(folder: &Path) -> Result<PathBuf, Problem> {
    let real = std::fs::canonicalize(folder).map_err(|error| io_problem(folder, "cannot read", &error))?;
    if root_of(&real).is_none() {
        return Err(Problem::new(folder, "is not in a git repository, so it has no hooks"));
    }
    let printed = git(&real, &["rev-parse", "--git-path", "hooks"], &[])?;
    let name = os_string(printed.trim_ascii().to_owned());
    name.map(|name| real.join(name))
        .ok_or_else(|| Problem::new(folder, "has a folder for hooks with an unreadable path"))
}

/// The staged files: what the next commit contains.
pub struct Staged {
    /// The absolute paths of the files that the commit adds or changes.
    pub files: Vec<PathBuf>,
    /// The staged contents by absolute path, of `files` and of every other file with different content on disk.
    pub contents: Vec<(PathBuf, Vec<u8>)>,
}

/// Reads the staged files of the repository that contains `folder`.
pub fn staged(folder: &Path) -> Result<Staged, Problem> {
    let Some(top) = root_of(folder) else {
        let message = "is not in a git repository; `--staged` checks what git is about to commit";
        return Err(Problem::new(folder, message));
    };
    let names = |arguments: &[&str]| -> Result<Vec<u8>, Problem> {
        git(&top, &[&["diff", "--name-only", "-z", "--no-ext-diff"], arguments].concat(), &[])
    };
    let staged = names(&["--cached", "--diff-filter=ACMRT"])?;
    let differing = names(&["--diff-filter=DMT"])?;
    let copies =
        tempfile::tempdir().map_err(|error| io_problem(&top, "cannot make a folder for copies", &error))?;
    // Git writes the files, so that line ends and filters are the same as in a checkout.
    let prefix = format!("--prefix={}/", copies.path().display());
    git(&top, &["checkout-index", "--force", "-z", "--stdin", &prefix], &[&staged[..], &differing].concat())?;
    let mut contents = Vec::new();
    for path in paths(&staged).chain(paths(&differing)) {
        // A submodule has no file, so reading it fails.
        if let Ok(bytes) = std::fs::read(copies.path().join(&path)) {
            contents.push((top.join(path), bytes));
        }
    }
    Ok(Staged { files: paths(&staged).map(|path| top.join(path)).collect(), contents })
}

/// The commit of the folder `root`; `None` if it is not in git or has no commit. Only commands that run no program of the
/// repository are used, so changes that are not committed are not looked for.
pub fn revision(root: &Path) -> Option<Revision> {
    root_of(root)?;
    let text = |arguments: &[&str]| {
        let printed = git(root, arguments, &[]).ok()?;
        Some(String::from_utf8_lossy(&printed).trim_end_matches('\n').to_owned())
    };
    let commit = text(&["rev-parse", "--verify", "HEAD"])?;
    let folder = text(&["rev-parse", "--show-prefix"])?.trim_end_matches('/').to_owned();
    let remote = text(&["config", "--get", "remote.origin.url"]).map(|address| without_user(&address));
    Some(Revision { commit, remote, folder })
}

/// `address` without the name and password in `https://name:password@host/path`.
fn without_user(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}/{path}")
        }
        None => address.to_owned(),
    }
}

/// The paths in a list, each ended by a NUL byte.
fn paths(list: &[u8]) -> impl Iterator<Item = PathBuf> {
    let names = list.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    names.filter_map(|name| os_string(name.to_owned()).map(PathBuf::from))
}

/// Runs git in `folder` with `input` and returns what it prints.
fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Problem> {
    let problem = |error: io::Error| io_problem(folder, "cannot run `git`", &error);
    let mut file = tempfile::tempfile().map_err(problem)?;
    file.write_all(input).and_then(|()| file.rewind()).map_err(problem)?;
    let output = command(folder).args(arguments).stdin(file).output().map_err(problem)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(Problem::new(folder, format!("`git {}` failed: {}", arguments[0], words.trim())))
}

/// A git command in `folder`. The file-system monitor is off: a repository can set it to a program, and no program of a
/// source tree may run here.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false"]).current_dir(folder);
    command
}

/// A problem unless git could restore the files `only` below `root`. If `only` is empty, all files are checked.
pub(crate) fn require_clean(root: &Path, only: &[PathBuf]) -> Result<(), Problem> {
    let advice = "commit or stash first, or pass `--allow-dirty`";
    if root_of(root).is_none() {
        let message = "is not in a git repository, so a conversion in place cannot be undone; pass `--allow-dirty` to do it anyway";
        return Err(Problem::new(root, message));
    }
    let whole = [PathBuf::from(".")];
    let status = command(root)
        .args(["status", "--porcelain", "--untracked-files=normal", "--"])
        .args(if only.is_empty() { &whole } else { only })
        .output()
        .map_err(|error| io_problem(root, "cannot run `git status`", &error))?;
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

/// The value of the setting `name` in git's configuration for the folder `folder`; none if there is no git.
pub(crate) fn setting(folder: &Path, name: &str) -> Option<String> {
    let value = git(folder, &["config", "--get", name], &[]).ok()?;
    Some(String::from_utf8_lossy(&value).trim().to_owned())
}

/// The paths, relative to `root`, of the files that are tracked although `.gitignore` lists them; none if git fails.
pub(crate) fn tracked_although_ignored(root: &Path) -> Vec<PathBuf> {
    let listed = git(root, &["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"], &[]);
    listed.map_or_else(|_| Vec::new(), |listed| paths(&listed).collect())
}

/// The paths, relative to `root`, of the files and folders that git ignores; none if git fails. A folder with only ignored
/// files is one path, and ends in `/`.
pub(crate) fn left_out(root: &Path) -> Vec<PathBuf> {
    let listed =
        git(root, &["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"], &[]);
    listed.map_or_else(|_| Vec::new(), |listed| paths(&listed).collect())
}

/// The paths, relative to `root`, of the tracked CUDA sources that are missing on disk, as after a conversion in place that
/// is not committed; none if git fails.
pub(crate) fn tracked_and_deleted(root: &Path) -> Vec<PathBuf> {
    let listed = git(root, &["ls-files", "-z", "--deleted", "--", "*.cu", "*.cu.*"], &[]);
    listed.map_or_else(|_| Vec::new(), |listed| paths(&listed).collect())
}
