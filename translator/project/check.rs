//! What a check adds to a conversion that writes nothing: which files would change, and what was there before.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::against::Drift;
use super::answers::{AnswersFile, Entry, Place};
use super::conversion::{Conversion, FileReport, Status};
use super::found::{Found, Settled};
use super::job::{Job, NamedFiles, Only};
use super::setup::Setup;
use crate::finding::{Answer, Key};
use crate::text::path::readable;

/// Adds a finding to each file that a conversion would change.
pub fn would_change(conversion: &mut Conversion, setup: &Setup) {
    let selection = &setup.context.selection;
    let Some(rule) = setup.context.rules.rule("would-change") else { return };
    let changing = conversion.files.iter_mut().filter(|file| file.status == Status::Converted);
    for file in changing.filter(|file| selection.keeps(rule.name, rule.level, &file.source)) {
        let name = |path: &Path| readable(Path::new(path.file_name().unwrap_or_default())).into_owned();
        let (old, new) = (name(&file.source), name(&file.output));
        let changes = match file.safe {
            0 => String::new(),
            1 => ", with 1 safe change".to_owned(),
            count => format!(", with {count} safe changes"),
        };
        let what = if old == new {
            format!("`{old}` still holds CUDA{changes}")
        } else {
            format!("`{old}` would become `{new}`{changes}")
        };
        file.findings.insert(0, Found::whole(rule, what, &file.source, selection));
    }
}

/// The files of `conversion` that would change and about which nothing is open: those that can be changed at once.
pub fn fixable(conversion: &Conversion) -> NamedFiles {
    let is_clear = |file: &&FileReport| file.status == Status::Converted && file.open().next().is_none();
    let files = conversion.files.iter().filter(is_clear);
    files.map(|file| Only { path: file.source.clone(), shown: file.path.clone() }).collect()
}

/// The findings about `drifts` of the folder that people call `shown`, a report for each.
pub(crate) fn out_of_step(drifts: Vec<Drift>, shown: &Path, setup: &Setup) -> Vec<FileReport> {
    let selection = &setup.context.selection;
    let Some(rule) = setup.context.rules.rule("out-of-step") else { return Vec::new() };
    let kept = drifts.into_iter().filter(|drift| selection.keeps(rule.name, rule.level, &drift.path));
    let report = |Drift { path, what }: Drift| {
        let named = if path.as_os_str().is_empty() { shown.to_owned() } else { shown.join(&path) };
        let what = format!("`{}` {what}", readable(&named));
        let mut file = FileReport::new(named, path.clone(), path.clone(), Status::Unchanged);
        file.findings.push(Found::whole(rule, what, &path, selection));
        file
    };
    kept.map(report).collect()
}

/// Settles the findings of `conversion` that `baseline` holds.
pub fn accept(conversion: &mut Conversion, baseline: &AnswersFile, setup: &Setup) {
    let (known, base) = (baseline.answers(), &setup.context.selection.base);
    for file in &mut conversion.files {
        let path = base.join(&file.source);
        for found in file.findings.iter_mut().filter(|found| found.is_open()) {
            found.settled = known.get(&path, found.key).map(|_| Settled::Baseline);
        }
    }
}

/// Makes `baseline` hold just what is open now in the files that `job` looked at.
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
