//! `tranship advise`: measures kernels with a compiler and reports what a port loses. It writes nothing into the project.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rayon::ThreadPool;
use tranship_engine::OwnHipBuild;
use tranship_engine::result::patch::patch;
use tranship_engine::result::{Conversion, Problem, merge_equal_findings};

use super::Ending;
use super::args::Advise;
use super::compiler_flags::CompilerFlags;
use super::convert::{ending_of, findings, print_patches};
use super::options::{OutputFormat, command_line, today};
use super::progress::Bar;
use super::summary;
use crate::advise::baseline::Baseline;
use crate::advise::{Advice, Request, advise};
use crate::compile::compiler::Compiler;
use crate::compile::database::Database;
use crate::project::config::Apply;
use crate::project::job::{Job, Stop};
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::project::setup::{Overrides, Setup};
use crate::report::{self, display_path};

/// Runs the command.
pub(super) fn run(args: &Advise) -> anyhow::Result<Ending> {
    let measured = measure(&args.paths, &args.compiler, &args.run.pool()?, &args.run.settings.overrides())?;
    let Measured { advice: all, archs, conversions, compiler } = &measured;
    if args.baseline.is_some() && compiler.is_none() {
        anyhow::bail!("--baseline: needs the figures of a compiler, and none was used");
    }
    print(args, all, archs, conversions)?;
    let worse = baseline(args, all)?;
    summary(args, all, conversions, compiler.as_ref(), &worse)?;
    let ending = ending_of(conversions, !worse.is_empty(), args.run.exit_zero || args.baseline.is_some());
    Ok(if worse.is_empty() || args.run.exit_zero { ending } else { ending.max(Ending::Open) })
}

/// The advice about all projects of a run.
pub(super) struct Measured {
    pub(super) advice: Advice,
    /// The GPUs of all projects.
    pub(super) archs: Vec<String>,
    /// The findings by project.
    pub(super) conversions: Vec<Conversion>,
    /// The compiler, if one was used.
    pub(super) compiler: Option<Compiler>,
}

/// Converts the projects of `paths` into a temporary folder, and measures their kernels.
pub(super) fn measure(
    paths: &[PathBuf],
    flags: &CompilerFlags,
    pool: &ThreadPool,
    overrides: &Overrides,
) -> anyhow::Result<Measured> {
    let scratch = tempfile::tempdir().context("cannot make a folder for the converted files")?;
    let database = database(flags)?;
    let mut compilers: BTreeMap<Vec<String>, Option<Compiler>> = BTreeMap::new();
    let (mut conversions, mut all) = (Vec::new(), Advice::default());
    let mut archs: Vec<String> = Vec::new();
    for (number, (root, only)) in paths::roots(paths)?.into_iter().enumerate() {
        let output = scratch.path().join(format!("output-{number}"));
        let (jobs, problems) = jobs(&root, &output, overrides);
        for mut job in jobs {
            let bar = Bar::new();
            let conversion = pool.install(|| convert(&mut job, &Stop::default(), &|_, _| {}));
            job.setup.context.options.selection = Setup::new(&job.root, overrides)?.context.options.selection;
            let canonical = output.canonicalize().unwrap_or_else(|_| output.clone());
            let options = |path: &Path| database.options(&job.root.join(path));
            // A configuration file can name the GPUs, so the compiler is searched for each project.
            let targets = &job.setup.context.target.archs;
            if !compilers.contains_key(targets) {
                compilers.insert(targets.clone(), compiler(flags, targets, scratch.path())?);
            }
            let compiler = compilers[targets].as_ref();
            let request = Request {
                conversion: &conversion,
                context: &job.setup.context,
                output: &canonical,
                shown: &job.shown,
                only: only.as_deref(),
                compiler,
                options: &options,
            };
            let advice = pool.install(|| advise(&request, &|at, of| bar.show(at, of)));
            bar.clear();
            let new = targets.iter().filter(|arch| !archs.contains(arch)).cloned().collect::<Vec<_>>();
            archs.extend(new);
            let mut shown =
                Conversion { files: advice.files, walked: conversion.walked, ..Conversion::default() };
            shown.basis.clone_from(&conversion.basis);
            shown.root.clone_from(&conversion.root);
            shown.problems.extend(conversion.problems);
            merge_equal_findings(&mut shown);
            conversions.push(shown);
            all.kernels.extend(advice.kernels);
            all.failures.extend(advice.failures);
            all.edited.extend(advice.edited);
            all.compiled += advice.compiled;
        }
        if !problems.is_empty() {
            conversions.push(Conversion { problems, ..Conversion::default() });
        }
    }
    let compiler = compilers.into_values().flatten().next();
    Ok(Measured { advice: all, archs, conversions, compiler })
}

