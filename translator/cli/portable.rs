//! `tranship portable`: writes shadow headers for a HIP build. Unless the user asks for it, it changes no source and no build file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tranship_engine::pass::{LaunchStyle, OwnHipBuild};
use tranship_engine::result::{Conversion, Problem, merge_equal_findings};
use tranship_rules::Release;

use super::args;
use super::convert::{ending_of, findings};
use super::options::OutputFormat;
use super::progress::Bar;
use super::summary::{count, files, number};
use super::{Ending, summary};
use crate::portable::build::{self, Build, Folder, Overlay};
use crate::portable::overlay::{self, OVERLAY};
use crate::portable::write::{copies, differences, has_headers, replace, write, write_patch};
use crate::portable::{Edits, FOLDER, Portable, portable};
use crate::project::config::Apply;
use crate::project::job::{Job, Stop};
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::report::{display_path, portable_json};

/// The first release of ROCm whose compiler is known to read the overlay. The keys for relative paths are in LLVM 16 and newer (clang 15
/// rejects them, 19 and 22 read them); ROCm 6.1 has LLVM 17.
const FIRST_WITH_OVERLAY: Release = Release::new(6, 1);

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
    overrides.apply = Some(Apply::Review);
    let folder = args.out.clone().unwrap_or_else(|| args.path.join(FOLDER));
    if has_headers(&folder) {
        // An earlier patch made the build for HIP in the project, and it compiles through these headers.
        overrides.own_hip_build.get_or_insert(OwnHipBuild::Ignore);
    }
    let absolute = std::path::absolute(&folder).context("cannot read the current folder")?;
    let (mut jobs, problems) =
        paths::jobs(std::slice::from_ref(&args.path), &RequestedOutput::Nowhere, &overrides);
    let Some(mut job) = jobs.pop() else {
        let failed = [Conversion { problems, ..Conversion::default() }];
        summary::problems(&mut anstream::stderr().lock(), &failed)?;
        return Ok(Ending::Failed);
    };
    check_overlay(args, job.setup.context.target.rocm)?;
    job.outputs.push(in_root(&job, &absolute));
    let bar = Bar::new();
    let conversion = pool.install(|| convert(&mut job, &Stop::default(), &|at, of| bar.show(at, of)));
    let has_overlay = args.overlay || (args.check && folder.join(OVERLAY).exists());
    let is_of_torch = !matches!(args.build, Some(Build::Cmake | Build::Make)) && builds_extension(&job);
    let edits = match has_overlay {
        // PyTorch's build converts all sources of an extension, also those for host compilers.
        true if args.overlay_hosts || is_of_torch => Edits::InCopiesForHosts,
        true => Edits::InCopies,
        false => Edits::Reported,
    };
    let mut result = pool.install(|| portable(&job, &conversion, edits));
    overlay::add(&mut result.headers, &result.copies, &to_root(&job, &in_root(&job, &absolute)));
    bar.clear();
    if args.check {
        return check(args, &folder, &result, conversion);
    }
    let changed = args.build.map(|build| {
        let from_root = in_root(&job, &absolute).strip_prefix(&job.root).map(Path::to_owned);
        let is_absolute = from_root.is_err();
        let path = from_root.unwrap_or_else(|_| absolute.clone());
        let overlay = match edits {
            _ if result.copies.is_empty() => Overlay::None,
            Edits::InCopiesForHosts => Overlay::ForHosts,
            _ => Overlay::ForHip,
        };
        let folder = Folder { path, is_absolute, overlay };
        build::files(build, &job, &conversion, &folder)
    });
    let mut shown = Conversion { files: std::mem::take(&mut result.files), ..conversion };
    let build = changed.as_deref().map(build::patch_of);
    let patch = with_ending(&folder);
    if !args.dry_run && !shown.failed() {
        let written = || -> Result<(), Problem> {
            write(&folder, &result.headers)?;
            if args.apply_edits {
                result.edited.iter().try_for_each(|(path, text)| replace(&job.root.join(path), text))?;
            }
            match (&changed, &build) {
                (Some(files), _) if args.apply_build => {
                    files.iter().try_for_each(|file| replace(&job.root.join(&file.path), &file.new))
                }
                (_, Some(text)) if !text.is_empty() => write_patch(&patch, text),
                _ => Ok(()),
            }
        };
        if let Err(problem) = written() {
            shown.problems.push(Problem::new(paths::near(&problem.path), problem.message));
        }
    }
    merge_equal_findings(&mut shown);
    let conversions = [shown];
    print(args, &result, build.as_deref(), &conversions)?;
    summary(args, &result, &folder, &conversions)?;
    if let Some(files) = &changed
        && !args.run.report.quiet
    {
        build_summary(args, files.len(), &patch)?;
    }
    Ok(ending_of(&conversions, false, args.run.exit_zero))
}

/// Whether a `setup.py` of the project builds an extension of PyTorch.
fn builds_extension(job: &Job) -> bool {
    build::set_ups(job)
        .iter()
        .any(|path| job.read(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains("cpp_extension")))
}

/// Fails if an overlay has no meaning for the build or the release.
fn check_overlay(args: &args::Portable, rocm: Release) -> anyhow::Result<()> {
    anyhow::ensure!(
        !args.overlay || rocm >= FIRST_WITH_OVERLAY,
        "--overlay needs the compiler of ROCm {FIRST_WITH_OVERLAY} or newer; use `--apply-edits`"
    );
    Ok(())
}

