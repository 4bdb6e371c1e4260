//! `tranship convert`: from flags to conversions, and from conversions to output and an exit code.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tranship_rules::Level;

use super::args::Convert;
use super::options::{OutputFormat, Report};
use super::paths::{self, Wanted};
use super::progress::Bar;
use super::{Ending, stdin, summary};
use crate::project::job::Stop;
use crate::project::run::convert;
use crate::report;
use tranship_engine::result::Conversion;
use tranship_engine::result::patch::FILE_NAMES;

/// Runs the command.
pub(super) fn run(args: &Convert) -> anyhow::Result<Ending> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        return stdin::run(args);
    }
    anyhow::ensure!(args.stdin_filename.is_none(), "`--stdin-filename` needs `-` as the only path");
    anyhow::ensure!(args.support_header.is_none(), "`--support-header` needs `-` as the only path");
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    // Without a handler, Ctrl-C still ends the program, only less politely.
    let _ = ctrlc::set_handler(move || asked.set());
    let pool = args.run.pool()?;
    let (jobs, problems) = paths::jobs(&args.paths, &wanted(args), &args.run.wish.wishes());
    let mut done = Vec::new();
    for mut job in jobs {
        let line = summary::Line::of(&job);
        job.survey = args.run.report.output_format == OutputFormat::Html;
        let bar = Bar::new();
        let conversion = pool.install(|| convert(&mut job, &stop, &|at, of| bar.show(at, of)));
        bar.clear();
        done.push((line, conversion));
        if stop.is_set() {
            break;
        }
    }
    let (lines, mut conversions): (Vec<_>, Vec<Conversion>) = done.into_iter().unzip();
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    print(args, &conversions)?;
    summary::print(&lines, &conversions)?;
    Ok(ending(args, &conversions))
}

fn wanted(args: &Convert) -> Wanted {
    match (&args.place.out, args.place.in_place, args.place.diff) {
        (Some(out), ..) => Wanted::Out(out.clone()),
        (_, true, _) => Wanted::InPlace { allow_dirty: args.allow_dirty },
        (_, _, true) => Wanted::Diff,
        _ if args.place.patch_per_rule.is_some() => Wanted::Patches,
        _ => Wanted::Default,
    }
}

/// Patches to standard output, findings where the user wants them.
fn print(args: &Convert, conversions: &[Conversion]) -> anyhow::Result<()> {
    if args.place.diff {
        let mut out = io::stdout().lock();
        for file in conversions.iter().flat_map(|conversion| &conversion.files) {
            out.write_all(&file.patch)?;
        }
        out.flush()?;
    }
    if let Some(folder) = &args.place.patch_per_rule {
        patches(folder, conversions)?;
    }
    let text = report::render(args.run.report.output_format.format(), conversions);
    findings(&args.run.report, &text, args.place.diff)
}

/// Writes a patch for each rule into `folder`, numbered in the order in which they apply.
fn patches(folder: &Path, conversions: &[Conversion]) -> anyhow::Result<()> {
    let mut rules: BTreeMap<(usize, &str), Vec<u8>> = BTreeMap::new();
    for (rule, patch) in conversions.iter().flat_map(|c| &c.files).flat_map(|file| &file.patches) {
        // By the order within each file: names, rules, new names of files.
        let turn = match rule.as_str() {
            "names" | "support-header" => 0,
            FILE_NAMES => 2,
            _ => 1,
        };
        rules.entry((turn, rule)).or_default().extend(patch);
    }
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot make the folder", folder.display()))?;
    let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    anyhow::ensure!(is_empty, "{}: is not empty; choose a new folder for the patches", folder.display());
    for (number, ((_, rule), patch)) in rules.into_iter().enumerate() {
        let path = folder.join(format!("{:02}-{rule}.patch", number + 1));
        fs::write(&path, patch).with_context(|| format!("{}: cannot write", path.display()))?;
    }
    Ok(())
}

/// Findings to `--output-file`, else to standard output, unless that is `taken` by the result itself.
pub(super) fn findings(report: &Report, text: &str, taken: bool) -> anyhow::Result<()> {
    match &report.output_file {
        Some(path) => {
            let text = anstream::adapter::strip_str(text).to_string();
            fs::write(path, text).with_context(|| format!("{}: cannot write", path.display()))?;
        }
        None if taken => anstream::stderr().lock().write_all(text.as_bytes())?,
        None => {
            let mut out = anstream::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
        }
    }
    Ok(())
}

/// How a run with this result ends.
pub(super) fn ending(args: &Convert, conversions: &[Conversion]) -> Ending {
    let is_shown = args.place.diff || args.place.patch_per_rule.is_some();
    let changes = is_shown && conversions.iter().any(|conversion| conversion.converted() > 0);
    ending_of(conversions, changes, args.run.exit_zero)
}

/// How a command with this result ends; `changes` counts as open, and with `exit_zero` nothing does.
pub(super) fn ending_of(conversions: &[Conversion], changes: bool, exit_zero: bool) -> Ending {
    let any = |is: &dyn Fn(&Conversion) -> bool| conversions.iter().any(is);
    let open = any(&|c| c.open(Level::Review) + c.open(Level::Manual) > 0);
    if any(&|conversion| conversion.interrupted) {
        Ending::Interrupted
    } else if any(&Conversion::failed) {
        Ending::Failed
    } else if (open || changes) && !exit_zero {
        Ending::Open
    } else {
        Ending::Done
    }
}
