//! The build for HIP that a project has already: its signs, its macros, and the files that only NVIDIA's build compiles.
//!
//! The signs are those of the table `hip_build`. It refuses to evaluate or to run a build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::list;

use super::Index;
use super::copied_trees::{CopiedTree, copied_trees};
use super::hip_signs::Sign;
use super::kept_parts::{KeptParts, clipped, is_foreign, is_hidden};
use super::marks::cuda_switch;
use super::models::Models;
use super::twins::{marked_sources, nvidia_folders, twins};
use crate::cpp::switches::{Switch, Switches, names_hip};
use crate::lang::Lang;
use crate::text::Span;

pub use super::hip_signs::{FileSigns, may_have_signs};

/// The build for HIP of a project.
#[derive(Clone, Debug, Default)]
pub struct OwnHip {
    signs: Vec<(PathBuf, Sign)>,
    /// The file that has the finding about the build if the first sign is above the root.
    below: Option<PathBuf>,
    /// The folders below which build files have signs, each with the kinds of these build files.
    scopes: FxHashMap<PathBuf, Vec<&'static str>>,
    /// Files for NVIDIA with the same file for HIP.
    twins: BTreeMap<PathBuf, PathBuf>,
    /// The files for HIP of all twins.
    for_hip: FxHashSet<PathBuf>,
    /// Folders of NVIDIA's build: the build file has a twin in the folder of HIP's build, and so has each source of CUDA.
    nvidia_folders: Vec<PathBuf>,
    /// Sources that the build names only where a switch for NVIDIA is on, and sources with a word for NVIDIA in their names,
    /// `a.cuda.cc`, in a folder that has such files for HIP too.
    nvidia_sources: FxHashSet<PathBuf>,
    /// Whether a build of CMake or Make compiles all code of the project for HIP, and no script translates it before.
    compiles_all: bool,
    /// The ends of the paths of host sources that NVIDIA's part of the build compiles as CUDA.
    cuda_sources: Vec<PathBuf>,
    switches: Switches,
    /// Copies of NVIDIA's libraries, which stay as they are.
    copies: Vec<CopiedTree>,
    /// Macros that the build files define.
    defines: BTreeSet<Box<[u8]>>,
    /// Whether a script makes files that end in `.hip` of all files that end in `.cu`, so these keep their names.
    makes_hip_files: bool,
    /// Switches of NVIDIA's build that have a counterpart for HIP: `APP_CUDA` beside `APP_HIP`.
    cuda_switches: FxHashSet<String>,
    /// The parts that a conversion leaves as they are.
    kept: KeptParts,
}

