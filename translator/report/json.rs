//! Writes the JSON report. `version` increases when a field changes its meaning or is removed.
//!
//! The types and doc comments in this file generate the published schema, `docs/report.schema.json`.

use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use tranship_rules::{Level, Rules};

use super::efficiency::Efficiency;
use super::figures::Figures;
use super::readiness::{Readiness, effort, readiness};
use super::{bases, files, level};
use tranship_engine::result;
use tranship_engine::result::survey::{Survey, library};
use tranship_engine::result::{
    Basis, Change, Conversion, FileReport, Found, Problem, Settled, Shard, Snippet, Status,
};
use tranship_engine::text::path::readable;
use tranship_engine::text::{Position, Span};

const VERSION: u32 = 1;

#[derive(Serialize, JsonSchema)]
/// The findings of `tranship` in a project, and the state of each file.
#[schemars(title = "tranship report")]
struct Report<'a> {
    /// The version of the report format: 1. A new field does not change the version.
    version: u32,
    /// The program that wrote the report.
    tool: Tool,
    /// The platform of the first project; `projects` has the platform of each.
    target: Target<'a>,
    /// A hash of the rules and tables of the first project, in 16 hexadecimal digits.
    rules_hash: String,
    /// The share of the paths that were scanned; null for all.
    shard: Option<Shard>,
    /// The folders that were converted, each with its own target.
    projects: Vec<Project<'a>>,
    /// The report in numbers.
    summary: Summary,
    /// The readiness of the project; present only if the command computes readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness: Option<Readiness>,
    /// All CUDA and C++ files, and every other file that changes, has findings or may cause numerical differences;
    /// sorted by path.
    files: Vec<File<'a>>,
    /// All `review` and `manual` findings, open and settled, ordered by file and place.
    findings: Vec<Finding<'a>>,
    /// Failures outside of the code, such as a file that cannot be read.
    problems: Vec<&'a Problem>,
}

#[derive(Serialize, JsonSchema)]
/// The program that wrote a report.
struct Tool {
    /// The program's name.
    name: &'static str,
    /// The program's version.
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
/// A folder that was converted, or the project of files that were named one by one.
struct Project<'a> {
    /// Its path as the user would name it.
    path: String,
    /// The platform for which its output is written.
    target: Target<'a>,
    /// A hash of its rules and tables, in 16 hexadecimal digits.
    rules_hash: String,
    /// The name of its folder.
    name: String,
    /// The commit of its git repository; null outside of git, and in reports of other commands than `scan`.
    commit: Option<&'a str>,
    /// The address of the remote `origin` of its git repository.
    remote: Option<&'a str>,
    /// Its folder in the git repository; empty for the whole repository.
    folder: &'a str,
    /// The share of its files that the report is about; null for all.
    shard: Option<Shard>,
    /// The number of its files, in its share.
    walked: usize,
    /// Its readiness in figures that can be added; present only if the command computes readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    figures: Option<Figures>,
}

#[derive(Serialize, JsonSchema)]
/// What the output is for.
struct Target<'a> {
    /// The ROCm release that compiles it.
    rocm: String,
    /// The CUDA release that the input is written for; null means the newest.
    cuda: Option<String>,
    /// GPU architectures, such as `gfx942`.
    archs: &'a [String],
}

#[derive(Serialize, JsonSchema)]
/// Counts over all files of a report.
struct Summary {
    /// The number of files of the project.
    files: usize,
    /// The number of files with a new text or a new name, written or only proposed.
    converted: usize,
    /// The number of safe changes.
    safe: usize,
    /// The number of open findings of the level `review`.
    review: usize,
    /// The number of open findings of the level `manual`.
    manual: usize,
    /// The number of findings that have an answer or are in the baseline.
    settled: usize,
    /// The number of failures outside of the code.
    problems: usize,
    /// Whether the run was interrupted, so that files may be missing from the report.
    interrupted: bool,
}

#[derive(Serialize, JsonSchema)]
/// One file.
struct File<'a> {
    /// The path of the file, as given on the command line. If the path is not UTF-8, its other bytes are written as
    /// `\xE9` and its backslashes as `\\`.
    path: String,
    /// Its project: an index into `projects`, from 0.
    project: usize,
    /// Its path in the output, relative to the output folder.
    output: String,
    /// The state of the file after the run.
    status: &'a Status,
    /// The number of safe changes.
    safe: u32,
    /// The number of bytes in branches that are already HIP.
    hip_bytes: u32,
    /// The figures of the file for readiness; present only if the command computes readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    survey: Option<&'a Survey>,
}

