//! The build for HIP that a project has already: its signs, its macros, and the files that only NVIDIA's build compiles.
//!
//! The signs are those of the table `hip_build`. It refuses to evaluate or to run a build.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use tranship_rules::{HIP_BUILDS, HipBuild, list};

use super::copied_trees::{CopiedTree, copied_trees};
use super::marks::{Names, cuda_switch, find, is_hip_name};
use super::models::Models;
use super::twins::{nvidia_folders, twins};
use crate::cpp::switches::{Switch, Switches, mentions_hip, names_hip};
use crate::lang::Lang;
use crate::readers::cmake::{self, Command, text_of};
use crate::source::Source;
use crate::text::{Span, contains_ignoring_case, is_word};

/// One sign of a build for HIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The line, counted from 1.
    pub line: u32,
    /// The bytes of the line without white space around it.
    pub span: Span,
    /// How the build is started.
    pub build: String,
    /// Whether it counts only if the same build also has CUDA.
    beside_cuda: bool,
    /// Whether a conversion writes it too, so it is a sign only in a project with `.cu` files.
    written: bool,
    /// Whether the file builds the sources.
    builds: bool,
    /// The number of its block in the table, or the number of blocks for a build file with a twin.
    block: usize,
    /// The name for HIP in the line, such as `APP_HIP`.
    name: Option<Box<str>>,
    /// Whether its file is only a part that the build selects, beside another part that is for HIP.
    is_part: bool,
}

impl Sign {
    /// The sign that a whole build file is.
    fn of_file(build: String) -> Self {
        Self {
            line: 1,
            span: Span::at(0),
            build,
            beside_cuda: false,
            written: false,
            builds: true,
            block: HIP_BUILDS.len(),
            name: None,
            is_part: false,
        }
    }
}

/// The signs of one build file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSigns {
    signs: Vec<Sign>,
    /// Macros of HIP's build that it defines.
    macros: BTreeSet<Box<[u8]>>,
    /// All macros that it defines for the compiler.
    defines: BTreeSet<Box<[u8]>>,
    /// Whether it has CUDA's language, package or compiler.
    has_cuda: bool,
    /// Whether it begins a project of CMake.
    is_project: bool,
    /// Whether a line names files that end in `.hip`.
    names_hip_files: bool,
    /// Host sources that CMake compiles as CUDA, as the file names them, if it compiles none as HIP.
    cuda_sources: Vec<PathBuf>,
    /// Variables of CMake that are whole arguments of commands: `${MODEL}`.
    arguments: BTreeSet<Box<str>>,
    /// Variables of CMake that a user can set: `set(BACKEND cuda CACHE STRING "")`.
    cached: BTreeSet<Box<str>>,
}

/// Whether a file with the name of `path` can have signs.
pub fn may_have_signs(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    HIP_BUILDS.iter().any(|block| is_of(block, &name))
}

fn is_of(block: &HipBuild, name: &str) -> bool {
    block.files.iter().any(|end| name.ends_with(end))
}

impl FileSigns {
    /// Reads the signs of a build file.
    pub fn of(source: &Source) -> Self {
        let name = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Lines are compared without spaces before parentheses.
        let marks = |block: &HipBuild| block.marks.iter().map(|mark| mark.replace(" (", "(")).collect();
        let blocks: Vec<(usize, &HipBuild, Vec<String>)> = HIP_BUILDS
            .iter()
            .enumerate()
            .filter(|(_, block)| is_of(block, &name))
            .map(|(number, block)| (number, block, marks(block)))
            .collect();
        let mut found = Self::default();
        if blocks.is_empty() {
            return found;
        }
        let text = String::from_utf8_lossy(&source.bytes);
        let blocks: Vec<_> = blocks.into_iter().filter(|(_, block, _)| text.contains(block.holds)).collect();
        // A script is run from the root of the project.
        let is_script = Lang::of(&source.path) == Lang::Shell;
        let shown_file = if is_script { source.path.to_string_lossy().into_owned() } else { name.clone() };
        let mut start = 0;
        for (number, line) in text.split('\n').enumerate() {
            let (line_start, is_first) = (start, number == 0);
            start += line.len() + 1;
            let trimmed = line.trim();
            if trimmed.starts_with('#') || trimmed.starts_with("//") {
                continue;
            }
            found.has_cuda |= trimmed.contains("nvcc");
            found.names_hip_files |= has_hip_ending(trimmed);
            found.read_defines(trimmed);
            let may_be_mark =
                number == 0 || SIGN_WORDS.iter().any(|word| contains_ignoring_case(trimmed, word));
            if !may_be_mark {
                continue;
            }
            let at = line_start + line.find(trimmed).unwrap_or(0);
            let span = Span::new(at as u32, (at + trimmed.len()) as u32);
            let shown = normalised(trimmed);
            for (number_of_block, block, marks) in &blocks {
                let is_named = || marks.is_empty() && is_first;
                let mark = marks.iter().find_map(|mark| find(&shown, mark));
                let Some(names) = mark.or_else(|| is_named().then(Names::default)) else { continue };
                found.signs.push(Sign {
                    line: number as u32 + 1,
                    span,
                    build: names.write(block.build, &shown_file),
                    beside_cuda: block.beside_cuda,
                    written: block.written,
                    builds: block.builds,
                    block: *number_of_block,
                    name: names.hip().map(Box::from),
                    is_part: false,
                });
            }
        }
        if source.lang == Lang::Python {
            found.read_define_macros(&text);
        }
        if source.lang == Lang::Cmake {
            found.read_cmake(&source.bytes);
        }
        found
    }

