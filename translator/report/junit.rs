//! Writes JUnit's XML, which most CI systems show as tests: each file is a suite, each open finding a failed test.
//!
//! Source of the elements: junit-10.xsd, the schema of the Jenkins plugin for xUnit.

use std::fmt::Write as _;

use super::{level, markup, notes, other_places};
use tranship_engine::result::{Conversion, FileReport, Found, Problem};
use tranship_engine::text::path::readable;

/// The open findings and the problems of all conversions. Without any, one test passes.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let mut suites = String::new();
    let (mut failures, mut errors) = (0, 0);
    for file in conversions.iter().flat_map(|conversion| &conversion.files) {
        let found: Vec<&Found> = file.open().collect();
        if !found.is_empty() {
            failures += found.len();
            suite(&mut suites, file, &found);
        }
    }
    for problem in conversions.iter().flat_map(|conversion| &conversion.problems) {
        errors += 1;
        of_problem(&mut suites, problem);
    }
    if suites.is_empty() {
        suites.push_str(
            "  <testsuite name=\"tranship\" tests=\"1\" failures=\"0\" errors=\"0\">\n    \
             <testcase name=\"nothing is open\" classname=\"tranship\"/>\n  </testsuite>\n",
        );
    }
    let tests = (failures + errors).max(1);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"tranship\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n{suites}</testsuites>\n"
    )
}

fn suite(out: &mut String, file: &FileReport, found: &[&Found]) {
    let (path, count) = (markup::escape(&readable(&file.path)), found.len());
    // Writing to a string cannot fail.
    let _ =
        writeln!(out, "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">");
    for found in found {
        let line = found.place.as_ref().map_or(String::new(), |place| format!(" line {}", place.start.line));
        let rule = markup::escape(found.rule);
        let (what, of) = (markup::escape(&found.what), level(found.level));
        let also = other_places(found);
        let notes = notes(found, &also).map(|(title, text)| format!("{title}: {}", markup::escape(text)));
        let text: Vec<_> = notes.collect();
        let _ = writeln!(
            out,
            "    <testcase name=\"{rule}{line}\" classname=\"{path}\">\n      \
             <failure type=\"{of}\" message=\"{what}\">{}</failure>\n    </testcase>",
            text.join("\n")
        );
    }
    out.push_str("  </testsuite>\n");
}

fn of_problem(out: &mut String, problem: &Problem) {
    let path = markup::escape(&readable(&problem.path));
    let message = markup::escape(&problem.message);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{path}\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
         <testcase name=\"tranship\" classname=\"{path}\">\n      <error type=\"tranship\" message=\"{message}\"/>\n    \
         </testcase>\n  </testsuite>"
    );
}
