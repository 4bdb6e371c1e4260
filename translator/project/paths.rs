//! Makes jobs from the paths that a user names: their roots and output folders. Rejects paths that contradict each other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use super::io_problem::io_problem;
use super::job::{Destination, Job, NamedFile, NamedFiles};
use super::setup::{Overrides, Setup, home};
use tranship_engine::result::Problem;

/// The destination that the flags request.
#[derive(Clone, Debug)]
pub enum RequestedOutput {
    /// `<PATH>-hip` for a folder, and beside the source for single files.
    Default,
    /// One folder.
    Out(PathBuf),
    /// Over the source.
    InPlace {
        /// Also when git could not restore the source.
        allow_dirty: bool,
    },
    /// As a patch.
    Diff,
    /// As patches by rule.
    Patches,
    /// Nowhere: only findings are wanted.
    Nowhere,
    /// Compared with this folder.
    Against(PathBuf),
}

/// The jobs for `paths`, and the problems with paths that have no job.
pub fn jobs(
    paths: &[PathBuf],
    requested: &RequestedOutput,
    overrides: &Overrides,
) -> (Vec<Job>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut folders = Vec::new();
    let mut files: BTreeMap<PathBuf, NamedFiles> = BTreeMap::new();
    for path in paths {
        match inspect(path) {
            Ok(TypedPath::Folder(root)) => folders.push((root, path)),
            Ok(TypedPath::File { root, path: relative }) => {
                files.entry(root).or_default().push(NamedFile { path: relative, shown: path.clone() });
            }
            Err(problem) => problems.push(problem),
        }
    }
    if let Err(problem) = distinct(paths, &folders, requested) {
        return (Vec::new(), vec![problem]);
    }
    let mut jobs = Vec::new();
    let several = folders.len() > 1;
    for (root, typed) in folders {
        match folder_job(root, typed, requested, overrides, several) {
            Ok(job) => jobs.push(job),
            Err(problem) => problems.push(problem),
        }
    }
    for (root, only) in files {
        match file_job(root, only, requested, overrides) {
            Ok(job) => jobs.push(job),
            Err(problem) => problems.push(problem),
        }
    }
    for problem in &mut problems {
        problem.path = near(&problem.path);
    }
    let outputs: Vec<PathBuf> = jobs.iter().filter_map(|job| job.output().map(Path::to_owned)).collect();
    for job in &mut jobs {
        job.outputs.clone_from(&outputs);
    }
    (jobs, problems)
}

/// `path` relative to the current folder if it is below it, which is shorter to read; `.` for the current folder itself.
pub(crate) fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let near = here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    if near.as_os_str().is_empty() && !path.as_os_str().is_empty() { ".".into() } else { near.to_owned() }
}

/// A project, and the only files of it that the user named.
pub(crate) type Root = (PathBuf, Option<Vec<PathBuf>>);

/// The projects of `paths`, each with the files that the user named, relative to it. A named file is compiled as a part of
/// its project.
pub(crate) fn roots(paths: &[PathBuf]) -> anyhow::Result<Vec<Root>> {
    let (mut folders, mut files) = (Vec::new(), BTreeMap::<PathBuf, Vec<PathBuf>>::new());
    for path in paths {
        if !path.is_file() {
            folders.push((path.clone(), None));
            continue;
        }
        let file = path.canonicalize().with_context(|| format!("{}: cannot read", path.display()))?;
        let root = home(file.parent().unwrap_or(Path::new("/")));
        let relative = file.strip_prefix(&root).unwrap_or(&file).to_owned();
        files.entry(near(&root)).or_default().push(relative);
    }
    let named = files.into_iter().map(|(root, only)| (root, Some(only)));
    Ok(folders.into_iter().chain(named).collect())
}

enum TypedPath {
    Folder(PathBuf),
    File { root: PathBuf, path: PathBuf },
}

