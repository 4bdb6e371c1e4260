//! Facts of the CMake files of a project: the languages that each file enables, and the libraries that it links.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::own_hip::OwnHip;
use crate::readers::cmake::{self, File, text_of};
use crate::text::{is_word, path::within};

/// The facts of one CMake file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub struct FileFacts {
    /// Whether it makes CUDA a language of the project.
    pub enables_cuda: bool,
    /// Whether it searches for the CUDA toolkit.
    pub finds_cuda: bool,
    /// Whether it makes HIP a language of the project.
    pub enables_hip: bool,
    /// Whether it chooses between the languages CUDA and HIP by a condition that does not name HIP: the project builds for both.
    pub chooses_language: bool,
    /// The names that it links, or may link: imported targets, variables, plain names of libraries.
    pub linked: BTreeSet<String>,
    /// The C++ sources that its targets name, relative to its folder.
    pub built: BTreeSet<String>,
    /// The C++ sources that it compiles as HIP, relative to its folder.
    pub compiled_as_hip: BTreeSet<String>,
    /// Whether it compiles other sources as HIP too, which a variable or a pattern names.
    pub compiles_more_as_hip: bool,
    /// The targets that it defines.
    pub targets: BTreeSet<String>,
    /// Whether it uses a variable for the folder of CUDA's headers that the language CUDA or another command than `find_package` sets.
    pub uses_headers: bool,
    /// The words of its searches for libraries and headers.
    pub searched: BTreeSet<String>,
    /// The packages that it searches for, in lower case.
    pub packages: BTreeSet<String>,
    /// The variables that it sets to nothing: `set(NAME "")`.
    pub emptied: BTreeSet<String>,
}

impl FileFacts {
    /// Reads the facts of one file.
    pub fn of(bytes: &[u8]) -> Self {
        let file = cmake::read(bytes);
        let mut facts = Self::default();
        facts.languages(bytes, &file);
        facts.uses_headers = ["{CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES}", "{CUDAToolkit_INCLUDE_DIRS}"]
            .iter()
            .any(|variable| memchr::memmem::find(bytes, variable.as_bytes()).is_some());
        facts.chooses_language = chooses_language(bytes, &file);
        facts.built = built(bytes, &file).into_iter().flat_map(|(_, names)| names).collect();
        facts.set_languages(bytes, &file);
        for command in &file.commands {
            let defines = ["add_library", "add_executable"];
            if defines.iter().any(|name| cmake::is_command(bytes, command, name)) {
                let name = command.arguments.first().map(|name| text_of(bytes, name.inner).to_owned());
                facts.targets.extend(name);
            }
            if ["find_library", "find_path"].iter().any(|name| cmake::is_command(bytes, command, name)) {
                let words =
                    command.arguments.iter().skip(1).map(|word| text_of(bytes, word.inner).to_owned());
                facts.searched.extend(words);
            }
            if let [name, rest @ ..] = command.arguments.as_slice()
                && cmake::is_command(bytes, command, "set")
                && rest.iter().all(|value| value.inner.range().is_empty())
            {
                facts.emptied.insert(text_of(bytes, name.inner).to_owned());
            }
            let links = LINK_COMMANDS.iter().any(|name| cmake::is_command(bytes, command, name));
            for argument in &command.arguments {
                let text = text_of(bytes, argument.inner);
                facts.linked.extend(targets(text).map(|(_, name)| name.to_owned()));
                if links {
                    facts.linked.insert(text.trim_start_matches("-l").to_owned());
                }
            }
        }
        facts
    }

    /// Reads which sources get the language HIP.
    fn set_languages(&mut self, bytes: &[u8], file: &File) {
        let values = source_lists(bytes, file);
        for command in &file.commands {
            let words: Vec<&str> = command.arguments.iter().map(|a| text_of(bytes, a.inner)).collect();
            if !words.windows(2).any(|pair| pair == ["LANGUAGE", "HIP"]) {
                continue;
            }
            let files = words.iter().take_while(|word| **word != "PROPERTIES" && **word != "PROPERTY");
            for word in files {
                match (source(word), variable(word).map(|name| values.get(name))) {
                    (Some(name), _) => drop(self.compiled_as_hip.insert(name)),
                    (_, Some(Some(names))) => self.compiled_as_hip.extend(names.iter().cloned()),
                    (_, Some(None)) => self.compiles_more_as_hip = true,
                    _ => {}
                }
            }
        }
    }

