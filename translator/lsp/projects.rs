//! The open projects, one session for each root. A project whose settings cannot be read has a problem instead.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use tranship_engine::result::Problem;
use tranship_engine::text::path::readable;

use super::documents::{Document, Home};
use crate::project::session::{Checked, Session, check_alone, check_text, is_setting};

/// The open projects, by root.
#[derive(Default)]
pub(super) struct Projects {
    open: FxHashMap<PathBuf, Session>,
    /// The problem with the settings of a project.
    problems: FxHashMap<PathBuf, Problem>,
}

impl Projects {
    /// The session of the project `root`; `None` if its settings could never be read.
    pub(super) fn get(&mut self, root: &Path) -> Option<&mut Session> {
        if !self.open.contains_key(root) && !self.problems.contains_key(root) {
            match Session::open(root.to_owned()) {
                Ok(session) => drop(self.open.insert(root.to_owned(), session)),
                Err(problem) => drop(self.problems.insert(root.to_owned(), problem)),
            }
        }
        self.open.get_mut(root)
    }

    /// Reads the settings of the project `root` again.
    pub(super) fn reload(&mut self, root: &Path) {
        self.problems.remove(root);
        if let Some(session) = self.open.get_mut(root)
            && let Err(problem) = session.reload()
        {
            self.problems.insert(root.to_owned(), problem);
        }
    }

    /// The roots of all projects.
    pub(super) fn roots(&self) -> Vec<PathBuf> {
        self.open.keys().chain(self.problems.keys()).cloned().collect()
    }

    /// The problems with settings, by root.
    pub(super) fn problems(&self) -> impl Iterator<Item = (&PathBuf, &Problem)> {
        self.problems.iter()
    }

    /// The version of the index of the project `root`.
    pub(super) fn version(&self, root: &Path) -> u64 {
        self.open.get(root).map_or(0, Session::version)
    }

    /// The translation of `document`; `None` if it is not translated.
    pub(super) fn check(&mut self, document: &Document) -> Option<Checked> {
        let bytes = document.text.as_bytes().to_owned();
        match &document.home {
            Home::Project { root, path } => {
                let session = self.get(root)?;
                session.set_text(path, Some(bytes));
                session.check(path)
            }
            Home::Alone(path) => check_alone(path, bytes).ok(),
            Home::Text(name) => check_text(name, bytes).ok(),
        }
    }

    /// The editor closed `document`.
    pub(super) fn close(&mut self, document: &Document) {
        if let Home::Project { root, path } = &document.home
            && let Some(session) = self.open.get_mut(root)
        {
            session.set_text(path, None);
        }
    }

    /// The file `path` was changed, created or removed on disk. Returns the roots of the projects that have to be checked.
    pub(super) fn changed_on_disk(&mut self, path: &Path) -> Vec<PathBuf> {
        let roots: Vec<PathBuf> = self.roots().into_iter().filter(|root| path.starts_with(root)).collect();
        for root in &roots {
            if is_setting(path) {
                self.reload(root);
            } else if let (Some(session), Ok(path)) = (self.open.get_mut(root), path.strip_prefix(root)) {
                session.changed_on_disk(path);
            }
        }
        roots
    }
}

/// The file, the line from 1, and the message of a problem with settings. The path of such a problem may end with its line.
pub(super) fn placed(problem: &Problem) -> (PathBuf, u32, String) {
    let shown = readable(&problem.path).into_owned();
    if let Some((path, line)) = shown.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return (PathBuf::from(path), line, problem.message.clone());
    }
    (problem.path.clone(), 1, problem.message.clone())
}
