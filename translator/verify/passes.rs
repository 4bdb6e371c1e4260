//! The passes over the units of a project: each unit for the device side of each architecture and for the host, or as plain C++.
//! It reads the messages and does not judge them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use memchr::memmem;
use rayon::prelude::*;

use super::cache::{Cache, Outcome};
use super::diagnostics::{Diagnostic, parse};
use super::ready::Ready;
use crate::compile::tree::{Include, Tree, included};

/// A function that is called with the number of finished passes and the number of all passes.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// One run of the compiler over one unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// The device side for an architecture.
    Device(String),
    /// The host side of a unit with kernels.
    Host,
    /// A unit of host C++.
    Cpp,
    /// A unit of host C.
    C,
}

/// How far the compiler goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Depth {
    /// It checks syntax and types.
    Syntax,
    /// It writes an object, which also finds instructions and builtins that the GPU lacks.
    Object,
}

/// A unit of the project.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its path in the output.
    pub path: PathBuf,
    /// Its options: include folders, macros, the language standard.
    pub options: Vec<OsString>,
    side: Side,
}

/// The language and the sides of a unit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Side {
    /// HIP, for the device and the host.
    Both,
    /// C++.
    Cpp,
    /// C.
    C,
}

/// The result of a pass.
#[derive(Debug)]
pub struct Passed {
    /// The index of the unit.
    pub unit: usize,
    /// The pass.
    pub pass: Pass,
    /// Whether the unit compiles.
    pub is_good: bool,
    /// The messages.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the result comes from the cache.
    pub is_cached: bool,
}

/// Everything that compiles units.
pub struct Bench<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// The compiler.
    pub compiler: &'a Ready,
    /// The architectures.
    pub archs: &'a [String],
    /// How far the compiler goes.
    pub depth: Depth,
    /// The results of earlier runs.
    pub cache: &'a Cache,
    /// A folder for files.
    pub scratch: &'a Path,
}

impl Pass {
    /// The options for the language.
    pub(super) fn language(&self) -> &'static [&'static str] {
        match self {
            Self::Device(_) | Self::Host => &["-x", "hip", "-std=c++17"],
            Self::Cpp => &["-x", "c++", "-std=c++17"],
            Self::C => &["-x", "c"],
        }
    }

    /// The options for the side.
    pub(super) fn side(&self) -> Vec<String> {
        match self {
            Self::Device(arch) => vec!["--cuda-device-only".into(), format!("--offload-arch={arch}")],
            Self::Host => vec!["--cuda-host-only".into()],
            Self::Cpp | Self::C => Vec::new(),
        }
    }

    fn end(&self, depth: Depth) -> &'static [&'static str] {
        match (self, depth) {
            (_, Depth::Syntax) => &["-fsyntax-only"],
            // No linker is needed for this form of an object.
            (Self::Device(_), Depth::Object) => &["-O1", "-S", "-Xclang", "-emit-obj", "-o", "/dev/null"],
            (_, Depth::Object) => &["-c", "-o", "/dev/null"],
        }
    }
}

/// The units of `tree`: device code that no other file includes, and host code that reaches HIP. `options` gives the options of a
/// file, and `listed` has the only units if the project has a compile database.
pub fn units(
    tree: &Tree,
    options: &dyn Fn(&Path) -> Vec<OsString>,
    listed: Option<&BTreeSet<PathBuf>>,
) -> Vec<Unit> {
    let included = tree.included_files();
    let all: Vec<(&Path, Signs)> = tree.files().map(|(path, bytes)| (path, Signs::of(path, bytes))).collect();
    let having = |has: fn(&Signs) -> bool| -> BTreeSet<&Path> {
        all.iter().filter(|(_, signs)| has(signs)).map(|(path, _)| *path).collect()
    };
    let with_hip = having(|signs| signs.includes_hip);
    let with_kernels = having(|signs| signs.has_open_kernels);
    let with_cpp = having(|signs| signs.includes_cpp);
    let unit = |(path, signs): &(&Path, Signs)| {
        let is_listed = listed.is_none_or(|listed| listed.contains(*path));
        if !is_listed || listed.is_none() && included.contains(*path) {
            return None;
        }
        let kind = path.extension().and_then(OsStr::to_str)?;
        if !["hip", "cu", "cpp", "cc", "cxx", "C", "c"].contains(&kind) {
            return None;
        }
        let reached = tree.includes(path);
        let leads_to =
            |files: &BTreeSet<&Path>| reached.files.iter().any(|file| files.contains(file.as_path()));
        let side = match kind {
            "hip" | "cu" => Side::Both,
            "c" if !leads_to(&with_cpp) => Side::C,
            _ if signs.has_kernels || leads_to(&with_kernels) => Side::Both,
            _ => Side::Cpp,
        };
        if side != Side::Both && !leads_to(&with_hip) {
            return None;
        }
        let mut options = options(path);
        options.extend(tree.include_options(&reached.folders));
        Some(Unit { path: (*path).to_owned(), options, side })
    };
    all.iter().filter_map(unit).collect()
}