    fn languages(&mut self, bytes: &[u8], file: &File) {
        for command in &file.commands {
            let names = |word: &str| command.arguments.iter().any(|a| text_of(bytes, a.inner) == word);
            let is = |name: &str| cmake::is_command(bytes, command, name);
            if is("project") || is("enable_language") {
                self.enables_cuda |= names("CUDA");
                self.enables_hip |= names("HIP");
            } else if is("find_package") {
                let name =
                    command.arguments.first().map(|name| text_of(bytes, name.inner).to_ascii_lowercase());
                self.packages.extend(name);
                self.finds_cuda |= names("CUDA") || names("CUDAToolkit");
            }
        }
    }
}

/// Whether a chain of branches has a branch with the word `HIP` and another with the word `CUDA`, and no condition about HIP or
/// ROCm.
fn chooses_language(bytes: &[u8], file: &File) -> bool {
    let is = |at: usize, name: &str| cmake::is_command(bytes, &file.commands[at], name);
    let words = |at: usize| file.commands[at].arguments.iter().map(|argument| text_of(bytes, argument.inner));
    // For each open chain: whether a condition names HIP, and the languages of its branches so far.
    let mut open: Vec<(bool, Vec<[bool; 2]>)> = Vec::new();
    for at in 0..file.commands.len() {
        let names_hip = || {
            words(at).map(str::to_ascii_lowercase).any(|word| word.contains("hip") || word.contains("rocm"))
        };
        if is(at, "if") {
            open.push((names_hip(), vec![[false; 2]]));
        } else if is(at, "elseif") || is(at, "else") {
            if let Some((is_settled, branches)) = open.last_mut() {
                *is_settled |= names_hip();
                branches.push([false; 2]);
            }
        } else if is(at, "endif") {
            let Some((is_settled, branches)) = open.pop() else { continue };
            let has = |wanted: [bool; 2]| branches.contains(&wanted);
            if !is_settled && has([true, false]) && has([false, true]) {
                return true;
            }
        } else if let Some(branch) = open.last_mut().and_then(|(_, branches)| branches.last_mut()) {
            branch[0] |= words(at).any(|word| word == "HIP");
            branch[1] |= words(at).any(|word| word == "CUDA");
        }
    }
    false
}

/// The commands that add sources to a target.
const TARGET_COMMANDS: &[&str] = &["add_library", "add_executable", "target_sources"];

/// Endings of sources that are C++ for a host compiler. A source in C may not be valid C++, so it is not compiled as HIP.
const CPP_SOURCES: &[&str] = &["cc", "cpp", "cxx"];

/// The C++ sources that each command adds to a target, with the index of the command. A source is named by the command, or by a
/// variable that the file sets. Sources whose language the file sets are left out.
pub(crate) fn built(bytes: &[u8], file: &File) -> Vec<(usize, BTreeSet<String>)> {
    let is_one_of = |at: usize, names: &[&str]| {
        names.iter().any(|name| cmake::is_command(bytes, &file.commands[at], name))
    };
    let words = |at: usize| file.commands[at].arguments.iter().map(|argument| text_of(bytes, argument.inner));
    let values = source_lists(bytes, file);
    let sources = |at: usize| -> BTreeSet<String> {
        let of_variable = |word: &str| values.get(variable(word)?);
        words(at)
            .flat_map(|word| source(word).into_iter().chain(of_variable(word).into_iter().flatten().cloned()))
            .collect()
    };
    let sets_language = |at: &usize| words(*at).any(|word| word == "LANGUAGE");
    let others: BTreeSet<_> = (0..file.commands.len()).filter(sets_language).flat_map(sources).collect();
    let adds = (0..file.commands.len()).filter(|&at| is_one_of(at, TARGET_COMMANDS));
    let found = adds.map(|at| (at, sources(at).difference(&others).cloned().collect::<BTreeSet<_>>()));
    found.filter(|(_, names)| !names.is_empty()).collect()
}

