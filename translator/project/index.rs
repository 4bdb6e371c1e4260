//! Pass 1: reads the facts of all files in parallel and makes the index of the project.
//!
//! A file with nothing to translate is copied at once. The other files are kept for pass 2, up to a limit of memory.

use std::fs::{self, Permissions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cache::{Cache, Kind};
use super::job::{Job, Stop};
use super::kept::Kept;
use super::plan::{Action, Plan, Step};
use super::read::{ReadAhead, ReadFile};
use super::walk::{self, Tree};
use tranship_engine::cpp::{Syntax, Unit};
use tranship_engine::index::Index;
use tranship_engine::index::cmake_facts as cmake;
use tranship_engine::index::facts::{Facts, Word};
use tranship_engine::index::includes::{gets_from_headers, includes, words_behind_include};
use tranship_engine::index::make_facts as make;
use tranship_engine::index::own_hip::{FileSigns, may_have_signs};
use tranship_engine::index::{OwnHip, Project, cmake_facts_of, extends_torch, holds_hip, make_file_of};
use tranship_engine::lang::Lang;
use tranship_engine::pass::{Context, OwnHipBuild};
use tranship_engine::result::{lang_with, source_with};
use tranship_engine::source::Source;
use tranship_engine::text::path::within;

/// The most files that one thread takes at a time. With more, the other threads wait at the end for the thread with large
/// files.
pub(crate) const FEW: usize = 4;

/// The result of pass 1: the facts of the code.
#[derive(Clone, Default)]
pub(crate) struct CodeFacts {
    /// The facts of the files that may contain CUDA, or of the files that the user named and those that they include.
    files: FxHashMap<PathBuf, Facts>,
    /// The facts of the headers without CUDA that these files include, directly or indirectly.
    headers: FxHashMap<PathBuf, Facts>,
    /// The files that contain nothing to translate.
    pub(crate) plain: FxHashSet<PathBuf>,
    /// The includes of files without CUDA that include a file with CUDA, directly or indirectly.
    includers: FxHashMap<PathBuf, Facts>,
    /// Such includers that use names which CUDA's headers declare, and CUDA's words do not show: `half`.
    pub(crate) gets_cuda: FxHashSet<PathBuf>,
}

/// What pass 1 finds in a file of code.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
enum Found {
    /// It may contain CUDA, or it could not be read.
    Cuda(Box<Facts>),
    /// It contains nothing to translate. These are the words behind `#include`, also in comments.
    Plain(Vec<(String, bool)>),
}

impl CodeFacts {
    /// The facts of all files that were read.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Facts> {
        self.files.values().chain(self.headers.values())
    }

    /// Replaces the facts of the file at `path`, whose includes are the same as before.
    pub(crate) fn replace(&mut self, path: &Path, facts: Facts) {
        let files = if self.files.contains_key(path) { &mut self.files } else { &mut self.headers };
        if let Some(known) = files.get_mut(path) {
            *known = facts;
        }
    }

    /// The index of all files, and the files that contain nothing to translate.
    pub(crate) fn index(self) -> (Index, FxHashSet<PathBuf>) {
        let Self { files, headers, plain, mut includers, .. } = self;
        includers.retain(|path, _| !headers.contains_key(path));
        let is_read = |path: &PathBuf| headers.contains_key(path) || includers.contains_key(path);
        let unread: Vec<_> = plain.iter().filter(|path| !is_read(path)).cloned().collect();
        let unread = unread.into_iter().map(|path| (path, Facts::default()));
        let index = Index::new(files.into_iter().chain(headers).chain(includers).chain(unread));
        (index, plain)
    }
}

/// Reads the files of pass 1.
pub(crate) struct Reader<'a, 'k> {
    pub(crate) job: &'a Job,
    pub(crate) stop: &'a Stop,
    pub(crate) cache: &'a Cache<'k>,
    /// Where files are kept for pass 2; `None` if pass 2 translates only a few of them.
    pub(crate) ahead: Option<&'a ReadAhead>,
    /// Called for each file of code without CUDA.
    pub(crate) plain: OnPlainFile<'a>,
    /// The facts in memory, which replace the cache if the project stays open.
    pub(crate) kept: Option<&'a Kept>,
}

