//! A whole conversion: walk, read the facts of every file, translate, write. One bad file never stops the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::Level;

use super::answers::{Stale, is_answers};
use super::cache::{Cache, CacheFile};
use super::index::{FEW, Reader, closure, own_hip};
use super::io_problem::io_problem;
use super::manifest::{Manifest, ManifestEntry, relative};
use super::packages::packages;
use super::plan::{Action, Plan, Step};
use super::read::{ReadAhead, ReadFile};
use super::setup::Setup;
use super::support::{Header, headers};
use super::writer::Writer;
use super::{git, walk};
use tranship_engine::edited::proposal;
use tranship_engine::finding::{Finding, Key, is_of_other_command};
use tranship_engine::index::switches_of;
use tranship_engine::result::Problem;
use tranship_engine::result::lang_with;
use tranship_engine::result::output_name;
use tranship_engine::result::patch::patches;
use tranship_engine::result::source_with;
use tranship_engine::result::survey::survey;

use super::job::{Destination, Job, NamedFiles, Stop};
use tranship_engine::result::{Basis, Conversion, FileReport, Status, out_of_step, translated};
use tranship_engine::source::Source;
use tranship_engine::translate::encloses;

/// A function that is called with the number of finished files and the number of all files.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Runs the conversion `job`. All problems are part of the result.
pub fn convert(job: &mut Job, stop: &Stop, progress: Progress) -> Conversion {
    let mut conversion = run(job, stop, progress)
        .unwrap_or_else(|problem| Conversion { problems: vec![problem], ..Conversion::default() });
    conversion.basis = Some(Basis::new(&job.shown, &job.setup.context));
    conversion
}

fn run(job: &mut Job, stop: &Stop, progress: Progress) -> Result<Conversion, Problem> {
    require_clean(job)?;
    let alone = job.only.is_some() && !job.in_project;
    let mut tree = tree(job, alone);
    job.setup.context.options.support.flat = job.is_flat();
    if !job.is_flat() && !job.setup.one_header {
        let files = tree.entries.iter().map(|entry| entry.path.as_path());
        let is_code = |path: &&Path| lang_with(path, &job.setup.endings).is_cpp();
        job.setup.context.options.support.packages = packages(&job.root, files.filter(is_code));
    }
    let own_hip = own_hip(job, &tree, stop);
    job.setup.context.guards.switches = own_hip.switches().clone();
    let mut plan = Plan::new(job, &tree, &own_hip);
    let narrows = job.shard.is_some() || (job.in_project && job.only.is_some());
    let writer = Writer::open(job)?;
    let ahead = ReadAhead::new();
    let run = Run { job, writer: &writer, stop };
    // A narrowed plan has only files to translate, so nothing is written before pass 2.
    let folders = if narrows { Folders::default() } else { run.folders(&plan) };
    let copied = CopiedFiles::default();
    let copy_at_once = |step: &Step, bytes: &[u8], permissions| {
        if !narrows && !is_below(&step.output, &folders.blocked) {
            copied.add(step, run.copy_bytes(step, bytes, permissions));
        }
    };
    let cache_file = CacheFile::read(job);
    let cache = Cache::new(&cache_file);
    let ahead_of_pass_2 = (!narrows).then_some(&ahead);
    let reader =
        Reader { job, stop, cache: &cache, ahead: ahead_of_pass_2, plain: &copy_at_once, kept: None };
    let code = plan.code(&job.setup);
    let mut facts = if alone { reader.read_closure(&code) } else { reader.read(&code) };
    let project = reader.read_project(&plan, own_hip);
    let switches = switches_of(&project.own_hip, facts.all());
    if !stop.is_set() {
        cache.close();
    }
    let changed = switches.differing(&job.setup.context.guards.switches);
    job.setup.context.guards.switches = switches;
    if !changed.is_empty() {
        let (cache_file, none) = (CacheFile::default(), |_: &Step, _: &[u8], _: Permissions| {});
        let cache = Cache::new(&cache_file);
        let reader = Reader { job, stop, cache: &cache, ahead: ahead_of_pass_2, plain: &none, kept: None };
        if alone {
            facts = reader.read_closure(&code);
        } else {
            reader.read_again(&code, &mut facts, &changed);
        }
    }
    let gets_cuda = std::mem::take(&mut facts.gets_cuda);
    let (index, mut without_cuda) = facts.index();
    job.setup.context.index = index;
    job.setup.context.project = project;
    job.setup.context.choose_libraries();
    let encloses = encloses(&job.setup.context, |path| read_source(job, path));
    for path in encloses.keys().chain(&gets_cuda) {
        without_cuda.remove(path);
        copied.forget(path);
    }
    job.setup.context.project.encloses = encloses;
    job.setup.context.project.gets_cuda = gets_cuda;
    if narrows {
        plan.narrow(job);
        tree.problems.retain(|problem| job.shard.is_some_and(|shard| shard.has(&problem.path)));
    }
    let run = Run { job, writer: &writer, stop };
    let first = FirstPass { plain: &without_cuda, ahead: &ahead, copied: &copied };
    let (mut conversion, mut manifest) = run.all(&plan, folders, &first, progress);
    manifest.written_by = job.setup.written_by();
    manifest.source = job.output().map(|output| relative(output, &job.root)).unwrap_or_default();
    let closed = writer.close(manifest, job.only.is_some() || conversion.interrupted);
    conversion.problems.extend(closed.problems);
    let (behind, kept) = closed.edited.into_iter().partition::<Vec<_>, _>(|file| file.is_behind);
    conversion.kept = kept.into_iter().map(|file| file.path).collect();
    conversion.behind = behind.into_iter().map(|file| file.path).collect();
    if let Destination::Against { shown, .. } = &job.destination {
        conversion.files.extend(
            closed
                .drifts
                .into_iter()
                .filter_map(|drift| out_of_step(&drift.path, &drift.what, shown, &job.setup.context)),
        );
    }
    conversion.root.clone_from(&job.root);
    conversion.shard = job.shard;
    conversion.surveyed = job.survey;
    conversion.walked = plan.files();
    if job.lists_inputs {
        conversion.inputs = plan.inputs();
    }
    if !conversion.interrupted {
        conversion.stale = stale(job, &conversion);
    }
    let problem = |problem: Problem| Problem::new(job.shown(&problem.path), problem.message);
    conversion.problems.extend(tree.problems.into_iter().map(problem));
    Ok(conversion)
}

