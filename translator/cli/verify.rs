//! `tranship verify`: compiles a converted project, checks it, and runs its tests. It writes nothing into the project.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rayon::ThreadPool;
use tranship_engine::result::{Conversion, FileReport, Found, Problem, Status};
use tranship_rules::{Level, rule};

use super::args::Verify;
use super::convert::findings;
use super::options::OutputFormat;
use super::progress::Bar;
use super::{Ending, summary};
use crate::compile::database::Database;
use crate::compile::tree::Tree;
use crate::project::config::{CONFIG, nearest};
use crate::project::job::{Job, Stop};
use crate::project::manifest::{OutputOf, output_of};
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::project::setup::Overrides;
use crate::report::{self, VerificationReport, display_path};
use crate::verify::cache::Cache;
use crate::verify::map::SourceTree;
use crate::verify::passes::Depth;
use crate::verify::ready::{Ready, Wanted, find};
use crate::verify::test_run::{TestRun, run_tests};
use crate::verify::{Checked, Checks, Compilation, Request, check, compile};

/// A project that was verified.
struct Verified {
    compilation: Compilation,
    checks: Checks,
    tests: Option<TestRun>,
    source: Option<PathBuf>,
    output: Option<PathBuf>,
    archs: Vec<String>,
    compiler: String,
    has_database: bool,
    /// Whether a part of the project builds for ROCm by itself and stays as it is.
    keeps_parts: bool,
    /// The findings about files as a whole: the checks and the tests.
    whole: Conversion,
    /// The same and the findings about the compilation.
    all: Conversion,
}

/// The command with what all projects share.
struct Session<'a> {
    args: &'a Verify,
    pool: ThreadPool,
    scratch: tempfile::TempDir,
    overrides: Overrides,
    compilers: BTreeMap<Vec<String>, Ready>,
}

/// Runs the command.
pub(super) fn run(args: &Verify) -> anyhow::Result<Ending> {
    anyhow::ensure!(
        args.run.report.output_format != OutputFormat::Html,
        "`verify` has no page; `--output-format markdown` is for people too"
    );
    let mut session = Session {
        args,
        pool: args.run.pool()?,
        scratch: tempfile::tempdir().context("cannot make a folder for the converted files")?,
        overrides: args.run.settings.overrides(),
        compilers: BTreeMap::new(),
    };
    let (mut verified, mut problems) = (Vec::new(), Vec::new());
    for (number, (root, only)) in paths::roots(&args.paths)?.into_iter().enumerate() {
        match session.verify(&root, only.as_deref(), number)? {
            Ok(one) => verified.push(one),
            Err(more) => problems.extend(more),
        }
    }
    print(args, &verified, &problems)?;
    close(args, &verified, &problems)?;
    Ok(ending(args, &verified, &problems))
}

/// The first conversion of a project, and where its output is.
struct Converted {
    job: Job,
    conversion: Conversion,
    output: PathBuf,
    /// Whether `job` is about the source, and not about the output.
    has_source: bool,
    /// The output as the user would name it; `None` for a temporary folder.
    shown: Option<PathBuf>,
}

