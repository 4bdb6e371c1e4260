//! Turns conversions into reports: text for people, and JSON, SARIF and other forms for programs. This module returns
//! text and never prints.

mod concise;
mod efficiency;
mod figures;
mod folders;
mod full;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod kernels;
mod markdown;
mod markup;
mod merged;
mod portable;
mod readiness;
mod sarif;
mod scan;
mod statistics;
mod synchronisation;
mod text;
mod verdict;
mod verification;
mod width;

use std::path::{Path, PathBuf};

use crate::advise::{Failure, Kernel};

pub use efficiency::Efficiency;
pub use kernels::{failures, kernels, kernels_json};
pub use merged::{Merged, merged_json, merged_page, merged_text};
pub use portable::portable_json;
pub(crate) use readiness::effort;
pub use synchronisation::{adopted_json, outcomes, synchronisation, synchronisation_json};
pub use verification::{VerificationReport, verification, verification_json};
pub(crate) use width::{columns, wrap, wrap_on_stderr};

use tranship_rules::{Level, Rules, rule};

use tranship_engine::pass::Options;
use tranship_engine::result::survey::library;
use tranship_engine::result::{Basis, Conversion, FileReport, Found, Shard};
use tranship_engine::text::path::readable;

/// The form of a report.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Findings by rule in the style of rustc, with the source of one example.
    #[default]
    Text,
    /// Each finding with its source.
    Full,
    /// One line for each finding.
    Concise,
    /// Versioned JSON, for programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations for a GitHub workflow.
    Github,
    /// A code quality report for GitLab.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// Markdown, for the summary of a job.
    Markdown,
    /// One page for a browser, with readiness. Every file must have a survey.
    Html,
}

/// The findings of `conversions`. Output for people may hold colours.
pub fn render(format: Format, conversions: &[Conversion]) -> String {
    match format {
        Format::Text => text::render(conversions),
        Format::Full => full::render(conversions),
        Format::Concise => concise::render(conversions),
        Format::Json => json::render(conversions),
        Format::Sarif => sarif::render(conversions),
        Format::Github => github::render(conversions),
        Format::Gitlab => gitlab::render(conversions),
        Format::Junit => junit::render(conversions),
        Format::Markdown => markdown::render(conversions),
        Format::Html => html::render(conversions, None, "", ""),
    }
}

/// The page about `conversions` for a browser, which names the command line that makes it and the day. Every file must have
/// a survey. `efficiency` adds a section about the kernels.
pub fn page(
    conversions: &[Conversion],
    efficiency: Option<&Efficiency>,
    command: &str,
    date: &str,
) -> String {
    html::render(conversions, efficiency, command, date)
}

/// The JSON of a scan of the share `shard` of the paths, with the efficiency of the kernels in its readiness.
pub fn scan_json(
    conversions: &[Conversion],
    efficiency: Option<&Efficiency>,
    shard: Option<Shard>,
) -> String {
    json::of_scan(conversions, efficiency, shard)
}

/// The page about the figures of `kernels` and the advice in `conversions`. `made` is the command line and the day.
pub fn advice_page(
    kernels: &[Kernel],
    failures: &[Failure],
    archs: &[String],
    conversions: &[Conversion],
    made: [&str; 2],
) -> String {
    html::advice::render(kernels, failures, archs, conversions, made)
}

/// The further words of `found` with their titles: why it matters, what to do, the assumption, and the places `also`.
/// Empty ones are left out.
fn notes<'a>(found: &'a Found, also: &'a str) -> impl Iterator<Item = (&'static str, &'a str)> {
    let all =
        [("why", &*found.why), ("help", &*found.todo), ("assumption", &*found.assumption), ("also", also)];
    all.into_iter().filter(|(_, text)| !text.is_empty())
}

/// The address of the documentation of `rule`, a built-in rule or a CUDA name.
pub(super) fn page_of(rule: &str, rules: &Rules) -> Option<String> {
    let docs = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v", env!("CARGO_PKG_VERSION"), "/docs");
    if rules.rule(rule).is_some() {
        return Some(format!("{docs}/rules/{rule}.md"));
    }
    let library = library(rule, rules)?;
    Some(format!("{docs}/tables/{library}.md"))
}

/// Counts of open findings by rule, and of converted names, as text with colours. Every file must have a survey.
pub fn statistics(conversions: &[Conversion]) -> String {
    statistics::render(conversions)
}

/// The JSON schema of [`Format::Json`].
pub fn json_schema() -> String {
    json::schema()
}

/// How ready the surveyed files of `conversions` are, as text with colours.
pub fn readiness(conversions: &[Conversion], efficiency: Option<&Efficiency>) -> String {
    scan::render(conversions, efficiency)
}

/// The platform of each root of `conversions`, or the default platform if there was no root.
fn bases(conversions: &[Conversion]) -> Vec<Basis> {
    let mut bases: Vec<Basis> =
        conversions.iter().filter_map(|conversion| conversion.basis.clone()).collect();
    if bases.is_empty() {
        let Options { target, rules, .. } = Options::default();
        bases.push(Basis { shown: PathBuf::new(), target, rules });
    }
    bases
}

/// All files of `conversions`, each with the tables that it was converted with.
fn files(conversions: &[Conversion]) -> impl Iterator<Item = (&FileReport, &Rules)> {
    let with_basis = conversions.iter().filter_map(|one| Some((one, one.basis.as_ref()?)));
    with_basis.flat_map(|(one, basis)| one.files.iter().map(move |file| (file, &basis.rules)))
}

/// The number of open findings, and whether [`Format::Text`] writes only examples of them.
pub fn open_and_hidden(conversions: &[Conversion]) -> (usize, bool) {
    let open = open(conversions).len();
    (open, open > text::FEW)
}

/// All open findings, ordered by file and place; a build for HIP that the project has already comes first.
fn open(conversions: &[Conversion]) -> Vec<(&FileReport, &Found)> {
    let files = conversions.iter().flat_map(|conversion| &conversion.files);
    let mut open: Vec<_> = files.flat_map(|file| file.open().map(move |found| (file, found))).collect();
    open.sort_by_key(|(_, found)| found.rule != rule::OWN_HIP_BUILD.as_str());
    open
}

/// The word for `level` in reports.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    }
}

/// The other places of `found` for people: `a.cu:3, 9, b.cu:1`. The lines of one file follow its path.
pub fn other_places(found: &Found) -> String {
    let mut text = String::new();
    let mut last: Option<&Path> = None;
    for other in &found.also {
        let line = other.start.map(|start| start.line.to_string());
        if !text.is_empty() {
            text.push_str(", ");
        }
        if last == Some(other.path.as_path()) {
            text.push_str(&line.unwrap_or_default());
            continue;
        }
        last = Some(&other.path);
        text.push_str(&display_path(&other.path));
        if let Some(line) = line {
            text.push(':');
            text.push_str(&line);
        }
    }
    text
}

/// `path` for people, `.` for the current folder. Characters that would move the cursor or change colours are written as escapes.
pub fn display_path(path: &Path) -> String {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
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

/// `1 repository` or `3 repositories`.
pub fn repositories(count: usize) -> String {
    if count == 1 { "1 repository".to_owned() } else { format!("{} repositories", number(count)) }
}

/// `1 kernel` or `1,203 kernels`.
pub fn count(count: usize, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
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
