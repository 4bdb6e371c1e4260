//! The JSON report. `version` grows whenever a field changes its meaning or goes away.

use serde::Serialize;
use tranship_rules::Level;

use super::{Made, level};
use crate::project::run::{Conversion, FileReport, Status};
use crate::project::{Change, Found, Problem, Settled};
use crate::text::{Position, Span};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    tool: Tool,
    target: Target<'a>,
    rules_hash: String,
    summary: Summary,
    files: Vec<File<'a>>,
    findings: Vec<Finding<'a>>,
    problems: Vec<&'a Problem>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Target<'a> {
    rocm: String,
    cuda: Option<String>,
    archs: &'a [String],
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    converted: usize,
    safe: usize,
    review: usize,
    manual: usize,
    settled: usize,
    problems: usize,
    interrupted: bool,
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    output: String,
    status: &'a Status,
    safe: u32,
    hip_bytes: u32,
}

#[derive(Serialize)]
struct Finding<'a> {
    path: String,
    line: Option<u32>,
    column: Option<u32>,
    end: Option<Position>,
    span: Option<Span>,
    level: &'static str,
    rule: &'a str,
    what: &'a str,
    why: &'a str,
    todo: &'a str,
    assumption: &'a str,
    changes: &'a [Change],
    function: Option<&'a str>,
    key: String,
    settled: Option<Settled>,
}

/// The report of all conversions as one object, with a line end.
pub(super) fn render(conversions: &[Conversion], made: &Made) -> String {
    let files = || conversions.iter().flat_map(|conversion| &conversion.files);
    let report = Report {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        target: Target {
            rocm: made.target.rocm.to_string(),
            cuda: made.target.cuda.map(|cuda| cuda.to_string()),
            archs: &made.target.archs,
        },
        rules_hash: format!("{:016x}", made.rules.fingerprint()),
        summary: summary(conversions),
        files: files().map(file).collect(),
        findings: files().flat_map(|file| file.findings.iter().map(|found| finding(file, found))).collect(),
        problems: conversions.iter().flat_map(|conversion| &conversion.problems).collect(),
    };
    // Strings and numbers alone always serialise.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
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

fn file(file: &FileReport) -> File<'_> {
    File {
        path: file.path.to_string_lossy().into_owned(),
        output: file.output.to_string_lossy().into_owned(),
        status: &file.status,
        safe: file.safe,
        hip_bytes: file.hip_bytes,
    }
}

fn finding<'a>(file: &FileReport, found: &'a Found) -> Finding<'a> {
    let place = found.place.as_ref();
    Finding {
        path: file.path.to_string_lossy().into_owned(),
        line: place.map(|place| place.start.line),
        column: place.map(|place| place.start.column),
        end: place.map(|place| place.end),
        span: place.map(|place| place.span),
        level: level(found.level),
        rule: found.rule,
        what: &found.what,
        why: &found.why,
        todo: &found.todo,
        assumption: &found.assumption,
        changes: &found.changes,
        function: found.enclosing.as_deref(),
        key: found.key.to_string(),
        settled: found.settled,
    }
}