/// A function of a step, the bytes of its file and the permissions of the file.
pub(crate) type OnPlainFile<'a> = &'a (dyn Fn(&Step, &[u8], Permissions) + Sync);

impl Reader<'_, '_> {
    /// Reads the facts of the files of `steps`.
    ///
    /// The facts of a header without CUDA are read only if a file with CUDA includes it.
    pub(crate) fn read(&self, steps: &[&Step]) -> CodeFacts {
        let found = |step: &Step| self.cached(Kind::Code, &step.path, || self.find_in(step));
        let all: Vec<(&Path, Found)> =
            steps.par_iter().with_max_len(FEW).map(|&step| (step.path.as_path(), found(step))).collect();
        let mut code = CodeFacts::default();
        let mut plain = Vec::new();
        for (path, found) in all {
            match found {
                Found::Cuda(facts) => drop(code.files.insert(path.to_owned(), *facts)),
                Found::Plain(includes) => {
                    code.plain.insert(path.to_owned());
                    plain.push((path, includes));
                }
            }
        }
        self.follow_includes(&mut code, FxHashMap::default());
        self.read_includers(&mut code, &plain);
        code
    }

    /// Reads the files of `code` again that test one of the macros `names`, after the meaning of these macros changed.
    /// `steps` are the same as before.
    pub(crate) fn read_again(&self, steps: &[&Step], code: &mut CodeFacts, names: &[Word]) {
        let tests = |step: &&&Step| code.files.get(&step.path).is_some_and(|facts| facts.tests_any(names));
        let again: Vec<&Step> = steps.iter().filter(tests).copied().collect();
        // The syntax that was read before lacks these macros.
        if let Some(ahead) = self.ahead {
            for step in &again {
                drop(ahead.take(&step.path));
            }
        }
        let read: Vec<_> = again
            .par_iter()
            .with_max_len(FEW)
            .filter_map(|step| match self.cached(Kind::Code, &step.path, || self.find_in(step)) {
                Found::Cuda(facts) => Some((step.path.clone(), *facts)),
                Found::Plain(_) => None,
            })
            .collect();
        code.files.extend(read);
        let mut headers = std::mem::take(&mut code.headers);
        headers.retain(|_, facts| !facts.tests_any(names));
        self.follow_includes(code, headers);
    }

    /// Reads the facts of the project that are in its files of CMake and Python.
    pub(crate) fn read_project(&self, plan: &Plan, own_hip: OwnHip) -> Project {
        let paths = plan.of_lang(&self.job.setup, |lang| lang == Lang::Cmake);
        let read = |path: &Path| self.read_and_keep(path, cmake_facts_of);
        let facts = |path: &&Path| Some((path.to_path_buf(), self.cached(Kind::Cmake, path, || read(path))?));
        let files: Vec<_> = paths.par_iter().with_max_len(FEW).filter_map(facts).collect();
        let makefiles = plan.of_lang(&self.job.setup, |lang| lang == Lang::Make);
        let makefile = |path: &&Path| Some((path.to_path_buf(), self.read_and_keep(path, make_file_of)?));
        let make = make::Facts::new(makefiles.par_iter().filter_map(makefile).collect::<Vec<_>>());
        let python = plan.of_lang(&self.job.setup, |lang| lang == Lang::Python);
        let extends = |path: &&Path| self.read_and_keep(path, extends_torch).is_some_and(|extends| extends);
        let extends_torch = python.par_iter().any(extends);
        Project {
            renamed: plan.renamed.clone(),
            cmake: cmake::Facts::new(files).without_kept(&own_hip),
            make,
            extends_torch,
            own_hip,
            encloses: FxHashMap::default(),
            gets_cuda: FxHashSet::default(),
        }
    }

    /// Reads the facts of the files of `steps`, and of the files that they include by quotes, directly or indirectly.
    pub(crate) fn read_closure(&self, steps: &[&Step]) -> CodeFacts {
        let sources: Vec<_> = steps.iter().filter_map(|step| self.source(&step.path)).collect();
        let files = closure_facts(&self.job.root, &sources, self.context(), &self.job.setup.endings);
        CodeFacts { files: files.into_iter().collect(), ..CodeFacts::default() }
    }