impl Session<'_> {
    /// Verifies the project or output folder `root`. Problems mean that it could not be read.
    fn verify(
        &mut self,
        root: &Path,
        only: Option<&[PathBuf]>,
        number: usize,
    ) -> anyhow::Result<Result<Verified, Vec<Problem>>> {
        let converted = match self.convert(root, number)? {
            Ok(converted) => converted,
            Err(problems) => return Ok(Err(problems)),
        };
        let Converted { job, conversion, output, has_source, shown } = &converted;
        let archs = job.setup.context.target.archs.clone();
        let compiler = self.compiler(&archs)?;
        let tree = Tree::read(output, conversion);
        let output_shown = shown.as_ref().unwrap_or(&job.shown);
        let second = self.second(job, output, output_shown)?;
        let database = self.database(shown.as_deref())?;
        let listed = database
            .as_ref()
            .map(|database| listed(database, &tree, job))
            .filter(|listed| !listed.is_empty());
        let options = |path: &Path| match &database {
            Some(database) => options(database, path, &tree, job),
            None => macros_of_build(tree.source_of(path), job),
        };
        let cache = Cache::open(if *has_source { &job.root } else { output }, &tree, !self.args.no_cache);
        let source = SourceTree { root: &job.root, context: &job.setup.context, endings: &job.setup.endings };
        let request = Request {
            tree: &tree,
            source: has_source.then_some(source),
            context: &job.setup.context,
            endings: &job.setup.endings,
            source_shown: &job.shown,
            output_shown,
            only,
            compiler: &compiler,
            depth: if self.args.object { Depth::Object } else { Depth::Syntax },
            options: &options,
            listed: listed.as_ref(),
            cache: &cache,
            scratch: self.scratch.path(),
        };
        let bar = Bar::new();
        let compilation = self.pool.install(|| compile(&request, &|at, of| bar.show(at, of)));
        bar.clear();
        cache.close(&tree);
        let (checks, mut whole) = check(&Checked {
            tree: &tree,
            shown: output_shown,
            first: has_source.then_some(conversion),
            second: &second,
            is_fresh: shown.is_none(),
            context: &job.setup.context,
        });
        let known = if *has_source { conversion } else { &second };
        let tests = self.args.run_tests.as_ref().map(|command| run_tests(command, output, known));
        whole.extend(tests.as_ref().and_then(|tests| about_tests(tests, output_shown, job)));
        let report = |files| Conversion {
            files,
            walked: conversion.walked,
            basis: conversion.basis.clone(),
            root: conversion.root.clone(),
            problems: conversion.problems.clone(),
            ..Conversion::default()
        };
        let all = compilation.files.iter().chain(&whole).cloned().collect();
        Ok(Ok(Verified {
            checks,
            tests,
            source: has_source.then(|| job.shown.clone()),
            output: shown.clone(),
            archs,
            has_database: listed.is_some(),
            keeps_parts: job.setup.context.project.own_hip.keeps_parts(),
            compiler: display_path(Path::new(&compiler.program)),
            whole: report(whole),
            all: report(all),
            compilation,
        }))
    }

    /// Converts the project at `root` into a temporary folder, or compares the output folder `root` with its source.
    fn convert(&self, root: &Path, number: usize) -> anyhow::Result<Result<Converted, Vec<Problem>>> {
        let written = output_of(root);
        let (paths, requested) = match &written {
            OutputOf::Nothing => {
                let output = self.scratch.path().join(format!("output-{number}"));
                (root.to_owned(), RequestedOutput::Out(output))
            }
            OutputOf::Source(source) => (paths::near(source), RequestedOutput::Against(root.to_owned())),
            OutputOf::LostSource => (root.to_owned(), RequestedOutput::Nowhere),
        };
        let (mut jobs, problems) = paths::jobs(&[paths], &requested, &self.overrides);
        let Some(mut job) = jobs.pop().filter(|_| problems.is_empty()) else { return Ok(Err(problems)) };
        let bar = Bar::new();
        let conversion =
            self.pool.install(|| convert(&mut job, &Stop::default(), &|at, of| bar.show(at, of)));
        bar.clear();
        let output = match requested {
            RequestedOutput::Out(output) => output,
            _ => root.to_owned(),
        };
        let output = output.canonicalize().with_context(|| format!("{}: cannot read", output.display()))?;
        let has_source = written != OutputOf::LostSource;
        let shown = (written != OutputOf::Nothing).then(|| root.to_owned());
        Ok(Ok(Converted { job, conversion, output, has_source, shown }))
    }

    /// Converts the output with the settings of its source, and writes nothing.
    fn second(&self, job: &Job, output: &Path, shown: &Path) -> anyhow::Result<Conversion> {
        let config = self.overrides.config.clone();
        let config = config.or_else(|| nearest(&job.root, CONFIG).map(|folder| folder.join(CONFIG)));
        let overrides = Overrides { config, ..self.overrides.clone() };
        let (mut jobs, problems) = paths::jobs(&[output.to_owned()], &RequestedOutput::Nowhere, &overrides);
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem.into());
        }
        let Some(mut job) = jobs.pop() else { return Ok(Conversion::default()) };
        shown.clone_into(&mut job.shown);
        Ok(self.pool.install(|| convert(&mut job, &Stop::default(), &|_, _| {})))
    }

    /// The compiler for `archs`, which is searched once for a list of architectures.
    fn compiler(&mut self, archs: &[String]) -> anyhow::Result<Ready> {
        if let Some(known) = self.compilers.get(archs) {
            return Ok(known.clone());
        }
        let args = self.args;
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let mut options: Vec<OsString> = args.compiler_option.clone();
        options.extend(args.include.iter().flat_map(|folder| ["-isystem".into(), absolute(folder).into()]));
        options.extend(args.define.iter().map(|define| format!("-D{define}").into()));
        let wanted = Wanted {
            program: args.compiler.as_deref(),
            options: &options,
            archs,
            scratch: self.scratch.path(),
        };
        let ready = find(&wanted).map_err(|problem| anyhow::anyhow!("cannot compile: {problem}"))?;
        self.compilers.insert(archs.to_vec(), ready.clone());
        Ok(ready)
    }

    /// The compile database that the user names, or that of the build in the output folder `shown`.
    fn database(&self, shown: Option<&Path>) -> anyhow::Result<Option<Database>> {
        const NAME: &str = "compile_commands.json";
        let path = match (&self.args.compile_commands, shown) {
            (Some(path), _) if path.is_dir() => path.join(NAME),
            (Some(path), _) => path.clone(),
            (None, Some(output)) => {
                let places = [output.join(NAME), output.join("build").join(NAME)];
                let Some(found) = places.into_iter().find(|path| path.is_file()) else { return Ok(None) };
                found
            }
            (None, None) => return Ok(None),
        };
        let read = Database::read(&path);
        read.map(Some).map_err(|problem| anyhow::anyhow!("{}: {problem}", path.display()))
    }
}

