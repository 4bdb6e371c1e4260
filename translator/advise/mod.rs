//! Measures the kernels of a converted project with a compiler, and turns what matters into findings at the lines of the
//! source. It runs nothing on a GPU and prints nothing.

pub mod assembly;
pub mod baseline;
mod experiments;
pub mod figures;
mod findings;
mod instructions;
mod launched;
mod launches;
mod measure;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figures::Figures;
use tranship_engine::pass::Context;
use tranship_engine::result::{Conversion, FileReport};

use crate::compile::compiler::Compiler;
use crate::compile::tree::Tree;

/// A function that is called with the number of finished compilations and the number of all compilations.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What to measure.
pub struct Request<'a> {
    /// The conversion of the project.
    pub conversion: &'a Conversion,
    /// The context of that conversion, with the selection of the user.
    pub context: &'a Context,
    /// The absolute folder of the converted files.
    pub output: &'a Path,
    /// The root of the source as the user would name it.
    pub shown: &'a Path,
    /// The only files to report, relative to the root; `None` for all.
    pub only: Option<&'a [PathBuf]>,
    /// The compiler, if there is one.
    pub compiler: Option<&'a Compiler>,
    /// The options of a file, by its path relative to the root.
    pub options: &'a (dyn Fn(&Path) -> Vec<OsString> + Sync),
}

/// One kernel, or one instance of a template.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Its name with namespaces and template arguments.
    pub name: String,
    /// Its mangled name.
    pub symbol: String,
    /// Its file, relative to the root.
    pub source: PathBuf,
    /// Its file as the user would name it.
    pub path: PathBuf,
    /// Its line in the source, counted from 1.
    pub line: u32,
    /// The threads of the largest block with which the project launches it, if all launches are known.
    pub block: Option<u32>,
    /// Its figures by architecture.
    pub figures: BTreeMap<String, Figures>,
    /// What experiments change: the figures after each, by architecture.
    tried: BTreeMap<(Experiment, String), Figures>,
    /// The lines of the source with loops of compare-and-swap, by architecture, and whether the option for hardware atomics
    /// removes them.
    loops: Vec<AtomicLoop>,
    /// The lines of its file that access scratch memory, by architecture. A kernel without such instructions has no entry; its
    /// scratch memory is for functions that it calls, such as `printf`.
    scratch: BTreeMap<String, BTreeSet<u32>>,
    /// The lines of the source with divisions in loops.
    divisions: BTreeSet<(PathBuf, u32)>,
    /// The lines of the source with loads of neighbouring values: their number, and the bytes of one.
    loads: BTreeMap<(PathBuf, u32), (usize, u32)>,
    /// Whether it has instructions of the matrix unit on an architecture.
    has_matrix: bool,
    /// Bytes of code on all architectures.
    code: u64,
    /// What literals with `f` change, by architecture.
    literals: BTreeMap<String, Literals>,
}

impl Kernel {
    /// Its name without namespaces and template arguments.
    pub fn base_name(&self) -> &str {
        measure::base_name(&self.name)
    }
}

/// A change with which a kernel is compiled again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Experiment {
    /// The bound of its launches.
    Bound,
    /// Atomic instructions for floating point.
    HardwareAtomics,
    /// Loops that are not unrolled.
    NoUnroll,
    /// Loops with `#pragma unroll` that are unrolled four times.
    UnrollByFour,
    /// Waves of 64 lanes.
    WideWaves,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AtomicLoop {
    arch: String,
    source: PathBuf,
    line: u32,
    is_avoidable: bool,
}

/// The instructions of double precision in a kernel that come from literals without `f`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Literals {
    /// The lines in the file of the kernel that have both such instructions and such literals.
    lines: BTreeSet<u32>,
    /// The instructions of double precision.
    before: usize,
    /// Those that are left if each literal has an `f`.
    after: usize,
}

/// A file that does not compile.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// Its path as the user would name it.
    pub path: String,
    /// Its path relative to the root.
    #[serde(skip)]
    pub source: PathBuf,
    /// The architectures for which it does not compile.
    pub archs: Vec<String>,
    /// The first error of the compiler.
    pub reason: String,
}

/// The result.
#[derive(Debug, Default)]
pub struct Advice {
    /// The kernels by file and line.
    pub kernels: Vec<Kernel>,
    /// The files without figures.
    pub failures: Vec<Failure>,
    /// The files with findings.
    pub files: Vec<FileReport>,
    /// The number of files that were compiled.
    pub compiled: usize,
    /// The files that the edits of the findings change: the path relative to the root, the text before, and the text after.
    pub edited: Vec<(PathBuf, Vec<u8>, Vec<u8>)>,
}

/// Measures the kernels of a project, and finds what matters in its files.
pub fn advise(request: &Request, progress: Progress) -> Advice {
    let tree = Tree::read(request.output, request.conversion);
    let mut advice = Advice::default();
    let launches = findings::launches(&tree, request);
    if let Some(compiler) = request.compiler {
        measure::measure(&tree, compiler, &launches, request, &mut advice, progress);
    }
    findings::add(&tree, &launches, request, &mut advice);
    advice
}

impl Request<'_> {
    fn reports(&self, source: &Path) -> bool {
        self.only.is_none_or(|only| only.iter().any(|path| path == source))
    }

    fn path(&self, source: &Path) -> PathBuf {
        self.shown.join(source)
    }
}