/// The C++ sources in each variable that the file sets.
fn source_lists<'a>(bytes: &'a [u8], file: &File) -> FxHashMap<&'a str, BTreeSet<String>> {
    let mut values: FxHashMap<&str, BTreeSet<String>> = FxHashMap::default();
    for command in &file.commands {
        let words = || command.arguments.iter().map(|argument| text_of(bytes, argument.inner));
        let is = |name: &str| cmake::is_command(bytes, command, name);
        let named = usize::from(is("list") && words().next() == Some("APPEND"));
        if named == 1 || is("set") {
            let sources: BTreeSet<_> = words().skip(named + 1).filter_map(source).collect();
            if let Some(name) = words().nth(named).filter(|_| !sources.is_empty()) {
                values.entry(name).or_default().extend(sources);
            }
        }
    }
    values
}

/// Whether the file at `path` is a module, which other files include.
fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "cmake")
}

/// The variable that `word` is the value of: `SOURCES` for `${SOURCES}`.
fn variable(word: &str) -> Option<&str> {
    word.strip_prefix("${")?.strip_suffix('}')
}

/// `word` without the variable for the folder of the file, if it is the name of a C++ source.
fn source(word: &str) -> Option<String> {
    let name = word.strip_prefix("${CMAKE_CURRENT_SOURCE_DIR}/").unwrap_or(word);
    let ending = Path::new(name).extension()?.to_str()?;
    let is_plain = name.bytes().all(|byte| is_word(byte) || b"./-+".contains(&byte));
    (is_plain && CPP_SOURCES.contains(&ending)).then(|| name.to_owned())
}

/// The commands that link.
pub(crate) const LINK_COMMANDS: &[&str] = &["target_link_libraries", "link_libraries"];

/// The names of imported targets in `text`, with their offsets.
pub(crate) fn targets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let pairs = text.contains(':').then(|| text.match_indices("::"));
    pairs.into_iter().flatten().filter_map(move |(at, _)| {
        let bytes = text.as_bytes();
        let before = bytes[..at].iter().rev().take_while(|&&byte| is_word(byte)).count();
        let after = bytes[at + 2..].iter().take_while(|&&byte| is_word(byte)).count();
        (before > 0 && after > 0).then(|| (at - before, &text[at - before..at + 2 + after]))
    })
}

/// The facts of all CMake files, by path.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    files: FxHashMap<PathBuf, FileFacts>,
    /// The packages for which the project contains a module `Find<name>.cmake`, in lower case.
    find_modules: FxHashSet<String>,
    /// The targets that the files define.
    targets: FxHashSet<String>,
}

