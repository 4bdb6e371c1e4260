//! The closing lines on standard error: problems, the result in numbers, and the next step.

use std::collections::BTreeMap;
use std::io::{self, Write};

use tranship_rules::Level;

use super::error_mark;
use crate::project::answers::{ANSWERS, Lost, Stale};
use crate::project::job::{Destination, Job};
pub(super) use crate::report::number;
use crate::report::{display_path, escape_controls};
use tranship_engine::result::{Conversion, FileReport};

/// The number of problems that are listed at most.
const MOST_PROBLEMS: usize = 20;

/// The parts of the closing lines that depend on the destination of a job.
pub(super) struct SummaryText {
    place: String,
    next: String,
    is_patch: bool,
}

impl SummaryText {
    /// The parts for `job`.
    pub(super) fn of(job: &Job) -> Self {
        let compile = || "compile it with hipcc".to_owned();
        let (place, next) = match &job.destination {
            Destination::Folder { shown: folder, .. } if job.only.is_some() => {
                (format!(" into {}/", display_path(folder).trim_end_matches('/')), compile())
            }
            Destination::Folder { shown: folder, .. } => {
                let folder = display_path(folder);
                let folder = folder.trim_end_matches('/');
                (
                    format!(" into {folder}/"),
                    format!("build {folder}/ with hipcc, or with CMake's HIP language"),
                )
            }
            Destination::Source { .. } => {
                (" in place".to_owned(), "`git diff` shows what changed".to_owned())
            }
            Destination::Beside => (String::new(), compile()),
            Destination::Patch => (String::new(), "apply the patch with `git apply`".to_owned()),
            Destination::Patches => {
                (String::new(), "apply the patches in the order of their names with `git apply`".to_owned())
            }
            Destination::Nowhere | Destination::Against { .. } => (String::new(), String::new()),
        };
        Self { place, next, is_patch: matches!(job.destination, Destination::Patch | Destination::Patches) }
    }
}

/// Prints problems, one line for each conversion, and the next step.
pub(super) fn print(lines: &[SummaryText], conversions: &[Conversion]) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    problems(&mut out, conversions)?;
    stale(&mut out, conversions)?;
    for (line, conversion) in lines.iter().zip(conversions) {
        writeln!(out, "{}", sentence(line, conversion))?;
    }
    if let Some(next) = next(lines, conversions) {
        writeln!(out, "Next: {next}")?;
    }
    out.flush()
}

/// Prints the problems: errors that are not findings about the code.
pub(super) fn problems(out: &mut impl Write, conversions: &[Conversion]) -> io::Result<()> {
    let problems = || conversions.iter().flat_map(|conversion| &conversion.problems);
    for problem in problems().take(MOST_PROBLEMS) {
        writeln!(
            out,
            "{} {}: {}",
            error_mark(),
            display_path(&problem.path),
            escape_controls(&problem.message)
        )?;
    }
    let more = problems().count().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        writeln!(
            out,
            "{} and {} more of this kind; `--output-format json` lists all",
            error_mark(),
            number(more)
        )?;
    }
    Ok(())
}

/// Prints a note for each stale answer. It is no error: if the changed code has a finding, that finding is open.
pub(super) fn stale(out: &mut impl Write, conversions: &[Conversion]) -> io::Result<()> {
    let all = || conversions.iter().flat_map(|conversion| &conversion.stale);
    for Stale { place, line, reason } in all().take(MOST_PROBLEMS) {
        let path = display_path(&place.path);
        let why = match reason {
            Lost::Changed => "where the code has changed".to_owned(),
            Lost::Gone => "which is gone".to_owned(),
            Lost::Copied(count) => format!("which is gone, while {} contain that code", files(*count)),
        };
        writeln!(
            out,
            "note: {ANSWERS}:{line}: answers `{}` in `{path}`, {why}",
            escape_controls(&place.rule)
        )?;
    }
    match all().count() {
        0 => Ok(()),
        count => {
            let answers =
                if count == 1 { "1 answer is".to_owned() } else { format!("{} answers are", number(count)) };
            writeln!(out, "note: {answers} stale; `tranship review --forget-stale` removes them")
        }
    }
}

fn sentence(line: &SummaryText, conversion: &Conversion) -> String {
    let (converted, walked) = (number(conversion.converted()), files(conversion.walked));
    let counts = format!(
        "{}, {} to review, {} manual",
        count(conversion.safe(), "safe change"),
        number(conversion.open(Level::Review)),
        number(conversion.open(Level::Manual)),
    );
    let answered = match conversion.settled() {
        0 => String::new(),
        settled => format!(", {} answered", number(settled)),
    };
    let begin = match (conversion.interrupted, line.is_patch) {
        (true, _) => format!("Stopped after {converted} of {walked}{}", line.place),
        (_, true) => format!("Would convert {converted} of {walked}"),
        _ => format!("Converted {converted} of {walked}{}", line.place),
    };
    format!("{begin}: {counts}{answered}.")
}

fn next(lines: &[SummaryText], conversions: &[Conversion]) -> Option<String> {
    let line = lines.first()?;
    if conversions.iter().any(|conversion| conversion.interrupted) {
        return Some("run the same command again to go on".to_owned());
    }
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for found in conversions.iter().flat_map(|c| &c.files).flat_map(FileReport::open) {
        *rules.entry(found.rule).or_default() += 1;
    }
    let most = rules.into_iter().max_by_key(|&(rule, count)| (count, std::cmp::Reverse(rule)));
    match most {
        Some((rule, 1)) => Some(format!("`tranship explain {rule}` documents the finding above")),
        Some((rule, count)) => {
            let count = number(count);
            Some(format!("`tranship explain {rule}` documents the most frequent finding ({count} times)"))
        }
        None if conversions.iter().all(|conversion| conversion.converted() == 0) => None,
        None => Some(line.next.clone()),
    }
}

pub(super) fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{} files", number(count)) }
}

fn count(count: usize, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}
