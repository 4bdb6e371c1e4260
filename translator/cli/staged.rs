//! `tranship check --staged`: makes one job for each project with staged files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::git::{Staged, staged};
use crate::project::io_problem::io_problem;
use crate::project::job::{Destination, Job, NamedFile, NamedFiles};
use crate::project::setup::{Overrides, Setup, home};
use tranship_engine::result::Problem;

/// The jobs for the staged files in the repository of the current folder, and the problems.
pub(super) fn jobs(overrides: &Overrides) -> (Vec<Job>, Vec<Problem>) {
    let read = std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .map_err(|error| io_problem(Path::new("."), "cannot read", &error))
        .and_then(|here| staged(&here).map(|staged| (here, staged)));
    let (here, Staged { files, contents }) = match read {
        Ok(read) => read,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut projects: BTreeMap<PathBuf, NamedFiles> = BTreeMap::new();
    for file in files {
        let root = home(file.parent().unwrap_or(&here));
        let path = file.strip_prefix(&root).unwrap_or(&file).to_owned();
        let shown = file.strip_prefix(&here).unwrap_or(&file).to_owned();
        projects.entry(root).or_default().push(NamedFile { path, shown });
    }
    let (mut jobs, mut problems) = (Vec::new(), Vec::new());
    for (root, only) in projects {
        let below = contents.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&root).ok()?, bytes)));
        let staged = below.map(|(path, bytes)| (path.to_owned(), bytes.clone())).collect();
        match Setup::new(&root, overrides) {
            Ok(setup) => {
                let job = Job::new(root.clone(), root, Some(only), Destination::Nowhere, setup);
                jobs.push(Job { in_project: true, staged, ..job });
            }
            Err(problem) => problems.push(problem),
        }
    }
    (jobs, problems)
}
