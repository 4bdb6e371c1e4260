//! Writes readiness as text: shares, libraries, open findings by effort, files, and numerical differences.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::efficiency::Efficiency;
use super::folders::{OpenFolder, Row, rows};
use super::readiness::{LibraryUse, NumberTopic, Readiness, RuleUse, UnknownHeader, percent, readiness};
use super::verdict::Verdict;
use super::width::wrap_on_stdout;
use super::{escape_controls, number};
use tranship_engine::result::Conversion;
use tranship_engine::result::survey::Uses;

/// The maximum number of listed files with open findings.
const MAX_FILES: usize = 10;
/// The maximum number of listed names of one library.
const MAX_NAMES: usize = 4;
const BOLD: Style = Style::new().bold();

/// The readiness of all conversions, with colours.
pub(super) fn render(conversions: &[Conversion], efficiency: Option<&Efficiency>) -> String {
    let mut readiness = readiness(conversions);
    if let Some(efficiency) = efficiency {
        readiness.verdict.add_efficiency(&efficiency.shares());
    }
    let mut out = shares(&readiness);
    if !readiness.libraries.is_empty() {
        out.push_str(&libraries(&readiness.libraries));
    }
    if !readiness.rules.is_empty() {
        out.push_str(&open_rules(&readiness));
        out.push_str(&places(&readiness));
    }
    if !readiness.numbers.is_empty() {
        out.push_str(&numbers(&readiness.numbers));
    }
    if !readiness.unknown_headers.is_empty() {
        out.push_str(&unknown_headers(&readiness.unknown_headers));
    }
    if let Some(efficiency) = efficiency {
        out.push_str(&super::efficiency::text(efficiency));
    }
    if readiness.files.total() > 0 {
        out.push_str(&verdict(&readiness.verdict));
    }
    wrap_on_stdout(out)
}

/// What to know before the decision to port.
fn verdict(verdict: &Verdict) -> String {
    let mut out = format!("\n{BOLD}Verdict{BOLD:#}\n  {}\n", escape_controls(&verdict.text));
    if verdict.to_minutes > 0 {
        let _ =
            writeln!(out, "  Effort for the findings: {} of work, without tests and tuning.", verdict.effort);
    }
    out
}

fn shares(readiness: &Readiness) -> String {
    if readiness.files.total() == 0 {
        return match readiness.already_hip {
            0 => "No file uses CUDA.\n".to_owned(),
            count => format!("No file uses CUDA; {} HIP already.\n", files_are(count)),
        };
    }
    let mut out = format!("{BOLD}{:<38}{:>23}{:>10}{:>9}{BOLD:#}\n", "", "by itself", "to check", "by hand");
    let rows = [
        ("files that use CUDA", readiness.files),
        ("lines of these files", readiness.lines),
        ("uses of CUDA names", readiness.uses),
    ];
    for (what, uses) in rows {
        row(&mut out, what, uses);
    }
    if readiness.already_hip > 0 {
        let _ = writeln!(out, "{} HIP already.", files_are(readiness.already_hip));
    }
    out
}

/// `1 file is` or `3 files are`.
fn files_are(count: u32) -> String {
    if count == 1 { "1 file is".to_owned() } else { format!("{} files are", number(count as usize)) }
}

/// Appends a row of the table: the share that converts by itself, its count of the total, and the counts to check and
/// by hand.
fn row(out: &mut String, what: &str, uses: Uses) {
    let [safe, review, manual, total] =
        [uses.safe, uses.review, uses.manual, uses.total()].map(|count| number(count as usize));
    let share = percent(uses);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{what:<38}{:>7}{:>16}{review:>10}{manual:>9}",
        format!("{share} %"),
        format!("{safe}/{total}")
    );
}

fn libraries(libraries: &[LibraryUse]) -> String {
    let mut out = format!("\n{BOLD}By library{BOLD:#}\n");
    for library in libraries {
        row(&mut out, &format!("  {}", escape_controls(library.title)), library.uses);
    }
    out
}

/// The rules with open findings, grouped by effort.
fn open_rules(readiness: &Readiness) -> String {
    let mut out = String::new();
    let groups = [
        ("rework", "Blockers: days each", AnsiColor::Red),
        ("edit", "To edit: up to an hour each, the finding describes the edit", AnsiColor::Yellow),
        ("check", "To check: minutes each, the change is already made", AnsiColor::Cyan),
    ];
    for (effort, title, colour) in groups {
        let style = colour.on_default().bold();
        let rules: Vec<&RuleUse> = readiness.rules.iter().filter(|rule| rule.effort == effort).collect();
        if !rules.is_empty() {
            let _ = writeln!(out, "\n{style}{title}{style:#}");
        }
        for (count, text) in entries(&rules, &readiness.libraries) {
            let _ = writeln!(out, "  {:>5}  {text}", number(count as usize));
        }
    }
    out
}

