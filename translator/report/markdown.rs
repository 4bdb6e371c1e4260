//! Writes Markdown, for the summary of a CI job and for comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tranship_rules::{Level, Rules};

use super::readiness::{effort, open_files};
use super::{escape_controls, level, number, page_of};
use tranship_engine::result::{Conversion, FileReport, Found};
use tranship_engine::text::path::readable;

/// The maximum number of rules in the table, and of files.
const MAX_ROWS: usize = 20;

/// Counts by rule and by file, and the problems of all conversions.
pub(super) fn render(conversions: &[Conversion]) -> String {
    let count = |of| conversions.iter().map(|conversion| conversion.open(of)).sum::<usize>();
    let (manual, review) = (count(Level::Manual), count(Level::Review));
    let mut out = String::from("### tranship: ");
    // Writing to a string cannot fail.
    let _ = match manual + review {
        0 => writeln!(out, "nothing is open"),
        _ => writeln!(out, "{} to review, {} manual", number(review), number(manual)),
    };
    rules(conversions, &mut out);
    files(conversions, &mut out);
    let problems: Vec<_> = conversions.iter().flat_map(|conversion| &conversion.problems).collect();
    if !problems.is_empty() {
        out.push_str("\n**Problems**\n\n");
        for problem in problems {
            let _ = writeln!(out, "- {}: {}", code(&readable(&problem.path)), plain(&problem.message));
        }
    }
    out
}

fn rules(conversions: &[Conversion], out: &mut String) {
    struct Sum<'a> {
        count: usize,
        example: (&'a FileReport, &'a Found),
        rules: &'a Rules,
    }
    let mut sums: BTreeMap<(&str, Level), Sum> = BTreeMap::new();
    for (file, rules) in super::files(conversions) {
        for found in file.open() {
            let none = || Sum { count: 0, example: (file, found), rules };
            sums.entry((found.rule, found.level)).or_insert_with(none).count += 1;
        }
    }
    if sums.is_empty() {
        return;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|((_, level), sum)| std::cmp::Reverse((*level, sum.count)));
    out.push_str("\n| rule | level | effort | places | first place | what |\n|---|---|---|---:|---|---|\n");
    for ((rule, of), sum) in sums.iter().take(MAX_ROWS) {
        let (file, found) = sum.example;
        let line = found.place.as_ref().map_or(String::new(), |place| format!(":{}", place.start.line));
        let name = match page_of(rule, &Rules::builtin()) {
            Some(page) => format!("[{}]({page})", code(rule)),
            None => code(rule),
        };
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} |",
            level(*of),
            effort(rule, *of, sum.rules).word(),
            number(sum.count),
            code(&format!("{}{line}", readable(&file.path))),
            plain(&found.what),
        );
    }
    more(sums.len(), "rules", out);
}

fn files(conversions: &[Conversion], out: &mut String) {
    let all: Vec<&FileReport> = conversions.iter().flat_map(|conversion| &conversion.files).collect();
    let files = open_files(&all);
    if files.len() < 2 {
        return;
    }
    out.push_str("\n| file | manual | to review |\n|---|---:|---:|\n");
    for file in files.iter().take(MAX_ROWS) {
        let (manual, review) = (number(file.manual as usize), number(file.review as usize));
        let _ = writeln!(out, "| {} | {manual} | {review} |", code(&file.path));
    }
    more(files.len(), "files", out);
}

fn more(all: usize, what: &str, out: &mut String) {
    if all > MAX_ROWS {
        let _ = writeln!(out, "\nand {} more {what}", number(all - MAX_ROWS));
    }
}

/// `text` as code in a cell of a table. A backtick would end the code, and a bar the cell.
fn code(text: &str) -> String {
    format!("`{}`", escape_controls(text).replace('`', "'").replace('|', "\\|").replace('\n', " "))
}

/// `text` in a cell of a table. Only backticks keep their meaning.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        for c in escape_controls(part).replace('\n', " ").chars() {
            if "\\*_[]<>#|&~".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_project_cannot_become_markdown() {
        assert_eq!(plain("a `b|c` *d* <img> | e"), "a `b\\|c` \\*d\\* \\<img\\> \\| e");
        assert_eq!(code("a`b\nc"), "`a'b c`");
    }
}