/// Compares the `folder` with `result`. It prints nothing if they are equal.
fn check(
    args: &args::Portable,
    folder: &Path,
    result: &Portable,
    conversion: Conversion,
) -> anyhow::Result<Ending> {
    let mut failed = conversion;
    let found = differences(folder, &result.headers);
    let differences = found.unwrap_or_else(|problem| {
        failed.problems.push(Problem::new(paths::near(&problem.path), problem.message));
        Vec::new()
    });
    let mut out = anstream::stderr().lock();
    let is_failed = failed.failed();
    summary::problems(&mut out, &[failed])?;
    if is_failed {
        return Ok(Ending::Failed);
    }
    let known = copies(folder);
    let changed: Vec<&Path> = result
        .copies
        .iter()
        .filter(|copy| known.get(&copy.in_folder()).is_some_and(|entry| entry.source != copy.source))
        .map(|copy| copy.path.as_path())
        .collect();
    if args.run.report.quiet {
        return Ok(if differences.is_empty() { Ending::Done } else { Ending::Open });
    }
    for path in &changed {
        writeln!(out, "{}: changed since its copy was made", display_path(&args.path.join(path)))?;
    }
    for path in &differences {
        writeln!(out, "{}: is not what `tranship portable` writes now", display_path(&folder.join(path)))?;
    }
    out.flush()?;
    Ok(if differences.is_empty() { Ending::Done } else { Ending::Open })
}

/// The path from the folder of shadow headers, which is at `folder`, to the root of the project, with a slash at its end.
fn to_root(job: &Job, folder: &Path) -> String {
    match folder.strip_prefix(&job.root) {
        Ok(below) => "../".repeat(below.components().count()),
        Err(_) => format!("{}/", job.root.to_string_lossy().trim_end_matches('/')),
    }
}

/// The path of the patch for the build, beside the folder of shadow headers.
fn with_ending(folder: &Path) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(".patch");
    path.into()
}

/// Says what became of the `count` build files that change.
fn build_summary(args: &args::Portable, count: usize, patch: &Path) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    let shown = display_path(patch);
    if count == 0 {
        writeln!(out, "No build file of this kind changes.")
    } else if args.apply_build && !args.dry_run {
        let choice = match args.build {
            Some(Build::SetupPy) => "a PyTorch for ROCm",
            _ => "`USE_HIP`",
        };
        writeln!(out, "Changed {} for both vendors; {choice} chooses HIP.", files(count))
    } else {
        let verb = if args.dry_run { "Needs" } else { "Wrote" };
        writeln!(out, "{verb} {shown}, which changes {}; apply it with `git apply {shown}`.", files(count))
    }
}

/// `folder` below the real path of the root, if it is below the root as the user wrote it.
fn in_root(job: &Job, folder: &Path) -> PathBuf {
    let typed = std::path::absolute(&job.shown).unwrap_or_else(|_| job.root.clone());
    folder.strip_prefix(&typed).map_or_else(|_| folder.to_owned(), |below| job.root.join(below))
}

fn print(
    args: &args::Portable,
    result: &Portable,
    build: Option<&str>,
    conversions: &[Conversion],
) -> anyhow::Result<()> {
    let report = &args.run.report;
    if report.output_format == OutputFormat::Json {
        return findings(report, &portable_json(result, build, conversions), false);
    }
    findings(report, &report.text(conversions), false)
}

fn summary(
    args: &args::Portable,
    result: &Portable,
    folder: &Path,
    conversions: &[Conversion],
) -> io::Result<()> {
    summary::with_problems(conversions, args.run.report.quiet, |out| {
        lines(out, args, result, folder, conversions)
    })
}

/// Writes the lines of the summary.
fn lines(
    out: &mut dyn Write,
    args: &args::Portable,
    result: &Portable,
    folder: &Path,
    conversions: &[Conversion],
) -> io::Result<()> {
    for note in conversions.iter().filter_map(summary::empty) {
        writeln!(out, "{note}")?;
    }
    if result.sources == 0 {
        return writeln!(out, "No file uses CUDA; no header is needed.");
    }
    let bytes: usize = result.headers.iter().map(|header| header.text.len()).sum();
    let verb = if args.dry_run || conversions.iter().any(Conversion::failed) { "Needs" } else { "Wrote" };
    writeln!(
        out,
        "{verb} {} with {} ({} bytes) in {}/; {}.",
        count(result.headers.len(), "header"),
        count(result.names.len(), "name"),
        number(bytes),
        display_path(folder).trim_end_matches('/'),
        if !result.copies.is_empty() {
            let changes = count(result.changes_in_copies, "change");
            format!(
                "every source stays as it is, and copies of {} have {changes} for HIP alone",
                files(result.copies.len())
            )
        } else if args.apply_edits && !args.dry_run {
            format!("{} got changes for HIP alone", files(result.edited.len()))
        } else {
            "every source stays as it is".to_owned()
        }
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
        writeln!(out, "Next: `--build cmake`, `make` or `setup-py` writes a patch for the build")?;
    }
    Ok(())
}