    /// Adds the facts of the headers without CUDA that files with CUDA include, directly or indirectly. The facts of `known`
    /// headers are not read.
    fn follow_includes(&self, code: &mut CodeFacts, mut known: FxHashMap<PathBuf, Facts>) {
        let all = code.files.keys().chain(&code.plain);
        let names = Index::new(all.map(|path| (path.clone(), Facts::default())));
        let mut unread: FxHashSet<&Path> = code.plain.iter().map(PathBuf::as_path).collect();
        let mut from: Vec<PathBuf> = code.files.keys().cloned().collect();
        while !from.is_empty() && !self.stop.is_set() {
            let of = |path: &Path| code.files.get(path).or_else(|| code.headers.get(path));
            let includes = from.iter().flat_map(|path| of(path).into_iter().map(move |facts| (path, facts)));
            let includes =
                includes.flat_map(|(path, facts)| facts.includes.iter().map(move |one| (path, one)));
            let reached: Vec<PathBuf> = includes
                .filter_map(|(path, include)| names.resolve(path, &include.name, include.quoted))
                .filter(|path| unread.remove(path))
                .map(Path::to_owned)
                .collect();
            let (kept, new): (Vec<_>, Vec<_>) =
                reached.iter().cloned().partition(|path| known.contains_key(path));
            let read: Vec<_> = new
                .into_par_iter()
                .with_max_len(FEW)
                .map(|path| (path.clone(), self.header(&path)))
                .collect();
            code.headers.extend(read);
            code.headers.extend(kept.iter().filter_map(|path| known.remove_entry(path)));
            from = reached;
        }
    }

    /// Reads the includes of the files among `plain` that include a file with CUDA, directly or indirectly. Other files without
    /// CUDA are not read again.
    fn read_includers(&self, code: &mut CodeFacts, plain: &[(&Path, Vec<(String, bool)>)]) {
        let all = code.files.keys().map(PathBuf::as_path).chain(plain.iter().map(|(path, _)| *path));
        let names = Index::new(all.map(|path| (path.to_owned(), Facts::default())));
        let resolved = |(path, words): &(&Path, Vec<(String, bool)>)| -> Vec<PathBuf> {
            let targets = words.iter().filter_map(|(name, quoted)| names.resolve(path, name, *quoted));
            targets.map(Path::to_owned).collect()
        };
        let targets: Vec<Vec<PathBuf>> = plain.par_iter().map(resolved).collect();
        let mut users: FxHashMap<&Path, Vec<&Path>> = FxHashMap::default();
        for ((path, _), targets) in plain.iter().zip(&targets) {
            for target in targets {
                users.entry(target.as_path()).or_default().push(path);
            }
        }
        let mut seen: FxHashSet<&Path> = FxHashSet::default();
        let mut open: Vec<&Path> = code.files.keys().map(PathBuf::as_path).collect();
        while let Some(path) = open.pop() {
            let new = users.get(path).into_iter().flatten().filter(|path| seen.insert(path));
            open.extend(new);
        }
        let seen: Vec<&Path> = seen.into_iter().collect();
        let read: Vec<(PathBuf, (Facts, bool))> = seen
            .par_iter()
            .with_max_len(FEW)
            .map(|&path| (path.to_owned(), self.cached(Kind::Includer, path, || self.includer(path))))
            .collect();
        for (path, (facts, gets_cuda)) in read {
            if gets_cuda {
                code.gets_cuda.insert(path.clone());
            }
            code.includers.insert(path, facts);
        }
    }