    /// Whether the file makes files that end in `.hip` of those that end in `.cu`.
    fn makes_hip_files(&self) -> bool {
        let mut scripts = self.signs.iter().filter(|sign| !sign.builds);
        let first = scripts.next();
        first.is_some_and(|first| {
            self.names_hip_files
                || std::iter::once(first)
                    .chain(scripts)
                    .any(|sign| HIP_BUILDS[sign.block].marks.contains(&TORCH))
        })
    }

    /// Reads the macros of `-DUSE_HIP` and `#cmakedefine USE_HIP`; `-DUSE_HIP=0` defines none.
    fn read_defines(&mut self, line: &str) {
        for (at, mark) in line.match_indices("-D") {
            let rest = &line.as_bytes()[at + mark.len()..];
            let length = rest.iter().take_while(|&&byte| is_word(byte)).count();
            if length > 0 {
                self.defines.insert(rest[..length].into());
            }
            let is_off = rest[length..].starts_with(b"=0") || rest[length..].starts_with(b"=OFF");
            if mentions_hip(&rest[..length]) && !is_off {
                self.macros.insert(rest[..length].into());
            }
        }
    }

    /// Reads the names of `define_macros=[("NAME", None), ("OTHER", "1")]`.
    fn read_define_macros(&mut self, text: &str) {
        for (at, mark) in text.match_indices("define_macros") {
            let rest = &text[at + mark.len()..];
            let list = &rest[..rest.find(']').unwrap_or(0)];
            for (at, _) in list.match_indices('(') {
                let name = list[at + 1..].trim_start().trim_start_matches(['"', '\'']).as_bytes();
                let length = name.iter().take_while(|&&byte| is_word(byte)).count();
                self.defines.insert(name[..length].into());
            }
        }
    }

    /// Reads an option with its name on a line of its own.
    fn read_option(&mut self, bytes: &[u8], command: &Command) {
        let Some(argument) = command.arguments.first() else { return };
        let name = text_of(bytes, argument.inner);
        let is_known =
            self.signs.iter().any(|sign| sign.span.range().contains(&(command.span.start as usize)));
        let block = HIP_BUILDS.iter().position(|block| block.build == "cmake -D{hip}=ON");
        if let Some(block) = block.filter(|_| !is_known && is_hip_name(name)) {
            let line = memchr::memchr_iter(b'\n', &bytes[..argument.span.start as usize]).count() as u32 + 1;
            let build = format!("cmake -D{name}=ON");
            let sign =
                Sign { line, span: argument.span, block, name: Some(name.into()), ..Sign::of_file(build) };
            self.signs.push(sign);
        }
    }

    /// Reads the `condition` of an option at `span` that depends on another: if the condition is a switch for HIP too, that
    /// switch starts the build.
    fn read_condition(&mut self, span: Span, condition: &str) {
        let mut names = condition.split([';', ' ']).filter(|name| is_hip_name(name));
        let Some(name) = names.next() else { return };
        for sign in self.signs.iter_mut().filter(|sign| sign.span.start == span.start) {
            sign.build = format!("cmake -D{name}=ON");
        }
    }

    fn read_cmake(&mut self, bytes: &[u8]) {
        let file = cmake::read(bytes);
        let mut has_hip_sources = false;
        for command in &file.commands {
            let is = |name: &str| cmake::is_command(bytes, command, name);
            let arguments = || command.arguments.iter().map(|argument| text_of(bytes, argument.inner));
            let variables = arguments().filter_map(|text| text.strip_prefix("${")?.strip_suffix('}'));
            self.arguments.extend(variables.map(Box::from));
            self.is_project |= is("project");
            self.has_cuda |= (is("project") || is("enable_language") || is("find_package") || is("include"))
                && arguments().any(|text| matches!(text, "CUDA" | "CUDAToolkit" | "FindCUDA"));
            if is("option") || is("cmake_dependent_option") {
                self.read_option(bytes, command);
            }
            if is("set") && arguments().any(|text| text == "CACHE") {
                self.cached.extend(arguments().next().map(Box::from));
            }
            if is("cmake_dependent_option") {
                self.read_condition(command.span, arguments().nth(3).unwrap_or_default());
            }
            if is("set_source_files_properties") {
                let has_language = |language: &str| {
                    arguments().zip(arguments().skip(1)).any(|pair| pair == ("LANGUAGE", language))
                };
                has_hip_sources |= has_language("HIP");
                if has_language("CUDA") {
                    let names = arguments().take_while(|text| *text != "PROPERTIES").map(Path::new);
                    self.cuda_sources
                        .extend(names.filter(|name| Lang::of(name) == Lang::Cpp).map(Path::to_owned));
                }
            }
            let defines = is("add_definitions")
                || is("add_compile_definitions")
                || is("target_compile_definitions")
                || is("set_source_files_properties");
            if defines {
                for text in arguments() {
                    let words = text.split(|c: char| !c.is_ascii() || !is_word(c as u8));
                    self.defines.extend(words.map(|word| Box::from(word.as_bytes())));
                }
                let names = arguments().map(|text| text.trim_start_matches("-D").as_bytes());
                self.macros.extend(names.filter(|name| mentions_hip(name)).map(Box::from));
            }
        }
        if has_hip_sources {
            self.cuda_sources.clear();
        }
    }
}

