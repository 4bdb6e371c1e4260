//! Writes the causes of errors in a converted project as text for people and as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tranship_engine::result::Conversion;
use tranship_engine::text::path::readable;

use super::full::block;
use super::width::{columns, wrap};
use super::{Format, count, display_path, escape_controls, number, render};
use crate::verify::diagnostics::Severity;
use crate::verify::test_run::TestRun;
use crate::verify::{Cause, Checks, Compilation};

const VERSION: u32 = 1;
/// The greatest number of causes with an example. The others get a line.
const EXAMPLES: usize = 12;
/// The greatest number of units that are listed for a cause.
const UNITS: usize = 4;

/// Everything that a run of `verify` found in one project.
pub struct VerificationReport<'a> {
    /// The result of compiling.
    pub compilation: &'a Compilation,
    /// The results of the other checks.
    pub checks: &'a Checks,
    /// The run of the tests.
    pub tests: Option<&'a TestRun>,
    /// The source as the user would name it; `None` if it is not there.
    pub source: Option<&'a Path>,
    /// The output as the user would name it; `None` for a temporary folder.
    pub output: Option<&'a Path>,
    /// The architectures.
    pub archs: &'a [String],
    /// The compiler.
    pub compiler: &'a str,
    /// Whether objects were written.
    pub objects: bool,
}

/// The causes with one example each, the failed checks of `conversions`, and the failed tests, with colours.
pub fn verification(reports: &[VerificationReport], conversions: &[Conversion]) -> String {
    let mut out = String::new();
    for report in reports {
        let is_first = |cause: &&Cause| !cause.first.is_empty();
        let (first, following): (Vec<&Cause>, Vec<&Cause>) =
            report.compilation.causes.iter().partition(is_first);
        for cause in first.iter().take(EXAMPLES) {
            out.push_str(&block(&cause.file, &cause.found, ("units", &units(cause))));
        }
        lines(&mut out, first.get(EXAMPLES..).unwrap_or_default(), "more cause");
        lines(&mut out, &following, "cause behind the first error of a unit");
    }
    out.push_str(&render(Format::Full, conversions));
    for run in reports.iter().filter_map(|report| report.tests) {
        out.push_str(&tests(run));
    }
    out
}

/// A line for each of `causes`, under a title with their number.
fn lines(out: &mut String, causes: &[&Cause], title: &str) {
    if causes.is_empty() {
        return;
    }
    let _ = match causes.len() {
        1 => writeln!(out, "1 {title}:"),
        many => writeln!(out, "{} {}:", number(many), title.replacen("cause", "causes", 1)),
    };
    for cause in causes {
        out.push_str(&line(cause));
    }
    out.push('\n');
}

/// The number of units of `cause`, and the first of them.
fn units(cause: &Cause) -> String {
    let passes: Vec<&str> = cause.passes.iter().map(String::as_str).collect();
    let mut text = match cause.units.len() {
        1 if cause.places == 1 => String::new(),
        1 => format!("{} in ", count(cause.places, "place")),
        _ => format!("{}, {}: ", count(cause.units.len(), "unit"), count(cause.places, "place")),
    };
    let listed: Vec<String> = cause.units.iter().take(UNITS).map(|path| display_path(path)).collect();
    text.push_str(&listed.join(", "));
    if let Some(more) = cause.units.len().checked_sub(UNITS).filter(|&more| more > 0) {
        let _ = write!(text, " and {} more", number(more));
    }
    let _ = write!(text, " ({})", passes.join(", "));
    text
}

/// A cause in a line.
fn line(cause: &Cause) -> String {
    let place = cause.found.place.as_ref().map_or(String::new(), |place| format!(":{}", place.start.line));
    let text = format!(
        "{:>10}  {}: {}, as in {}{place}",
        count(cause.units.len(), "unit"),
        cause.found.rule,
        escape_controls(&cause.found.what),
        display_path(&cause.file.path),
    );
    format!("{}\n", wrap(&text, columns(), "            "))
}

/// The failed tests with the findings that may be the reason, and the end of their output.
fn tests(run: &TestRun) -> String {
    let mut out = String::new();
    if run.is_good() {
        return out;
    }
    for related in &run.related {
        let line = related.line.map_or(String::new(), |line| format!(":{line}"));
        let (word, path) = (escape_controls(&related.word), escape_controls(&related.path));
        let _ =
            writeln!(out, "  the tests name `{word}`: {path}{line} has the open finding `{}`", related.rule);
    }
    for line in &run.tail {
        let _ = writeln!(out, "  | {}", escape_controls(line));
    }
    out.push('\n');
    out
}

/// The results and the report about `conversions` as JSON.
pub fn verification_json(reports: &[VerificationReport], conversions: &[Conversion]) -> String {
    let report: Value = serde_json::from_str(&render(Format::Json, conversions)).unwrap_or_default();
    let all = json!({
        "version": VERSION,
        "projects": reports.iter().map(project).collect::<Vec<_>>(),
        "report": report,
    });
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn project(report: &VerificationReport) -> Value {
    let text = |path: &Path| readable(path).into_owned();
    let compilation = report.compilation;
    let units = compilation
        .units
        .iter()
        .map(|unit| json!({ "path": text(&unit.path), "output": text(&unit.output), "failed": unit.failed }));
    json!({
        "source": report.source.map(text),
        "output": report.output.map(text),
        "compiler": report.compiler,
        "objects": report.objects,
        "archs": report.archs,
        "units": units.collect::<Vec<_>>(),
        "passes": compilation.passes,
        "cached": compilation.cached,
        "causes": compilation.causes.iter().map(cause).collect::<Vec<_>>(),
        "checks": report.checks,
        "tests": report.tests,
    })
}

fn cause(cause: &Cause) -> Value {
    let text = |path: &PathBuf| readable(path).into_owned();
    let all = |units: &BTreeSet<PathBuf>| units.iter().map(text).collect::<Vec<_>>();
    let output = cause.output.as_ref().map(|(path, line)| json!({ "path": text(path), "line": line }));
    json!({
        "class": cause.class,
        "severity": cause.severity,
        "name": cause.name,
        "places": cause.places,
        "units": all(&cause.units),
        "first_error_of": cause.first.len(),
        "passes": cause.passes,
        "example": {
            "path": text(&cause.file.path),
            "line": cause.found.place.as_ref().map(|place| place.start.line),
            "output": output,
            "what": cause.found.what,
            "why": cause.found.why,
            "todo": cause.found.todo,
        },
    })
}

impl VerificationReport<'_> {
    /// The result of compiling in a sentence: the numbers of units, of those that compile, and of causes.
    pub fn sentence(&self) -> String {
        let compilation = self.compilation;
        let failing = compilation.units.iter().filter(|unit| !unit.failed.is_empty()).count();
        let good = compilation.units.len() - failing;
        let how = if self.objects { "to objects" } else { "syntax and types only" };
        let mut text = format!(
            "{} of {} {} for {} and the host with {} ({how})",
            number(good),
            count(compilation.units.len(), "unit"),
            if compilation.units.len() == 1 { "compiles" } else { "compile" },
            self.archs.join(", "),
            self.compiler,
        );
        let is = |severity| compilation.causes.iter().filter(|cause| cause.severity == severity).count();
        let counts = [
            (is(Severity::Error), "cause of errors", "causes of errors"),
            (is(Severity::Warning), "kind of warnings", "kinds of warnings"),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{} {}", number(*count), if *count == 1 { one } else { many }))
            .collect();
        if !parts.is_empty() {
            let _ = write!(text, ": {}", parts.join(", "));
        }
        text + "."
    }
}
