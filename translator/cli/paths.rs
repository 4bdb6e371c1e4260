//! From the paths that a user types to conversions: roots, output folders, and what makes no sense.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::project::io_problem::io_problem;
use crate::project::job::{Job, NamedFiles, Only, To};
use crate::project::setup::{Setup, Wishes, home};
use tranship_engine::result::Problem;

/// Where the user wants the result.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// `<PATH>-hip`, and beside single files.
    Default,
    /// One folder.
    Out(PathBuf),
    /// Over the source.
    InPlace {
        /// Also when git could not bring it back.
        allow_dirty: bool,
    },
    /// As a patch.
    Diff,
    /// As patches by rule.
    Patches,
    /// Not at all: to know what would happen.
    Nowhere,
    /// Compared with this folder.
    Against(PathBuf),
}

/// The conversions for `paths`, and what is wrong with the paths that give none.
pub(crate) fn jobs(paths: &[PathBuf], wanted: &Wanted, wishes: &Wishes) -> (Vec<Job>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut folders = Vec::new();
    let mut files: BTreeMap<PathBuf, NamedFiles> = BTreeMap::new();
    for path in paths {
        match look(path) {
            Ok(Typed::Folder(root)) => folders.push((root, path)),
            Ok(Typed::File { root, path: relative }) => {
                files.entry(root).or_default().push(Only { path: relative, shown: path.clone() });
            }
            Err(problem) => problems.push(problem),
        }
    }
    if let Err(problem) = distinct(paths, &folders, wanted) {
        return (Vec::new(), vec![problem]);
    }
    let mut jobs = Vec::new();
    let several = folders.len() > 1;
    for (root, typed) in folders {
        match folder_job(root, typed, wanted, wishes, several) {
            Ok(job) => jobs.push(job),
            Err(problem) => problems.push(problem),
        }
    }
    for (root, only) in files {
        match file_job(root, only, wanted, wishes) {
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

/// `path`, which may be a real place that is long to read, from the current folder.
pub(super) fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}

enum Typed {
    Folder(PathBuf),
    File { root: PathBuf, path: PathBuf },
}

fn look(path: &Path) -> Result<Typed, Problem> {
    let unreadable = |error: &io::Error| io_problem(path, "cannot read", error);
    let meta = fs::metadata(path).map_err(|error| unreadable(&error))?;
    if meta.is_dir() {
        return fs::canonicalize(path).map(Typed::Folder).map_err(|error| unreadable(&error));
    }
    if !meta.is_file() {
        return Err(Problem::new(path, "is neither a file nor a folder"));
    }
    let name = path.file_name().ok_or_else(|| Problem::new(path, "is not the name of a file"))?;
    let folder = fs::canonicalize(parent(path)).map_err(|error| unreadable(&error))?;
    let root = home(&folder);
    let relative = folder.strip_prefix(&root).unwrap_or(Path::new("")).join(name);
    Ok(Typed::File { root, path: relative })
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses paths that are given twice, and files that would meet in one output folder.
fn distinct(paths: &[PathBuf], folders: &[(PathBuf, &PathBuf)], wanted: &Wanted) -> Result<(), Problem> {
    let mut seen: BTreeMap<OsString, &Path> = BTreeMap::new();
    let is_out = matches!(wanted, Wanted::Out(_));
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
    wanted: &Wanted,
    wishes: &Wishes,
    several: bool,
) -> Result<Job, Problem> {
    let shown: PathBuf = typed.components().filter(|part| *part != Component::CurDir).collect();
    let to = match wanted {
        Wanted::Diff => To::Patch,
        Wanted::Patches => To::Patches,
        Wanted::Nowhere => To::Nowhere,
        Wanted::Against(dir) if several => {
            return Err(Problem::new(dir, "`--against` takes one folder of sources"));
        }
        Wanted::Against(dir) => match output(dir)? {
            To::Folder { dir, shown } => To::Against { dir, shown },
            other => other,
        },
        Wanted::InPlace { allow_dirty } => To::Source { allow_dirty: *allow_dirty },
        Wanted::Default => default_output(&root, typed)?,
        Wanted::Out(out) if several => output(&out.join(root.file_name().unwrap_or_default()))?,
        Wanted::Out(out) => output(out)?,
    };
    if let To::Folder { dir, shown } = &to {
        if *dir == root {
            let message = "is the input itself; choose another folder, or pass `--in-place`";
            return Err(Problem::new(shown, message));
        }
        if root.starts_with(dir) {
            let message = "holds the input; choose another folder with `--out`";
            return Err(Problem::new(shown, message));
        }
    }
    let setup = Setup::new(&root, wishes)?;
    Ok(Job::new(root, shown, None, to, setup))
}

fn file_job(root: PathBuf, only: NamedFiles, wanted: &Wanted, wishes: &Wishes) -> Result<Job, Problem> {
    let to = match wanted {
        Wanted::Diff => To::Patch,
        Wanted::Patches => To::Patches,
        Wanted::Nowhere => To::Nowhere,
        Wanted::Against(dir) => {
            return Err(Problem::new(dir, "`--against` takes a folder of sources, not single files"));
        }
        Wanted::InPlace { allow_dirty } => To::Source { allow_dirty: *allow_dirty },
        Wanted::Default => To::Beside,
        Wanted::Out(out) => output(out)?,
    };
    let setup = Setup::new(&root, wishes)?;
    let in_project = to == To::Nowhere;
    Ok(Job { in_project, ..Job::new(root.clone(), root, Some(only), to, setup) })
}

/// `<PATH>-hip` beside the folder that the user typed.
fn default_output(root: &Path, typed: &Path) -> Result<To, Problem> {
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
    Ok(To::Folder { dir: above.join(name), shown })
}

/// The folder `shown`, which need not be there yet, by its real place.
fn output(shown: &Path) -> Result<To, Problem> {
    let unreadable = |error: &io::Error| io_problem(shown, "cannot use as the output folder", error);
    let whole = std::path::absolute(shown).map_err(|error| unreadable(&error))?;
    let mut dir = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(dir.pop()),
            Component::CurDir => {}
            part => dir.push(part),
        }
        // Links on the way lead where they lead; what is not there yet is taken by its name.
        match fs::canonicalize(&dir) {
            Ok(real) => dir = real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
    Ok(To::Folder { dir, shown: shown.to_owned() })
}