/// PyTorch's hipify, which gives the ending `.hip` to each file that ends in `.cu`.
const TORCH: &str = "hipify_python";

/// Whether a line has a name or pattern that ends in `.hip`.
fn has_hip_ending(line: &str) -> bool {
    line.match_indices(".hip").any(|(at, ending)| {
        let next = line.as_bytes().get(at + ending.len());
        next.is_none_or(|&next| next != b'.' && !is_word(next))
    })
}

/// Every mark and every name of a build for HIP has one of these, in capitals or not.
const SIGN_WORDS: &[&str] = &["hip", "rocm", "hcc", "amd"];

/// `line` with single spaces, and none beside parentheses.
fn normalised(line: &str) -> String {
    let mut out = line.split_whitespace().collect::<Vec<_>>().join(" ");
    for (before, after) in [(" (", "("), ("( ", "("), (" )", ")")] {
        out = out.replace(before, after);
    }
    out
}

/// The build for HIP of a project.
#[derive(Clone, Debug, Default)]
pub struct OwnHip {
    signs: Vec<(PathBuf, Sign)>,
    /// The folders below which build files have signs, each with the kinds of these build files.
    scopes: FxHashMap<PathBuf, Vec<&'static str>>,
    /// Files for NVIDIA with the same file for HIP.
    twins: BTreeMap<PathBuf, PathBuf>,
    /// The files for HIP of all twins.
    for_hip: FxHashSet<PathBuf>,
    /// Folders of NVIDIA's build: the build file has a twin in the folder of HIP's build, and so has each source of CUDA.
    nvidia_folders: Vec<PathBuf>,
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
            let folder = path.parent().unwrap_or(Path::new(""));
            let is_cmake = builder(path) == "cmake";
            let project = path.ancestors().skip(1).find(|folder| projects.contains(folder));
            project.filter(|_| is_cmake).unwrap_or(folder).to_owned()
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
        for (path, file) in files {
            let counts = |sign: &&Sign| {
                (has_cuda_sources || !sign.written)
                    && (!sign.beside_cuda || with_cuda.contains(&(scope(path), Lang::of(path))))
            };
            for sign in file.signs.iter().filter(counts) {
                if sign.builds {
                    own.scopes.entry(scope(path)).or_default().push(builder(path));
                }
                let is_part = models.has_part(path);
                // A file in a folder such as `.github` is for continuous integration.
                let is_hidden =
                    path.components().any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."));
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
        for model in new {
            own.scopes.entry(model.project.clone()).or_default().push("cmake");
            let is_in_project = |path: &Path| path.parent() == Some(&model.project);
            let build = model.build(|name| {
                files.iter().any(|(path, file)| is_in_project(path) && file.arguments.contains(name))
            });
            own.signs.push((model.hip.clone(), Sign::of_file(build)));
        }
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
        own.makes_hip_files = files.iter().any(|(_, file)| file.makes_hip_files());
        own.for_hip = own.twins.values().cloned().collect();
        own.nvidia_folders = nvidia_folders(paths, &own.twins);
        own.copies = copied_trees(paths.iter().map(PathBuf::as_path));
        own.defines = files.iter().flat_map(|(_, file)| file.defines.iter().cloned()).collect();
        // Signs in files of the first folders come first, and one that starts a build before others.
        own.signs.sort_by_key(|(path, sign)| {
            (!sign.builds, sign.is_part, sign.beside_cuda, path.components().count(), path.clone(), sign.line)
        });
        own
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
        self.makes_hip_files || self.is_for_nvidia(path) || self.covers(path) || self.is_in_copy(path)
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
        format!(
            "{start}; its build files, the names of its `.cu` files and code that only NVIDIA's build compiles stay as they are, so only what the other findings and changes name is left"
        )
    }
}

/// Whether the variable `name` of CMake looks like one of a function, which a user cannot set: `_lang`.
fn is_inner_name(name: &str) -> bool {
    name.starts_with('_') || name.bytes().any(|byte| byte.is_ascii_lowercase())
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

#[cfg(test)]
mod tests {
    use tranship_rules::list;

    use super::*;

    #[test]
    fn every_sign_has_a_word_that_is_looked_for_first() {
        let has = |text: &str| SIGN_WORDS.iter().any(|word| contains_ignoring_case(text, word));
        for mark in HIP_BUILDS.iter().flat_map(|block| block.marks) {
            assert!(has(mark), "{mark}");
        }
        for word in list::HIP_NAME_WORDS {
            assert!(has(word), "{word}");
        }
    }
}
