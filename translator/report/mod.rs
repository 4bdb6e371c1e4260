//! Turns conversions into reports: text for people, and JSON, SARIF and other forms for programs. This module returns
//! text and never prints.

mod concise;
mod github;
mod html;
mod json;
mod readiness;
mod sarif;
mod scan;
mod text;

use std::path::Path;

use tranship_rules::{Level, Rules};

use tranship_engine::pass::Target;
use tranship_engine::result::Conversion;
use tranship_engine::text::path::readable;

/// The form of a report.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Findings in the style of rustc, with the source.
    #[default]
    Text,
    /// One line for each finding.
    Concise,
    /// Versioned JSON, for programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations for a GitHub workflow.
    Github,
    /// One page for a browser, with readiness. Every file must have a survey.
    Html,
}

/// The target and the tables that the conversions of a report used.
pub struct ReportContext<'a> {
    /// The ROCm release, the CUDA release and the architectures.
    pub target: &'a Target,
    /// The rules and names.
    pub rules: &'a Rules,
}

/// The report of `conversions` in `format`. [`Format::Text`] contains escape sequences for colours.
pub fn render(format: Format, conversions: &[Conversion], context: &ReportContext) -> String {
    match format {
        Format::Text => text::render(conversions),
        Format::Concise => concise::render(conversions),
        Format::Json => json::render(conversions, context),
        Format::Sarif => sarif::render(conversions, context),
        Format::Github => github::render(conversions),
        Format::Html => html::render(conversions, context),
    }
}

/// The JSON schema of [`Format::Json`].
pub fn json_schema() -> String {
    json::schema()
}

/// The readiness of `conversions` as text with colours. Every file must have a survey.
pub fn readiness(conversions: &[Conversion], context: &ReportContext) -> String {
    scan::render(conversions, context)
}

/// The word for `level` in reports.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    }
}

/// `path` for people. Characters that would move the cursor or change colours are written as escapes.
pub fn display_path(path: &Path) -> String {
    escape_controls(&readable(path)).replace('\n', "\\n").replace('\t', "\\t")
}

/// `text` with its control characters written as escapes. Tabs and line ends stay as they are.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let harmless = !c.is_control() || c == '\t' || c == '\n';
        // Marks for the direction of text reorder what a terminal shows, so they can hide code from a reader.
        let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if harmless && !reorders { out.push(c) } else { out.extend(c.escape_default()) }
    }
    out
}

/// `count` with commas between thousands: `1312` becomes `1,312`.
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_get_commas() {
        let numbers = [0, 999, 1312, 1_000_000].map(number);
        assert_eq!(numbers, ["0", "999", "1,312", "1,000,000"]);
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(escape_controls("a\x1b[31mb\t\u{202e}\n"), "a\\u{1b}[31mb\t\\u{202e}\n");
    }
}
