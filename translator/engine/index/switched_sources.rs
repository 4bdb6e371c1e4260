//! Sources that a CMake file names only in branches of one switch: `if(APP_CUDA)`. It refuses conditions with `OR`.

use std::path::{Path, PathBuf};

use crate::lang::Lang;
use crate::readers::cmake::{self, Command, text_of};
use crate::text::path::within;

/// The sources that a CMake file names, by the branches around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SwitchedSources {
    /// A source in a branch, and a switch that has to be on there.
    pub(super) switched: Vec<(Box<str>, PathBuf)>,
    /// Sources outside of such branches.
    pub(super) plain: Vec<PathBuf>,
}

impl SwitchedSources {
    /// The sources in `commands` of the CMake file at `path`.
    pub(super) fn of(path: &Path, bytes: &[u8], commands: &[Command]) -> Self {
        let mut found = Self::default();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut open: Vec<Vec<Box<str>>> = Vec::new();
        for command in commands {
            let is = |name: &str| cmake::is_command(bytes, command, name);
            let arguments = || command.arguments.iter().map(|argument| text_of(bytes, argument.inner));
            if is("if") {
                open.push(switches(arguments()));
            } else if is("elseif") {
                open.pop();
                open.push(switches(arguments()));
            } else if is("else") {
                open.pop();
                open.push(Vec::new());
            } else if is("endif") {
                open.pop();
            } else {
                let sources = arguments().flat_map(|text| text.split(';')).filter(|text| is_source(text));
                for source in sources.filter_map(|text| within(folder, Path::new(local(text)))) {
                    let all = open.iter().flatten();
                    let mut is_plain = true;
                    for name in all {
                        is_plain = false;
                        found.switched.push((name.clone(), source.clone()));
                    }
                    if is_plain {
                        found.plain.push(source);
                    }
                }
            }
        }
        found
    }
}

/// `text` without the folder of the CMake file at its start.
fn local(text: &str) -> &str {
    let folders = ["${CMAKE_CURRENT_SOURCE_DIR}/", "${CMAKE_CURRENT_LIST_DIR}/"];
    folders.into_iter().find_map(|folder| text.strip_prefix(folder)).unwrap_or(text)
}

fn is_source(text: &str) -> bool {
    let path = Path::new(text);
    path.extension().is_some()
        && matches!(Lang::of(path), Lang::Cuda | Lang::Cpp)
        && !text.contains(['*', '<'])
}

/// The words of a condition that have to be true: operands of `AND` without `NOT`.
fn switches<'a>(condition: impl Iterator<Item = &'a str>) -> Vec<Box<str>> {
    let words: Vec<&str> = condition.collect();
    let is_compared =
        |word: &&str| matches!(*word, "OR" | "STREQUAL" | "EQUAL" | "MATCHES" | "(" | "IN_LIST");
    if words.iter().any(is_compared) {
        return Vec::new();
    }
    let is_operand =
        |at: &usize| !matches!(words[*at], "AND" | "NOT") && (*at == 0 || words[*at - 1] != "NOT");
    (0..words.len()).filter(is_operand).map(|at| Box::from(words[at])).collect()
}
