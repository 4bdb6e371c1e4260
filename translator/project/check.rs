//! `tranship check`: selects the files that can be changed at once, and applies and updates the baseline.

use std::path::PathBuf;

use rustc_hash::FxHashSet;

use super::answers::{AnswersFile, Entry, Place};
use super::job::{Job, NamedFile, NamedFiles};
use super::setup::Setup;
use tranship_engine::finding::{Answer, Key};
use tranship_engine::result::Settled;
use tranship_engine::result::{Conversion, FileReport, Status};

/// The files of `conversion` that would change and have no open finding. They can be converted at once.
pub fn fixable(conversion: &Conversion) -> NamedFiles {
    let is_clear = |file: &&FileReport| file.status == Status::Converted && file.open().next().is_none();
    let files = conversion.files.iter().filter(is_clear);
    files.map(|file| NamedFile { path: file.source.clone(), shown: file.path.clone() }).collect()
}

/// Settles the findings of `conversion` that are in `baseline`.
pub fn accept(conversion: &mut Conversion, baseline: &AnswersFile, setup: &Setup) {
    let (known, base) = (baseline.answers(), &setup.context.selection.base);
    for file in &mut conversion.files {
        let path = base.join(&file.source);
        for found in file.findings.iter_mut().filter(|found| found.is_open()) {
            found.settled = known.get(&path, found.key).map(|_| Settled::Baseline);
        }
    }
}

/// Replaces the entries of `baseline` about the files of `job` by the findings that are open now.
pub fn rebase(conversion: &Conversion, baseline: &mut AnswersFile, job: &Job) {
    let base = &job.setup.context.selection.base;
    let found: FxHashSet<(PathBuf, Key)> = FxHashSet::default();
    let looked_at = |place: &Place| place.path.strip_prefix(base).is_ok_and(|path| job.looks_at(path));
    for stale in baseline.stale(&found, looked_at) {
        baseline.remove(&stale.place);
    }
    for file in &conversion.files {
        for found in file.open() {
            let (path, rule) = (base.join(&file.source), found.rule.to_owned());
            let entry = Entry::new(Answer::Accepted, found.enclosing.as_deref().unwrap_or_default());
            baseline.set(Place { path, rule, key: found.key }, entry);
        }
    }
}