impl OwnHip {
    /// From the signs of all build files, and the paths of all files of the project. `holds_hip` is whether a file that
    /// ends in `.hip` has HIP in it.
    pub fn new(files: &[(PathBuf, FileSigns)], paths: &[PathBuf], holds_hip: &dyn Fn(&Path) -> bool) -> Self {
        let projects: BTreeSet<&Path> = files
            .iter()
            .filter(|(_, signs)| signs.is_project)
            .filter_map(|(path, _)| path.parent())
            .collect();
        let scope = |path: &Path| -> PathBuf {
            // A build file above the root builds the whole folder.
            if path.starts_with("..") {
                return PathBuf::new();
            }
            let folder = path.parent().unwrap_or(Path::new(""));
            let is_cmake = builder(path) == "cmake";
            let project = path.ancestors().skip(1).find(|folder| projects.contains(folder));
            clipped(path, project.filter(|_| is_cmake).unwrap_or(folder))
        };
        let with_cuda: FxHashSet<(PathBuf, Lang)> = files
            .iter()
            .filter(|(_, signs)| signs.has_cuda)
            .map(|(path, _)| (scope(path), Lang::of(path)))
            .collect();
        // A conversion writes some signs too, and renames all `.cu` files.
        let has_cuda_sources = paths.iter().any(|path| Lang::of(path) == Lang::Cuda);
        let mut own = Self { twins: twins(paths, holds_hip), ..Self::default() };
        let models = Models::of(&own.twins, &projects);
        let cached: FxHashSet<&str> =
            files.iter().flat_map(|(_, file)| &file.cached).map(|name| &**name).collect();
        // After a conversion, no line for nvcc is left beside the same line for hipcc.
        let has_twin = |path: &Path, sign: &Sign| {
            let place = (scope(path), Lang::of(path));
            let mut beside = files.iter().filter(|(path, _)| (scope(path), Lang::of(path)) == place);
            sign.twin.as_ref().is_some_and(|twin| beside.any(|(_, file)| file.nvcc_lines.contains(twin)))
        };
        let signs = || files.iter().flat_map(|(_, file)| &file.signs);
        let names_layer = signs().any(|sign| sign.name.as_deref() == Some("Kokkos_ENABLE_HIP"));
        let has_one_vendor = paths.iter().any(|path| matches!(Lang::of(path), Lang::Cuda | Lang::Hip))
            || (files.iter().any(|(_, file)| file.has_cuda || file.has_hip) && !names_layer);
        for (path, file) in files {
            let counts = |sign: &&Sign| {
                !(sign.without_cuda && has_one_vendor)
                    && (has_cuda_sources || !sign.written || has_twin(path, sign))
                    && (!sign.beside_cuda || with_cuda.contains(&(scope(path), Lang::of(path))))
            };
            for sign in file.signs.iter().filter(counts) {
                if sign.builds {
                    own.scopes.entry(scope(path)).or_default().push(builder(path));
                }
                let is_part = models.has_part(path);
                // A file in a folder such as `.github` is for continuous integration.
                let is_hidden = is_hidden(path);
                let is_inner = || {
                    let set = sign.build.strip_prefix("cmake -D").and_then(|rest| rest.split_once('='));
                    set.is_some_and(|(name, _)| is_inner_name(name) && !cached.contains(name))
                };
                let build =
                    if is_part || is_hidden || is_inner() { String::new() } else { sign.build.clone() };
                own.signs.push((path.clone(), Sign { build, is_part, ..sign.clone() }));
            }
        }
        own.cuda_switches =
            own.signs.iter().filter_map(|(_, sign)| cuda_switch(sign.name.as_deref()?)).collect();
        let is_started = |project: &Path| {
            own.signs.iter().any(|(path, sign)| sign.builds && !sign.is_part && path.starts_with(project))
        };
        let new: Vec<_> = models.0.into_iter().filter(|model| !is_started(&model.project)).collect();
        let models_of: Vec<(PathBuf, PathBuf)> =
            new.iter().map(|model| (model.hip.clone(), model.project.clone())).collect();
        for model in new {
            own.scopes.entry(model.project.clone()).or_default().push("cmake");
            let is_in_project = |path: &Path| path.parent() == Some(&model.project);
            let build = model.build(|name| {
                files.iter().any(|(path, file)| is_in_project(path) && file.arguments.contains(name))
            });
            own.signs.push((model.hip.clone(), Sign::of_file(build)));
        }
        let placed = own.signs.iter().map(|(path, sign)| {
            let model = models_of.iter().find(|(hip, _)| hip == path);
            (path.clone(), model.map_or_else(|| scope(path), |(_, project)| project.clone()), sign)
        });
        own.kept = KeptParts::of(&placed.collect::<Vec<_>>(), files, paths);
        if own.signs.iter().any(|(_, sign)| sign.builds) {
            // The compiler defines its own macros in every build for HIP, so an option says nothing about them.
            let macros = files.iter().flat_map(|(_, file)| &file.macros);
            for name in macros.filter(|name| !list::has(list::HIP_MACROS, name)) {
                let switch = if names_hip(name) { Switch::Hip } else { Switch::HipPerhaps };
                own.switches.add(name, switch);
            }
        }
        let stay = files.iter().filter(|(path, _)| own.has_build_file(path));
        own.cuda_sources = stay.flat_map(|(_, file)| file.cuda_sources.iter().cloned()).collect();
        own.nvidia_sources = marked_sources(paths, &own.twins);
        own.nvidia_sources.extend(own.switched_sources(files));
        own.compiles_all = own.compiles_all(files, paths);
        own.makes_hip_files = files.iter().any(|(_, file)| file.makes_hip_files());
        own.for_hip = own.twins.values().cloned().collect();
        own.nvidia_folders = nvidia_folders(paths, &own.twins);
        own.copies = copied_trees(paths.iter().map(PathBuf::as_path));
        own.defines = files.iter().flat_map(|(_, file)| file.defines.iter().cloned()).collect();
        // Signs in files of the first folders come first, and one that starts a build before others.
        own.signs.sort_by_key(|(path, sign)| {
            (!sign.builds, sign.is_part, sign.beside_cuda, path.components().count(), path.clone(), sign.line)
        });
        // No file of the project has a sign above the root, so the first file of code has the finding.
        let is_above = own.signs.first().is_some_and(|(path, _)| path.starts_with(".."));
        let mut code = paths.iter().filter(|path| matches!(Lang::of(path), Lang::Cuda | Lang::Cpp));
        own.below = if is_above { code.by_ref().min().cloned() } else { None };
        own
    }

