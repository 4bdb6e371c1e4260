//! What a conversion did.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tranship_rules::{Level, Rules};

use super::Problem;
use super::found::Found;
use super::stale::Stale;
use super::survey::Survey;
use crate::pass::{Context, Target};

/// What became of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its text or its name changed.
    Converted,
    /// It was looked at and nothing had to change.
    Unchanged,
    /// It is HIP already.
    AlreadyHip,
    /// It could not be read as text.
    Unreadable,
    /// It is a submodule.
    Skipped,
    /// It is the support header, which the project did not have or which changed.
    Support,
    /// It was not written; a finding or problem says why.
    Failed,
}

/// One file of the result.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// As the user would name it.
    pub path: PathBuf,
    /// Its path relative to the root of the conversion.
    pub source: PathBuf,
    /// Its path in the output, relative to the output folder.
    pub output: PathBuf,
    /// What became of it.
    pub status: Status,
    /// How many safe changes were made.
    pub safe: u32,
    /// Bytes in branches that are HIP already.
    pub hip_bytes: u32,
    /// What a person has to see.
    pub findings: Vec<Found>,
    /// Helpers of the support header that its changes call.
    pub helpers: BTreeSet<&'static str>,
    /// What it tells for readiness, where that is asked for.
    pub survey: Option<Survey>,
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
            patch: Vec::new(),
            patches: Vec::new(),
        }
    }
}

/// What one root was converted for: each root may have a `tranship.toml` of its own.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The root as the user would name it; empty for the current folder.
    pub shown: PathBuf,
    /// ROCm release, architectures.
    pub target: Target,
    /// The tables, with the user's own.
    pub rules: Rules,
}

impl Basis {
    /// What a conversion of the root `shown` in `context` is for.
    pub fn new(shown: &Path, context: &Context) -> Self {
        let Context { target, rules, .. } = context;
        Self { shown: shown.to_owned(), target: target.clone(), rules: rules.clone() }
    }

    /// The root as the user would name it, `.` for the current folder.
    pub fn named(&self) -> &Path {
        if self.shown.as_os_str().is_empty() { Path::new(".") } else { &self.shown }
    }
}

/// What a conversion did.
#[derive(Clone, Debug, Default)]
pub struct Conversion {
    /// What it was for; `None` where there was no root to convert, and so no file.
    pub basis: Option<Basis>,
    /// The real folder of the project; empty where there was none to convert.
    pub root: PathBuf,
    /// The files with something to tell, sorted by path; plain copies are only counted.
    pub files: Vec<FileReport>,
    /// How many files the project has.
    pub walked: usize,
    /// What went wrong outside of the code.
    pub problems: Vec<Problem>,
    /// Whether its files were surveyed.
    pub surveyed: bool,
    /// Whether it ended before its time.
    pub interrupted: bool,
    /// Answers whose findings are there no more.
    pub stale: Vec<Stale>,
}

impl Conversion {
    /// Files whose text or name changed.
    pub fn converted(&self) -> usize {
        self.files.iter().filter(|file| file.status == Status::Converted).count()
    }

    /// Safe changes made.
    pub fn safe(&self) -> usize {
        self.files.iter().map(|file| file.safe as usize).sum()
    }

    /// Findings of `level` that a person still has to look at.
    pub fn open(&self, level: Level) -> usize {
        self.findings().filter(|found| found.level == level && found.is_open()).count()
    }

    /// Findings that were answered or accepted before.
    pub fn settled(&self) -> usize {
        self.findings().filter(|found| !found.is_open()).count()
    }

    fn findings(&self) -> impl Iterator<Item = &Found> {
        self.files.iter().flat_map(|file| &file.findings)
    }

    /// Whether something could not be read or written, unless somebody has answered what is said of it.
    pub fn failed(&self) -> bool {
        let answered = |file: &FileReport| !file.findings.is_empty() && file.open().next().is_none();
        let failed =
            |file: &FileReport| matches!(file.status, Status::Failed | Status::Unreadable) && !answered(file);
        !self.problems.is_empty() || self.files.iter().any(failed)
    }
}
