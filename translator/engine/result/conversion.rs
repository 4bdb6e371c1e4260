//! The result of a conversion.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tranship_rules::{Level, Rules};

use super::Problem;
use super::found::Found;
use super::shard::Shard;
use super::stale::Stale;
use super::survey::Survey;
use crate::finding::{EditedLines, Key};
use crate::pass::{Context, Target};

/// The result for a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its text or its name changed.
    Converted,
    /// It was read, and nothing had to change.
    Unchanged,
    /// It is HIP already.
    AlreadyHip,
    /// It could not be read as text.
    Unreadable,
    /// It is a submodule.
    Skipped,
    /// It is the support header, which is new or changed.
    Support,
    /// It was not written; a finding or problem gives the reason.
    Failed,
}

/// One file of the result.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Its path as the user writes it.
    pub path: PathBuf,
    /// Its path relative to the root of the conversion.
    pub source: PathBuf,
    /// Its path in the output, relative to the output folder.
    pub output: PathBuf,
    /// The result for it.
    pub status: Status,
    /// The number of safe changes that were made.
    pub safe: u32,
    /// The number of bytes in branches that are HIP already.
    pub hip_bytes: u32,
    /// The findings that a person has to see, or has answered.
    pub findings: Vec<Found>,
    /// Helpers of the support header that its changes call.
    pub helpers: BTreeSet<&'static str>,
    /// Its figures for readiness, if the files were surveyed.
    pub survey: Option<Survey>,
    /// The lines of each finding before and after all changes, if a person may edit them and the job asked for them.
    pub proposals: Vec<(Key, EditedLines)>,
    /// The patch, for `To::Patch`.
    pub patch: Vec<u8>,
    /// The patches by rule, for `To::Patches`, in the order in which they apply.
    pub patches: Vec<(String, Vec<u8>)>,
}

impl FileReport {
    /// The findings that a person still has to look at.
    pub fn open(&self) -> impl Iterator<Item = &Found> {
        self.findings.iter().filter(|found| found.is_open())
    }

    /// A report about the file `source`, shown as `path`, that becomes `output`.
    pub fn new(path: PathBuf, source: PathBuf, output: PathBuf, status: Status) -> Self {
        Self {
            path,
            source,
            output,
            status,
            safe: 0,
            hip_bytes: 0,
            findings: Vec::new(),
            helpers: BTreeSet::new(),
            survey: None,
            proposals: Vec::new(),
            patch: Vec::new(),
            patches: Vec::new(),
        }
    }
}

/// The settings for one root: each root may have its own `tranship.toml`.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The root as the user writes it; empty for the current folder.
    pub shown: PathBuf,
    /// The ROCm release and the architectures.
    pub target: Target,
    /// The built-in tables and the user's tables.
    pub rules: Rules,
}

impl Basis {
    /// The settings of a conversion of the root `shown` in `context`.
    pub fn new(shown: &Path, context: &Context) -> Self {
        Self { shown: shown.to_owned(), target: context.target.clone(), rules: context.rules.clone() }
    }

    /// The root as the user writes it, `.` for the current folder.
    pub fn named(&self) -> &Path {
        if self.shown.as_os_str().is_empty() { Path::new(".") } else { &self.shown }
    }
}

/// The committed state of a project in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The hash of the commit.
    pub commit: String,
    /// The address of the remote repository `origin`, without names and passwords of users.
    pub remote: Option<String>,
    /// The folder of the project in the repository; empty for the whole repository.
    pub folder: String,
}

/// The result of a conversion.
#[derive(Clone, Debug, Default)]
pub struct Conversion {
    /// The settings of its root; `None` if there was no root to convert.
    pub basis: Option<Basis>,
    /// The real folder of the project; empty if there was no root to convert.
    pub root: PathBuf,
    /// The files with a report, sorted by path; plain copies are only counted.
    pub files: Vec<FileReport>,
    /// The number of files in the project.
    pub walked: usize,
    /// The files and links that the result depends on, relative to the root, if the command asks for them.
    pub inputs: Vec<PathBuf>,
    /// The problems outside of the code.
    pub problems: Vec<Problem>,
    /// The share of the files that was converted, if it is not all of them.
    pub shard: Option<Shard>,
    /// The commit of the source, if it is in git and the command asks for it.
    pub revision: Option<Revision>,
    /// Whether its files were surveyed.
    pub surveyed: bool,
    /// Whether the user interrupted it.
    pub interrupted: bool,
    /// Answers without a finding.
    pub stale: Vec<Stale>,
    /// The files of the output folder that a person edited and whose conversion did not change since, relative to the folder.
    pub kept: Vec<PathBuf>,
    /// The files of the output folder that a person edited and whose conversion changed since, relative to the folder.
    pub behind: Vec<PathBuf>,
}

impl Conversion {
    /// The number of files with a changed text or name.
    pub fn converted(&self) -> usize {
        self.files.iter().filter(|file| file.status == Status::Converted).count()
    }

    /// The number of safe changes that were made.
    pub fn safe(&self) -> usize {
        self.files.iter().map(|file| file.safe as usize).sum()
    }

    /// The number of findings of `level` that a person still has to look at.
    pub fn open(&self, level: Level) -> usize {
        self.findings().filter(|found| found.level == level && found.is_open()).count()
    }

    /// The number of settled findings: those with an answer or in the baseline.
    pub fn settled(&self) -> usize {
        self.findings().filter(|found| !found.is_open()).count()
    }

    fn findings(&self) -> impl Iterator<Item = &Found> {
        self.files.iter().flat_map(|file| &file.findings)
    }

    /// Whether something could not be read or written. A file does not count if all its findings are settled.
    pub fn failed(&self) -> bool {
        let answered = |file: &FileReport| !file.findings.is_empty() && file.open().next().is_none();
        let failed =
            |file: &FileReport| matches!(file.status, Status::Failed | Status::Unreadable) && !answered(file);
        !self.problems.is_empty() || self.files.iter().any(failed)
    }
}
