//! `tranship convert`: makes conversions from the flags, and writes their output and exit code.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use tranship_rules::Level;

use super::args::{Convert, FailLevel};
use super::options::{OutputFormat, Report};
use super::progress::Bar;
use super::stamp::Stamp;
use super::vendor::Vendor;
use super::{Ending, stdin, summary};
use crate::project::git;
use crate::project::job::{Job, Stop};
use crate::project::paths::{self, RequestedOutput};
use crate::project::replace::replace;
use crate::project::run::convert;
use crate::report::{display_path, escape_controls};
use crate::to_cuda::convert_to_cuda;
use tranship_engine::result::patch::FILE_NAMES;
use tranship_engine::result::{Conversion, merge_equal_findings};

/// Runs the command.
pub(super) fn run(args: &Convert) -> anyhow::Result<Ending> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        return stdin::run(args);
    }
    anyhow::ensure!(args.stdin_filename.is_none(), "`--stdin-filename` needs `-` as the only path");
    anyhow::ensure!(args.support_header.is_none(), "`--support-header` needs `-` as the only path");
    if args.to == Vendor::Cuda {
        return reverse(args);
    }
    let stop = Arc::new(Stop::default());
    let handler_stop = Arc::clone(&stop);
    // Without a handler, Ctrl-C ends the program at once.
    let _ = ctrlc::set_handler(move || handler_stop.set());
    let pool = args.run.pool()?;
    let stamp = args.stamp.as_deref().map(|file| Stamp::new(file, &args.paths)).transpose()?;
    if args.if_changed && stamp.as_ref().is_some_and(Stamp::is_fresh) {
        return Ok(Ending::Done);
    }
    let (jobs, problems) = paths::jobs(&args.paths, &requested(args), &args.run.settings.overrides());
    let mut done = Vec::new();
    for mut job in jobs {
        let mut line = summary::SummaryText::of(&job);
        job.survey = args.run.report.survey();
        job.lists_inputs = stamp.is_some();
        let ignored = left_out(&job);
        let bar = Bar::new();
        let mut conversion = pool.install(|| convert(&mut job, &stop, &|at, of| bar.show(at, of)));
        bar.clear();
        merge_equal_findings(&mut conversion);
        if let Some(ignored) = ignored {
            line.left_out(ignored.join().unwrap_or_default());
        }
        if let Some(stamp) = &stamp {
            stamp.list(&job, &conversion, &args.run.settings.overrides())?;
        }
        done.push((line, conversion));
        std::mem::forget(job);
        if stop.is_set() {
            break;
        }
    }
    let (lines, mut conversions): (Vec<_>, Vec<Conversion>) = done.into_iter().unzip();
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    print(args, &conversions)?;
    if args.run.report.quiet {
        summary::problems(&mut anstream::stderr().lock(), &conversions)?;
    } else {
        summary::print(&lines, &conversions, args.run.report.verbose)?;
    }
    let ending = ending(args, &conversions);
    if let Some(stamp) = stamp.filter(|_| ending == Ending::Done) {
        stamp.touch()?;
    }
    // The process ends next, so its memory is not freed piece by piece.
    std::mem::forget(conversions);
    Ok(ending)
}

/// Converts one HIP project to CUDA.
fn reverse(args: &Convert) -> anyhow::Result<Ending> {
    let [path] = args.paths.as_slice() else { anyhow::bail!("`--to cuda` converts one folder") };
    let output = &args.output;
    anyhow::ensure!(path.is_dir(), "{}: is no folder; `--to cuda` converts one folder", display_path(path));
    anyhow::ensure!(
        !output.in_place && output.patch_per_rule.is_none(),
        "`--to cuda` writes a folder, or with `--diff` a patch"
    );
    let requested = match (&output.out, output.diff) {
        (Some(out), _) => RequestedOutput::Out(out.clone()),
        (_, true) => RequestedOutput::Diff,
        _ => RequestedOutput::Out(with_ending(path, "-cuda")?),
    };
    let stop = Arc::new(Stop::default());
    let handler_stop = Arc::clone(&stop);
    let _ = ctrlc::set_handler(move || handler_stop.set());
    let overrides = args.run.settings.overrides();
    let (jobs, problems) = paths::jobs(&args.paths, &requested, &overrides);
    let mut conversions: Vec<Conversion> = Vec::new();
    for job in &jobs {
        conversions.push(args.run.pool()?.install(|| convert_to_cuda(job, &stop)));
    }
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    conversions.iter_mut().for_each(merge_equal_findings);
    print(args, &conversions)?;
    let lines: Vec<_> = jobs.iter().map(summary::SummaryText::to_cuda).collect();
    summary::print(&lines, &conversions, args.run.report.verbose)?;
    Ok(ending(args, &conversions))
}

/// The folder beside the folder `path` with `ending` behind its name.
fn with_ending(path: &Path, ending: &str) -> anyhow::Result<PathBuf> {
    let real = fs::canonicalize(path).with_context(|| format!("{}: cannot read", path.display()))?;
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    Ok(match path.file_name() {
        Some(_) => path.with_file_name(name),
        None => Path::new("..").join(name),
    })
}

/// Asks git, beside the conversion of a whole folder, for what it ignores.
fn left_out(job: &Job) -> Option<JoinHandle<Vec<PathBuf>>> {
    let root = job.root.clone();
    let is_whole = job.only.is_none() && git::root_of(&root).is_some();
    is_whole.then(|| std::thread::spawn(move || git::left_out(&root)))
}

