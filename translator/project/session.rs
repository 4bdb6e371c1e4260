//! A project that stays open while its files change, for editors. It writes only the file of answers and support headers.
//!
//! The facts of all files are kept in memory. After a change of one file, only this file is read again. The index is made
//! again only if the facts of the file changed. After a change of a build file, the plan is made again. The project is walked again
//! only if files appear or disappear, or if a file such as `.gitignore` changed.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use tranship_engine::cpp::switches::Switches;
use tranship_engine::finding::{Answer, Key};
use tranship_engine::index::{OwnHip, Project, switches_of};
use tranship_engine::pass::Context;
use tranship_engine::result::{
    Found, Problem, every_finding, lang_with, output_name, source_with, translated,
};
use tranship_engine::source::Source;
use tranship_engine::text::globs::Globs;
use tranship_engine::translate::{Translation, encloses};

use super::answers::{ANSWERS, AnswersFile, Entry, Place};
use super::cache::{Cache, CacheFile};
use super::config::{CONFIG, nearest};
use super::git;
use super::index::{CodeFacts, Difference, Reader, closure, own_hip};
use super::job::{Destination, Job, Stop};
use super::kept::Kept;
use super::packages::packages;
use super::plan::Plan;
use super::setup::{Overrides, Setup, options};
use super::support;
use super::walk::{Tree, decides_files, walk};

/// What has to be made again before the next translation, from the least to the most.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stale {
    Nothing,
    /// The index, with new facts of the files `Session::changed`.
    Facts,
    /// The facts of all files.
    Index,
    /// What happens to each file. The list of files is the same.
    Plan,
    /// The list of files.
    Files,
}

/// The translation of one file.
pub struct Checked {
    /// The file.
    pub source: Source,
    /// Its edits.
    pub translation: Translation,
    /// All its findings, also the safe ones.
    pub findings: Vec<Found>,
    /// The path of its output, relative to the root.
    pub output: PathBuf,
}

/// An open project.
pub struct Session {
    /// The open files are its staged files.
    job: Job,
    tree: Tree,
    plan: Option<Plan>,
    own_hip: OwnHip,
    /// The facts with the macros for one vendor that the build files show.
    kept: Kept,
    /// The facts with all macros for one vendor, of the files that test more of them.
    kept_again: Kept,
    /// The macros of `kept_again`.
    switches: Switches,
    /// The files of code that contain nothing to translate.
    plain: FxHashSet<PathBuf>,
    /// The facts of the index.
    facts: CodeFacts,
    stale: Stale,
    changed: FxHashSet<PathBuf>,
    /// The number of times that the index was made, which changes the findings of all files.
    version: u64,
}

/// The folder of the project around the file `path`: the nearest one with a configuration or answers, else the innermost of
/// `folders`, else the git repository. `None` for a file outside of a project.
pub fn project_of(path: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
    let folder = path.parent()?;
    let with = |name: &str| nearest(folder, name).map(Path::to_owned);
    let innermost = || {
        let around = folders.iter().filter(|around| folder.starts_with(around));
        around.max_by_key(|around| around.components().count()).cloned()
    };
    with(CONFIG).or_else(|| with(ANSWERS)).or_else(innermost).or_else(|| git::root_of(folder))
}

/// `path` without links, also if the file is missing.
pub fn real_path(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => real_path(folder).join(name),
        _ => path.to_owned(),
    }
}

/// Whether `path` is the configuration or the answers of a project.
pub fn is_setting(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == CONFIG || name == ANSWERS)
}

/// Translates `bytes`, the content of the file `path` outside of a project, with the files that it includes by quotes.
pub fn check_alone(path: &Path, bytes: Vec<u8>) -> Result<Checked, Problem> {
    let (folder, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().unwrap_or_default());
    let mut setup = Setup::new(folder, &Overrides::default())?;
    let source = source_with(Path::new(name), bytes, &setup.endings);
    let sources = std::slice::from_ref(&source);
    setup.context.index = closure(folder, sources, &setup.context, &setup.endings);
    setup.context.choose_libraries();
    let output = output_name(Path::new(name), setup.context.keep_names);
    Ok(checked(source, output, &setup))
}

/// Translates `bytes`, a text that is no file. `name` shows its language.
pub fn check_text(name: &Path, bytes: Vec<u8>) -> Result<Checked, Problem> {
    let overrides = Overrides::default();
    let setup = Setup {
        context: Context::with(options(&overrides)?),
        excludes: Globs::default(),
        endings: Vec::new(),
        answers: AnswersFile::default(),
        one_header: false,
    };
    let source = source_with(name, bytes, &[]);
    let output = output_name(name, false);
    Ok(checked(source, output, &setup))
}

/// The translation of `source`. A panic is its `internal-error` finding.
fn checked(source: Source, output: PathBuf, setup: &Setup) -> Checked {
    let translate = || {
        let (_, translation) = translated(&source, None, &source.path, &output, &setup.context);
        let findings = every_finding(&source, &source.path, &translation, &setup.context);
        (translation, findings)
    };
    let (translation, findings) = catch_unwind(AssertUnwindSafe(translate)).unwrap_or_default();
    Checked { source, translation, findings, output }
}

