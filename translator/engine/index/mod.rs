//! The index of a project: names, macros, includes, renamed sources and facts of CMake files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cpp::Unit;
use crate::cpp::conditions::Guards;
use crate::cpp::switches::{Switch, Switches, macros_of_cuda, of_libraries, switches};
use crate::lang::Lang;
use crate::output_name::output_name;
use crate::source::Source;

pub mod cmake_facts;
mod code;
pub mod copied_trees;
mod definitions;
mod enclosed;
pub mod facts;
mod for_nvidia;
mod hip_signs;
mod includers;
pub mod includes;
mod instead_of_cuda;
mod kept_parts;
pub(crate) mod lanes;
mod left_copies;
mod locked;
pub mod make_facts;
mod marks;
mod models;
pub mod own_hip;
mod own_types;
mod owners;
pub(crate) mod renamed;
pub(crate) mod sights;
mod switched_sources;
mod twins;

pub use code::{FileSet, Index};
pub use own_hip::OwnHip;
pub use owners::Owners;
pub use renamed::Renamed;

use cmake_facts::FileFacts;
use facts::Facts;
use make_facts::MakeFile;
use own_hip::{FileSigns, may_have_signs};
use tranship_rules::Rules;

/// The facts of a source. If reading them fails, there are none, and the translation of the file reports the failure.
pub fn facts_of(source: &Source, guards: &Guards, rules: &Rules) -> Facts {
    if source.unreadable().is_some() {
        return Facts::default();
    }
    let read = || Facts::of(&Unit::new(source, guards), rules);
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

/// The facts of a CMake file; no facts if reading them fails.
pub fn cmake_facts_of(source: &Source) -> FileFacts {
    catch_unwind(AssertUnwindSafe(|| FileFacts::of(&source.bytes))).unwrap_or_default()
}

/// The facts of a Makefile; no facts if reading them fails.
pub fn make_file_of(source: &Source) -> MakeFile {
    catch_unwind(AssertUnwindSafe(|| MakeFile::of(&source.bytes))).unwrap_or_default()
}

/// Whether a Python file uses PyTorch's build of extensions.
pub fn extends_torch(source: &Source) -> bool {
    memmem::find(&source.bytes, b"cpp_extension").is_some()
}

/// The index of the code among `sources`.
pub fn of_code(sources: &[Source], guards: &Guards, rules: &Rules) -> Index {
    Index::new(facts_of_code(sources, guards, rules))
}

/// The facts of the code among `sources`.
fn facts_of_code(sources: &[Source], guards: &Guards, rules: &Rules) -> Vec<(PathBuf, Facts)> {
    let code = sources.iter().filter(|source| source.lang.is_cpp());
    code.map(|source| (source.path.clone(), facts_of(source, guards, rules))).collect()
}

/// The index of the code among `sources`, after its facts gave `guards` the macros of the project for one vendor.
pub fn of_project(sources: &[Source], own_hip: &OwnHip, guards: &mut Guards, rules: &Rules) -> Index {
    guards.switches = own_hip.switches().clone();
    let mut code = facts_of_code(sources, guards, rules);
    let switches = switches_of(own_hip, code.iter().map(|(_, facts)| facts));
    let changed = switches.differing(&guards.switches);
    guards.switches = switches;
    let all = sources.iter().filter(|source| source.lang.is_cpp());
    for (source, (_, facts)) in all.zip(&mut code).filter(|(_, (_, facts))| facts.tests_any(&changed)) {
        *facts = facts_of(source, guards, rules);
    }
    Index::new(code)
}

/// The facts of the build files among `sources`, and the sources that have another name in the output. With `keep_parts`, parts that
/// build for HIP by themselves stay as they are.
pub fn of_build_files(sources: &[Source], keep_names: bool, keep_parts: bool) -> Project {
    let of = |lang| sources.iter().filter(move |source| source.lang == lang);
    let own_hip = own_hip_of(sources);
    let own_hip = if keep_parts { own_hip } else { own_hip.without_kept_parts() };
    let is_renamed = |source: &&Source| {
        let keeps = keep_names || own_hip.keeps_name(&source.path);
        output_name(&source.path, keeps) != source.path
    };
    let (renamed, kept): (Vec<_>, Vec<_>) = of(Lang::Cuda).partition(is_renamed);
    let paths =
        |sources: Vec<&Source>| sources.into_iter().map(|source| source.path.clone()).collect::<Vec<_>>();
    Project {
        renamed: Renamed::new(paths(renamed), paths(kept)).with_former(
            sources.iter().map(|source| source.path.as_path()).filter(|path| !own_hip.is_for_hip(path)),
        ),
        cmake: cmake_facts::Facts::new(
            of(Lang::Cmake).map(|source| (source.path.clone(), cmake_facts_of(source))),
        )
        .without_kept(&own_hip),
        make: make_facts::Facts::new(
            of(Lang::Make).map(|source| (source.path.clone(), make_file_of(source))),
        ),
        extends_torch: of(Lang::Python).any(extends_torch),
        own_hip,
        encloses: FxHashMap::default(),
        gets_cuda: FxHashSet::default(),
    }
}

/// The build for HIP among `sources`.
fn own_hip_of(sources: &[Source]) -> OwnHip {
    let build_files = sources.iter().filter(|source| may_have_signs(&source.path));
    let signs: Vec<_> = build_files.map(|source| (source.path.clone(), FileSigns::of(source))).collect();
    let paths: Vec<_> = sources.iter().map(|source| source.path.clone()).collect();
    OwnHip::new(&signs, &paths, &|path| {
        sources.iter().any(|source| source.path == path && holds_hip(&source.bytes))
    })
}

/// Whether a file that ends in `.hip` has HIP in it.
pub fn holds_hip(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"hip/").is_some() || memmem::find(bytes, b"hipLaunch").is_some()
}