    /// The includes of a file without CUDA, and whether it uses names that CUDA's headers declare.
    fn includer(&self, path: &Path) -> (Facts, bool) {
        let Some(source) = self.source(path).filter(|source| source.unreadable().is_none()) else {
            return (Facts::default(), false);
        };
        let read = || {
            let unit = Unit::new(&source, &self.context().guards);
            (Facts { includes: includes(&unit), ..Facts::default() }, gets_from_headers(&unit))
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
    }

    fn context(&self) -> &Context {
        &self.job.setup.context
    }

    fn source(&self, path: &Path) -> Option<Source> {
        self.load(path).map(|(source, _)| source)
    }

    fn load(&self, path: &Path) -> Option<(Source, Permissions)> {
        if self.stop.is_set() {
            return None;
        }
        let source = |bytes: &[u8], permissions| {
            (source_with(path, bytes.to_owned(), &self.job.setup.endings), permissions)
        };
        self.job.with_bytes(path, source).ok()
    }

    /// The result of `look` on a build file. The file is kept for pass 2.
    fn read_and_keep<T>(&self, path: &Path, look: impl FnOnce(&Source) -> T) -> Option<T> {
        let (source, permissions) = self.load(path)?;
        let found = look(&source);
        if let Some(ahead) = self.ahead {
            ahead.keep(ReadFile { source, permissions, syntax: None });
        }
        Some(found)
    }

    /// The facts of a file of code, or its includes if it contains nothing to translate. A file that cannot be read has empty
    /// facts, and pass 2 reports it.
    fn find_in(&self, step: &Step) -> Found {
        if self.stop.is_set() {
            return Found::Cuda(Box::default());
        }
        let read = |bytes: &[u8], permissions| {
            let lang = lang_with(&step.path, &self.job.setup.endings);
            let may_hold_cuda =
                lang == Lang::Cuda || is_utf16(bytes) || self.context().prefilter.may_hold_cuda(bytes);
            if !may_hold_cuda {
                (self.plain)(step, bytes, permissions);
                return Found::Plain(words_behind_include(bytes));
            }
            let source = source_with(&step.path, bytes.to_owned(), &self.job.setup.endings);
            let (facts, syntax) = facts_and_syntax(&source, self.context());
            if let Some(ahead) = self.ahead.filter(|_| step.action == Action::Translate) {
                ahead.keep(ReadFile { source, permissions, syntax });
            }
            Found::Cuda(Box::new(facts))
        };
        self.job.with_bytes(&step.path, read).unwrap_or_else(|_| Found::Cuda(Box::default()))
    }

    /// The facts of a header without CUDA.
    fn header(&self, path: &Path) -> Facts {
        let read = || self.source(path).map(|source| facts(&source, self.context())).unwrap_or_default();
        self.cached(Kind::Header, path, read)
    }

    /// Reads the kept facts of the file of code at `path` again. Returns how they differ.
    pub(crate) fn update_kept(&self, path: &Path) -> Difference {
        let Some(kept) = self.kept else { return Difference::None };
        let step = Step { path: path.to_owned(), output: path.to_owned(), action: Action::Translate };
        let code = |old: &Found, new: &Found| match (old, new) {
            (Found::Cuda(old), Found::Cuda(new)) => difference(old, new),
            (Found::Plain(old), Found::Plain(new)) if old == new => Difference::None,
            _ => Difference::More,
        };
        let header = || self.source(path).map(|source| facts(&source, self.context())).unwrap_or_default();
        let includer = |old: &(Facts, bool), new: &(Facts, bool)| {
            if old == new { Difference::None } else { Difference::More }
        };
        let code = update(kept, Kind::Code, path, || self.find_in(&step), code);
        let header = update(kept, Kind::Header, path, header, difference);
        code.max(header).max(update(kept, Kind::Includer, path, || self.includer(path), includer))
    }

    /// The kept facts of the file at `path`, as the index has them.
    pub(crate) fn kept_facts(kept: &Kept, path: &Path) -> Option<Facts> {
        match kept.get::<Found>(Kind::Code, path).as_deref() {
            Some(Found::Cuda(facts)) => Some((**facts).clone()),
            _ => kept.get::<Facts>(Kind::Header, path).as_deref().cloned(),
        }
    }

    /// The facts of `path` from the cache, or else from `read`.
    fn cached<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static>(
        &self,
        kind: Kind,
        path: &Path,
        read: impl FnOnce() -> T,
    ) -> T {
        if let Some(kept) = self.kept {
            return kept.facts(kind, path, read);
        }
        // The staged content can differ from the file on disk, which the cache is about.
        if self.job.staged.contains_key(path) {
            read()
        } else {
            self.cache.facts(kind, &self.job.root, path, read)
        }
    }
}

/// How new facts of a file differ from the old ones.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// They are equal.
    None,
    /// They change the index, and no other file has to be read for it.
    Facts,
    /// Other files may have to be read, or read in another way.
    More,
}

