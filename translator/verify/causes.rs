//! Turns the messages of all passes into findings at lines of the source, and groups them by cause. Findings that a comment, an
//! answer or a setting suppresses are in no group.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tranship_engine::cpp::Unit as Code;
use tranship_engine::finding::{Finding, Message};
use tranship_engine::pass::Context;
use tranship_engine::result::{FileReport, Found, Status, advised, source_with};
use tranship_engine::text::path::readable;
use tranship_engine::text::{Lines, Span};
use tranship_rules::Level;

use super::classify::{Class, Fault, Place, classify};
use super::diagnostics::Severity;
use super::map::Maps;
use super::passes::{Pass, Passed};
use super::{Cause, Request, UnitResult};

/// Where a fault is seen.
#[derive(Default)]
struct Seen<'a> {
    /// The units, by index, and the passes.
    passes: BTreeSet<(usize, &'a Pass)>,
    /// The units in which it is the first error.
    first: BTreeSet<usize>,
}

/// The units, the files with findings and the causes of `passed`.
pub(super) fn collect(
    request: &Request,
    units: &[PathBuf],
    passed: &[Passed],
) -> (Vec<UnitResult>, Vec<FileReport>, Vec<Cause>) {
    let mut maps = Maps::new(request.tree, request.source);
    let mut faults: BTreeMap<Fault, Seen> = BTreeMap::new();
    for one in passed {
        let mut has_error = false;
        for diagnostic in &one.diagnostics {
            let fault = classify(diagnostic, request.tree, &mut maps);
            let is_error = fault.severity == Severity::Error;
            let seen = faults.entry(fault).or_default();
            seen.passes.insert((one.unit, &one.pass));
            if !(is_error && has_error) {
                seen.first.insert(one.unit);
            }
            has_error |= is_error;
        }
    }
    let results = results(request, units, passed);
    let files = files(request, faults.keys(), &maps);
    let causes = causes(&faults, &results, &files, request);
    (results, files, causes)
}

fn results(request: &Request, units: &[PathBuf], passed: &[Passed]) -> Vec<UnitResult> {
    let unit =
        |path: &PathBuf| UnitResult { path: request.shown(path), output: path.clone(), failed: Vec::new() };
    let mut results: Vec<UnitResult> = units.iter().map(unit).collect();
    for one in passed.iter().filter(|one| !one.is_good) {
        results[one.unit].failed.push(one.pass.label());
    }
    results
}

/// The files with the findings about `faults`.
fn files<'f>(request: &Request, faults: impl Iterator<Item = &'f Fault>, maps: &Maps) -> Vec<FileReport> {
    let mut by_file: BTreeMap<(PathBuf, bool), Vec<&Fault>> = BTreeMap::new();
    let mut whole = FileReport::new(request.root_shown(), PathBuf::new(), PathBuf::new(), Status::Unchanged);
    for fault in faults {
        match &fault.place {
            Some(place) => by_file.entry((place.path.clone(), place.is_in_source)).or_default().push(fault),
            None => whole.findings.extend(of_whole(fault, request.context)),
        }
    }
    let mut files: Vec<FileReport> = by_file
        .into_iter()
        .filter_map(|((path, is_in_source), faults)| file(request, &path, is_in_source, &faults, maps))
        .collect();
    if !whole.findings.is_empty() {
        files.push(whole);
    }
    files
}

fn of_whole(fault: &Fault, context: &Context) -> Option<Found> {
    let mut found = Found::about_file(fault.class.rule(), what(fault), Path::new(""), context)?;
    found.level = level(fault);
    Some(found)
}

/// The report about one file of the source or of the output.
fn file(
    request: &Request,
    path: &Path,
    is_in_source: bool,
    faults: &[&Fault],
    maps: &Maps,
) -> Option<FileReport> {
    let root = if is_in_source { request.source.map(|source| source.root)? } else { request.tree.root() };
    let shown = if is_in_source { request.source_shown.join(path) } else { request.output_shown.join(path) };
    let source = source_with(path, fs::read(root.join(path)).ok()?, request.endings);
    if source.unreadable().is_some() {
        return None;
    }
    let code = Code::new(&source, &request.context.guards);
    let lines = Lines::new(&source.bytes);
    let finding = |fault: &&Fault| {
        let place = fault.place.as_ref()?;
        let rule = request.context.rules.named(fault.class.rule())?;
        let mut words = Finding::of(rule, Span::at(0)).words();
        words.what = what(fault).into();
        if let Some(why) = why(fault, place, request, maps) {
            words.why = why.into();
        }
        if let Some(todo) = todo(fault) {
            words.todo = todo.into();
        } else if fault.severity == Severity::Error && lacks_build(place, request) {
            words.todo = "configure that build and pass its compile database with `-p`; change the code only if the error stays".into();
        }
        let mut finding = Finding::of(rule, span(&source.bytes, &lines, place)).at(level(fault));
        finding.message = Message::Own(Box::new(words));
        Some(finding)
    };
    let findings = faults.iter().filter_map(finding).collect();
    let (report, _) = advised(&code, &shown, findings, request.context);
    (!report.findings.is_empty()).then_some(report)
}

/// The level of a finding: an error needs a person, and a warning should be looked at.
fn level(fault: &Fault) -> Level {
    if fault.severity == Severity::Error { Level::Manual } else { Level::Review }
}

