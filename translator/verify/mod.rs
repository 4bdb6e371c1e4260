//! Compiles the output of a conversion and leads each error back to the line of the source, the edit and the rule; checks that no
//! CUDA is left, and relates failed tests to findings. It changes neither the source nor the output, and prints nothing.

pub mod cache;
mod causes;
mod checks;
pub mod classify;
pub mod diagnostics;
pub mod map;
pub mod passes;
pub mod ready;
pub mod test_run;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tranship_engine::pass::Context;
use tranship_engine::result::{Conversion, FileReport, Found};

use crate::compile::tree::Tree;
use cache::Cache;
use classify::Class;
use diagnostics::Severity;
use map::SourceTree;
use passes::{Bench, Depth, Pass, Progress, units};
use ready::Ready;

pub use checks::{Checked, Checks, check};

/// What to verify.
pub struct Request<'a> {
    /// The output.
    pub tree: &'a Tree,
    /// Its source, if it is there.
    pub source: Option<SourceTree<'a>>,
    /// The context of the conversion, or of the output without its source.
    pub context: &'a Context,
    /// More endings of C++ files.
    pub endings: &'a [String],
    /// The source as the user would name it.
    pub source_shown: &'a Path,
    /// The output as the user would name it; the source if the output is a temporary folder.
    pub output_shown: &'a Path,
    /// The only units to compile, by path in the source; `None` for all.
    pub only: Option<&'a [PathBuf]>,
    /// The compiler.
    pub compiler: &'a Ready,
    /// How far the compiler goes.
    pub depth: Depth,
    /// The options of a file, by its path in the output.
    pub options: &'a (dyn Fn(&Path) -> Vec<OsString> + Sync),
    /// The files of the compile database by path in the output; `None` without one.
    pub listed: Option<&'a BTreeSet<PathBuf>>,
    /// The results of earlier runs.
    pub cache: &'a Cache,
    /// A folder for files.
    pub scratch: &'a Path,
}

/// A unit and its result.
#[derive(Clone, Debug)]
pub struct UnitResult {
    /// The path of its source as the user would name it.
    pub path: PathBuf,
    /// Its path in the output.
    pub output: PathBuf,
    /// The passes that fail: an architecture, or `host`.
    pub failed: Vec<String>,
}

/// Faults with one cause.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Whether they stop the compilation.
    pub severity: Severity,
    /// Where they come from.
    pub class: Class,
    /// The header, the rule, or the message.
    pub name: String,
    /// The number of different faults.
    pub places: usize,
    /// The units with them, as the user would name their sources.
    pub units: BTreeSet<PathBuf>,
    /// The units in which one of them is the first error. Other errors of a unit often follow from the first.
    pub first: BTreeSet<PathBuf>,
    /// The passes with them: an architecture, or `host`.
    pub passes: BTreeSet<String>,
    /// The file of the example.
    pub file: FileReport,
    /// The example.
    pub found: Found,
    /// The place of the example in the output: the path and the line.
    pub output: Option<(PathBuf, u32)>,
}

/// The result of compiling.
#[derive(Debug, Default)]
pub struct Compilation {
    /// The units.
    pub units: Vec<UnitResult>,
    /// The causes: errors before warnings, and then the one that is the first error of the most units.
    pub causes: Vec<Cause>,
    /// The files with findings.
    pub files: Vec<FileReport>,
    /// The number of passes.
    pub passes: usize,
    /// The number of passes whose result was kept from an earlier run.
    pub cached: usize,
}

/// Compiles all units, and finds the causes of their errors.
pub fn compile(request: &Request, progress: Progress) -> Compilation {
    let mut units = units(request.tree, request.options, request.listed);
    if request.listed.is_none() {
        // The build for HIP of a part that stays as it is does not compile these.
        units.retain(|unit| !request.is_for_nvidia(&unit.path));
    }
    if let Some(only) = request.only {
        units.retain(|unit| only.iter().any(|path| path == request.tree.source_of(&unit.path)));
    }
    let bench = Bench {
        tree: request.tree,
        compiler: request.compiler,
        archs: &request.context.target.archs,
        depth: request.depth,
        cache: request.cache,
        scratch: request.scratch,
    };
    let passed = bench.run(&units, progress);
    let paths: Vec<PathBuf> = units.into_iter().map(|unit| unit.path).collect();
    let (units, files, causes) = causes::collect(request, &paths, &passed);
    let cached = passed.iter().filter(|one| one.is_cached).count();
    Compilation { units, causes, files, passes: passed.len(), cached }
}

impl Request<'_> {
    /// Whether the output file `path` is in a part that builds for HIP by itself and stays as it is.
    fn is_kept(&self, path: &Path) -> bool {
        self.context.project.own_hip.stays(self.tree.source_of(path))
    }

    /// Whether the output file `path` is in a part that builds for HIP by itself, whose build for NVIDIA alone compiles the file.
    fn is_for_nvidia(&self, path: &Path) -> bool {
        self.is_kept(path) && self.context.project.own_hip.is_for_nvidia(self.tree.source_of(path))
    }

    /// The source of the output file `path` as the user would name it.
    fn shown(&self, path: &Path) -> PathBuf {
        if self.source.is_some() {
            self.source_shown.join(self.tree.source_of(path))
        } else {
            self.output_shown.join(path)
        }
    }

    /// Whether the output is a temporary folder, which the user cannot look at.
    fn is_temporary(&self) -> bool {
        self.source.is_some() && self.source_shown == self.output_shown
    }

    fn root_shown(&self) -> PathBuf {
        if self.source.is_some() { self.source_shown.to_owned() } else { self.output_shown.to_owned() }
    }
}

impl Pass {
    /// A short name: the architecture, or `host`.
    pub fn label(&self) -> String {
        match self {
            Self::Device(arch) => arch.clone(),
            Self::Host | Self::Cpp | Self::C => "host".to_owned(),
        }
    }
}

/// The open findings of `conversion` with their files.
pub fn open(conversion: &Conversion) -> impl Iterator<Item = (&FileReport, &Found)> {
    conversion.files.iter().flat_map(|file| file.open().map(move |found| (file, found)))
}
