//! A whole conversion: walk, look at every file, translate, write. One bad file never stops the others.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use tranship_rules::Level;

use super::answers::{Stale, is_answers};
use super::cache::{Cache, Kept};
use super::index::{Reader, closure};
use super::io_problem::io_problem;
use super::mark::{Held, Mark};
use super::plan::{Action, Plan, Step};
use super::setup::Setup;
use super::support::Header;
use super::writer::Writer;
use super::{git, walk};
use tranship_engine::finding::Key;
use tranship_engine::result::Problem;
use tranship_engine::result::output_name;
use tranship_engine::result::patch::patches;
use tranship_engine::result::source_with;
use tranship_engine::result::survey::survey;

use super::job::{Job, NamedFiles, Stop, To};
use tranship_engine::result::{Basis, Conversion, FileReport, Status, out_of_step, translated};

/// Called with the number of files done and of all files.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Converts. Whatever goes wrong is part of the result.
pub fn convert(job: &mut Job, stop: &Stop, progress: Progress) -> Conversion {
    let mut conversion = run(job, stop, progress)
        .unwrap_or_else(|problem| Conversion { problems: vec![problem], ..Conversion::default() });
    conversion.basis = Some(Basis::new(&job.shown, &job.setup.context));
    conversion
}

fn run(job: &mut Job, stop: &Stop, progress: Progress) -> Result<Conversion, Problem> {
    if let To::Source { allow_dirty: false } = job.to {
        let only: Vec<_> = job.only.iter().flat_map(NamedFiles::iter).map(|only| only.path.clone()).collect();
        git::require_clean(&job.root, &only).map_err(|problem| Problem::new(&job.shown, problem.message))?;
    }
    let alone = job.only.is_some() && !job.in_project;
    let mut tree = match &job.only {
        Some(files) if alone => walk::Tree::of_files(files.iter().map(|only| only.path.clone())),
        _ => walk::walk(&job.root, &job.setup.excludes, &job.outputs),
    };
    tree.add_files(job.staged.keys().filter(|path| !job.setup.excludes.cover(path)));
    job.setup.context.support.flat = job.is_flat();
    let mut plan = Plan::new(job, &tree);
    let kept = Kept::read(job);
    let cache = Cache::new(&kept);
    let reader = Reader { job, stop, cache: &cache };
    let code = plan.code(&job.setup);
    let looks = if alone { reader.read_closure(&code) } else { reader.read(&code) };
    let project = reader.read_project(&plan);
    if !stop.is_set() {
        cache.close();
    }
    job.setup.context.index = looks.index;
    job.setup.context.project = project;
    if job.in_project && job.only.is_some() {
        plan.narrow(job);
        tree.problems.clear();
    }
    let writer = Writer::open(job)?;
    let run = Run { job, plan: &plan, plain: &looks.plain, writer: &writer, stop };
    let (mut conversion, mut mark) = run.all(progress);
    mark.made = job.setup.made();
    let (problems, drifts) = writer.close(mark, job.only.is_some() || conversion.interrupted);
    conversion.problems.extend(problems);
    if let To::Against { shown, .. } = &job.to {
        conversion.files.extend(
            drifts
                .into_iter()
                .filter_map(|drift| out_of_step(&drift.path, &drift.what, shown, &job.setup.context)),
        );
    }
    conversion.root.clone_from(&job.root);
    conversion.surveyed = job.survey;
    conversion.walked = plan.files();
    if !conversion.interrupted {
        conversion.stale = stale(job, &conversion);
    }
    let problem = |problem: Problem| Problem::new(job.shown(&problem.path), problem.message);
    conversion.problems.extend(tree.problems.into_iter().map(problem));
    Ok(conversion)
}

