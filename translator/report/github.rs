//! Writes workflow commands of GitHub Actions. GitHub shows each finding as an annotation of the pull request.
//!
//! Source of the syntax and its escapes: actions/toolkit, `packages/core/src/command.ts`.

use std::fmt::Write as _;

use tranship_rules::Level;

use super::{escape_controls, other_places};
use tranship_engine::result::{Conversion, FileReport};
use tranship_engine::result::{Found, Problem};
use tranship_engine::text::path::readable;

/// The commands for all open findings, ordered by file and place, then those for the problems.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let files = conversions.iter().flat_map(|conversion| &conversion.files);
    let findings = files.flat_map(|file| file.open().map(|found| annotation(file, found)));
    let problems = conversions.iter().flat_map(|conversion| &conversion.problems).map(problem);
    findings.chain(problems).collect()
}

fn annotation(file: &FileReport, found: &Found) -> String {
    let command = if found.level == Level::Manual { "error" } else { "warning" };
    let mut out = format!("::{command} file={}", property(&readable(&file.path)));
    if let Some(place) = &found.place {
        // Writing to a string cannot fail.
        let _ = write!(out, ",line={},endLine={}", place.start.line, place.end.line);
        // GitHub ignores columns when the first and the last line differ, so they are left out.
        if place.start.line == place.end.line {
            let _ = write!(out, ",col={},endColumn={}", place.start.column, place.end.column);
        }
    }
    let _ = write!(out, ",title={}::", property(found.rule));
    let parts = [("", &found.what), ("why: ", &found.why), ("help: ", &found.todo)];
    let also = other_places(found);
    let parts = parts.into_iter().chain([("assumption: ", &found.assumption), ("also: ", &also)]);
    let lines: Vec<_> =
        parts.filter(|(_, text)| !text.is_empty()).map(|(title, text)| format!("{title}{text}")).collect();
    let _ = writeln!(out, "{}", data(&lines.join("\n")));
    out
}

fn problem(problem: &Problem) -> String {
    let path = readable(&problem.path);
    format!("::error title=tranship::{}\n", data(&format!("{path}: {}", problem.message)))
}

/// `text` escaped for the part after the second `::`. Percent signs are escaped first, so that no escape is escaped
/// twice.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    escape_controls(&text)
}

/// `text` escaped for the value of a property, such as `title`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_a_command() {
        assert_eq!(property("a,b:c%0A\n::error::\x1b[m"), "a%2Cb%3Ac%250A%0A%3A%3Aerror%3A%3A\\u{1b}[m");
        assert_eq!(data("50 %, a:b"), "50 %25, a:b");
    }
}
