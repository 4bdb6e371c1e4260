//! Pass 1: reads the facts of all files in parallel and makes the index of the project.
//!
//! A file with nothing to translate is copied at once. The other files are kept for pass 2, up to a limit of memory.

use std::fs::{self, Permissions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use memchr::memmem;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cache::{Cache, Kind};
use super::job::{Job, Stop};
use super::plan::{Action, Plan, Step};
use super::read::{ReadAhead, ReadFile};
use super::walk::{self, Tree};
use tranship_engine::cpp::{Syntax, Unit};
use tranship_engine::index::Index;
use tranship_engine::index::cmake_facts::{self as cmake, FileFacts};
use tranship_engine::index::facts::Facts;
use tranship_engine::index::own_hip::{FileSigns, may_have_signs};
use tranship_engine::index::{OwnHip, Project, holds_hip};
use tranship_engine::lang::Lang;
use tranship_engine::pass::Context;
use tranship_engine::result::{lang_with, source_with};
use tranship_engine::source::Source;
use tranship_engine::text::path::within;

/// The result of pass 1.
pub(crate) struct IndexedProject {
    /// The facts of all files.
    pub(crate) index: Index,
    /// The files that contain nothing to translate.
    pub(crate) plain: FxHashSet<PathBuf>,
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
}

/// A function of a step, the bytes of its file and the permissions of the file.
pub(crate) type OnPlainFile<'a> = &'a (dyn Fn(&Step, &[u8], Permissions) + Sync);

impl Reader<'_, '_> {
    /// Reads the facts of the files of `steps`.
    ///
    /// The facts of a header without CUDA are read only if a file with CUDA includes it.
    pub(crate) fn read(&self, steps: &[&Step]) -> IndexedProject {
        let facts = |step: &Step| self.cached(Kind::Code, &step.path, || self.facts_if_cuda(step));
        let all: Vec<(&Path, Option<Facts>)> =
            steps.par_iter().map(|&step| (step.path.as_path(), facts(step))).collect();
        let names = Index::new(steps.iter().map(|step| (step.path.clone(), Facts::default())));
        let mut plain = FxHashSet::default();
        let mut files = FxHashMap::default();
        for (path, facts) in all {
            if facts.is_none() {
                plain.insert(path.to_owned());
            }
            files.insert(path.to_owned(), facts.unwrap_or_default());
        }
        self.follow_includes(&names, &plain, &mut files);
        IndexedProject { index: Index::new(files), plain }
    }

    /// Reads the facts of the project that are in its files of CMake and Python.
    pub(crate) fn read_project(&self, plan: &Plan, own_hip: OwnHip) -> Project {
        let paths = plan.of_lang(&self.job.setup, |lang| lang == Lang::Cmake);
        let read = |path: &Path| {
            self.read_and_keep(path, |source| {
                catch_unwind(AssertUnwindSafe(|| FileFacts::of(&source.bytes))).unwrap_or_default()
            })
        };
        let facts = |path: &&Path| Some((path.to_path_buf(), self.cached(Kind::Cmake, path, || read(path))?));
        let files: Vec<_> = paths.par_iter().filter_map(facts).collect();
        let python = plan.of_lang(&self.job.setup, |lang| lang == Lang::Python);
        let extends = |path: &&Path| {
            let holds = |source: &Source| memmem::find(&source.bytes, b"cpp_extension").is_some();
            self.read_and_keep(path, holds).is_some_and(|holds| holds)
        };
        let extends_torch = python.par_iter().any(extends);
        Project { renamed: plan.renamed.clone(), cmake: cmake::Facts::new(files), extends_torch, own_hip }
    }

    /// Reads the facts of the files of `steps`, and of the files that they include by quotes, directly or indirectly.
    pub(crate) fn read_closure(&self, steps: &[&Step]) -> IndexedProject {
        let sources: Vec<_> = steps.iter().filter_map(|step| self.source(&step.path)).collect();
        let index = closure(&self.job.root, &sources, self.context(), &self.job.setup.endings);
        IndexedProject { index, plain: FxHashSet::default() }
    }

    /// Adds the facts of the headers without CUDA that files with CUDA include, directly or indirectly.
    fn follow_includes(
        &self,
        names: &Index,
        plain: &FxHashSet<PathBuf>,
        files: &mut FxHashMap<PathBuf, Facts>,
    ) {
        let mut unread: FxHashSet<&Path> = plain.iter().map(PathBuf::as_path).collect();
        let mut from: Vec<PathBuf> = files.keys().filter(|path| !plain.contains(*path)).cloned().collect();
        while !from.is_empty() && !self.stop.is_set() {
            let includes = from.iter().flat_map(|path| files[path].includes.iter().map(move |i| (path, i)));
            let reached: Vec<PathBuf> = includes
                .filter_map(|(path, include)| names.resolve(path, &include.name, include.quoted))
                .filter(|path| unread.remove(path))
                .map(Path::to_owned)
                .collect();
            let facts: Vec<_> = reached.par_iter().map(|path| (path.clone(), self.header(path))).collect();
            files.extend(facts);
            from = reached;
        }
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

    /// The facts of a file of code; `None` if it contains nothing to translate. A file that cannot be read has empty facts,
    /// and pass 2 reports it.
    fn facts_if_cuda(&self, step: &Step) -> Option<Facts> {
        if self.stop.is_set() {
            return Some(Facts::default());
        }
        let read = |bytes: &[u8], permissions| {
            let lang = lang_with(&step.path, &self.job.setup.endings);
            let may_hold_cuda =
                lang == Lang::Cuda || is_utf16(bytes) || self.context().prefilter.may_hold_cuda(bytes);
            if !may_hold_cuda {
                (self.plain)(step, bytes, permissions);
                return None;
            }
            let source = source_with(&step.path, bytes.to_owned(), &self.job.setup.endings);
            let (facts, syntax) = facts_and_syntax(&source, self.context());
            if let Some(ahead) = self.ahead.filter(|_| step.action == Action::Translate) {
                ahead.keep(ReadFile { source, permissions, syntax });
            }
            Some(facts)
        };
        self.job.with_bytes(&step.path, read).unwrap_or_else(|_| Some(Facts::default()))
    }

    /// The facts of a header without CUDA.
    fn header(&self, path: &Path) -> Facts {
        let read = || self.source(path).map(|source| facts(&source, self.context())).unwrap_or_default();
        self.cached(Kind::Header, path, read)
    }

    /// The facts of `path` from the cache, or else from `read`.
    fn cached<T: Serialize + DeserializeOwned>(
        &self,
        kind: Kind,
        path: &Path,
        read: impl FnOnce() -> T,
    ) -> T {
        // The staged content can differ from the file on disk, which the cache is about.
        if self.job.staged.contains_key(path) {
            read()
        } else {
            self.cache.facts(kind, &self.job.root, path, read)
        }
    }
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
    let signs: Vec<_> = paths.par_iter().filter(|path| may_have_signs(path)).filter_map(read).collect();
    OwnHip::new(&signs, &paths, &|path| {
        job.with_bytes(path, |bytes, _| holds_hip(bytes)).is_ok_and(|holds| holds)
    })
}

/// The index of single files below `root`: their facts, and the facts of the files that they include by quotes,
/// directly or indirectly.
pub fn closure(root: &Path, sources: &[Source], context: &Context, endings: &[String]) -> Index {
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
    Index::new(files)
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
