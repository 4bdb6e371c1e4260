//! `tranship portable`: writes shadow headers for a HIP build. It changes no source and no build file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tranship_engine::lang::Area;
use tranship_engine::pass::LaunchStyle;
use tranship_engine::result::{Conversion, Problem, merge_equal_findings};

use super::args;
use super::convert::{ending_of, findings};
use super::options::OutputFormat;
use super::paths::{self, RequestedOutput};
use super::progress::Bar;
use super::summary::{count, files, number};
use super::{Ending, summary};
use crate::portable::build::lines;
use crate::portable::write::write;
use crate::portable::{FOLDER, Portable, portable};
use crate::project::config::Apply;
use crate::project::job::{Job, Stop};
use crate::project::run::convert;
use crate::report::{display_path, portable_json};

/// Runs the command.
pub(super) fn run(args: &args::Portable) -> anyhow::Result<Ending> {
    anyhow::ensure!(
        !args.path.is_file(),
        "{}: is a file; name the folder of the project, whose files share the headers",
        display_path(&args.path)
    );
    let pool = args.run.pool()?;
    let (target, selection) = (&args.run.settings.target, &args.run.settings.selection);
    let is_set = target.launch.is_some() || target.keep_names || selection.apply.is_some();
    anyhow::ensure!(
        !is_set && selection.only.is_empty(),
        "--launch, --keep-names, --apply and --only have no meaning here, because no source changes"
    );
    let mut overrides = args.run.settings.overrides();
    overrides.launch = Some(LaunchStyle::Chevron);
    overrides.keep_names = true;
    overrides.only = vec![Area::Cpp];
    overrides.apply = Some(Apply::Review);
    let folder = args.out.clone().unwrap_or_else(|| args.path.join(FOLDER));
    let absolute = std::path::absolute(&folder).context("cannot read the current folder")?;
    let (mut jobs, problems) =
        paths::jobs(std::slice::from_ref(&args.path), &RequestedOutput::Nowhere, &overrides);
    let Some(mut job) = jobs.pop() else {
        let failed = [Conversion { problems, ..Conversion::default() }];
        summary::problems(&mut anstream::stderr().lock(), &failed)?;
        return Ok(Ending::Failed);
    };
    job.outputs.push(in_root(&job, &absolute));
    let bar = Bar::new();
    let conversion = pool.install(|| convert(&mut job, &Stop::default(), &|at, of| bar.show(at, of)));
    let mut result = pool.install(|| portable(&job, &conversion));
    bar.clear();
    let mut shown = Conversion { files: std::mem::take(&mut result.files), ..conversion };
    if !args.dry_run
        && !shown.failed()
        && let Err(problem) = write(&folder, &result.headers)
    {
        shown.problems.push(Problem::new(paths::near(&problem.path), problem.message));
    }
    merge_equal_findings(&mut shown);
    let build = args.build.map(|build| {
        let archs = &job.setup.context.target.archs;
        let from_root = in_root(&job, &absolute).strip_prefix(&job.root).map(Path::to_owned);
        lines(build, &result.units, archs, &from_root.unwrap_or(absolute))
    });
    let conversions = [shown];
    print(args, &result, build, &conversions)?;
    summary(args, &result, &folder, &conversions)?;
    Ok(ending_of(&conversions, false, args.run.exit_zero))
}

/// `folder` below the real path of the root, if it is below the root as the user wrote it.
fn in_root(job: &Job, folder: &Path) -> PathBuf {
    let typed = std::path::absolute(&job.shown).unwrap_or_else(|_| job.root.clone());
    folder.strip_prefix(&typed).map_or_else(|_| folder.to_owned(), |below| job.root.join(below))
}

fn print(
    args: &args::Portable,
    result: &Portable,
    build: Option<String>,
    conversions: &[Conversion],
) -> anyhow::Result<()> {
    let report = &args.run.report;
    if report.output_format == OutputFormat::Json {
        return findings(report, &portable_json(result, build.as_deref(), conversions), false);
    }
    findings(report, &report.text(conversions), false)?;
    if let Some(build) = build {
        let mut out = io::stdout().lock();
        out.write_all(build.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

fn summary(
    args: &args::Portable,
    result: &Portable,
    folder: &Path,
    conversions: &[Conversion],
) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    summary::problems(&mut out, conversions)?;
    if args.run.report.quiet {
        return out.flush();
    }
    for note in conversions.iter().filter_map(summary::empty) {
        writeln!(out, "{note}")?;
    }
    if result.sources == 0 {
        writeln!(out, "No file uses CUDA; no header is needed.")?;
        return out.flush();
    }
    let bytes: usize = result.headers.iter().map(|header| header.text.len()).sum();
    let verb = if args.dry_run || conversions.iter().any(Conversion::failed) { "Needs" } else { "Wrote" };
    writeln!(
        out,
        "{verb} {} with {} ({} bytes) in {}/; every source stays as it is.",
        count(result.headers.len(), "header"),
        count(result.names.len(), "name"),
        number(bytes),
        display_path(folder).trim_end_matches('/')
    )?;
    writeln!(
        out,
        "{} of {} with CUDA {} no edit; {} in the others.",
        number(result.without_edit),
        files(result.sources),
        if result.without_edit == 1 { "needs" } else { "need" },
        count(result.places, "place")
    )?;
    if args.build.is_none() {
        writeln!(out, "Next: `--build cmake` or `--build make` prints the lines for the HIP build")?;
    }
    out.flush()
}
