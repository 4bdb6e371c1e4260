//! The JSON report. `version` grows whenever a field changes its meaning or goes away.
//!
//! The schema that others read, `docs/report.schema.json`, is made of these types and their comments.

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use tranship_rules::{Level, Rules};

use super::readiness::{Readiness, readiness};
use super::{bases, files, level};
use tranship_engine::result::survey::{Survey, library};
use tranship_engine::result::{
    Basis, Change, Conversion, FileReport, Found, Problem, Settled, Snippet, Status,
};
use tranship_engine::text::path::readable;
use tranship_engine::text::{Position, Span};

const VERSION: u32 = 1;

#[derive(Serialize, JsonSchema)]
/// What `tranship` found in a project and did to it.
#[schemars(title = "tranship report")]
struct Report<'a> {
    /// The version of this form: 1. A new field leaves it as it is.
    version: u32,
    /// The program that wrote the report.
    tool: Tool,
    /// What the output of the first project is for; `projects` has the target of each.
    target: Target<'a>,
    /// Names the rules and tables of the first project; 16 hexadecimal digits.
    rules_hash: String,
    /// The folders that were converted, each with its own target.
    projects: Vec<Project<'a>>,
    /// The report in numbers.
    summary: Summary,
    /// How ready the project is; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness: Option<Readiness>,
    /// The files with something to tell, sorted by path.
    files: Vec<File<'a>>,
    /// What a person has to see or has answered, by file and place.
    findings: Vec<Finding<'a>>,
    /// What went wrong outside of the code.
    problems: Vec<&'a Problem>,
}

#[derive(Serialize, JsonSchema)]
/// A program.
struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

#[derive(Serialize, JsonSchema)]
/// A folder that was converted, or the project of files that were named one by one.
struct Project<'a> {
    /// Its path as the user would name it.
    path: String,
    /// What its output is for.
    target: Target<'a>,
    /// Names its rules and tables; 16 hexadecimal digits.
    rules_hash: String,
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
/// Counts.
struct Summary {
    /// Files of the project.
    files: usize,
    /// Files whose text or name changed, or would.
    converted: usize,
    /// Safe changes.
    safe: usize,
    /// Open findings of the level `review`.
    review: usize,
    /// Open findings of the level `manual`.
    manual: usize,
    /// Findings that were answered or accepted before.
    settled: usize,
    /// What went wrong outside of the code.
    problems: usize,
    /// Whether the run ended before its time.
    interrupted: bool,
}

#[derive(Serialize, JsonSchema)]
/// One file.
struct File<'a> {
    /// As the user would name it; in a name that is not UTF-8, other bytes are `\xE9` and backslashes `\\`.
    path: String,
    /// Its project: an index into `projects`, from 0.
    project: usize,
    /// Its path in the output, relative to the output folder.
    output: String,
    /// What became of it.
    status: &'a Status,
    /// Safe changes.
    safe: u32,
    /// Bytes in branches that are HIP already.
    hip_bytes: u32,
    /// What it tells for readiness; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    survey: Option<&'a Survey>,
}

#[derive(Serialize, JsonSchema)]
/// One finding.
struct Finding<'a> {
    /// Its file, as in `files`.
    path: String,
    /// Its first line, from 1; null for a finding about a whole file or folder.
    line: Option<u32>,
    /// The column of its first character, from 1, in characters.
    column: Option<u32>,
    /// Behind its last character.
    end: Option<Position>,
    /// Its bytes in the original file.
    span: Option<Span>,
    /// `safe`, `review` or `manual`.
    level: &'static str,
    /// The rule, or the CUDA name; `tranship explain` documents it.
    rule: &'a str,
    /// The library that the name belongs to; null for a rule about the language or the build.
    library: Option<&'a str>,
    /// What was found.
    what: &'a str,
    /// Why it matters.
    why: &'a str,
    /// What to do; empty where the change says it all.
    todo: &'a str,
    /// What must hold for the change to be right; for `review` alone.
    assumption: &'a str,
    /// The lines that change.
    changes: &'a [Change],
    /// The code that it is about.
    code: Option<Code<'a>>,
    /// The function around it.
    function: Option<&'a str>,
    /// Names the finding across unrelated edits of its file; unique within the file.
    key: String,
    /// Why nobody has to look at it any more; null for an open finding.
    settled: Option<Settled>,
}

/// The lines of a finding, or its neighbourhood where they are very long.
#[derive(Serialize, JsonSchema)]
struct Code<'a> {
    /// What stands before the finding.
    before: &'a str,
    /// The finding itself.
    marked: &'a str,
    /// What stands behind it.
    behind: &'a str,
}

/// The JSON schema of the report, with a line end.
pub(super) fn schema() -> String {
    // A schema is strings and numbers alone.
    let mut text = serde_json::to_string_pretty(&schema_for!(Report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report of all conversions as one object, with a line end.
pub(super) fn render(conversions: &[Conversion]) -> String {
    // Strings and numbers alone always serialise.
    let mut text =
        serde_json::to_string_pretty(&report(conversions, &bases(conversions))).unwrap_or_default();
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
        projects: conversions.iter().filter_map(|one| one.basis.as_ref()).map(project).collect(),
        summary: summary(conversions),
        readiness: conversions.iter().any(|c| c.surveyed).then(|| readiness(conversions)),
        files: with_files.flat_map(of_project).collect(),
        findings: files(conversions)
            .flat_map(|(file, rules)| file.findings.iter().map(|found| finding(file, found, rules)))
            .collect(),
        problems: conversions.iter().flat_map(|conversion| &conversion.problems).collect(),
    }
}

fn project(basis: &Basis) -> Project<'_> {
    Project {
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
        rule: found.rule,
        library: library(found.rule, rules),
        what: &found.what,
        why: &found.why,
        todo: &found.todo,
        assumption: &found.assumption,
        changes: &found.changes,
        code: place.map(|place| code(&place.snippet)),
        function: found.enclosing.as_deref(),
        key: found.key.to_string(),
        settled: found.settled,
    }
}