/// The file of the project at `path`, if it can be read.
fn read_source(job: &Job, path: &Path) -> Option<Source> {
    let source = |bytes: &[u8], _| source_with(path, bytes.to_owned(), &job.setup.endings);
    job.with_bytes(path, source).ok()
}

/// A problem if a conversion in place would change files that git could not restore.
fn require_clean(job: &Job) -> Result<(), Problem> {
    if let Destination::Source { allow_dirty: false } = job.destination {
        let only: Vec<_> = job.only.iter().flat_map(NamedFiles::iter).map(|only| only.path.clone()).collect();
        git::require_clean(&job.root, &only).map_err(|problem| Problem::new(&job.shown, problem.message))?;
    }
    Ok(())
}

/// The files of the project, or `alone` the files that the user named. Staged files are added, because they may be missing
/// on disk.
fn tree(job: &Job, alone: bool) -> walk::Tree {
    let mut tree = match &job.only {
        Some(files) if alone => walk::Tree::of_files(files.iter().map(|only| only.path.clone())),
        _ => walk::walk(&job.root, &job.setup.excludes, &job.outputs),
    };
    tree.add_files(job.staged.keys().filter(|path| !job.setup.excludes.covers(path)));
    tree
}

/// The answers to findings that no longer exist, for the files that `job` converts.
fn stale(job: &Job, conversion: &Conversion) -> Vec<Stale> {
    let selection = &job.setup.context.selection;
    let answered = conversion.files.iter().flat_map(|file| {
        let path = selection.base.join(&file.source);
        file.findings.iter().map(move |found| (path.clone(), found.key))
    });
    let answered: FxHashSet<(PathBuf, Key)> = answered.collect();
    job.setup.answers.stale(&answered, |place| {
        let Ok(path) = place.path.strip_prefix(&selection.base) else { return false };
        if is_of_other_command(&place.rule) {
            return false;
        }
        let rule = job.setup.context.rules.rule(&place.rule);
        job.looks_at(path) && selection.keeps(&place.rule, rule.map_or(Level::Safe, |rule| rule.level), path)
    })
}

fn is_below(path: &Path, folders: &FxHashSet<PathBuf>) -> bool {
    !folders.is_empty() && path.ancestors().any(|folder| folders.contains(folder))
}

/// The result of one step.
#[derive(Default)]
struct StepResult {
    report: Option<FileReport>,
    problem: Option<Problem>,
    written: Option<(PathBuf, ManifestEntry)>,
}

/// The folders of the output.
#[derive(Default)]
struct Folders {
    results: Vec<StepResult>,
    /// The folders that could not be created. Nothing is written below them, because they may lead out of the output.
    blocked: FxHashSet<PathBuf>,
}

/// The results of the files that pass 1 copied, by the path of the file.
#[derive(Default)]
struct CopiedFiles(Mutex<FxHashMap<PathBuf, StepResult>>);

