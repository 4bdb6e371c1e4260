//! Writes the result of `tranship sync`: a line for each file, and JSON.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use tranship_engine::result::Conversion;
use tranship_engine::text::path::readable;

use super::{Format, display_path, number, render};
use crate::sync::findings::what;
use crate::sync::merge::Side;
use crate::sync::{Adopted, Conflict, FileSync, Lines, Outcome, Synchronisation, markers};

/// A line for each file of `result` with an edit of a person, and for all files if `is_verbose`. The output folder is named `shown`.
pub fn synchronisation(result: &Synchronisation, shown: &Path, is_verbose: bool) -> String {
    let mut out = String::new();
    for file in &result.files {
        if is_verbose || !matches!(file.outcome, Outcome::Added | Outcome::Updated | Outcome::Removed) {
            out.push_str(&line(file, shown));
        }
    }
    out
}

fn line(file: &FileSync, shown: &Path) -> String {
    let mut details = Vec::new();
    if let Some(from) = &file.from {
        details.push(format!("renamed from {}", display_path(&shown.join(from))));
    }
    match file.outcome {
        Outcome::Conflict(Conflict::Lines) | Outcome::Unresolved => details.extend(places(file)),
        Outcome::Conflict(conflict) => details.push(what(conflict).to_owned()),
        Outcome::KeptRemoved => details.push("you removed it".to_owned()),
        Outcome::Settled(Side::Mine) => details.push("your edits won".to_owned()),
        Outcome::Settled(Side::New) => details.push("the new conversion won".to_owned()),
        _ => {}
    }
    details.extend(file.mine.map(|lines| format!("your edits {}", counts(lines))));
    details.extend(file.new.map(|lines| format!("new {}", counts(lines))));
    let mut text = format!("{:<10} {}", word(file.outcome), display_path(&shown.join(&file.path)));
    if !details.is_empty() {
        let _ = write!(text, ": {}", details.join(", "));
    }
    text.push('\n');
    text
}

/// The lines of the conflicts.
fn places(file: &FileSync) -> Option<String> {
    let places = markers::conflicts(file.marked.as_deref()?);
    let lines: Vec<String> = places.iter().take(6).map(|place| number(place.line)).collect();
    let more = if places.len() > lines.len() { ", ..." } else { "" };
    let word = if places.len() == 1 { "line" } else { "lines" };
    (!places.is_empty()).then(|| format!("{word} {}{more}", lines.join(", ")))
}

fn counts(lines: Lines) -> String {
    format!("+{} -{}", lines.added, lines.removed)
}

/// The outcome as one word, which is also its name in JSON.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Updated => "updated",
        Outcome::Removed => "removed",
        Outcome::Kept | Outcome::KeptRemoved => "kept",
        Outcome::Same => "same",
        Outcome::Merged => "merged",
        Outcome::Conflict(_) => "conflict",
        Outcome::Settled(_) => "settled",
        Outcome::Unresolved => "unresolved",
    }
}

/// The number of files of each outcome, in the order of interest.
pub fn outcomes(result: &Synchronisation) -> Vec<(&'static str, usize)> {
    let words =
        ["added", "updated", "removed", "merged", "same", "kept", "settled", "conflict", "unresolved"];
    let count = |wanted: &str| result.files.iter().filter(|file| word(file.outcome) == wanted).count();
    words.iter().map(|&word| (word, count(word))).filter(|(_, count)| *count > 0).collect()
}

/// The JSON report about `conversions` with one more field, `sync`.
pub fn synchronisation_json(result: &Synchronisation, conversions: &[Conversion]) -> String {
    let lines =
        |lines: Option<Lines>| lines.map(|lines| json!({ "added": lines.added, "removed": lines.removed }));
    let kind = |outcome| match outcome {
        Outcome::Conflict(Conflict::Lines) => Some("lines"),
        Outcome::Conflict(Conflict::Binary) => Some("binary"),
        Outcome::Conflict(Conflict::NewRemoved) => Some("source-removed"),
        Outcome::Conflict(Conflict::MineRemoved) => Some("output-removed"),
        Outcome::Conflict(Conflict::Kind) => Some("kind"),
        Outcome::Conflict(Conflict::NoBase) => Some("not-stored"),
        _ => None,
    };
    let one = |file: &FileSync| {
        let places = file.marked.as_deref().map(markers::conflicts).unwrap_or_default();
        json!({
            "path": readable(&file.path),
            "from": file.from.as_deref().map(readable),
            "outcome": word(file.outcome),
            "conflict": kind(file.outcome),
            "lines": places.iter().map(|place| place.line).collect::<Vec<_>>(),
            "edits": lines(file.mine),
            "new": lines(file.new),
            "changes": file.is_changed,
        })
    };
    let files: Vec<Value> = result.files.iter().map(one).collect();
    with_field(conversions, "sync", json!({ "files": files, "written_by": result.written_by }))
}

/// The JSON report about `conversions` with one more field, `adopted`.
pub fn adopted_json(adopted: &Adopted, conversions: &[Conversion]) -> String {
    let others: Vec<_> = adopted.others.iter().map(|path| readable(path)).collect();
    let value = json!({ "recorded": adopted.recorded, "edited": adopted.edited, "others": others });
    with_field(conversions, "adopted", value)
}

fn with_field(conversions: &[Conversion], name: &str, value: Value) -> String {
    let mut report: Value = serde_json::from_str(&render(Format::Json, conversions)).unwrap_or_default();
    report[name] = value;
    // Serialisation cannot fail: a report contains only strings, numbers and booleans.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}
