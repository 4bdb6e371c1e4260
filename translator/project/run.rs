//! A whole conversion: walk, look at every file, translate, write. One bad file never stops the others.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::Level;

use super::answers::{Stale, is_answers};
use super::cache::{Cache, Kept};
use super::index::{Reader, closure};
use super::io_problem::io_problem;
use super::mark::{Held, Mark};
use super::plan::{Action, Plan, Step};
use super::read::{ReadAhead, ReadFile};
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
    let narrows = job.in_project && job.only.is_some();
    let writer = Writer::open(job)?;
    let ahead = ReadAhead::new();
    let run = Run { job, writer: &writer, stop };
    // Of a narrowed plan nothing is left that could be written before pass 2.
    let folders = if narrows { Folders::default() } else { run.folders(&plan) };
    let early = Early::default();
    let copy_at_once = |step: &Step, bytes: &[u8], permissions| {
        if !narrows && !is_below(&step.output, &folders.blocked) {
            early.add(step, run.copy_bytes(step, bytes, permissions));
        }
    };
    let kept = Kept::read(job);
    let cache = Cache::new(&kept);
    let reader =
        Reader { job, stop, cache: &cache, ahead: (!narrows).then_some(&ahead), plain: &copy_at_once };
    let code = plan.code(&job.setup);
    let looks = if alone { reader.read_closure(&code) } else { reader.read(&code) };
    let project = reader.read_project(&plan);
    if !stop.is_set() {
        cache.close();
    }
    job.setup.context.index = looks.index;
    job.setup.context.project = project;
    if narrows {
        plan.narrow(job);
        tree.problems.clear();
    }
    let run = Run { job, writer: &writer, stop };
    let known = Known { plain: &looks.plain, ahead: &ahead, early: &early };
    let (mut conversion, mut mark) = run.all(&plan, folders, &known, progress);
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

fn is_below(path: &Path, folders: &FxHashSet<PathBuf>) -> bool {
    !folders.is_empty() && path.ancestors().any(|folder| folders.contains(folder))
}

/// What one step gives.
#[derive(Default)]
struct Done {
    report: Option<FileReport>,
    problem: Option<Problem>,
    written: Option<(PathBuf, Held)>,
}

/// The folders of the output.
#[derive(Default)]
struct Folders {
    dones: Vec<Done>,
    /// Those that are not ours: nothing is written below them, for they may lead out of the output.
    blocked: FxHashSet<PathBuf>,
}

/// The steps that were done while the project was read, by the path of their file.
#[derive(Default)]
struct Early(Mutex<FxHashMap<PathBuf, Done>>);

impl Early {
    fn add(&self, step: &Step, done: Done) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(step.path.clone(), done);
    }

    fn take(&self, step: &Step) -> Option<Done> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&step.path)
    }
}

/// What pass 1 leaves to pass 2 besides the index.
struct Known<'a> {
    /// The code that holds nothing to translate.
    plain: &'a FxHashSet<PathBuf>,
    ahead: &'a ReadAhead,
    early: &'a Early,
}

#[derive(Copy, Clone)]
struct Run<'a> {
    job: &'a Job,
    writer: &'a Writer,
    stop: &'a Stop,
}

impl Run<'_> {
    /// Makes the folders of the output.
    fn folders(&self, plan: &Plan) -> Folders {
        let mut folders = Folders::default();
        for step in plan.steps.iter().filter(|step| step.action == Action::Folder) {
            let make = || self.writer.folder(&self.job.root.join(&step.path), &step.output);
            let is_blocked = is_below(&step.output, &folders.blocked);
            let done = if is_blocked { Done::default() } else { self.guarded(step, |_, _| make()) };
            if done.problem.is_some() {
                folders.blocked.insert(step.output.clone());
            }
            folders.dones.push(done);
        }
        folders
    }

    fn all(&self, plan: &Plan, folders: Folders, known: &Known, progress: Progress) -> (Conversion, Mark) {
        let files: Vec<_> = plan.steps.iter().filter(|step| step.action != Action::Folder).collect();
        let Folders { mut dones, blocked } = folders;
        let done = AtomicUsize::new(0);
        dones.par_extend(files.par_iter().map(|&step| {
            let one = known.early.take(step).unwrap_or_else(|| {
                let is_blocked = is_below(&step.output, &blocked);
                if is_blocked { Done::default() } else { self.file(step, known) }
            });
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
        let refused = plan.refused.iter().cloned();
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

    /// Does what becomes of the file or link of `step`.
    fn file(&self, step: &Step, known: &Known) -> Done {
        self.guarded(step, |shown, report| match &step.action {
            Action::Link(target) => self.writer.link(&step.path, &step.output, target),
            Action::Translate if !known.plain.contains(&step.path) => {
                self.translate(step, shown, known.ahead, report)
            }
            Action::Folder | Action::Copy | Action::Translate => self.copy(step, shown),
        })
    }

    /// Copies the file of `step`, which holds `bytes`.
    fn copy_bytes(&self, step: &Step, bytes: &[u8], permissions: Permissions) -> Done {
        self.guarded(step, |_, _| self.writer.copy_bytes(bytes, &step.output, permissions))
    }

    /// What `write` does for `step`. A panic in one file is a problem with that file.
    fn guarded(
        &self,
        step: &Step,
        write: impl FnOnce(&Path, &mut Option<FileReport>) -> Result<Option<Held>, Problem>,
    ) -> Done {
        if self.stop.is_set() {
            return Done::default();
        }
        let shown = self.job.shown(&step.path);
        catch_unwind(AssertUnwindSafe(|| self.written(step, |report| write(&shown, report)))).unwrap_or_else(
            |_| Done {
                problem: Some(Problem::new(&shown, "could not be converted because of a defect in tranship")),
                ..Done::default()
            },
        )
    }

    fn written(
        &self,
        step: &Step,
        write: impl FnOnce(&mut Option<FileReport>) -> Result<Option<Held>, Problem>,
    ) -> Done {
        let mut report = None;
        match write(&mut report) {
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
        ahead: &ReadAhead,
        report: &mut Option<FileReport>,
    ) -> Result<Option<Held>, Problem> {
        let context = &self.job.setup.context;
        let read = ahead.take(&step.path).map_or_else(|| self.read(step, shown), Ok)?;
        let ReadFile { source, permissions, syntax } = read;
        if !source.lang.is_cpp() && is_answers(&source.bytes) {
            return self.copy(step, shown);
        }
        let (mut file, translation) = translated(&source, syntax, shown, &step.output, context);
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

    fn read(&self, step: &Step, shown: &Path) -> Result<ReadFile, Problem> {
        let file = |bytes: &[u8], permissions| {
            let source = source_with(&step.path, bytes.to_owned(), &self.job.setup.endings);
            ReadFile { source, permissions, syntax: None }
        };
        let read = self.job.with_bytes(&step.path, file);
        read.map_err(|error| io_problem(shown, "cannot read", &error))
    }
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
    let (file, translation) = translated(&source, None, shown, &output, &setup.context);
    (translation.output(&source).into_owned(), file)
}
