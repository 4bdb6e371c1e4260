//! Writes workflow commands of GitHub Actions. GitHub shows each finding as an annotation of the pull request.
//!
//! Source of the syntax and its escapes: actions/toolkit, `packages/core/src/command.ts`.

use std::fmt::Write as _;

use tranship_rules::Level;

use super::{escape_controls, notes, other_places};
use tranship_engine::result::{Conversion, FileReport};
use tranship_engine::result::{Found, Problem};
use tranship_engine::text::path::readable;

/// GitHub shows so many annotations of each kind for one step (actions/toolkit, `docs/problem-matchers.md`).
const MAX_SHOWN: usize = 10;

/// The commands for the problems and the open findings. Findings of one rule in one file are one annotation. At most as
/// many errors and warnings as GitHub shows are written, and then a notice with the number of the others.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let problems = conversions.iter().flat_map(|conversion| &conversion.problems).map(problem);
    let (mut errors, mut warnings): (Vec<String>, Vec<String>) = (problems.collect(), Vec::new());
    let (mut hidden, mut places) = (0, 0);
    for file in conversions.iter().flat_map(|conversion| &conversion.files) {
        let mut groups: Vec<Vec<&Found>> = Vec::new();
        for found in file.open() {
            let same = |group: &&mut Vec<&Found>| {
                (group[0].rule, group[0].level, &group[0].what) == (found.rule, found.level, &found.what)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(found),
                None => groups.push(vec![found]),
            }
        }
        for group in groups {
            let kind = if group[0].level == Level::Manual { &mut errors } else { &mut warnings };
            if kind.len() < MAX_SHOWN {
                kind.push(annotation(file, group[0], &group[1..]));
            } else {
                (hidden, places) = (hidden + 1, places + group.len());
            }
        }
    }
    errors.append(&mut warnings);
    if hidden > 0 {
        let more =
            if places == 1 { "1 more finding is".to_owned() } else { format!("{places} more findings are") };
        errors.push(format!(
            "::notice title=tranship::{more} open. `tranship check --output-format markdown >> \"$GITHUB_STEP_SUMMARY\"` \
             shows all by rule, and SARIF shows each at its line.\n"
        ));
    }
    errors.concat()
}

/// The command for `found`, with the lines of the `others` like it in the file.
fn annotation(file: &FileReport, found: &Found, others: &[&Found]) -> String {
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
    let lines =
        others.iter().filter_map(|other| other.place.as_ref()).map(|place| place.start.line.to_string());
    let lines: Vec<String> = lines.collect();
    let here =
        if lines.is_empty() { String::new() } else { format!("in this file in line {}", lines.join(", ")) };
    let also = [here, other_places(found)].into_iter().filter(|text| !text.is_empty());
    let also = also.collect::<Vec<_>>().join("; ");
    let notes = notes(found, &also).map(|(title, text)| format!("{title}: {text}"));
    let lines: Vec<_> = std::iter::once(found.what.clone()).chain(notes).collect();
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