    /// The same, for a conversion that leaves no part as it is.
    #[must_use]
    pub fn without_kept_parts(mut self) -> Self {
        self.kept = KeptParts::default();
        self
    }

    /// The same, for a conversion while the build for HIP runs: that build compiles the result and not the source, so it compiles no file
    /// as it is. Its macros for HIP, files with a twin and copies of libraries still count.
    #[must_use]
    pub fn without_builds(self) -> Self {
        Self {
            twins: self.twins,
            for_hip: self.for_hip,
            switches: self.switches,
            copies: self.copies,
            defines: self.defines,
            ..Self::default()
        }
    }

    /// Whether the file `path` is in a part that builds for HIP by itself and stays as it is.
    pub fn stays(&self, path: &Path) -> bool {
        self.kept.has(path)
    }

    /// Whether the file `path` is outside of the parts that stay, and code of the project in one of them includes it, so it stays too.
    pub fn shares(&self, path: &Path, index: &Index) -> bool {
        self.keeps_parts()
            && index.is_included_from(path, &|includer| self.stays(includer) && !is_foreign(includer))
    }

    /// Whether a part of the project stays as it is.
    pub fn keeps_parts(&self) -> bool {
        !self.kept.folders.is_empty()
    }

    /// The sources that no CMake file names without a switch for NVIDIA.
    fn switched_sources(&self, files: &[(PathBuf, FileSigns)]) -> Vec<PathBuf> {
        let sources = || files.iter().map(|(_, file)| &file.sources);
        let plain: FxHashSet<&PathBuf> = sources().flat_map(|sources| &sources.plain).collect();
        let is_for_nvidia = |name: &str| self.cuda_switches.contains(name);
        let mut for_nvidia: FxHashSet<&PathBuf> = FxHashSet::default();
        let mut others: FxHashSet<&PathBuf> = FxHashSet::default();
        for (name, source) in sources().flat_map(|sources| &sources.switched) {
            if is_for_nvidia(name) {
                for_nvidia.insert(source)
            } else {
                others.insert(source)
            };
        }
        let is_named = |source: &&&PathBuf| !plain.contains(**source) && !others.contains(**source);
        for_nvidia.iter().filter(is_named).map(|source| (*source).clone()).collect()
    }

    fn compiles_all(&self, files: &[(PathBuf, FileSigns)], paths: &[PathBuf]) -> bool {
        let mut builders = self.scopes.values().flatten();
        let mut code = paths.iter().filter(|path| matches!(Lang::of(path), Lang::Cuda | Lang::Cpp));
        let runs_hipify = files.iter().any(|(_, file)| file.signs.iter().any(|sign| !sign.builds));
        !self.scopes.is_empty()
            && !runs_hipify
            && builders.all(|builder| matches!(*builder, "cmake" | "make"))
            && code.all(|path| self.covers(path))
    }