/// What a file has. It decides how the units which include the file are compiled.
#[allow(clippy::struct_excessive_bools, reason = "each is a sign")]
struct Signs {
    /// A header of ROCm.
    includes_hip: bool,
    /// A header of C++.
    includes_cpp: bool,
    /// Kernels.
    has_kernels: bool,
    /// Kernels without a condition on the compiler, so that a compiler for the host alone would reject them.
    has_open_kernels: bool,
}

impl Signs {
    fn of(path: &Path, bytes: &[u8]) -> Self {
        const FOLDERS: [&str; 6] = ["hip", "roc", "rccl", "miopen", "MIOpen", "tranship_hip"];
        const COMPILERS: [&[u8]; 3] = [b"__CUDACC__", b"__HIPCC__", b"__NVCC__"];
        let has = |word: &[u8]| memmem::find(bytes, word).is_some();
        let includes = included(bytes);
        let is_rocm = |one: &Include| {
            one.name.to_str().is_some_and(|name| FOLDERS.iter().any(|folder| name.starts_with(folder)))
        };
        let is_kernel_file = matches!(path.extension().and_then(OsStr::to_str), Some("hip" | "cu" | "cuh"));
        let has_kernels = has(b"__global__");
        Self {
            includes_hip: is_kernel_file || includes.iter().any(is_rocm),
            includes_cpp: includes.iter().any(|one| one.is_angled && one.name.extension().is_none()),
            has_kernels,
            has_open_kernels: has_kernels && !COMPILERS.iter().any(|word| has(word)),
        }
    }
}

impl Unit {
    fn passes(&self, archs: &[String]) -> Vec<Pass> {
        match self.side {
            Side::Both => archs.iter().cloned().map(Pass::Device).chain([Pass::Host]).collect(),
            Side::Cpp => vec![Pass::Cpp],
            Side::C => vec![Pass::C],
        }
    }
}

impl Bench<'_> {
    /// Runs all passes over `units`, in parallel.
    pub fn run(&self, units: &[Unit], progress: Progress) -> Vec<Passed> {
        let all = units.iter().enumerate();
        let tasks: Vec<(usize, Pass)> = all
            .flat_map(|(at, unit)| unit.passes(self.archs).into_iter().map(move |pass| (at, pass)))
            .collect();
        let done = AtomicUsize::new(0);
        let one = |(number, (unit, pass)): (usize, &(usize, Pass))| {
            let (outcome, is_cached) = self.outcome(&units[*unit], pass, number);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, tasks.len());
            let mut diagnostics = parse(&outcome.text);
            if !outcome.is_good && diagnostics.is_empty() {
                let text = outcome.text.lines().find(|line| !line.trim().is_empty());
                let text = text.unwrap_or("the compiler failed without a message");
                diagnostics = parse(&format!("error: {text}"));
            }
            Passed { unit: *unit, pass: pass.clone(), is_good: outcome.is_good, diagnostics, is_cached }
        };
        tasks.par_iter().enumerate().map(one).collect()
    }

    /// The result of `pass` over `unit`, and whether it comes from the cache. `number` makes the names of files unique.
    fn outcome(&self, unit: &Unit, pass: &Pass, number: usize) -> (Outcome, bool) {
        let arguments = self.arguments(unit, pass);
        let key = self.cache.key(self.compiler.identity, &arguments);
        if let Some(known) = self.cache.find(key, self.tree) {
            return (known, true);
        }
        let list = self.scratch.join(format!("{number}.d"));
        let mut command = Command::new(&self.compiler.program);
        // The driver's `-MD` does nothing in a pass over the device side.
        command.args(&arguments).args(["-Xclang", "-dependency-file", "-Xclang"]).arg(&list);
        command.args(["-Xclang", "-MT", "-Xclang", "unit", "-Xclang", "-sys-header-deps"]);
        let outcome = match command.stdin(Stdio::null()).output() {
            Ok(ran) => Outcome {
                is_good: ran.status.success(),
                text: String::from_utf8_lossy(&ran.stderr).into_owned(),
            },
            Err(error) => {
                Outcome { is_good: false, text: format!("error: cannot start the compiler: {error}") }
            }
        };
        self.cache.keep(key, &unit.path, &outcome, &list, self.tree);
        (outcome, false)
    }

    fn arguments(&self, unit: &Unit, pass: &Pass) -> Vec<OsString> {
        // Notes lead an error in a header of the system back to the line of the project, so none is left out.
        const MESSAGES: [&str; 6] = [
            "-fno-caret-diagnostics",
            "-fno-color-diagnostics",
            "-fmacro-backtrace-limit=0",
            "-ftemplate-backtrace-limit=0",
            "-ferror-limit=30",
            "-Wno-unused-command-line-argument",
        ];
        let mut all: Vec<OsString> = pass.language().iter().chain(&MESSAGES).map(OsString::from).collect();
        all.extend(self.compiler.options(pass).cloned());
        let own = unit.options.iter();
        all.extend(
            own.filter(|option| *pass != Pass::C || !option.to_string_lossy().starts_with("-std=c++"))
                .cloned(),
        );
        all.extend(pass.side().into_iter().map(OsString::from));
        all.extend(pass.end(self.depth).iter().map(OsString::from));
        all.push(self.tree.root().join(&unit.path).into());
        all
    }
}
