//! Turns the result of a sync into findings, so that every output format has them.

use std::path::Path;

use tranship_engine::finding::{Finding, locate_in_text};
use tranship_engine::pass::Context;
use tranship_engine::result::{FileReport, Found, Status, found};
use tranship_engine::source::Source;
use tranship_engine::text::Span;
use tranship_engine::text::path::readable;
use tranship_engine::translate::Translation;
use tranship_rules::{RuleName, rule};

use super::{Conflict, FileSync, Outcome, Synchronisation, markers};

/// The number of lines of a conflict that a finding shows at most.
const MOST_LINES: usize = 12;

/// The reports about conflicts in the output folder that the user would name `shown`. With `is_check`, each file that the sync would
/// change has a finding too.
pub fn reports(result: &Synchronisation, shown: &Path, is_check: bool, context: &Context) -> Vec<FileReport> {
    result.files.iter().filter_map(|file| report(file, shown, is_check, context)).collect()
}

fn report(file: &FileSync, shown: &Path, is_check: bool, context: &Context) -> Option<FileReport> {
    let named = shown.join(&file.path);
    let mut report = FileReport::new(named.clone(), file.path.clone(), file.path.clone(), Status::Unchanged);
    let of_file = |rule: RuleName, what: &str| {
        Found::about_file(rule, format!("`{}` {what}", readable(&named)), &file.path, context)
    };
    match file.outcome {
        Outcome::Conflict(Conflict::Lines) => {
            report.findings = marked(file, &named, rule::SYNC_CONFLICT, context);
        }
        Outcome::Unresolved => report.findings = marked(file, &named, rule::SYNC_UNRESOLVED, context),
        Outcome::Conflict(conflict) => {
            report.findings.extend(of_file(rule::SYNC_FILE_CONFLICT, what(conflict)));
        }
        _ => {}
    }
    if is_check && file.is_changed && report.findings.is_empty() {
        report.findings.extend(of_file(rule::SYNC_DUE, would(file.outcome)));
    }
    (!report.findings.is_empty()).then_some(report)
}

/// The conflict in words behind the name of the file.
pub fn what(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::Lines => "has lines that you and the source changed differently",
        Conflict::Binary => "is not text or larger than 8 MB, and you and the source changed it",
        Conflict::NewRemoved => "has edits, and its source is gone",
        Conflict::MineRemoved => "is removed in the output, and its source changed",
        Conflict::Kind => "is a file, link or folder where the new conversion has something else",
        Conflict::NoBase => {
            "has edits, and what tranship wrote there last is not stored; `--adopt` records it"
        }
    }
}

fn would(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "would be added",
        Outcome::Removed => "would be removed",
        Outcome::Merged => "would be merged with your edits",
        _ => "would change",
    }
}

/// A finding for each conflict that is marked in the text of `file`.
fn marked(file: &FileSync, named: &Path, name: RuleName, context: &Context) -> Vec<Found> {
    let (Some(text), Some(rule)) = (&file.marked, context.rules.named(name)) else { return Vec::new() };
    if !context.selection.keeps(rule.name, rule.level, &file.path) {
        return Vec::new();
    }
    let mut places: Vec<(usize, usize)> =
        markers::conflicts(text).iter().map(|place| (place.start, place.end)).collect();
    if places.is_empty() {
        // Half of a pair of markers is no conflict with a place.
        places.push((0, 0));
    }
    let finding = |&(start, end): &(usize, usize)| {
        let lines = text[start..end].split_inclusive(|&byte| byte == b'\n');
        // A long conflict is shown by its first lines.
        let shown: usize = lines.take(MOST_LINES).map(<[u8]>::len).sum();
        let length = text[start..start + shown].trim_ascii_end().len();
        Finding::of(rule, Span::new(start as u32, (start + length) as u32))
    };
    let mut translation = Translation::default();
    translation.findings = places.iter().map(finding).collect();
    locate_in_text(text, &mut translation.findings, |_| true);
    let source = Source::new(file.path.clone(), text.clone());
    found(&source, named, &translation, context)
}