    /// Whether a build for HIP compiles all code of the project as it is, so a macro of nvcc is never defined for HIP.
    pub(super) fn is_whole(&self) -> bool {
        self.compiles_all
    }

    /// Whether the project has a build for HIP.
    pub fn exists(&self) -> bool {
        !self.scopes.is_empty() || !self.twins.is_empty()
    }

    /// Whether the build file `path` already builds for HIP, so it stays as it is.
    pub fn has_build_file(&self, path: &Path) -> bool {
        let builder = builder(path);
        let is_single = matches!(Lang::of(path), Lang::Python | Lang::Cargo);
        if is_single {
            return self.signs.iter().any(|(known, sign)| known == path && sign.builds);
        }
        if Lang::of(path) == Lang::Shell {
            return self.covers(path);
        }
        !builder.is_empty() && self.scopes_around(path).any(|builders| builders.contains(&builder))
    }

    /// Whether the build for HIP names the source `path`, so it keeps its name.
    pub fn keeps_name(&self, path: &Path) -> bool {
        self.stays(path)
            || self.makes_hip_files
            || self.is_for_nvidia(path)
            || self.covers(path)
            || self.is_in_copy(path)
    }

    /// Whether the file `path` belongs to a copy of one of NVIDIA's libraries.
    pub fn is_in_copy(&self, path: &Path) -> bool {
        self.copies.iter().any(|copy| path.starts_with(&copy.root))
    }

    /// The copies of NVIDIA's libraries in the project.
    pub fn copies(&self) -> &[CopiedTree] {
        &self.copies
    }

    /// Whether a build file defines the macro `name`.
    pub fn defines(&self, name: &[u8]) -> bool {
        self.defines.contains(name)
    }

    /// Whether a build for HIP begins in a folder around the file `path`, so it can compile that file already.
    pub fn covers(&self, path: &Path) -> bool {
        self.scopes_around(path).next().is_some()
    }