/// The files of the output that the database has, by their own path or by that of their source.
fn listed(database: &Database, tree: &Tree, job: &Job) -> BTreeSet<PathBuf> {
    let paths = tree.files().map(|(path, _)| path);
    let has = |path: &&Path| {
        database.has(&tree.root().join(path)) || database.has(&job.root.join(tree.source_of(path)))
    };
    paths.filter(has).map(Path::to_owned).collect()
}

/// The options with the macros that the project's own build for HIP defines, for the file `path` of the source. Only files that stay as
/// they are have any.
fn macros_of_build(path: &Path, job: &Job) -> Vec<OsString> {
    let context = &job.setup.context;
    let own_hip = &context.project.own_hip;
    let stays = own_hip.stays(path) || own_hip.shares(path, &context.index);
    // PyTorch's build of extensions for ROCm defines the macro.
    let of_torch = "-DUSE_ROCM=1".to_owned();
    let options = own_hip.switches().options_for_hip().chain([of_torch]).filter(|_| stays);
    options.map(OsString::from).collect()
}

/// The options of the output file `path`. A folder of the source becomes the same folder of the output, which has the converted
/// headers.
fn options(database: &Database, path: &Path, tree: &Tree, job: &Job) -> Vec<OsString> {
    let own = tree.root().join(path);
    if database.has(&own) {
        return database.options(&own);
    }
    let moved = |option: OsString| match Path::new(&option).strip_prefix(&job.root) {
        Ok(folder) if tree.root().join(folder).is_dir() => tree.root().join(folder).into(),
        _ => option,
    };
    database.options(&job.root.join(tree.source_of(path))).into_iter().map(moved).collect()
}

/// The report about tests that fail.
fn about_tests(tests: &TestRun, shown: &Path, job: &Job) -> Option<FileReport> {
    if tests.is_good() {
        return None;
    }
    let code = tests
        .code
        .map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with exit code {code}"));
    let failed = match tests.failed.as_slice() {
        [] => String::new(),
        names => format!("; these tests fail: {}", names.join(", ")),
    };
    let what = format!("`{}` {code}{failed}", tests.command);
    let found = Found::about_file(rule::FAILED_TESTS, what, Path::new(""), &job.setup.context)?;
    let mut file = FileReport::new(shown.to_owned(), PathBuf::new(), PathBuf::new(), Status::Unchanged);
    file.findings.push(found);
    Some(file)
}