impl CopiedFiles {
    fn add(&self, step: &Step, done: StepResult) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(step.path.clone(), done);
    }

    /// The file at `path` has to be translated after all.
    fn forget(&self, path: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    fn take(&self, step: &Step) -> Option<StepResult> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&step.path)
    }
}

/// The input of pass 2 from pass 1, besides the index.
struct FirstPass<'a> {
    /// The files of code that contain nothing to translate.
    plain: &'a FxHashSet<PathBuf>,
    ahead: &'a ReadAhead,
    copied: &'a CopiedFiles,
}

#[derive(Copy, Clone)]
struct Run<'a> {
    job: &'a Job,
    writer: &'a Writer,
    stop: &'a Stop,
}

impl Run<'_> {
    /// Creates the folders of the output.
    fn folders(&self, plan: &Plan) -> Folders {
        let mut folders = Folders::default();
        for step in plan.steps.iter().filter(|step| step.action == Action::Folder) {
            let make = || self.writer.folder(&self.job.root.join(&step.path), &step.output);
            let is_blocked = is_below(&step.output, &folders.blocked);
            let done = if is_blocked { StepResult::default() } else { self.guarded(step, |_, _| make()) };
            if done.problem.is_some() {
                folders.blocked.insert(step.output.clone());
            }
            folders.results.push(done);
        }
        folders
    }

    fn all(
        &self,
        plan: &Plan,
        folders: Folders,
        first: &FirstPass,
        progress: Progress,
    ) -> (Conversion, Manifest) {
        let files: Vec<_> = plan.steps.iter().filter(|step| step.action != Action::Folder).collect();
        let Folders { mut results, blocked } = folders;
        let done = AtomicUsize::new(0);
        results.par_extend(files.par_iter().with_max_len(FEW).map(|&step| {
            let one = first.copied.take(step).unwrap_or_else(|| {
                let is_blocked = is_below(&step.output, &blocked);
                if is_blocked { StepResult::default() } else { self.file(step, first) }
            });
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len());
            one
        }));
        let mut conversion = Conversion { interrupted: self.stop.is_set(), ..Conversion::default() };
        let mut manifest = Manifest::default();
        for done in results {
            conversion.files.extend(done.report);
            conversion.problems.extend(done.problem);
            if let Some((path, entry)) = done.written {
                manifest.set(path, entry);
            }
        }
        let mut used: BTreeMap<PathBuf, BTreeSet<&'static str>> = BTreeMap::new();
        let encloses = &self.job.setup.context.project.encloses;
        let includes = |file: &&FileReport| {
            let includes_for_others = file.status == Status::Converted && encloses.contains_key(&file.source);
            !file.helpers.is_empty() || includes_for_others
        };
        for file in conversion.files.iter().filter(includes) {
            let header = self.job.setup.context.support.header_of(&file.source);
            used.entry(header).or_default().extend(&file.helpers);
        }
        let headers = headers(self.job, self.writer, &used).and_then(|headers| {
            headers.into_iter().map(|header| self.support(header)).collect::<Result<Vec<_>, _>>()
        });
        match headers {
            Ok(headers) => {
                for (file, entry) in headers {
                    if let Some(entry) = entry {
                        manifest.set(file.output.clone(), entry);
                    }
                    conversion.files.push(file);
                }
            }
            Err(problem) => conversion.problems.push(problem),
        }
        let refused = plan.refused.iter().cloned();
        conversion.files.extend(refused.map(|file| FileReport { path: self.job.shown(&file.path), ..file }));
        conversion.files.sort_by(|a, b| a.path.cmp(&b.path));
        (conversion, manifest)
    }

    /// Writes a support header.
    fn support(&self, header: Header) -> Result<(FileReport, Option<ManifestEntry>), Problem> {
        let output = self.job.setup.context.support.output(&header.path).to_owned();
        let shown = self.job.shown(&header.path);
        let mut file = FileReport::new(shown, header.path, output.clone(), Status::Support);
        let (entry, patch) = self.writer.support(&output, header.old.as_deref(), header.text.as_bytes())?;
        if self.job.destination == Destination::Patches {
            file.patches.push(("support-header".to_owned(), patch));
        } else {
            file.patch = patch;
        }
        if header.old.is_some_and(|old| old == header.text.as_bytes()) {
            file.status = Status::Unchanged;
        }
        Ok((file, entry))
    }

    /// Copies, links or translates the file or link of `step`.
    fn file(&self, step: &Step, first: &FirstPass) -> StepResult {
        self.guarded(step, |shown, report| match &step.action {
            Action::Link(target) => self.writer.link(&step.path, &step.output, target),
            Action::Translate if !first.plain.contains(&step.path) => {
                self.translate(step, shown, first.ahead, report)
            }
            Action::Folder | Action::Copy | Action::Translate => self.copy(step, shown),
        })
    }

    /// Writes `bytes`, the content of the file of `step`, as a copy.
    fn copy_bytes(&self, step: &Step, bytes: &[u8], permissions: Permissions) -> StepResult {
        self.guarded(step, |_, _| self.writer.copy_bytes(bytes, &step.output, permissions))
    }

    /// Runs `write` for `step`. A panic becomes a problem with the file of `step`.
    fn guarded(
        &self,
        step: &Step,
        write: impl FnOnce(&Path, &mut Option<FileReport>) -> Result<Option<ManifestEntry>, Problem>,
    ) -> StepResult {
        if self.stop.is_set() {
            return StepResult::default();
        }
        let shown = self.job.shown(&step.path);
        catch_unwind(AssertUnwindSafe(|| self.written(step, |report| write(&shown, report)))).unwrap_or_else(
            |_| StepResult {
                problem: Some(Problem::new(&shown, "could not be converted because of a defect in tranship")),
                ..StepResult::default()
            },
        )
    }

    fn written(
        &self,
        step: &Step,
        write: impl FnOnce(&mut Option<FileReport>) -> Result<Option<ManifestEntry>, Problem>,
    ) -> StepResult {
        let mut report = None;
        match write(&mut report) {
            Ok(entry) => {
                StepResult { report, problem: None, written: entry.map(|entry| (step.output.clone(), entry)) }
            }
            Err(problem) => {
                if let Some(report) = &mut report {
                    report.status = Status::Failed;
                }
                // The output of an earlier run is still there, so its entry stays in the manifest.
                let previous = self.writer.previous(&step.output).map(|entry| (step.output.clone(), entry));
                StepResult { report, problem: Some(problem), written: previous }
            }
        }
    }

    fn copy(&self, step: &Step, shown: &Path) -> Result<Option<ManifestEntry>, Problem> {
        self.writer.copy(&self.job.root.join(&step.path), &step.output, shown)
    }

    fn translate(
        &self,
        step: &Step,
        shown: &Path,
        ahead: &ReadAhead,
        report: &mut Option<FileReport>,
    ) -> Result<Option<ManifestEntry>, Problem> {
        let context = &self.job.setup.context;
        let read = ahead.take(&step.path).map_or_else(|| self.read(step, shown), Ok)?;
        let ReadFile { source, permissions, syntax } = read;
        if !source.lang.is_cpp() && is_answers(&source.bytes) {
            return self.copy(step, shown);
        }
        let (mut file, translation) = translated(&source, syntax, shown, &step.output, context);
        if self.job.destination == Destination::Patches {
            let output = self.writer.in_patch(&step.output);
            file.patches =
                patches(&self.writer.in_patch(&step.path), &output, &source, &translation, context);
        }
        let output = translation.output(&source);
        if self.job.survey {
            file.survey = Some(survey(&source, &translation, context));
        }
        if self.job.proposals && translation.untouched.is_none() {
            let lines = |finding: &Finding| {
                let key = finding.site.as_ref()?.key;
                Some((key, proposal(finding, &source, &translation.edits)?))
            };
            file.proposals = translation.findings.iter().filter_map(lines).collect();
        }
        let may_differ = file.survey.as_ref().is_some_and(|survey| !survey.numbers.is_empty());
        // A build file without changes, findings or numerical topics is a plain copy and needs no report.
        let is_reported = source.lang.is_cpp()
            || file.status != Status::Unchanged
            || !file.findings.is_empty()
            || may_differ;
        let file = is_reported.then(|| report.insert(file));
        let written = self.writer.put(&step.path, &step.output, &source.bytes, &output, permissions);
        let (entry, patch) = written?;
        if let Some(file) = file {
            file.patch = patch;
        }
        Ok(entry)
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

/// Translates `bytes`, the content of the single file `path` below `root`, and returns the new content.
pub fn translate_one(
    root: &Path,
    path: &Path,
    bytes: Vec<u8>,
    setup: &mut Setup,
    shown: &Path,
) -> (Vec<u8>, FileReport) {
    let sources = [source_with(path, bytes, &setup.endings)];
    setup.context.index = closure(root, &sources, &setup.context, &setup.endings);
    setup.context.choose_libraries();
    setup.context.project.encloses = encloses(&setup.context, |path| {
        let bytes = fs::read(root.join(path)).ok()?;
        Some(source_with(path, bytes, &setup.endings))
    });
    let [source] = sources;
    let output = output_name(path, setup.context.keep_names);
    let (file, translation) = translated(&source, None, shown, &output, &setup.context);
    (translation.output(&source).into_owned(), file)
}