/// The macros for one vendor that the build files and the code of a project show.
pub fn switches_of<'a>(own_hip: &OwnHip, code: impl Iterator<Item = &'a Facts>) -> Switches {
    let mut found = own_hip.switches().clone();
    let code: Vec<&Facts> = code.collect();
    let shown = code.iter().flat_map(|facts| &facts.switches);
    for (name, switch) in switches(shown, own_hip.exists()).iter() {
        found.add(name, switch);
    }
    // The build for HIP compiles the conditions on nvcc and on releases of CUDA as they are. A project may define such a macro itself.
    if own_hip.is_whole() {
        let is_own = |name: &[u8]| {
            own_hip.defines(name) || code.iter().any(|facts| facts.macros.iter().any(|own| **own == *name))
        };
        for name in macros_of_cuda().filter(|name| !is_own(name)) {
            found.add(name, Switch::Nvidia);
        }
    }
    let tested = code.iter().flat_map(|facts| &facts.tested).map(|name| &**name);
    for (name, switch) in of_libraries(tested, &found.clone(), own_hip.exists()) {
        found.add(&name, switch);
    }
    found
}

/// The facts of a project besides its code.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The files that have another name in the output.
    pub renamed: Renamed,
    /// The facts of its CMake files.
    pub cmake: cmake_facts::Facts,
    /// Its Makefiles.
    pub make: make_facts::Facts,
    /// The build for HIP that it has already.
    pub own_hip: OwnHip,
    /// Whether PyTorch's build of extensions compiles its code. On ROCm that build renames PyTorch's own names.
    pub extends_torch: bool,
    /// The files that include others inside of declarations, each with the first of these that calls the support header.
    pub encloses: FxHashMap<PathBuf, PathBuf>,
    /// The files without a word of CUDA that use names which CUDA's headers declare, and get these headers from the project's.
    pub gets_cuda: FxHashSet<PathBuf>,
}