fn difference(old: &Facts, new: &Facts) -> Difference {
    if old == new {
        Difference::None
    } else if old.includes == new.includes && old.switches == new.switches && old.tested == new.tested {
        Difference::Facts
    } else {
        Difference::More
    }
}

/// Replaces the kept facts of `path`, if there are any, by those that `read` reads. Returns how they differ.
fn update<T: Send + Sync + 'static>(
    kept: &Kept,
    kind: Kind,
    path: &Path,
    read: impl FnOnce() -> T,
    difference: impl FnOnce(&T, &T) -> Difference,
) -> Difference {
    let Some(old) = kept.get::<T>(kind, path) else { return Difference::None };
    let new = read();
    let difference = difference(&old, &new);
    if difference != Difference::None {
        kept.set(kind, path, new);
    }
    difference
}

/// The build for HIP that the project with the files of `tree` has already.
pub(crate) fn own_hip(job: &Job, tree: &Tree, stop: &Stop) -> OwnHip {
    let files = tree.entries.iter().filter(|entry| entry.kind == walk::Kind::File);
    let paths: Vec<PathBuf> = files.map(|entry| entry.path.clone()).collect();
    let read = |path: &PathBuf| {
        if stop.is_set() {
            return None;
        }
        let bytes = job.with_bytes(path, |bytes, _| bytes.to_owned()).ok()?;
        let source = source_with(path, bytes, &job.setup.endings);
        let signs = catch_unwind(AssertUnwindSafe(|| FileSigns::of(&source))).unwrap_or_default();
        Some((path.clone(), signs))
    };
    let candidates = paths.par_iter().with_max_len(FEW).filter(|path| may_have_signs(path));
    let mut signs: Vec<_> = candidates.filter_map(read).collect();
    let is_folder = job.only.is_none() || job.in_project;
    if is_folder && !stop.is_set() {
        let above = super::signs_above::signs_above(job, &signs);
        signs.extend(above);
    }
    let own_hip = OwnHip::new(&signs, &paths, &|path| {
        job.with_bytes(path, |bytes, _| holds_hip(bytes)).is_ok_and(|holds| holds)
    });
    match job.setup.context.own_hip_build {
        OwnHipBuild::Convert => own_hip.without_kept_parts(),
        OwnHipBuild::Ignore => own_hip.without_builds(),
        _ => own_hip,
    }
}

/// The index of single files below `root`, and of the files that they include by quotes, directly or indirectly.
pub fn closure(root: &Path, sources: &[Source], context: &Context, endings: &[String]) -> Index {
    Index::new(closure_facts(root, sources, context, endings))
}

fn closure_facts(
    root: &Path,
    sources: &[Source],
    context: &Context,
    endings: &[String],
) -> Vec<(PathBuf, Facts)> {
    let mut files: Vec<_> =
        sources.iter().map(|source| (source.path.clone(), facts(source, context))).collect();
    let mut seen: FxHashSet<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut next = 0;
    while let Some((path, known)) = files.get(next) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let includes = known.includes.iter().filter(|include| include.quoted);
        let paths: Vec<_> =
            includes.filter_map(|include| within(&folder, Path::new(&include.name))).collect();
        for path in paths.into_iter().filter(|path| seen.insert(path.clone())) {
            if let Ok(bytes) = fs::read(root.join(&path)) {
                let facts = facts(&source_with(&path, bytes, endings), context);
                files.push((path, facts));
            }
        }
        next += 1;
    }
    files
}

/// Whether `bytes` are UTF-16. The prefilter finds no word in UTF-16, so such a file is always translated, which reports it.
fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// The facts of a source; empty if reading them panics. Pass 2 then reports the panic.
fn facts(source: &Source, context: &Context) -> Facts {
    facts_and_syntax(source, context).0
}

/// The facts of a source, and the syntax that was read to get them.
fn facts_and_syntax(source: &Source, context: &Context) -> (Facts, Option<Syntax>) {
    if source.unreadable().is_some() {
        return (Facts::default(), None);
    }
    let read = || {
        let unit = Unit::new(source, &context.guards);
        let facts = Facts::of(&unit, &context.rules);
        (facts, Some(unit.into_syntax()))
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}