#[derive(Serialize, JsonSchema)]
/// One finding.
struct Finding<'a> {
    /// The path of the finding's file, as in `files`.
    path: String,
    /// The finding's first line, from 1; null for a finding about a whole file or folder.
    line: Option<u32>,
    /// The column of the finding's first character, from 1, in characters.
    column: Option<u32>,
    /// The position after the finding's last character.
    end: Option<Position>,
    /// The finding's range of bytes in the original file.
    span: Option<Span>,
    /// `safe`, `review` or `manual`.
    level: &'static str,
    /// The effort: `check` takes minutes, `edit` up to an hour, `rework` days.
    effort: &'static str,
    /// The rule, or the CUDA name; `tranship explain` documents it.
    rule: &'a str,
    /// The library of the CUDA name, by its key in the tables; null for a rule about the language or the build.
    library: Option<&'a str>,
    /// The fact.
    what: &'a str,
    /// Why the fact matters.
    why: &'a str,
    /// What to do; empty if the change needs no instruction.
    todo: &'a str,
    /// The condition under which the change is right; empty unless the level is `review`.
    assumption: &'a str,
    /// The lines of the fix before and after.
    changes: &'a [Change],
    /// The other places that the same answer decides, ordered by file and place.
    also: Vec<OtherPlace<'a>>,
    /// The code at the finding.
    code: Option<Code<'a>>,
    /// The function around the finding.
    function: Option<&'a str>,
    /// The identity of the finding, unique within the file. Unrelated edits of the file do not change the key.
    key: String,
    /// Why the finding needs no person any more; null for an open finding.
    settled: Option<Settled>,
}

/// Another place that the answer to a finding decides.
#[derive(Serialize, JsonSchema)]
struct OtherPlace<'a> {
    /// The path of its file, as in `files`.
    path: String,
    /// The first line, from 1; null for a whole file or folder.
    line: Option<u32>,
    /// The column of the first character, from 1, in characters.
    column: Option<u32>,
    /// The function around the place.
    function: Option<&'a str>,
    /// The lines of the fix before and after; empty if the changes of another place of the same file contain them.
    changes: &'a [Change],
    /// The key of the finding at this place; null if the key of another place of the same file is the key.
    key: Option<String>,
}

/// The lines of a finding. If the lines are very long, only the code near the finding.
#[derive(Serialize, JsonSchema)]
struct Code<'a> {
    /// The code before the finding.
    before: &'a str,
    /// The code of the finding.
    marked: &'a str,
    /// The code after the finding.
    behind: &'a str,
}