/// The word at `place`, or its first character.
fn span(bytes: &[u8], lines: &Lines, place: &Place) -> Span {
    let line = place.line.clamp(1, lines.count().max(1));
    let text = lines.text(line);
    let first = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let at = if place.column == 0 { first } else { place.column as usize - 1 }.min(text.len());
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let start = lines.start(line) as usize + at;
    let len = bytes[start..].iter().take_while(|byte| is_word(byte)).count();
    let rest = text.len() - at;
    Span::new(start as u32, (start + len.max(1).min(rest)) as u32)
}

/// The message with code in backticks.
fn what(fault: &Fault) -> String {
    let text = fault.text.replace('\'', "`");
    match fault.class {
        Class::MissingHeader => format!("the header `{}` is missing", fault.cause),
        _ if fault.severity == Severity::Warning => format!("warning: {text}"),
        _ => text,
    }
}

fn why(fault: &Fault, place: &Place, request: &Request, maps: &Maps) -> Option<String> {
    let rules: Vec<String> = fault.rules.iter().map(|rule| format!("`{rule}`")).collect();
    let line = || maps.line_of_output(&place.output, place.output_line);
    match fault.class {
        Class::Edit if fault.rules == ["support-header"] => {
            Some("the line is in the support header, which tranship wrote".to_owned())
        }
        Class::MissingHeader if !rules.is_empty() => Some(format!(
            "the conversion of {} includes it, and the rest of the unit was not compiled",
            rules.join(", ")
        )),
        Class::Edit => {
            let rules = rules.join(", ");
            let (line, path) = (line(), request.output_shown.join(&place.output));
            let line = line.trim();
            if request.is_temporary() {
                return Some(format!("{rules} changed this code, which is now `{line}`"));
            }
            Some(format!("{rules} changed this code; {}:{} is `{line}`", readable(&path), place.output_line))
        }
        Class::Open => Some(format!(
            "the finding {} of the conversion is here, and its code stays as it is",
            rules.join(", ")
        )),
        Class::OwnCode if place.is_by_hand => Some("a person changed this line in the output".to_owned()),
        Class::OwnCode | Class::MissingHeader if lacks_build(place, request) => Some(
            "the part of the project with this line builds for ROCm by itself, and only its own build has all macros and include \
             folders of its files"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Whether `place` is in a part that builds for ROCm by itself, and its unit was compiled without the options of that build.
fn lacks_build(place: &Place, request: &Request) -> bool {
    request.listed.is_none() && request.is_kept(&place.output)
}

fn todo(fault: &Fault) -> Option<String> {
    if fault.severity == Severity::Warning {
        let off =
            fault.cause.strip_prefix("-W").map(|name| format!(", or pass `--compiler-option -Wno-{name}`"));
        return Some(format!("change the code if the warning is right{}", off.unwrap_or_default()));
    }
    let rule = fault.rules.first()?;
    match fault.class {
        Class::Open => Some(format!("do what the finding says; `tranship explain {rule}` documents it")),
        Class::Edit if *rule != "support-header" => Some(format!(
            "compare the line with `tranship explain {rule}`; if tranship made a mistake, report it with this line"
        )),
        _ => None,
    }
}

/// The groups of `faults`: errors before warnings, and then the cause that is the first error of the most units.
fn causes(
    faults: &BTreeMap<Fault, Seen>,
    units: &[UnitResult],
    files: &[FileReport],
    request: &Request,
) -> Vec<Cause> {
    let mut groups: BTreeMap<(Severity, Class, &str), Cause> = BTreeMap::new();
    for (fault, seen) in faults {
        let Some((file, found)) = example(fault, files, request) else { continue };
        let group = groups.entry((fault.severity, fault.class, &fault.cause)).or_insert_with(|| Cause {
            severity: fault.severity,
            class: fault.class,
            name: fault.cause.clone(),
            places: 0,
            units: BTreeSet::new(),
            first: BTreeSet::new(),
            passes: BTreeSet::new(),
            file: file.clone(),
            found: found.clone(),
            output: fault.place.as_ref().map(|place| (place.output.clone(), place.output_line)),
        });
        group.places += 1;
        group.units.extend(seen.passes.iter().map(|&(unit, _)| units[unit].path.clone()));
        group.first.extend(seen.first.iter().map(|&unit| units[unit].path.clone()));
        group.passes.extend(seen.passes.iter().map(|(_, pass)| pass.label()));
    }
    let mut causes: Vec<Cause> = groups.into_values().collect();
    causes.sort_by_key(|cause| (cause.severity, Reverse(cause.first.len()), Reverse(cause.units.len())));
    causes
}

/// The open finding about `fault`; `None` if it is suppressed.
fn example<'f>(
    fault: &Fault,
    files: &'f [FileReport],
    request: &Request,
) -> Option<(&'f FileReport, &'f Found)> {
    let (rule, what) = (fault.class.rule(), what(fault));
    let path = match &fault.place {
        Some(place) if place.is_in_source => request.source_shown.join(&place.path),
        Some(place) => request.output_shown.join(&place.path),
        None => request.root_shown(),
    };
    let line = fault.place.as_ref().map(|place| place.line);
    let is_it = |found: &&Found| {
        rule.as_str() == found.rule
            && found.what == what
            && (line.is_none() || found.place.as_ref().map(|place| place.start.line) == line)
    };
    files.iter().filter(|file| file.path == path).find_map(|file| Some((file, file.open().find(is_it)?)))
}
