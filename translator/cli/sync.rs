//! `tranship sync`: converts the source again and merges the result with the edits in the output folder.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tranship_engine::result::{Conversion, FileReport, Problem, Status};
use tranship_engine::text::globs::Globs;
use tranship_rules::Level;

use super::args::Sync;
use super::convert::{findings, print_patches};
use super::options::OutputFormat;
use super::progress::Bar;
use super::summary::{count, number, shell_word};
use super::{Ending, summary};
use crate::project::git;
use crate::project::job::{Destination, Job, Stop};
use crate::project::manifest::relative;
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::report::{self, display_path};
use crate::sync::findings::reports;
use crate::sync::merge::ConflictStyle;
use crate::sync::{Adopted, Outcome, Request, Synchronisation, adopt, sync};

/// Runs the command.
pub(super) fn run(args: &Sync) -> anyhow::Result<Ending> {
    anyhow::ensure!(
        args.run.report.output_format != OutputFormat::Html,
        "`sync` has no page; `--output-format markdown` is for people too"
    );
    anyhow::ensure!(
        !args.source.is_file(),
        "{}: is a file; name the folder of the source",
        display_path(&args.source)
    );
    let (keep_mine, take_new) = (Globs::new(&args.keep_mine)?, Globs::new(&args.take_new)?);
    let overrides = args.run.settings.overrides();
    let requested = args.into.clone().map_or(RequestedOutput::Default, RequestedOutput::Out);
    let (mut jobs, problems) = paths::jobs(std::slice::from_ref(&args.source), &requested, &overrides);
    let Some(mut job) = jobs.pop() else { return failed(problems) };
    let Destination::Folder { dir: output, shown } = job.destination.clone() else {
        return failed(vec![Problem::new(&args.source, "is no folder")]);
    };
    if !output.is_dir() {
        return failed(vec![Problem::new(shown, "is no folder; `tranship convert` makes it")]);
    }
    let scratch = tempfile::tempdir().context("cannot make a folder for the new conversion")?;
    let new = scratch.path().join("new");
    let Some(conversion) = converted(args, &mut job, &new)? else { return Ok(Ending::Interrupted) };
    let problems = not_converted(&conversion);
    if !problems.is_empty() {
        return failed(problems);
    }
    let request = Request {
        output: &output,
        shown: &shown,
        new: &new,
        source: &relative(&output, &job.root),
        style: style(args, &output),
        keep_mine: &keep_mine,
        take_new: &take_new,
        dry_run: args.dry_run || args.check || args.diff,
    };
    if args.adopt {
        return match adopt(&request) {
            Ok(adopted) => close_adopted(args, &adopted, &shown, &conversion),
            Err(problem) => failed(vec![problem]),
        };
    }
    match sync(&request) {
        Ok(result) => close(args, &result, &job, &shown, &conversion),
        Err(problem) => failed(vec![problem]),
    }
}

/// Converts the source of `job` into the folder `new`. `None` if the user interrupted it.
fn converted(args: &Sync, job: &mut Job, new: &Path) -> anyhow::Result<Option<Conversion>> {
    let stop = Arc::new(Stop::default());
    let handler_stop = Arc::clone(&stop);
    // Without a handler, Ctrl-C ends the program at once. A sync that writes already goes on to its end.
    let _ = ctrlc::set_handler(move || handler_stop.set());
    // `outputs` has the output folder, so it is no part of the source.
    job.destination = Destination::Folder { dir: new.to_owned(), shown: new.to_owned() };
    let bar = Bar::new();
    let conversion = args.run.pool()?.install(|| convert(job, &stop, &|at, of| bar.show(at, of)));
    bar.clear();
    Ok((!stop.is_set()).then_some(conversion))
}

/// The problems of the new conversion. A file that could not be converted would look like one whose source is gone.
fn not_converted(conversion: &Conversion) -> Vec<Problem> {
    let is_missing = |file: &&FileReport| file.status == Status::Failed && file.open().next().is_some();
    let missing = conversion.files.iter().filter(is_missing).map(|file| {
        let why = file.open().next().map(|found| found.what.clone()).unwrap_or_default();
        Problem::new(&file.path, format!("could not be converted, so nothing is synchronised: {why}"))
    });
    conversion.problems.iter().cloned().chain(missing).collect()
}

/// The style of the command line, or else that of git for the output folder.
fn style(args: &Sync, output: &Path) -> ConflictStyle {
    let of_git = || git::setting(output, "merge.conflictStyle").and_then(|name| ConflictStyle::named(&name));
    args.conflict_style.or_else(of_git).unwrap_or_default()
}

fn failed(problems: Vec<Problem>) -> anyhow::Result<Ending> {
    summary::problems(&mut anstream::stderr().lock(), &[Conversion { problems, ..Conversion::default() }])?;
    Ok(Ending::Failed)
}