fn inspect(path: &Path) -> Result<TypedPath, Problem> {
    let unreadable = |error: &io::Error| io_problem(path, "cannot read", error);
    let meta = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if meta.is_dir() {
        return fs::canonicalize(path).map(TypedPath::Folder).map_err(|error| unreadable(&error));
    }
    if !meta.is_file() {
        return Err(Problem::new(path, "is neither a file nor a folder"));
    }
    let name = path.file_name().ok_or_else(|| Problem::new(path, "is not the name of a file"))?;
    let folder = fs::canonicalize(parent(path)).map_err(|error| unreadable(&error))?;
    let root = home(&folder);
    let relative = folder.strip_prefix(&root).unwrap_or(Path::new("")).join(name);
    Ok(TypedPath::File { root, path: relative })
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A problem if a path is given twice, or if two files would have the same output path.
fn distinct(
    paths: &[PathBuf],
    folders: &[(PathBuf, &PathBuf)],
    requested: &RequestedOutput,
) -> Result<(), Problem> {
    let mut seen: BTreeMap<OsString, &Path> = BTreeMap::new();
    let is_out = matches!(requested, RequestedOutput::Out(_));
    for path in paths {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let key = match path.file_name() {
            Some(name) if is_out && (paths.len() > 1) => name.to_owned(),
            _ => real.into_os_string(),
        };
        if let Some(other) = seen.insert(key, path) {
            let message =
                format!("cannot be converted together with `{}`: both have one output", other.display());
            return Err(Problem::new(path, message));
        }
    }
    if is_out && !folders.is_empty() && folders.len() < paths.len() {
        return Err(Problem::new("--out", "takes either folders or files; convert them one after the other"));
    }
    Ok(())
}

fn folder_job(
    root: PathBuf,
    typed: &Path,
    requested: &RequestedOutput,
    overrides: &Overrides,
    several: bool,
) -> Result<Job, Problem> {
    let shown: PathBuf = typed.components().filter(|part| *part != Component::CurDir).collect();
    let to = match requested {
        RequestedOutput::Diff => Destination::Patch,
        RequestedOutput::Patches => Destination::Patches,
        RequestedOutput::Nowhere => Destination::Nowhere,
        RequestedOutput::Against(dir) if several => {
            return Err(Problem::new(dir, "`--against` takes one folder of sources"));
        }
        RequestedOutput::Against(dir) => match output(dir)? {
            Destination::Folder { dir, shown } => Destination::Against { dir, shown },
            other => other,
        },
        RequestedOutput::InPlace { allow_dirty } => Destination::Source { allow_dirty: *allow_dirty },
        RequestedOutput::Default => default_output(&root, typed)?,
        RequestedOutput::Out(out) if several => output(&out.join(root.file_name().unwrap_or_default()))?,
        RequestedOutput::Out(out) => output(out)?,
    };
    if let Destination::Folder { dir, shown } = &to {
        if *dir == root {
            let message = "is the input itself; choose another folder, or pass `--in-place`";
            return Err(Problem::new(shown, message));
        }
        if root.starts_with(dir) {
            let message = "holds the input; choose another folder with `--out`";
            return Err(Problem::new(shown, message));
        }
    }
    let setup = Setup::new(&root, overrides)?;
    Ok(Job::new(root, shown, None, to, setup))
}

fn file_job(
    root: PathBuf,
    only: NamedFiles,
    requested: &RequestedOutput,
    overrides: &Overrides,
) -> Result<Job, Problem> {
    let to = match requested {
        RequestedOutput::Diff => Destination::Patch,
        RequestedOutput::Patches => Destination::Patches,
        RequestedOutput::Nowhere => Destination::Nowhere,
        RequestedOutput::Against(dir) => {
            return Err(Problem::new(dir, "`--against` takes a folder of sources, not single files"));
        }
        RequestedOutput::InPlace { allow_dirty } => Destination::Source { allow_dirty: *allow_dirty },
        RequestedOutput::Default => Destination::Beside,
        RequestedOutput::Out(out) => output(out)?,
    };
    let setup = Setup::new(&root, overrides)?;
    let in_project = to == Destination::Nowhere;
    Ok(Job { in_project, ..Job::new(root.clone(), root, Some(only), to, setup) })
}

/// The folder `<PATH>-hip` beside the folder `typed`.
fn default_output(root: &Path, typed: &Path) -> Result<Destination, Problem> {
    let with_ending = |name: &std::ffi::OsStr| {
        let mut name = name.to_owned();
        name.push("-hip");
        name
    };
    if let Some(name) = typed.file_name() {
        return output(&typed.with_file_name(with_ending(name)));
    }
    let (Some(name), Some(above)) = (root.file_name(), root.parent()) else {
        return Err(Problem::new(root, "has no folder around it to write into; pass `--out DIR`"));
    };
    let name = with_ending(name);
    let shown = if typed == Path::new(".") { Path::new("..").join(&name) } else { above.join(&name) };
    Ok(Destination::Folder { dir: above.join(name), shown })
}

/// The output folder `shown`, which may be missing, as an absolute path without links.
fn output(shown: &Path) -> Result<Destination, Problem> {
    let unreadable = |error: &io::Error| io_problem(shown, "cannot use as the output folder", error);
    let whole = std::path::absolute(shown).map_err(|error| unreadable(&error))?;
    let mut dir = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(dir.pop()),
            Component::CurDir => {}
            part => dir.push(part),
        }
        // A link in the path is resolved. A missing folder keeps its name.
        match fs::canonicalize(&dir) {
            Ok(real) => dir = real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
    Ok(Destination::Folder { dir, shown: shown.to_owned() })
}