fn reports<'a>(args: &Verify, verified: &'a [Verified]) -> Vec<VerificationReport<'a>> {
    let one = |one: &'a Verified| VerificationReport {
        compilation: &one.compilation,
        checks: &one.checks,
        tests: one.tests.as_ref(),
        source: one.source.as_deref(),
        output: one.output.as_deref(),
        archs: &one.archs,
        compiler: &one.compiler,
        objects: args.object,
    };
    verified.iter().map(one).collect()
}

fn print(args: &Verify, verified: &[Verified], problems: &[Problem]) -> anyhow::Result<()> {
    let report = &args.run.report;
    let with_problems = |of: fn(&Verified) -> &Conversion| {
        let mut all: Vec<Conversion> = verified.iter().map(of).cloned().collect();
        if !problems.is_empty() {
            all.push(Conversion { problems: problems.to_vec(), ..Conversion::default() });
        }
        all
    };
    let text = match report.output_format {
        OutputFormat::Text if !report.statistics => {
            report::verification(&reports(args, verified), &with_problems(|one| &one.whole))
        }
        OutputFormat::Json => {
            report::verification_json(&reports(args, verified), &with_problems(|one| &one.all))
        }
        _ => report.text(&with_problems(|one| &one.all)),
    };
    findings(report, &text, false)
}

/// Prints the problems, and a few sentences about each project.
fn close(args: &Verify, verified: &[Verified], problems: &[Problem]) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    let others = Conversion { problems: problems.to_vec(), ..Conversion::default() };
    let all: Vec<Conversion> = verified.iter().map(|one| one.whole.clone()).chain([others]).collect();
    summary::problems(&mut out, &all)?;
    if args.run.report.quiet {
        return out.flush();
    }
    for (one, report) in verified.iter().zip(reports(args, verified)) {
        writeln!(out, "{}", report.sentence())?;
        if one.compilation.units.is_empty() {
            writeln!(out, "note: no file of the project is a unit that uses HIP")?;
        }
        if one.keeps_parts && !one.has_database {
            writeln!(
                out,
                "note: a part of the project builds for ROCm by itself and stays as it is. Its files for NVIDIA alone are no \
                 units, and the others get the macros that its build files define for HIP. Only its own build has all \
                 files, macros and include folders; `-p` reads its compile database"
            )?;
        } else if !one.has_database && one.compilation.units.iter().any(|unit| !unit.failed.is_empty()) {
            writeln!(
                out,
                "note: macros and include folders that only the build knows may be missing; `-p` reads a compile database"
            )?;
        }
        let checks = &one.checks;
        if checks.left + checks.changing + checks.old_headers == 0 {
            writeln!(out, "No CUDA is left, and a second conversion changes nothing.")?;
        }
        if one.source.is_none() {
            let output = one.output.as_deref().map(display_path).unwrap_or_default();
            writeln!(out, "note: the source of {output} is not there, so errors are not led back to edits")?;
        } else if checks.differing > 0 {
            let files = summary::files(checks.differing);
            writeln!(out, "note: {files} of the output differ from what `tranship convert` would write now")?;
        }
        if let Some(tests) = one.tests.as_ref().filter(|tests| tests.is_good()) {
            writeln!(out, "The tests pass: {}", tests.command)?;
        }
    }
    out.flush()
}

fn ending(args: &Verify, verified: &[Verified], problems: &[Problem]) -> Ending {
    let is_unread = !problems.is_empty() || verified.iter().any(|one| !one.whole.problems.is_empty());
    if is_unread {
        return Ending::Failed;
    }
    let is_open = verified.iter().any(|one| one.all.open(Level::Manual) > 0);
    if is_open && !args.run.exit_zero { Ending::Open } else { Ending::Done }
}