impl Session {
    /// Opens the project in the folder `root`. Its files are read at the first check.
    pub fn open(root: PathBuf) -> Result<Self, Problem> {
        let setup = Setup::new(&root, &Overrides::default())?;
        let job = Job::new(root.clone(), root, None, Destination::Nowhere, setup);
        Ok(Self {
            job,
            tree: Tree::default(),
            plan: None,
            own_hip: OwnHip::default(),
            kept: Kept::default(),
            kept_again: Kept::default(),
            switches: Switches::default(),
            plain: FxHashSet::default(),
            facts: CodeFacts::default(),
            stale: Stale::Files,
            changed: FxHashSet::default(),
            version: 0,
        })
    }

    /// Reads the settings and answers again. The old ones stay if the new ones cannot be read.
    pub fn reload(&mut self) -> Result<(), Problem> {
        self.job.setup = Setup::new(&self.job.root, &Overrides::default())?;
        self.kept.clear();
        self.kept_again.clear();
        self.stale = Stale::Files;
        Ok(())
    }

    /// The folder of the project.
    pub fn root(&self) -> &Path {
        &self.job.root
    }

    /// The number of times that the index was made. If it differs, the findings of other files may differ too.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The rules, with the tables of the project.
    pub fn rules(&self) -> &tranship_rules::Rules {
        &self.job.setup.context.rules
    }

    /// The file `path`, relative to the root, has the content `bytes` in an editor; `None` after it was closed.
    pub fn set_text(&mut self, path: &Path, bytes: Option<Vec<u8>>) {
        if self.job.staged.get(path) == bytes.as_ref() {
            return;
        }
        match bytes {
            Some(bytes) => drop(self.job.staged.insert(path.to_owned(), bytes)),
            None => drop(self.job.staged.remove(path)),
        }
        self.read_again(path);
    }

    /// The file `path`, relative to the root, was changed, created or removed on disk.
    pub fn changed_on_disk(&mut self, path: &Path) {
        if !self.job.staged.contains_key(path) && !path.starts_with(".git") {
            self.read_again(path);
        }
    }

    /// Compares the new facts of the file at `path` with the known ones.
    fn read_again(&mut self, path: &Path) {
        if self.stale == Stale::Files {
            self.forget(path);
            return;
        }
        let is_known = |tree: &Tree| tree.entries.iter().any(|entry| entry.path == path);
        let exists = self.job.staged.contains_key(path) || self.job.root.join(path).is_file();
        let is_code = lang_with(path, &self.job.setup.endings).is_cpp();
        if !exists || !is_known(&self.tree) || decides_files(path) {
            self.forget(path);
            self.stale = Stale::Files;
            return;
        }
        if !is_code {
            self.forget(path);
            self.stale = self.stale.max(Stale::Plan);
            return;
        }
        let (context, switches) = (&mut self.job.setup.context, self.own_hip.switches().clone());
        let all = std::mem::replace(&mut context.guards.switches, switches);
        let stop = Stop::default();
        let first = {
            let cache_file = CacheFile::default();
            let cache = Cache::new(&cache_file);
            let reader = self.reader(&stop, &cache, &self.kept);
            reader.update_kept(path)
        };
        self.job.setup.context.guards.switches = all;
        let again = {
            let cache_file = CacheFile::default();
            let cache = Cache::new(&cache_file);
            let reader = self.reader(&stop, &cache, &self.kept_again);
            reader.update_kept(path)
        };
        match first.max(again) {
            Difference::None => {}
            Difference::Facts => {
                self.changed.insert(path.to_owned());
                self.stale = self.stale.max(Stale::Facts);
            }
            Difference::More => self.stale = self.stale.max(Stale::Index),
        }
    }

    fn forget(&mut self, path: &Path) {
        self.kept.forget(path);
        self.kept_again.forget(path);
    }

    /// The translation of the file at `path`, relative to the root; `None` if the project leaves it out or if it cannot be
    /// read.
    pub fn check(&mut self, path: &Path) -> Option<Checked> {
        self.refresh();
        let step = self.plan.as_ref()?.steps.iter().find(|step| step.path == path)?;
        if step.action != super::plan::Action::Translate || self.plain.contains(path) {
            return None;
        }
        let bytes = self.job.read(path).ok()?;
        let source = source_with(path, bytes, &self.job.setup.endings);
        Some(checked(source, step.output.clone(), &self.job.setup))
    }

    /// The path of the support header for the file at `path`, relative to the root, and its text with `helpers`. A header
    /// that is there already keeps its helpers.
    pub fn support(
        &self,
        path: &Path,
        helpers: &BTreeSet<&'static str>,
    ) -> Result<Option<(PathBuf, String)>, Problem> {
        if helpers.is_empty() {
            return Ok(None);
        }
        let context = &self.job.setup.context;
        let place = context.support.header_of(path);
        let text = support::text(&self.job.root.join(&place), helpers, context)?;
        Ok(Some((place, text)))
    }

