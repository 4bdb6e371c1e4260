//! Checks of an output that need no compiler: no CUDA is left, a second conversion changes nothing, and the support header is the one
//! that this version writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tranship_engine::pass::Context;
use tranship_engine::result::{Conversion, FileReport, Found, Status};
use tranship_engine::support_header::{header, is_support_header, listed};
use tranship_engine::text::path::readable;
use tranship_rules::{Level, rule};

use super::open;
use crate::compile::tree::Tree;

/// The most files that a finding names.
const MOST_NAMED: usize = 5;

/// The results of the checks.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Checks {
    /// The number of open findings without a counterpart.
    pub left: usize,
    /// The number of files that a second conversion would change.
    pub changing: usize,
    /// The number of support headers of another version.
    pub old_headers: usize,
    /// The number of files of the output that differ from what a conversion would write now.
    pub differing: usize,
}

/// What the checks look at.
pub struct Checked<'a> {
    /// The output.
    pub tree: &'a Tree,
    /// The output as the user would name it.
    pub shown: &'a Path,
    /// The conversion of the source, if it is there.
    pub first: Option<&'a Conversion>,
    /// The conversion of the output.
    pub second: &'a Conversion,
    /// Whether the output was written in this run.
    pub is_fresh: bool,
    /// The context of the conversion.
    pub context: &'a Context,
}

/// The results, and a report with a finding for each check that fails.
pub fn check(checked: &Checked) -> (Checks, Vec<FileReport>) {
    let mut checks = Checks::default();
    let mut findings: Vec<Found> = Vec::new();
    let about = |rule, what| Found::about_file(rule, what, Path::new(""), checked.context);
    let left = left(checked);
    if !left.is_empty() {
        checks.left = left.values().sum();
        let places =
            if checks.left == 1 { "1 place has".to_owned() } else { format!("{} places have", checks.left) };
        let what = format!("{places} no counterpart on ROCm yet: {}", named(&left));
        findings.extend(about(rule::CUDA_LEFT, what));
    }
    let changing = checked.second.files.iter().filter(|file| file.status == Status::Converted);
    let changing: BTreeMap<PathBuf, usize> = changing.map(|file| (file.path.clone(), 0)).collect();
    if !changing.is_empty() {
        checks.changing = changing.len();
        findings.extend(about(
            rule::WOULD_CHANGE,
            format!("a second conversion would change {}", named(&changing)),
        ));
    }
    let old: BTreeMap<PathBuf, usize> = old_headers(checked).into_iter().map(|path| (path, 0)).collect();
    if !old.is_empty() {
        checks.old_headers = old.len();
        let what = format!("{} differs from the support header of this version", named(&old));
        findings.extend(about(rule::OLD_SUPPORT_HEADER, what));
    }
    let drifts = checked.first.into_iter().flat_map(open);
    checks.differing = drifts.filter(|(_, found)| rule::OUT_OF_STEP.as_str() == found.rule).count();
    if findings.is_empty() {
        return (checks, Vec::new());
    }
    let mut report =
        FileReport::new(checked.shown.to_owned(), PathBuf::new(), PathBuf::new(), Status::Unchanged);
    report.findings = findings;
    (checks, vec![report])
}

/// The number of open manual findings of each file. A person may have written the code by hand in an older output, so there the
/// findings of the output count.
fn left(checked: &Checked) -> BTreeMap<PathBuf, usize> {
    let is_about_code =
        |found: &Found| ![rule::OUT_OF_STEP.as_str(), rule::OWN_HIP_BUILD.as_str()].contains(&found.rule);
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut add = |file: &FileReport, found: &Found| {
        if found.level == Level::Manual && is_about_code(found) {
            *counts.entry(file.path.clone()).or_default() += 1 + found.also.len();
        }
    };
    if let Some(first) = checked.first.filter(|_| checked.is_fresh) {
        open(first).for_each(|(file, found)| add(file, found));
    } else {
        let settled = checked.first.map(settled).unwrap_or_default();
        let is_settled = |file: &FileReport, found: &Found| {
            settled.contains(&(checked.tree.source_of(&file.source).to_owned(), found.rule))
        };
        let left = open(checked.second).filter(|(file, found)| !is_settled(file, found));
        left.for_each(|(file, found)| add(file, found));
    }
    counts
}

/// The files and rules whose findings all have an answer.
fn settled(conversion: &Conversion) -> BTreeSet<(PathBuf, &'static str)> {
    let all = conversion.files.iter().flat_map(|file| file.findings.iter().map(move |found| (file, found)));
    let settled =
        all.filter(|(_, found)| !found.is_open()).map(|(file, found)| (file.source.clone(), found.rule));
    let mut settled: BTreeSet<_> = settled.collect();
    for (file, found) in open(conversion) {
        settled.remove(&(file.source.clone(), found.rule));
    }
    settled
}

/// The support headers in the output that differ from what this version writes for their helpers.
fn old_headers(checked: &Checked) -> Vec<PathBuf> {
    let rules = &checked.context.rules;
    let is_old = |text: &[u8]| {
        let helpers = listed(text, rules);
        ![false, true].iter().any(|&several| header(&helpers, rules, several).as_bytes() == text)
    };
    let headers = checked.tree.files().filter(|(_, bytes)| is_support_header(bytes));
    headers.filter(|(_, bytes)| is_old(bytes)).map(|(path, _)| checked.shown.join(path)).collect()
}

/// The first files with their counts, those with the most first.
fn named(counts: &BTreeMap<PathBuf, usize>) -> String {
    let mut files: Vec<_> = counts.iter().collect();
    files.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let name = |(path, count): &(&PathBuf, &usize)| match count {
        0 | 1 => format!("`{}`", readable(path)),
        count => format!("`{}` ({count})", readable(path)),
    };
    let mut text = files.iter().take(MOST_NAMED).map(name).collect::<Vec<_>>().join(", ");
    let more = files.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        let _ = write!(text, " and {more} more {}", if more == 1 { "file" } else { "files" });
    }
    text
}
