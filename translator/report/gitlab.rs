//! Writes GitLab's code quality report, which merge requests show.
//!
//! Source of the fields: GitLab documentation, "Code Quality", section "Code Quality report format".

use serde_json::{Value, json};
use tranship_rules::{Effort, Level, Rules};
use xxhash_rust::xxh3::xxh3_128;

use super::readiness::effort;
use super::{escape_controls, notes, other_places};
use tranship_engine::result::{Conversion, FileReport, Found, Problem};
use tranship_engine::text::path::readable;

/// The open findings and the problems of all conversions, with a line end.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let mut issues: Vec<Value> = super::files(conversions)
        .flat_map(|(file, rules)| file.open().map(move |found| issue(file, found, rules)))
        .collect();
    issues.extend(conversions.iter().flat_map(|conversion| &conversion.problems).map(problem));
    // Serialisation cannot fail: the report contains only strings and numbers.
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn issue(file: &FileReport, found: &Found, rules: &Rules) -> Value {
    let severity = match (found.level, effort(found.rule, found.level, rules)) {
        (Level::Safe, _) => "info",
        (Level::Review, _) => "minor",
        (Level::Manual, Effort::Rework) => "critical",
        (Level::Manual, _) => "major",
    };
    let path = readable(&file.path).into_owned();
    let also = other_places(found);
    let notes = notes(found, &also).map(|(title, text)| format!("{title}: {}", escape_controls(text)));
    let words: Vec<_> = std::iter::once(escape_controls(&found.what)).chain(notes).collect();
    json!({
        "description": words.join("; "),
        "check_name": found.rule,
        // The key of a finding survives edits elsewhere in the file, so GitLab knows the finding again.
        "fingerprint": fingerprint(&[&path, found.rule, &found.key.to_string()]),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": found.place.as_ref().map_or(1, |place| place.start.line) } },
    })
}

fn problem(problem: &Problem) -> Value {
    let path = readable(&problem.path).into_owned();
    json!({
        "description": escape_controls(&problem.message),
        "check_name": "tranship",
        "fingerprint": fingerprint(&[&path, "", &problem.message]),
        "severity": "blocker",
        "location": { "path": path, "lines": { "begin": 1 } },
    })
}

fn fingerprint(parts: &[&str]) -> String {
    format!("{:032x}", xxh3_128(parts.join("\0").as_bytes()))
}