    /// Adds the helpers with these names to the support header for the file at `path`, relative to the root. Returns the path of
    /// the header.
    pub fn write_support(&mut self, path: &Path, names: &[String]) -> Result<PathBuf, Problem> {
        let context = &self.job.setup.context;
        let known = names.iter().filter_map(|name| Some(context.rules.helper(name)?.name)).collect();
        let place = context.support.header_of(path);
        support::write_to(&self.job.root.join(&place), &known, context)?;
        Ok(place)
    }

    /// Answers the finding `key` of `rule` in the file at `path`, or removes its answer.
    pub fn answer(
        &mut self,
        path: &Path,
        rule: &str,
        key: Key,
        answer: Option<(Answer, &str)>,
    ) -> Result<(), Problem> {
        let place =
            Place { path: self.job.setup.context.selection.base.join(path), rule: rule.to_owned(), key };
        let answers = &mut self.job.setup.answers;
        match answer {
            Some((answer, function)) => answers.set(place, Entry::new(answer, function)),
            None => drop(answers.remove(&place)),
        }
        answers.write()?;
        let known = self.job.setup.answers.answers();
        self.job.setup.context.options.selection.answers = known;
        self.version += 1;
        Ok(())
    }

    fn reader<'a, 'k>(&'a self, stop: &'a Stop, cache: &'a Cache<'k>, kept: &'a Kept) -> Reader<'a, 'k> {
        Reader { job: &self.job, stop, cache, ahead: None, plain: &|_, _, _| {}, kept: Some(kept) }
    }

    /// Makes again what is stale.
    fn refresh(&mut self) {
        if self.stale == Stale::Nothing {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        if self.stale == Stale::Facts {
            for path in &changed {
                let known = Reader::kept_facts(&self.kept_again, path);
                if let Some(facts) = known.or_else(|| Reader::kept_facts(&self.kept, path)) {
                    self.facts.replace(path, facts);
                }
            }
            let project = std::mem::take(&mut self.job.setup.context.project);
            self.take(project);
            return;
        }
        let stop = Stop::default();
        if self.stale == Stale::Files {
            self.walk();
        }
        if self.stale >= Stale::Plan {
            self.make_plan(&stop);
        }
        let Some(plan) = self.plan.take() else { return };
        self.job.setup.context.guards.switches = self.own_hip.switches().clone();
        let cache_file = CacheFile::default();
        let code = plan.code(&self.job.setup);
        let (mut facts, project, switches) = {
            let cache = Cache::new(&cache_file);
            let reader = self.reader(&stop, &cache, &self.kept);
            let facts = reader.read(&code);
            let project = reader.read_project(&plan, self.own_hip.clone());
            let switches = switches_of(&project.own_hip, facts.all());
            (facts, project, switches)
        };
        let changed = switches.differing(&self.job.setup.context.guards.switches);
        if !changed.is_empty() {
            if self.switches != switches {
                self.kept_again.clear();
                self.switches.clone_from(&switches);
            }
            self.job.setup.context.guards.switches = switches;
            let cache = Cache::new(&cache_file);
            self.reader(&stop, &cache, &self.kept_again).read_again(&code, &mut facts, &changed);
        }
        self.facts = facts;
        self.plan = Some(plan);
        self.take(project);
    }

    /// Lists the files of the project.
    fn walk(&mut self) {
        self.tree = walk(&self.job.root, &self.job.setup.excludes, &self.job.outputs);
        let excludes = &self.job.setup.excludes;
        self.tree.add_files(self.job.staged.keys().filter(|path| !excludes.covers(path)));
    }

    /// Decides what happens to each file, from the build files.
    fn make_plan(&mut self, stop: &Stop) {
        if !self.job.setup.one_header {
            let files = self.tree.entries.iter().map(|entry| entry.path.as_path());
            let is_code = |path: &&Path| lang_with(path, &self.job.setup.endings).is_cpp();
            let found = packages(&self.job.root, files.filter(is_code));
            self.job.setup.context.options.support.packages = found;
        }
        self.own_hip = own_hip(&self.job, &self.tree, stop);
        self.job.setup.context.guards.switches = self.own_hip.switches().clone();
        self.plan = Some(Plan::new(&self.job, &self.tree, &self.own_hip));
    }

    /// Makes the context of the translations from the facts and `project`.
    fn take(&mut self, project: Project) {
        let mut facts = self.facts.clone();
        let gets_cuda = std::mem::take(&mut facts.gets_cuda);
        let (index, mut plain) = facts.index();
        let context = &mut self.job.setup.context;
        context.index = index;
        context.project = project;
        context.choose_libraries();
        let found = encloses(&self.job.setup.context, |path| {
            Some(source_with(path, self.job.read(path).ok()?, &self.job.setup.endings))
        });
        for path in found.keys().chain(&gets_cuda) {
            plain.remove(path);
        }
        self.plain = plain;
        let project = &mut self.job.setup.context.project;
        project.encloses = found;
        project.gets_cuda = gets_cuda;
        self.stale = Stale::Nothing;
        self.version += 1;
    }
}