/// The answers about files of `job` whose findings are there no more.
fn stale(job: &Job, conversion: &Conversion) -> Vec<Stale> {
    let selection = &job.setup.context.selection;
    let answered = conversion.files.iter().flat_map(|file| {
        let path = selection.base.join(&file.source);
        file.findings.iter().map(move |found| (path.clone(), found.key))
    });
    let answered: FxHashSet<(PathBuf, Key)> = answered.collect();
    job.setup.answers.stale(&answered, |place| {
        let Ok(path) = place.path.strip_prefix(&selection.base) else { return false };
        let rule = job.setup.context.rules.rule(&place.rule);
        job.looks_at(path) && selection.keeps(&place.rule, rule.map_or(Level::Safe, |rule| rule.level), path)
    })
}

fn is_below(path: &Path, folders: &FxHashSet<&Path>) -> bool {
    !folders.is_empty() && path.ancestors().any(|folder| folders.contains(folder))
}

/// What one step gives.
#[derive(Default)]
struct Done {
    report: Option<FileReport>,
    problem: Option<Problem>,
    written: Option<(PathBuf, Held)>,
}

struct Run<'a> {
    job: &'a Job,
    plan: &'a Plan,
    /// The code that holds nothing to translate.
    plain: &'a FxHashSet<PathBuf>,
    writer: &'a Writer,
    stop: &'a Stop,
}