    fn scopes_around(&self, path: &Path) -> impl Iterator<Item = &Vec<&'static str>> {
        let folders = path.ancestors().take_while(|_| !self.scopes.is_empty());
        folders.filter_map(|folder| self.scopes.get(folder))
    }

    /// Whether the file `path` is for NVIDIA alone: it has a twin for HIP, is in a folder of NVIDIA's build, or is a host
    /// source that only a part for NVIDIA of the build compiles for a GPU.
    pub fn is_for_nvidia(&self, path: &Path) -> bool {
        let is_cuda_source = || self.cuda_sources.iter().any(|end| path.ends_with(end));
        is_cuda_source()
            || self.twins.contains_key(path)
            || self.nvidia_sources.contains(path)
            || self.nvidia_folders.iter().any(|folder| path.starts_with(folder))
    }

    /// Whether the file `path` is the one for HIP of two twins.
    pub fn is_for_hip(&self, path: &Path) -> bool {
        self.for_hip.contains(path)
    }

    /// Macros that the build files define for HIP.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Whether `name` is a switch of NVIDIA's build, and the build for HIP has the same switch for HIP.
    pub(crate) fn is_cuda_switch(&self, name: &str) -> bool {
        self.cuda_switches.contains(name)
    }

    /// The file with the first sign, and the bytes of the sign. A script that runs hipify is a sign too, but builds nothing.
    pub fn place(&self) -> Option<(&Path, Span)> {
        if let Some(path) = &self.below {
            return Some((path, Span::at(0)));
        }
        let sign = self.signs.first().map(|(path, sign)| (path.as_path(), sign.span));
        sign.or_else(|| self.twins.keys().next().map(|path| (path.as_path(), Span::at(0))))
    }

    /// What the finding about the build says: the signs with their places.
    pub fn what(&self) -> String {
        let mut places: Vec<String> = Vec::new();
        let mut blocks = FxHashSet::default();
        for (path, sign) in &self.signs {
            let place = format!("`{}:{}`", path.display(), sign.line);
            let is_new = places.len() < MOST_PLACES && !places.contains(&place);
            if is_new && blocks.insert((sign.block, sign.build.clone())) {
                places.push(place);
            }
        }
        if let Some((cuda, hip)) = self.twins.iter().next() {
            let count = self.twins.len();
            let files = if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
            places.push(format!(
                "{files} with a twin for HIP, such as `{}` of `{}`",
                hip.display(),
                cuda.display()
            ));
        }
        let parts: Vec<_> =
            self.kept.folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
        if !parts.is_empty() && !self.stays(Path::new("")) {
            let shown = parts[..parts.len().min(MOST_PLACES)].join(", ");
            let more = if parts.len() > MOST_PLACES { " and others" } else { "" };
            let (these, build) =
                if parts.len() == 1 { ("the part", "builds") } else { ("the parts", "build") };
            return format!("{these} {shown}{more} {build} for ROCm already: {}", places.join(", "));
        }
        let does = if self.exists() { "builds for ROCm" } else { "translates its CUDA sources with hipify" };
        format!("the project {does} already: {}", places.join(", "))
    }

    /// How the build is started, and what stays as it is.
    pub fn todo(&self) -> String {
        if !self.exists() && self.makes_hip_files {
            return "run that script before the build as before; the files that end in `.cu` keep their names, and their code is HIP already"
                .to_owned();
        }
        if !self.exists() {
            return "leave that script out of the build of the converted sources, which are HIP already"
                .to_owned();
        }
        let mut builds: Vec<&str> = Vec::new();
        for (_, sign) in self.signs.iter().filter(|(_, sign)| sign.builds && sign.build.contains(' ')) {
            if builds.len() < MOST_BUILDS && !builds.contains(&sign.build.as_str()) {
                builds.push(&sign.build);
            }
        }
        let start = match builds.as_slice() {
            [] => "build it with its own build files for HIP".to_owned(),
            builds => format!("build it with `{}`", builds.join("` or `")),
        };
        if self.keeps_parts() {
            return format!("{start}; {}", self.kept_words());
        }
        format!(
            "{start}; its build files, the names of its `.cu` files and code that only NVIDIA's build compiles stay as they are, so only what the other findings and changes name is left"
        )
    }

    /// What stays, what is not ported, and how to convert it anyway.
    fn kept_words(&self) -> String {
        let places = &self.kept.for_cuda[..self.kept.for_cuda.len().min(MOST_BUILDS)];
        let places: Vec<_> = places.iter().map(|path| format!("`{}`", path.display())).collect();
        let apart = match places.as_slice() {
            [] => String::new(),
            [one] => format!("; {one} builds for CUDA alone"),
            several => format!("; {} build for CUDA alone", several.join(", ")),
        };
        format!(
            "nothing there is changed or reported{apart}; `tranship convert FOLDER --own-hip-build convert` converts a folder all the same"
        )
    }
}

/// Whether the variable `name` of CMake looks like one of a function, `_lang`, or of CMake's modules for HIP, `HIP_PLATFORM`. Such a
/// variable chooses no vendor.
fn is_inner_name(name: &str) -> bool {
    name.starts_with('_') || name.starts_with("HIP_") || name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The most places and the most ways to build in one finding.
const MOST_PLACES: usize = 6;
const MOST_BUILDS: usize = 3;

/// The kind of build that the file `path` is part of.
fn builder(path: &Path) -> &'static str {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // The build files that these files belong to.
    if name.starts_with("CMake") && name.ends_with("Presets.json") {
        return "cmake";
    }
    if name.starts_with("configure") {
        return "make";
    }
    match Lang::of(path) {
        Lang::Cmake => "cmake",
        Lang::Make => "make",
        Lang::Python => "python",
        Lang::Cargo => "cargo",
        _ => "",
    }
}
