//! Facts of the CMake files of a project: the languages that each file enables, and the libraries that it links.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::readers::cmake::{self, File, text_of};
use crate::text::is_word;

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
}

impl FileFacts {
    /// Reads the facts of one file.
    pub fn of(bytes: &[u8]) -> Self {
        let file = cmake::read(bytes);
        let mut facts = Self::default();
        facts.languages(bytes, &file);
        facts.chooses_language = chooses_language(bytes, &file);
        for command in &file.commands {
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

    fn languages(&mut self, bytes: &[u8], file: &File) {
        for command in &file.commands {
            let names = |word: &str| command.arguments.iter().any(|a| text_of(bytes, a.inner) == word);
            let is = |name: &str| cmake::is_command(bytes, command, name);
            if is("project") || is("enable_language") {
                self.enables_cuda |= names("CUDA");
                self.enables_hip |= names("HIP");
            } else if is("find_package") {
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
}

impl Facts {
    /// The facts of all `files`.
    pub fn new(files: impl IntoIterator<Item = (PathBuf, FileFacts)>) -> Self {
        let files: FxHashMap<_, _> = files.into_iter().collect();
        let find_modules = files.keys().filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
            Some(name.strip_prefix("find")?.strip_suffix(".cmake")?.to_owned())
        });
        Self { find_modules: find_modules.collect(), files }
    }

    /// The facts of the files in the folder of `path` or below it. For a module, which any file may include, these are
    /// all files.
    fn below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a FileFacts> {
        let is_module = path.extension().is_some_and(|ending| ending == "cmake");
        let folder = path.parent().filter(|_| !is_module).unwrap_or(Path::new(""));
        self.files.iter().filter(move |(other, _)| other.starts_with(folder)).map(|(_, facts)| facts)
    }

    /// The names that files below `path` link.
    pub(crate) fn linked_below<'a>(&'a self, path: &'a Path) -> BTreeSet<&'a str> {
        self.below(path).flat_map(|facts| facts.linked.iter().map(String::as_str)).collect()
    }

    /// Whether some file searches for the CUDA toolkit.
    pub(crate) fn find_cuda(&self) -> bool {
        self.files.values().any(|facts| facts.finds_cuda)
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

    /// Whether the project contains `Find<name>.cmake`.
    pub(crate) fn has_find_module(&self, name: &str) -> bool {
        self.find_modules.contains(&name.to_ascii_lowercase())
    }
}
