//! Findings as diagnostics.

use std::fmt::Write as _;

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range,
    Uri,
};
use tranship_engine::result::Found;
use tranship_rules::Level;

use super::positions::Lines;

/// The source that editors show beside a diagnostic.
pub(super) const SOURCE: &str = "tranship";

/// The range of a finding. One about the whole file is at the start of its first line.
pub(super) fn range(found: &Found, lines: &Lines) -> Range {
    found.place.as_ref().map_or_else(Range::default, |place| lines.range(place.span))
}

/// The diagnostics of the findings that a person has to look at. With `safe`, also those of changes that need no person.
pub(super) fn diagnostics(findings: &[Found], lines: &Lines, uri: &Uri, safe: bool) -> Vec<Diagnostic> {
    let is_shown = |found: &&Found| found.is_open() && (safe || found.level != Level::Safe);
    findings.iter().filter(is_shown).map(|found| diagnostic(found, lines, uri)).collect()
}

/// One finding as a diagnostic.
pub(super) fn diagnostic(found: &Found, lines: &Lines, uri: &Uri) -> Diagnostic {
    let severity = match found.level {
        Level::Manual => DiagnosticSeverity::WARNING,
        Level::Review => DiagnosticSeverity::INFORMATION,
        Level::Safe => DiagnosticSeverity::HINT,
    };
    let related: Vec<_> = found
        .also
        .iter()
        .filter_map(|place| {
            // Characters and units of UTF-16 are the same in almost every line; only the line matters here.
            let start = place.start.as_ref()?;
            let at = Position { line: start.line - 1, character: start.column - 1 };
            let location = Location { uri: uri.clone(), range: Range { start: at, end: at } };
            Some(DiagnosticRelatedInformation {
                location,
                message: "the same answer decides this place".to_owned(),
            })
        })
        .collect();
    Diagnostic {
        range: range(found, lines),
        severity: Some(severity),
        code: Some(NumberOrString::String(found.rule.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: message(found),
        related_information: (!related.is_empty()).then_some(related),
        data: Some(serde_json::Value::String(found.key.to_string())),
        ..Diagnostic::default()
    }
}

/// What was found, why it matters and what to do, on lines of their own.
fn message(found: &Found) -> String {
    let mut message = found.what.clone();
    for (title, text) in [("why", &found.why), ("assumption", &found.assumption), ("to do", &found.todo)] {
        if !text.is_empty() {
            let _ = write!(message, "\n{title}: {text}");
        }
    }
    message
}

/// The diagnostic of a problem with the settings in `line`, from 1.
pub(super) fn of_problem(message: String, line: u32) -> Diagnostic {
    let at = Position { line: line.saturating_sub(1), character: 0 };
    let end = Position { line: at.line + 1, character: 0 };
    Diagnostic {
        range: Range { start: at, end },
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message,
        ..Diagnostic::default()
    }
}