/// The count and the text of each line. Each rule has one line. All names of one library share one line.
fn entries(rules: &[&RuleUse], libraries: &[LibraryUse]) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut names: BTreeMap<&str, Vec<&RuleUse>> = BTreeMap::new();
    for rule in rules {
        if let Some(library) = rule.library {
            names.entry(library).or_default().push(rule);
        } else {
            let files = match rule.files {
                1 => String::new(),
                files => format!(" (in {} files)", number(files as usize)),
            };
            lines.push((
                rule.count,
                format!("{BOLD}{}{BOLD:#}: {}{files}", rule.rule, escape_controls(&rule.what)),
            ));
        }
    }
    for (library, names) in names {
        let title =
            libraries.iter().find(|known| known.library == library).map_or(library, |known| known.title);
        let listed: Vec<String> =
            names.iter().take(MAX_NAMES).map(|name| format!("`{}`", name.rule)).collect();
        let more = match names.len().saturating_sub(MAX_NAMES) {
            0 => String::new(),
            more => format!(" and {} more", number(more)),
        };
        let count = names.iter().map(|name| name.count).sum();
        lines.push((count, format!("{BOLD}{}{BOLD:#}: {}{more}", escape_controls(title), listed.join(", "))));
    }
    lines.sort_by_key(|(count, _)| Reverse(*count));
    lines
}

fn places(readiness: &Readiness) -> String {
    let mut out = String::new();
    if readiness.open_folders.len() > 1 {
        list_folders(&readiness.open_folders, &mut out);
    }
    let files = readiness.open_files.iter().map(|file| (file.manual, file.review, &*file.path));
    list_places("Files with the most open findings", files, &mut out);
    out
}

/// Appends the folders with the most findings, and the largest of those in them.
fn list_folders(folders: &[OpenFolder], out: &mut String) {
    let _ = writeln!(out, "\n{BOLD}Folders with open findings{BOLD:#}");
    for row in rows(folders) {
        let indent = |depth: u32| " ".repeat(2 * depth as usize);
        match row {
            Row::Folder(folder, name) => {
                place(&format!("{}{name}", indent(folder.depth)), folder.manual, folder.review, out);
            }
            Row::More(depth, more) => {
                let _ = writeln!(out, "{:>32}{}and {} more", "", indent(depth), number(more));
            }
        }
    }
}

/// Appends a place with its findings by hand and to check.
fn place(path: &str, manual: u32, review: u32, out: &mut String) {
    let _ = writeln!(
        out,
        "  {:>5} by hand, {:>4} to check  {}",
        number(manual as usize),
        number(review as usize),
        escape_controls(path).replace('\n', "\\n")
    );
}

/// Appends the first places, each with its findings by hand and to check, and the number of the others.
fn list_places<'a>(
    title: &str,
    places: impl ExactSizeIterator<Item = (u32, u32, &'a str)>,
    out: &mut String,
) {
    let _ = writeln!(out, "\n{BOLD}{title}{BOLD:#}");
    let more = places.len().saturating_sub(MAX_FILES);
    for (manual, review, path) in places.take(MAX_FILES) {
        place(path, manual, review, out);
    }
    if more > 0 {
        let _ = writeln!(out, "  and {} more", number(more));
    }
}

/// Lists the headers that are in no table. The shares above do not count the names of their libraries.
fn unknown_headers(headers: &[UnknownHeader]) -> String {
    let mut out =
        format!("\n{BOLD}Headers that no table has; check whether ROCm has their libraries{BOLD:#}\n");
    for header in headers.iter().take(MAX_FILES) {
        let _ =
            writeln!(out, "  {:>5}  <{}>", number(header.files as usize), escape_controls(&header.header));
    }
    let more = headers.len().saturating_sub(MAX_FILES);
    if more > 0 {
        let _ = writeln!(out, "  and {} more", number(more));
    }
    out
}

fn numbers(topics: &[NumberTopic]) -> String {
    let mut out = format!("\n{BOLD}Possible numerical differences{BOLD:#}\n");
    for topic in topics {
        let files = if topic.files == 1 {
            String::new()
        } else {
            format!(" and {} more", number(topic.files as usize - 1))
        };
        let path = escape_controls(&topic.path).replace('\n', "\\n");
        let _ = writeln!(
            out,
            "  {BOLD}{}{BOLD:#}: {}\n    in {path}:{}{files}\n    {}",
            topic.topic, topic.what, topic.line, topic.todo
        );
    }
    out
}