/// Prints the result of a sync, and decides how the command ends.
fn close(
    args: &Sync,
    result: &Synchronisation,
    job: &Job,
    shown: &Path,
    conversion: &Conversion,
) -> anyhow::Result<Ending> {
    let report = &args.run.report;
    let conversions = [Conversion {
        files: reports(result, shown, args.check, &job.setup.context),
        walked: conversion.walked,
        basis: conversion.basis.clone(),
        root: conversion.root.clone(),
        problems: result.problems.clone(),
        ..Conversion::default()
    }];
    let text = match report.output_format {
        OutputFormat::Json => report::synchronisation_json(result, &conversions),
        OutputFormat::Text if !report.statistics => {
            report::synchronisation(result, shown, report.verbose) + &report.text(&conversions)
        }
        _ => report.text(&conversions),
    };
    if args.diff {
        print_patches(std::iter::once(&result.patch))?;
    }
    // Behind a patch, only another format or a file shows the list.
    if !args.diff || report.output_format != OutputFormat::Text || report.output_file.is_some() {
        findings(report, &text, args.diff)?;
    }
    summary(args, result, shown, conversion, &conversions)?;
    let is_open = conversions[0].open(Level::Manual) > 0 || !result.patch.is_empty() && args.diff;
    Ok(if !result.problems.is_empty() {
        Ending::Failed
    } else if is_open && !args.run.exit_zero {
        Ending::Open
    } else {
        Ending::Done
    })
}

fn summary(
    args: &Sync,
    result: &Synchronisation,
    shown: &Path,
    conversion: &Conversion,
    conversions: &[Conversion],
) -> io::Result<()> {
    summary::with_problems(conversions, args.run.report.quiet, |out| {
        lines(out, args, result, shown, conversion)
    })
}

/// Writes the lines of the summary.
fn lines(
    out: &mut dyn Write,
    args: &Sync,
    result: &Synchronisation,
    shown: &Path,
    conversion: &Conversion,
) -> io::Result<()> {
    if let Some(written_by) = &result.written_by {
        writeln!(out, "note: the last conversion was made by {}", report::escape_controls(written_by))?;
    }
    let folder = format!("{}/", display_path(shown).trim_end_matches('/'));
    let source = display_path(&args.source);
    let counts: Vec<String> =
        report::outcomes(result).iter().map(|(word, count)| format!("{} {word}", number(*count))).collect();
    let is_dry = args.dry_run || args.check || args.diff;
    let changes = result.files.iter().any(|file| file.is_changed);
    let verb = match (changes, is_dry) {
        (false, _) => "Nothing to change in",
        (true, true) => "Would synchronise",
        (true, false) => "Synchronised",
    };
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    writeln!(out, "{verb} {folder} with {source}{counts}.")?;
    let open = conversion.open(Level::Review) + conversion.open(Level::Manual);
    if open > 0 {
        let findings = count(open, "open finding");
        writeln!(
            out,
            "note: the conversion has {findings}; `tranship review {}` shows them",
            shell_word(&source)
        )?;
    }
    let is_conflict = |outcome| matches!(outcome, Outcome::Conflict(_) | Outcome::Unresolved);
    if let Some(file) = result.files.iter().find(|file| is_conflict(file.outcome)) {
        let path = shell_word(&display_path(&file.path));
        let marked = if file.marked.is_some() {
            "edit the marked lines and remove the markers, or pass"
        } else {
            "pass"
        };
        writeln!(out, "Next: {marked} `--keep-mine {path}` or `--take-new {path}`")?;
    }
    Ok(())
}

/// Prints the result of `--adopt`.
fn close_adopted(
    args: &Sync,
    adopted: &Adopted,
    shown: &Path,
    conversion: &Conversion,
) -> anyhow::Result<Ending> {
    if args.run.report.output_format == OutputFormat::Json {
        let conversions = [Conversion { files: Vec::new(), ..conversion.clone() }];
        findings(&args.run.report, &report::adopted_json(adopted, &conversions), false)?;
    }
    let mut out = anstream::stderr().lock();
    let others = |path: &PathBuf| {
        let message = "was edited, and tranship wrote it from another version of the source; check that version out and \
                       run `--adopt` again, or remove `.tranship-output` to take the present version as its origin";
        Problem::new(shown.join(path), message)
    };
    let problems: Vec<Problem> = adopted.others.iter().map(others).collect();
    let is_whole = problems.is_empty();
    summary::problems(&mut out, &[Conversion { problems, ..Conversion::default() }])?;
    if !args.run.report.quiet {
        let verb = if args.dry_run { "Would record" } else { "Recorded" };
        writeln!(
            out,
            "{verb} the conversion of {} as the origin of {} in {}/; {} differ from it and count as edited.",
            display_path(&args.source),
            summary::files(adopted.recorded),
            display_path(shown).trim_end_matches('/'),
            number(adopted.edited)
        )?;
    }
    out.flush()?;
    Ok(if is_whole { Ending::Done } else { Ending::Failed })
}
