//! What the whole project says about the conversion of one of its files.

use std::path::{Path, PathBuf};

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::is_hip_word;
use crate::cpp::Unit;
use crate::cpp::token::DirectiveKind;
use crate::text::path::within;

/// The headers of cuSOLVER beside `cusolverDn.h`, and how the names of hipSOLVER begin that they declare. hipSOLVER has one header.
const SOLVERS: [(&str, &str); 2] = [("hipsolverSp", "cusolverSp.h"), ("hipsolverRf", "cusolverRf.h")];

/// What one file says about the project.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// The macros and functions that it defines itself, which are no names of HIP whatever their form.
    own: FxHashSet<Vec<u8>>,
    /// The headers of cuSOLVER beside `cusolverDn.h` whose names it uses.
    solvers: Vec<&'static str>,
    /// Whether it compiles code at run time.
    compiles: bool,
}

impl FileFacts {
    /// The facts of `unit`.
    pub fn of(unit: &Unit) -> Self {
        let tokens = unit.tokens();
        let functions = unit.functions().iter().map(|function| unit.text(&tokens[function.name]).to_owned());
        let defines =
            unit.lexed.directives.iter().filter(|directive| directive.kind == DirectiveKind::Define);
        let macros =
            defines.filter_map(|directive| Some(unit.text(tokens.get(directive.tokens.start)?).to_owned()));
        let has = |word: &str| memmem::find(&unit.source.bytes, word.as_bytes()).is_some();
        let solvers = SOLVERS.iter().filter(|(begin, _)| has(begin)).map(|(_, header)| *header);
        Self {
            own: functions.chain(macros).filter(|name| is_hip_word(name)).collect(),
            solvers: solvers.collect(),
            compiles: has("hiprtcCompileProgram"),
        }
    }
}

/// What the files of a project say together.
#[derive(Debug, Default)]
pub struct Project {
    /// The names of HIP's form that it defines itself.
    pub(super) own: FxHashSet<Vec<u8>>,
    /// The headers of cuSOLVER beside `cusolverDn.h` whose names it uses.
    pub(super) solvers: Vec<&'static str>,
    /// Whether it compiles code at run time.
    pub(super) compiles: bool,
    /// Its files.
    files: Vec<PathBuf>,
    /// The files that get another name.
    renamed: FxHashMap<PathBuf, PathBuf>,
}

impl Project {
    /// The project with the paths `files`, of which some get the name in `renamed`.
    pub fn new(facts: Vec<FileFacts>, files: Vec<PathBuf>, renamed: FxHashMap<PathBuf, PathBuf>) -> Self {
        let mut project = Self { files, renamed, ..Self::default() };
        for facts in facts {
            project.own.extend(facts.own);
            project.solvers.extend(facts.solvers);
            project.compiles |= facts.compiles;
        }
        project.solvers.sort_unstable();
        project.solvers.dedup();
        project
    }

    /// The path of the file `path` in the output.
    pub fn output<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.renamed.get(path).map_or(path, PathBuf::as_path)
    }

    /// Whether a file of the project has the path `name` in some folder.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|path| path.ends_with(name))
    }

    /// Whether the file that `#include "name"` in `from` includes has the ending `.cu` in the output. Folders of the build are not
    /// known, so elsewhere than beside `from` all files that can be meant must have it.
    pub(super) fn renames(&self, from: &Path, name: &str) -> bool {
        let folder = from.parent().unwrap_or(Path::new(""));
        if let Some(path) = within(folder, Path::new(name))
            && self.files.contains(&path)
        {
            return self.renamed.contains_key(&path);
        }
        let tail = name.trim_start_matches("../").trim_start_matches("./");
        let mut meant = self.files.iter().filter(|path| path.ends_with(tail)).peekable();
        meant.peek().is_some() && meant.all(|path| self.renamed.contains_key(path))
    }
}
