//! `tranship report`: joins the reports of many scans.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};

use super::options::{command_line, today};
use super::{Ending, error_mark};
use crate::project::replace::replace;
use crate::report::{self, Merged, display_path, escape_controls, number, repositories};

const MERGE_AFTER: &str = "\
Examples:
  tranship scan a --output-format json --output-file a.json --exit-zero
  tranship scan b --output-format json --output-file b.json --exit-zero
  tranship report merge a.json b.json --html all.html --json all.json

A repository counts once, also if two reports have the same commit of it. Shards of one repository are added.
Missing shards, files that are no reports, and reports of another version are errors; everything else is merged.";

#[derive(Subcommand)]
pub(crate) enum ReportCommand {
    /// Join JSON reports of `tranship scan`: repositories by readiness, findings by rule
    Merge(Merge),
}

/// `tranship report merge`.
#[derive(Args)]
#[command(after_help = MERGE_AFTER)]
pub(crate) struct Merge {
    /// JSON files of `tranship scan` or of this command, and folders with such files
    #[arg(required = true, value_name = "REPORT", value_hint = ValueHint::AnyPath)]
    reports: Vec<PathBuf>,
    /// Write a page for a browser to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Write the result as JSON to this file, for programs and for another merge
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json: Option<PathBuf>,
    /// Exit with 0 where it would be 1
    #[arg(long)]
    exit_zero: bool,
    /// Print no summary, only the ranking and errors
    #[arg(short, long)]
    quiet: bool,
}

/// Joins the reports that `args` names.
pub(super) fn merge(args: &Merge) -> anyhow::Result<Ending> {
    let mut merged = Merged::default();
    for path in &args.reports {
        add(&mut merged, path, args);
    }
    let write = |path: &Path, text: String| {
        replace(path, text.as_bytes()).with_context(|| format!("{}: cannot write", display_path(path)))
    };
    if let Some(path) = &args.json {
        write(path, report::merged_json(&merged))?;
    }
    if let Some(path) = &args.html {
        write(path, report::merged_page(&merged, &command_line(), &today()))?;
    }
    let mut out = anstream::stdout();
    out.write_all(report::merged_text(&merged).as_bytes())?;
    out.flush()?;
    summary(&merged, args.quiet)?;
    Ok(match merged.failures().is_empty() {
        false => Ending::Failed,
        true if merged.is_open() && !args.exit_zero => Ending::Open,
        true => Ending::Done,
    })
}

/// Adds the report `path`, or all JSON files of the folder `path` except the file that this run writes.
fn add(merged: &mut Merged, path: &Path, args: &Merge) {
    if !path.is_dir() {
        return add_file(merged, path);
    }
    let name = display_path(path);
    let files = match fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => return merged.fail(&name, format!("cannot read: {error}")),
    };
    let is_own = |file: &PathBuf| args.json.as_ref().is_some_and(|own| own == file);
    let is_report = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "json") && !is_own(file);
    let mut files: Vec<PathBuf> = files.iter().map(fs::DirEntry::path).filter(is_report).collect();
    files.sort();
    if files.is_empty() {
        merged.fail(&name, "has no file with the ending `.json`".to_owned());
    }
    for file in files {
        add_file(merged, &file);
    }
}

fn add_file(merged: &mut Merged, path: &Path) {
    let name = display_path(path);
    match fs::read(path) {
        Ok(text) => merged.add(&name, &text),
        Err(error) => merged.fail(&name, format!("cannot read: {error}")),
    }
}

fn summary(merged: &Merged, quiet: bool) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    for failure in merged.failures() {
        let line = format!("{}: {}", failure.path, failure.message).replace('\n', "\\n");
        writeln!(out, "{} {}", error_mark(), escape_controls(&line))?;
    }
    for note in merged.notes() {
        writeln!(out, "note: {}", escape_controls(&note))?;
    }
    if !quiet {
        let [reports, count, again] = merged.counts();
        let again =
            if again == 0 { String::new() } else { format!("; {} counted only once", repeated(again)) };
        writeln!(out, "Merged {} of {}{again}.", report::count(reports, "report"), repositories(count))?;
    }
    out.flush()
}

/// `1 repeated part was` or `3 repeated parts were`.
fn repeated(count: usize) -> String {
    if count == 1 {
        "1 repeated part was".to_owned()
    } else {
        format!("{} repeated parts were", number(count))
    }
}
