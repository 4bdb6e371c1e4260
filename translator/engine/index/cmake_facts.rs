//! Facts of the CMake files of a project: the languages that each file enables, and the libraries that it links.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::readers::cmake::{self, File, text_of};

/// The facts of one CMake file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Whether it makes CUDA a language of the project.
    pub enables_cuda: bool,
    /// Whether it searches for the CUDA toolkit.
    pub finds_cuda: bool,
    /// Whether it makes HIP a language of the project.
    pub enables_hip: bool,
    /// The names that it links, or may link: imported targets, variables, plain names of libraries.
    pub linked: BTreeSet<String>,
}

impl FileFacts {
    /// Reads the facts of one file.
    pub fn of(bytes: &[u8]) -> Self {
        let file = cmake::read(bytes);
        let mut facts = Self::default();
        facts.languages(bytes, &file);
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

/// The commands that link.
pub(crate) const LINK_COMMANDS: &[&str] = &["target_link_libraries", "link_libraries"];

/// The names of imported targets in `text`, with their offsets.
pub(crate) fn targets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
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

    /// Whether some file makes CUDA a language.
    pub(crate) fn enable_cuda(&self) -> bool {
        self.files.values().any(|facts| facts.enables_cuda)
    }

    /// Whether the project contains `Find<name>.cmake`.
    pub(crate) fn has_find_module(&self, name: &str) -> bool {
        self.find_modules.contains(&name.to_ascii_lowercase())
    }
}
