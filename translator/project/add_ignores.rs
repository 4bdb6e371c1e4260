//! `tranship check --add-ignores`: writes a suppression comment above each open manual finding.
//!
//! A comment in the wrong place could change a program, a macro of several lines for example. So the files with their
//! comments are first converted in memory. A comment that does not hide its finding is left out, and so are all comments of
//! a file in which anything else changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use tranship_engine::finding::Key;
use tranship_engine::lang::{Area, Lang};
use tranship_engine::result::{Conversion, FileReport, Found, Problem};
use tranship_rules::Level;

use super::io_problem::io_problem;
use super::job::{Job, Stop};
use super::run::convert;
use super::write::{Content, write_whole};

/// The rules to hide, by line counted from 1.
type Lines = BTreeMap<u32, BTreeSet<&'static str>>;

/// Writes a comment with `reason` for each open manual finding of `conversion`, which is the result of `job`. Returns the
/// number of findings that are hidden now. They are removed from `conversion`.
pub fn add_ignores(job: &mut Job, conversion: &mut Conversion, reason: &str) -> usize {
    let mut wanted: FxHashMap<PathBuf, Lines> = FxHashMap::default();
    for file in &conversion.files {
        let lines = lines(file);
        if !lines.is_empty() {
            wanted.insert(file.source.clone(), lines);
        }
    }
    let reason = &reason.replace(['\n', '\r'], " ");
    let before = std::mem::take(&mut job.staged);
    // A comment without effect is left out, and then the other comments are checked without it.
    loop {
        let asked = wanted.clone();
        job.staged = with_comments(job, &wanted, reason);
        let checked = convert(job, &Stop::default(), &|_, _| {});
        let after: FxHashMap<_, _> = checked.files.iter().map(|file| (&file.source, file)).collect();
        for file in &conversion.files {
            let Some(lines) = wanted.get_mut(&file.source) else { continue };
            keep_what_works(lines, file, after.get(&file.source).copied());
        }
        wanted.retain(|_, lines| !lines.is_empty());
        if wanted == asked {
            break;
        }
    }
    let contents = std::mem::replace(&mut job.staged, before);
    let mut hidden = 0;
    for file in &mut conversion.files {
        let Some(lines) = wanted.get(&file.source) else { continue };
        let Some(bytes) = contents.get(&file.source) else { continue };
        if let Err(problem) = write(&job.root.join(&file.source), &file.path, bytes) {
            conversion.problems.push(problem);
            continue;
        }
        let all = file.findings.len();
        file.findings
            .retain(|found| !(wants(found) && line(found).is_some_and(|line| has(lines, line, found.rule))));
        hidden += all - file.findings.len();
    }
    hidden
}

/// Whether `found` gets a comment. A comment also keeps a rule from changing code, so the findings with a change are left
/// to `tranship review`.
fn wants(found: &Found) -> bool {
    found.is_open() && found.level == Level::Manual && found.place.is_some()
}

fn line(found: &Found) -> Option<u32> {
    found.place.as_ref().map(|place| place.start.line)
}

fn has(lines: &Lines, line: u32, rule: &str) -> bool {
    lines.get(&line).is_some_and(|rules| rules.contains(rule))
}

/// Whether files of this language can have comments that hide findings.
fn takes_comments(lang: Lang) -> bool {
    let areas = [Area::Cpp, Area::Cmake, Area::Make, Area::Shell, Area::Python];
    lang.area().is_some_and(|area| areas.contains(&area))
}

/// The line with a comment that hides the findings of `rules` in `line`. `above` is the line above it. `None` if `line`
/// continues it, or in another language.
pub fn ignore_comment(
    lang: Lang,
    above: &[u8],
    line: &[u8],
    rules: &[&str],
    reason: &str,
) -> Option<Vec<u8>> {
    if !takes_comments(lang) || continues(above) {
        return None;
    }
    let mark = if lang.is_cpp() { "//" } else { "#" };
    // In a recipe of a Makefile, an indented comment would go to the shell.
    let indent = if lang == Lang::Make { 0 } else { line.len() - line.trim_ascii_start().len() };
    let mut comment = line[..indent].to_vec();
    comment.extend(format!("{mark} tranship: ignore[{}] {reason}", rules.join(", ")).trim_end().as_bytes());
    comment.extend(if line.ends_with(b"\r\n") { &b"\r\n"[..] } else { b"\n" });
    Some(comment)
}

/// Whether `line` is continued by the line below it.
fn continues(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"\\")
}

/// The lines of `file` that get a comment.
fn lines(file: &FileReport) -> Lines {
    let mut lines = Lines::new();
    if takes_comments(Lang::of(&file.source)) {
        for found in file.findings.iter().filter(|found| wants(found)) {
            lines.entry(line(found).unwrap_or_default()).or_default().insert(found.rule);
        }
    }
    lines
}

/// The contents of the files with their comments.
fn with_comments(job: &Job, wanted: &FxHashMap<PathBuf, Lines>, reason: &str) -> FxHashMap<PathBuf, Vec<u8>> {
    let commented = |(path, lines): (&PathBuf, &Lines)| {
        let bytes = fs::read(job.root.join(path)).ok()?;
        Some((path.clone(), insert(&bytes, lines, Lang::of(path), reason)))
    };
    wanted.iter().filter_map(commented).collect()
}

/// `bytes` with a comment above each of `lines`. A line that continues the line above it gets none.
fn insert(bytes: &[u8], lines: &Lines, lang: Lang, reason: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut above: &[u8] = &[];
    for (number, line) in (1..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
        if let Some(rules) = lines.get(&number) {
            let rules: Vec<&str> = rules.iter().copied().collect();
            out.extend(ignore_comment(lang, above, line, &rules, reason).unwrap_or_default());
        }
        out.extend(line);
        above = line;
    }
    out
}

/// The findings of `file` that have a place in it.
fn placed(file: &FileReport) -> impl Iterator<Item = &Found> {
    file.findings.iter().filter(|found| found.place.is_some())
}

/// Removes from `lines` what had no effect: `before` and `after` are the results without and with the comments.
fn keep_what_works(lines: &mut Lines, before: &FileReport, after: Option<&FileReport>) {
    let Some(after) = after else { return lines.clear() };
    let left: BTreeSet<Key> = placed(after).map(|found| found.key).collect();
    let asked = |found: &&Found| wants(found) && line(found).is_some_and(|line| has(lines, line, found.rule));
    let still: Vec<(u32, &str)> = placed(before)
        .filter(asked)
        .filter(|found| left.contains(&found.key))
        .filter_map(|found| Some((line(found)?, found.rule)))
        .collect();
    let expected: BTreeSet<Key> =
        placed(before).filter(|found| !asked(found)).map(|found| found.key).collect();
    let changed = before.safe != after.safe || before.status != after.status;
    if still.is_empty() && (changed || left != expected) {
        return lines.clear();
    }
    for (line, rule) in still {
        if let Some(rules) = lines.get_mut(&line) {
            rules.remove(rule);
        }
    }
    lines.retain(|_, rules| !rules.is_empty());
}

fn write(path: &Path, shown: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let problem = |error: std::io::Error| io_problem(shown, "cannot write", &error);
    let permissions = fs::metadata(path).map_err(problem)?.permissions();
    if permissions.readonly() {
        return Err(Problem::new(shown, "is read-only"));
    }
    write_whole(path, &Content { bytes, permissions: Some(permissions) }).map_err(problem)
}