impl Facts {
    /// The facts of all `files`.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, FileFacts)>) -> Self {
        let files: FxHashMap<_, _> = files.into_iter().collect();
        let find_modules = files.keys().filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
            Some(name.strip_prefix("find")?.strip_suffix(".cmake")?.to_owned())
        });
        let targets = files.values().flat_map(|facts| &facts.targets).cloned().collect();
        Self { find_modules: find_modules.collect(), targets, files }
    }

    /// The same without the languages and packages of the files that the project's own build for HIP has: these files stay, so
    /// nothing is converted for them.
    #[must_use]
    pub fn without_kept(mut self, own_hip: &OwnHip) -> Self {
        for (_, facts) in self.files.iter_mut().filter(|(path, _)| own_hip.has_build_file(path)) {
            (facts.enables_cuda, facts.finds_cuda) = (false, false);
        }
        self
    }

    /// The facts of the files in the folder of `path` or below it. For a module, which any file may include, these are
    /// all files.
    fn below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a FileFacts> {
        let folder = path.parent().filter(|_| !is_module(path)).unwrap_or(Path::new(""));
        self.files.iter().filter(move |(other, _)| other.starts_with(folder)).map(|(_, facts)| facts)
    }

    /// The names that files below `path` link.
    pub(crate) fn linked_below<'a>(&'a self, path: &'a Path) -> BTreeSet<&'a str> {
        self.below(path).flat_map(|facts| facts.linked.iter().map(String::as_str)).collect()
    }

    /// Whether files below `path` use the folder of the headers that the language CUDA sets.
    pub(crate) fn use_headers_below(&self, path: &Path) -> bool {
        self.below(path).any(|facts| facts.uses_headers)
    }

    /// Whether some file searches for the CUDA toolkit.
    pub(crate) fn find_cuda(&self) -> bool {
        self.files.values().any(|facts| facts.finds_cuda)
    }

    /// Whether a search for the CUDA toolkit can concern the file at `path`. It is in a module, or in the folder of `path`, one around it
    /// or one below it.
    pub(crate) fn find_cuda_near(&self, path: &Path) -> bool {
        let folder = |path: &'_ Path| path.parent().unwrap_or(Path::new("")).to_owned();
        let own = folder(path);
        self.files.iter().filter(|(_, facts)| facts.finds_cuda).any(|(other, _)| {
            let below = folder(other);
            is_module(other) || own.starts_with(&below) || below.starts_with(&own)
        })
    }

    /// Whether a conversion leaves a file that makes HIP a language: it makes CUDA one, or it is no module and searches for the toolkit.
    pub(crate) fn may_enable_hip(&self) -> bool {
        self.files.iter().any(|(path, facts)| {
            facts.enables_cuda || facts.enables_hip || (facts.finds_cuda && !is_module(path))
        })
    }

    /// Whether `path` or a file below it needs CUDA.
    pub(crate) fn need_cuda_below(&self, path: &Path) -> bool {
        self.below(path).any(|facts| facts.enables_cuda || facts.finds_cuda)
    }

    /// Whether the file at `path`, or one in a folder around it, chooses between CUDA and HIP: it is for both already.
    pub(crate) fn is_for_both(&self, path: &Path) -> bool {
        let is_around = |other: &Path| other.parent().is_some_and(|folder| path.starts_with(folder));
        let mut choosing = self.files.iter().filter(|(_, facts)| facts.chooses_language);
        choosing.any(|(other, _)| is_around(other))
    }

    /// Whether some file makes HIP a language.
    pub(crate) fn enable_hip(&self) -> bool {
        self.files.values().any(|facts| facts.enables_hip)
    }

    /// Whether some file makes CUDA a language.
    pub(crate) fn enable_cuda(&self) -> bool {
        self.files.values().any(|facts| facts.enables_cuda)
    }

    /// Whether the target of a CMake file names the C++ source at `path`.
    pub(crate) fn builds(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, facts)| {
            let folder = file.parent().unwrap_or(Path::new(""));
            facts.built.iter().any(|name| within(folder, Path::new(name)).as_deref() == Some(path))
        })
    }

    /// Whether a CMake file sets, or may set, the language of the C++ source at `path` to HIP.
    pub(crate) fn may_compile_as_hip(&self, path: &Path) -> bool {
        self.files.iter().any(|(file, facts)| {
            let folder = file.parent().unwrap_or(Path::new(""));
            let is_named = |name: &String| within(folder, Path::new(name)).as_deref() == Some(path);
            (facts.compiles_more_as_hip && path.starts_with(folder))
                || facts.compiled_as_hip.iter().any(is_named)
        })
    }

    /// Whether some file defines the target `name`.
    pub(crate) fn defines_target(&self, name: &str) -> bool {
        self.targets.contains(name)
    }

    /// Whether some file sets the variable `name` to nothing.
    pub(crate) fn empties(&self, name: &str) -> bool {
        self.files.values().any(|facts| facts.emptied.contains(name))
    }

    /// The words of the searches in the module `Find<name>.cmake` of the project.
    pub(crate) fn searched_by_module<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let file = format!("find{name}.cmake").to_ascii_lowercase();
        let is_module = move |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().to_ascii_lowercase() == file)
        };
        let modules = self.files.iter().filter(move |(path, _)| is_module(path));
        modules.flat_map(|(_, facts)| facts.searched.iter().map(String::as_str))
    }

    /// Whether some file searches for the package `name`.
    pub(crate) fn finds(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.files.values().any(|facts| facts.packages.contains(&name))
    }

    /// Whether the project contains `Find<name>.cmake`.
    pub(crate) fn has_find_module(&self, name: &str) -> bool {
        self.find_modules.contains(&name.to_ascii_lowercase())
    }
}