fn requested(args: &Convert) -> RequestedOutput {
    match (&args.output.out, args.output.in_place, args.output.diff) {
        (Some(out), ..) => RequestedOutput::Out(out.clone()),
        (_, true, _) => RequestedOutput::InPlace { allow_dirty: args.allow_dirty },
        (_, _, true) => RequestedOutput::Diff,
        _ if args.output.patch_per_rule.is_some() => RequestedOutput::Patches,
        _ => RequestedOutput::Default,
    }
}

/// Writes the patches to standard output or a folder, and the findings to the place that the flags give.
fn print(args: &Convert, conversions: &[Conversion]) -> anyhow::Result<()> {
    if args.output.diff {
        let patches = conversions.iter().flat_map(|conversion| &conversion.files).map(|file| &file.patch);
        print_patches(patches)?;
    }
    if let Some(folder) = &args.output.patch_per_rule {
        patches(folder, conversions)?;
    }
    // Behind a patch, the summary counts the findings; only another format or a file shows them.
    let report = &args.run.report;
    if args.output.diff
        && report.output_format == OutputFormat::Text
        && report.output_file.is_none()
        && !report.statistics
    {
        return Ok(());
    }
    findings(report, &report.text(conversions), args.output.diff)
}

/// Prints patches to standard output: with colours on a terminal, and otherwise byte for byte, so that they apply.
pub(super) fn print_patches<'a>(patches: impl Iterator<Item = &'a Vec<u8>>) -> io::Result<()> {
    if anstream::stdout().current_choice() == anstream::ColorChoice::Never {
        let mut out = io::stdout().lock();
        for patch in patches {
            out.write_all(patch)?;
        }
        return out.flush();
    }
    coloured(patches, &mut anstream::stdout().lock())
}

/// Writes patches with colours for a terminal, in which control characters of the files are escaped.
fn coloured<'a>(patches: impl Iterator<Item = &'a Vec<u8>>, out: &mut dyn Write) -> io::Result<()> {
    for line in patches.flat_map(|patch| patch.split_inclusive(|&byte| byte == b'\n')) {
        let style = match line {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] | [b'd', b'i', b'f', b'f', ..] => {
                Style::new().bold()
            }
            [b'-', ..] => AnsiColor::Red.on_default(),
            [b'+', ..] => AnsiColor::Green.on_default(),
            [b'@', ..] => AnsiColor::Cyan.on_default(),
            _ => Style::new(),
        };
        let text = String::from_utf8_lossy(line);
        let text = escape_controls(text.trim_end_matches(['\r', '\n']));
        writeln!(out, "{style}{text}{style:#}")?;
    }
    out.flush()
}

/// Writes a patch for each rule into `folder`, numbered in the order in which they apply.
fn patches(folder: &Path, conversions: &[Conversion]) -> anyhow::Result<()> {
    let mut rules: BTreeMap<(usize, &str), Vec<u8>> = BTreeMap::new();
    for (rule, patch) in conversions.iter().flat_map(|c| &c.files).flat_map(|file| &file.patches) {
        // The order within each file: names, rules, new names of files.
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
        replace(&path, &patch).with_context(|| format!("{}: cannot write", path.display()))?;
    }
    Ok(())
}

/// Writes `text` to `--output-file`, or else to standard output. If standard output is `taken` by the result itself, `text`
/// goes to standard error.
pub(super) fn findings(report: &Report, text: &str, taken: bool) -> anyhow::Result<()> {
    match &report.output_file {
        Some(path) => {
            let text = anstream::adapter::strip_str(text).to_string();
            replace(path, text.as_bytes())
                .with_context(|| format!("{}: cannot write", display_path(path)))?;
        }
        None if taken => anstream::stderr().lock().write_all(text.as_bytes())?,
        None => to_stdout(text)?,
    }
    Ok(())
}

/// Writes `text` to standard output. Without colours, one call writes everything; the stream of `anstream` makes a call for
/// each piece between two colours.
fn to_stdout(text: &str) -> io::Result<()> {
    let mut styled = anstream::stdout();
    if styled.current_choice() == anstream::ColorChoice::Never {
        let plain = anstream::adapter::strip_str(text).to_string();
        let mut out = io::stdout().lock();
        out.write_all(plain.as_bytes())?;
        return out.flush();
    }
    styled.write_all(text.as_bytes())?;
    styled.flush()
}

/// The ending of a run of `convert` with these results.
pub(super) fn ending(args: &Convert, conversions: &[Conversion]) -> Ending {
    let is_shown = args.output.diff || args.output.patch_per_rule.is_some();
    let changes = is_shown && conversions.iter().any(|conversion| conversion.converted() > 0);
    let lowest = if args.fail_on == FailLevel::Review { Level::Review } else { Level::Manual };
    ending_from(lowest, conversions, changes, args.run.exit_zero)
}

/// The ending of a command with these results. If `changes` is true, they count as open. With `exit_zero` nothing counts as
/// open.
pub(super) fn ending_of(conversions: &[Conversion], changes: bool, exit_zero: bool) -> Ending {
    ending_from(Level::Review, conversions, changes, exit_zero)
}

/// The same, where findings below the level `lowest` do not count as open.
fn ending_from(lowest: Level, conversions: &[Conversion], changes: bool, exit_zero: bool) -> Ending {
    let any = |is: &dyn Fn(&Conversion) -> bool| conversions.iter().any(is);
    let levels = [Level::Review, Level::Manual].into_iter().filter(|level| *level >= lowest);
    let is_open = |c: &Conversion| levels.clone().any(|level| c.open(level) > 0) || !c.behind.is_empty();
    let open = any(&is_open);
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