/// The jobs that convert the project `root` into `output`. The user's selection of rules is about the advice, so the
/// conversion makes every change. It also converts folders that build for ROCm by themselves, because nothing is written.
fn jobs(root: &Path, output: &Path, overrides: &Overrides) -> (Vec<Job>, Vec<Problem>) {
    let everything = Overrides {
        select: Vec::new(),
        ignore: Vec::new(),
        only: Vec::new(),
        apply: Some(Apply::Review),
        own_hip_build: overrides.own_hip_build.or(Some(OwnHipBuild::Convert)),
        ..overrides.clone()
    };
    paths::jobs(&[root.to_owned()], &RequestedOutput::Out(output.to_owned()), &everything)
}

fn database(args: &CompilerFlags) -> anyhow::Result<Database> {
    let Some(path) = &args.compile_commands else { return Ok(Database::default()) };
    Database::read(path).map_err(|problem| anyhow::anyhow!("{}: {problem}", path.display()))
}

/// The compiler for `archs` with the options of the user; `None` if the user wants none, or if none is installed.
fn compiler(args: &CompilerFlags, archs: &[String], scratch: &Path) -> anyhow::Result<Option<Compiler>> {
    if args.no_compiler {
        return Ok(None);
    }
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let mut options: Vec<OsString> = args.compiler_option.clone();
    options.extend(args.include.iter().flat_map(|folder| ["-I".into(), absolute(folder).into()]));
    options.extend(args.define.iter().map(|define| format!("-D{define}").into()));
    match Compiler::find(args.compiler.as_deref(), options, archs, scratch) {
        Ok(compiler) => Ok(Some(compiler)),
        Err(problem) if args.compiler.is_some() => anyhow::bail!("--compiler: {problem}"),
        Err(_) => Ok(None),
    }
}

fn print(args: &Advise, all: &Advice, archs: &[String], conversions: &[Conversion]) -> anyhow::Result<()> {
    let report = &args.run.report;
    if args.diff {
        let patches: Vec<Vec<u8>> =
            all.edited.iter().map(|(path, old, new)| patch(path, path, old, new)).collect();
        return Ok(print_patches(patches.iter())?);
    }
    let text = match report.output_format {
        OutputFormat::Text if !report.statistics => {
            let mut text = report::kernels(&all.kernels, archs);
            text.push_str(&report::failures(&all.failures));
            text + &report.text(conversions)
        }
        OutputFormat::Json => report::kernels_json(&all.kernels, &all.failures, conversions),
        OutputFormat::Html => {
            let made = [command_line(), today()];
            let made = made.each_ref().map(String::as_str);
            report::advice_page(&all.kernels, &all.failures, archs, conversions, made)
        }
        _ => report.text(conversions),
    };
    findings(report, &text, false)
}

/// What became worse since the baseline. With `--update-baseline` the baseline is written, and nothing is worse.
fn baseline(args: &Advise, all: &Advice) -> anyhow::Result<Vec<String>> {
    let Some(path) = &args.baseline else { return Ok(Vec::new()) };
    let failed = |problem: String| anyhow::anyhow!("{}: {problem}", path.display());
    let now = Baseline::of(&all.kernels);
    if args.update_baseline {
        now.write(path).map_err(failed)?;
        return Ok(Vec::new());
    }
    let before = Baseline::read(path).map_err(failed)?;
    let mut worse = before.worse(&now);
    worse.extend(before.lost(&now, &all.failures));
    Ok(worse)
}

fn summary(
    args: &Advise,
    all: &Advice,
    conversions: &[Conversion],
    compiler: Option<&Compiler>,
    worse: &[String],
) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    summary::problems(&mut out, conversions)?;
    for line in worse {
        writeln!(out, "worse: {line}")?;
    }
    if args.run.report.quiet {
        return out.flush();
    }
    for note in conversions.iter().filter_map(summary::empty) {
        writeln!(out, "{note}")?;
    }
    if conversions.iter().all(|conversion| conversion.walked == 0) {
        return out.flush();
    }
    match compiler {
        Some(compiler) => {
            let program = display_path(Path::new(&compiler.program));
            let (kernels, files) =
                (summary::count(all.kernels.len(), "kernel"), summary::files(all.compiled));
            writeln!(out, "Measured {kernels} in {files} with {program}; nothing ran on a GPU.")?;
        }
        None => writeln!(out, "No compiler was used, so kernels have no figures; `--compiler` names one.")?,
    }
    out.flush()
}