impl Run<'_> {
    fn all(&self, progress: Progress) -> (Conversion, Mark) {
        let (folders, files): (Vec<_>, Vec<_>) =
            self.plan.steps.iter().partition(|step| step.action == Action::Folder);
        let mut dones = Vec::new();
        // Nothing is written below a folder that is not ours: it may lead out of the output.
        let mut blocked = FxHashSet::default();
        for step in folders {
            let done = if is_below(&step.output, &blocked) { Done::default() } else { self.guarded(step) };
            if done.problem.is_some() {
                blocked.insert(step.output.as_path());
            }
            dones.push(done);
        }
        let done = AtomicUsize::new(0);
        dones.par_extend(files.par_iter().map(|step| {
            let one = if is_below(&step.output, &blocked) { Done::default() } else { self.guarded(step) };
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            one
        }));
        let mut conversion = Conversion { interrupted: self.stop.is_set(), ..Conversion::default() };
        let mut mark = Mark::default();
        for done in dones {
            conversion.files.extend(done.report);
            conversion.problems.extend(done.problem);
            if let Some((path, held)) = done.written {
                mark.set(path, held);
            }
        }
        let used = conversion.files.iter().flat_map(|file| file.helpers.iter().copied()).collect();
        match self.support(used) {
            Ok(Some((file, held))) => {
                if let Some(held) = held {
                    mark.set(file.output.clone(), held);
                }
                conversion.files.push(file);
            }
            Ok(None) => {}
            Err(problem) => conversion.problems.push(problem),
        }
        let refused = self.plan.refused.iter().cloned();
        conversion.files.extend(refused.map(|file| FileReport { path: self.job.shown(&file.path), ..file }));
        conversion.files.sort_by(|a, b| a.path.cmp(&b.path));
        (conversion, mark)
    }

    /// Writes the support header if anything needs it.
    fn support(&self, used: BTreeSet<&'static str>) -> Result<Option<(FileReport, Option<Held>)>, Problem> {
        let Some(header) = Header::of(self.job, self.writer, used)? else { return Ok(None) };
        let place = &self.job.setup.context.support;
        let output = place.output().to_owned();
        let mut file =
            FileReport::new(self.job.shown(&place.path), place.path.clone(), output.clone(), Status::Support);
        let (held, patch) = self.writer.support(&output, header.old.as_deref(), header.text.as_bytes())?;
        if self.job.to == To::Patches {
            file.patches.push(("support-header".to_owned(), patch));
        } else {
            file.patch = patch;
        }
        if header.old.is_some_and(|old| old == header.text.as_bytes()) {
            file.status = Status::Unchanged;
        }
        Ok(Some((file, held)))
    }

    /// A panic in one file is a problem with that file.
    fn guarded(&self, step: &Step) -> Done {
        if self.stop.is_set() {
            return Done::default();
        }
        let shown = self.job.shown(&step.path);
        catch_unwind(AssertUnwindSafe(|| self.step(step, &shown))).unwrap_or_else(|_| Done {
            problem: Some(Problem::new(shown, "could not be converted because of a defect in tranship")),
            ..Done::default()
        })
    }

    fn step(&self, step: &Step, shown: &Path) -> Done {
        let mut report = None;
        let written = match &step.action {
            Action::Folder => self.writer.folder(&self.job.root.join(&step.path), &step.output),
            Action::Link(target) => self.writer.link(&step.path, &step.output, target),
            Action::Copy => self.copy(step, shown),
            Action::Translate if self.plain.contains(&step.path) => self.copy(step, shown),
            Action::Translate => self.translate(step, shown, &mut report),
        };
        match written {
            Ok(held) => Done { report, problem: None, written: held.map(|held| (step.output.clone(), held)) },
            Err(problem) => {
                if let Some(report) = &mut report {
                    report.status = Status::Failed;
                }
                // What we left there before is still there, and still ours.
                let before = self.writer.before(&step.output).map(|held| (step.output.clone(), held));
                Done { report, problem: Some(problem), written: before }
            }
        }
    }

    fn copy(&self, step: &Step, shown: &Path) -> Result<Option<Held>, Problem> {
        self.writer.copy(&self.job.root.join(&step.path), &step.output, shown)
    }

    fn translate(
        &self,
        step: &Step,
        shown: &Path,
        report: &mut Option<FileReport>,
    ) -> Result<Option<Held>, Problem> {
        let context = &self.job.setup.context;
        let (bytes, permissions) = self.read(step, shown)?;
        let source = source_with(&step.path, bytes, &self.job.setup.endings);
        if !source.lang.is_cpp() && is_answers(&source.bytes) {
            return self.copy(step, shown);
        }
        let (mut file, translation) = translated(&source, shown, &step.output, context);
        if self.job.to == To::Patches {
            let output = self.writer.shown(&step.output);
            file.patches = patches(&self.writer.shown(&step.path), &output, &source, &translation, context);
        }
        let output = translation.output(&source);
        if self.job.survey {
            file.survey = Some(survey(&source, &translation, context));
        }
        let may_differ = file.survey.as_ref().is_some_and(|survey| !survey.numbers.is_empty());
        // A build file that says nothing is a plain copy.
        let tells = source.lang.is_cpp()
            || file.status != Status::Unchanged
            || !file.findings.is_empty()
            || may_differ;
        let file = tells.then(|| report.insert(file));
        let written = self.writer.put(&step.path, &step.output, &source.bytes, &output, permissions);
        let (held, patch) = written?;
        if let Some(file) = file {
            file.patch = patch;
        }
        Ok(held)
    }

    fn read(&self, step: &Step, shown: &Path) -> Result<(Vec<u8>, Permissions), Problem> {
        let path = self.job.root.join(&step.path);
        let bytes = match self.job.staged.get(&step.path) {
            // It need not be on disk at all, and nothing staged is ever written.
            Some(bytes) => fs::metadata(&self.job.root).map(|meta| (bytes.clone(), meta.permissions())),
            None => read(&path),
        };
        bytes.map_err(|error| io_problem(shown, "cannot read", &error))
    }
}

fn read(path: &Path) -> io::Result<(Vec<u8>, Permissions)> {
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    file.read_to_end(&mut bytes)?;
    Ok((bytes, meta.permissions()))
}

/// Translates the single file `path` below `root`, whose content is `bytes`; returns the new content.
pub fn translate_one(
    root: &Path,
    path: &Path,
    bytes: Vec<u8>,
    setup: &mut Setup,
    shown: &Path,
) -> (Vec<u8>, FileReport) {
    let sources = [source_with(path, bytes, &setup.endings)];
    setup.context.index = closure(root, &sources, &setup.context, &setup.endings);
    let [source] = sources;
    let output = output_name(path, setup.context.keep_names);
    let (file, translation) = translated(&source, shown, &output, &setup.context);
    (translation.output(&source).into_owned(), file)
}