/// The JSON schema of the report, with a line end.
pub(super) fn schema() -> String {
    // Serialisation cannot fail: a schema contains only strings, numbers and booleans.
    let mut text = serde_json::to_string_pretty(&schema_for!(Report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report of all conversions as one object, with a line end.
pub(super) fn render(conversions: &[Conversion]) -> String {
    of_scan(conversions, None, None)
}

/// The same for the share `shard` of the paths of a scan, with the efficiency of the kernels.
pub(super) fn of_scan(
    conversions: &[Conversion],
    efficiency: Option<&Efficiency>,
    shard: Option<Shard>,
) -> String {
    let bases = bases(conversions);
    let mut report = report(conversions, &bases);
    report.shard = shard;
    if let Some(readiness) = &mut report.readiness {
        readiness.efficiency = efficiency.map(Efficiency::shares);
        if let Some(shares) = &readiness.efficiency {
            readiness.verdict.add_efficiency(shares);
        }
    }
    // Serialisation cannot fail: a report contains only strings, numbers and booleans.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}

/// The same without white space.
pub(super) fn compact(conversions: &[Conversion]) -> String {
    serde_json::to_string(&report(conversions, &bases(conversions))).unwrap_or_default()
}

/// `bases` has at least one element.
fn report<'a>(conversions: &'a [Conversion], bases: &'a [Basis]) -> Report<'a> {
    let with_files = conversions.iter().filter(|conversion| conversion.basis.is_some()).enumerate();
    let of_project = |(project, conversion): (usize, &'a Conversion)| {
        conversion.files.iter().map(move |one| file(one, project))
    };
    Report {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        target: target(&bases[0]),
        rules_hash: rules_hash(&bases[0]),
        shard: None,
        projects: conversions.iter().filter_map(|one| Some(project(one, one.basis.as_ref()?))).collect(),
        summary: summary(conversions),
        readiness: conversions.iter().any(|c| c.surveyed).then(|| readiness(conversions)),
        files: with_files.flat_map(of_project).collect(),
        findings: files(conversions)
            .flat_map(|(file, rules)| file.findings.iter().map(|found| finding(file, found, rules)))
            .collect(),
        problems: conversions.iter().flat_map(|conversion| &conversion.problems).collect(),
    }
}

fn project<'a>(conversion: &'a Conversion, basis: &'a Basis) -> Project<'a> {
    let revision = conversion.revision.as_ref();
    let name = conversion.root.file_name().unwrap_or_default();
    Project {
        name: readable(Path::new(name)).into_owned(),
        commit: revision.map(|revision| &*revision.commit),
        remote: revision.and_then(|revision| revision.remote.as_deref()),
        folder: revision.map_or("", |revision| &revision.folder),
        shard: conversion.shard,
        walked: conversion.walked,
        figures: conversion.surveyed.then(|| Figures::of(conversion)),
        path: readable(basis.named()).into_owned(),
        target: target(basis),
        rules_hash: rules_hash(basis),
    }
}

fn target(basis: &Basis) -> Target<'_> {
    let target = &basis.target;
    let cuda = target.cuda.map(|cuda| cuda.to_string());
    Target { rocm: target.rocm.to_string(), cuda, archs: &target.archs }
}

fn rules_hash(basis: &Basis) -> String {
    format!("{:016x}", basis.rules.fingerprint())
}

fn summary(conversions: &[Conversion]) -> Summary {
    let sum = |count: &dyn Fn(&Conversion) -> usize| conversions.iter().map(count).sum();
    Summary {
        files: sum(&|c| c.walked),
        converted: sum(&Conversion::converted),
        safe: sum(&Conversion::safe),
        review: sum(&|c| c.open(Level::Review)),
        manual: sum(&|c| c.open(Level::Manual)),
        settled: sum(&Conversion::settled),
        problems: sum(&|c| c.problems.len()),
        interrupted: conversions.iter().any(|conversion| conversion.interrupted),
    }
}

fn file(file: &FileReport, project: usize) -> File<'_> {
    File {
        path: readable(&file.path).into_owned(),
        project,
        output: readable(&file.output).into_owned(),
        status: &file.status,
        safe: file.safe,
        hip_bytes: file.hip_bytes,
        survey: file.survey.as_ref(),
    }
}

fn other_place(other: &result::OtherPlace) -> OtherPlace<'_> {
    OtherPlace {
        path: readable(&other.path).into_owned(),
        line: other.start.map(|start| start.line),
        column: other.start.map(|start| start.column),
        function: other.enclosing.as_deref(),
        changes: &other.changes,
        key: other.key.map(|key| key.to_string()),
    }
}

fn finding<'a>(file: &FileReport, found: &'a Found, rules: &Rules) -> Finding<'a> {
    let place = found.place.as_ref();
    let code = |snippet: &'a Snippet| Code {
        before: &snippet.text[..snippet.mark.start],
        marked: &snippet.text[snippet.mark.clone()],
        behind: &snippet.text[snippet.mark.end..],
    };
    Finding {
        path: readable(&file.path).into_owned(),
        line: place.map(|place| place.start.line),
        column: place.map(|place| place.start.column),
        end: place.map(|place| place.end),
        span: place.map(|place| place.span),
        level: level(found.level),
        effort: effort(found.rule, found.level, rules).word(),
        rule: found.rule,
        library: library(found.rule, rules),
        what: &found.what,
        why: &found.why,
        todo: &found.todo,
        assumption: &found.assumption,
        changes: &found.changes,
        also: found.also.iter().map(other_place).collect(),
        code: place.map(|place| code(&place.snippet)),
        function: found.enclosing.as_deref(),
        key: found.key.to_string(),
        settled: found.settled,
    }
}
