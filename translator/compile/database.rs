//! The options of each file in a compile database (`compile_commands.json`). It keeps only options that HIP has too: include
//! folders, macros and the language standard.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The options of each file, by its absolute path.
#[derive(Debug, Default)]
pub struct Database(BTreeMap<PathBuf, Vec<OsString>>);

#[derive(Deserialize)]
struct Entry {
    directory: PathBuf,
    file: PathBuf,
    #[serde(default)]
    command: String,
    #[serde(default)]
    arguments: Vec<String>,
}

impl Database {
    /// Reads the file `path`. The error states what is wrong.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read: {error}"))?;
        let entries: Vec<Entry> =
            serde_json::from_str(&text).map_err(|error| format!("is no compile database: {error}"))?;
        let one = |entry: Entry| {
            let words = if entry.arguments.is_empty() { words(&entry.command) } else { entry.arguments };
            let file = entry.directory.join(&entry.file);
            (fs::canonicalize(&file).unwrap_or(file), options(&words, &entry.directory))
        };
        Ok(Self(entries.into_iter().map(one).collect()))
    }

    /// Whether the database has the file with the absolute path `file`.
    pub fn has(&self, file: &Path) -> bool {
        self.0.contains_key(file)
    }

    /// The options of the file with the absolute path `file`.
    pub fn options(&self, file: &Path) -> Vec<OsString> {
        self.0.get(file).cloned().unwrap_or_default()
    }
}

/// The words of a command, without quotes and backslashes of a shell.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quote, mut letters) = (None, command.chars());
    while let Some(letter) = letters.next() {
        let last = words.len() - 1;
        match letter {
            '\\' if quote != Some('\'') => words[last].extend(letters.next()),
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            _ if quote == Some(letter) => quote = None,
            ' ' | '\t' if quote.is_none() => words.push(String::new()),
            _ => words[last].push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn options(words: &[String], directory: &Path) -> Vec<OsString> {
    const FOLDERS: [&str; 3] = ["-I", "-isystem", "-iquote"];
    let mut options: Vec<OsString> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let value = |name: &str| word.strip_prefix(name).filter(|value| !value.is_empty());
        if let Some(folder) = FOLDERS.iter().find(|folder| word == *folder) {
            let Some(next) = rest.next() else { break };
            options.extend([folder.into(), directory.join(next).into()]);
        } else if let Some(folder) = value("-isystem=").or_else(|| value("-I")) {
            let name = if word.starts_with("-I") { "-I" } else { "-isystem" };
            options.extend([name.into(), directory.join(folder).into()]);
        } else if word == "-D" || word == "-U" {
            options.extend(rest.next().map(|next| format!("{word}{next}").into()));
        } else if word.starts_with("-D") || word.starts_with("-U") || word.starts_with("-std=c++") {
            options.push(word.into());
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_hip_has_too_are_kept() {
        let command = r#"nvcc -Iinc -I /abs -isystem=sys -DA -D B=1 -DC=\"x\ y\" -std=c++20 -gencode arch=1 -c a.cu -o a.o"#;
        let found: Vec<String> = options(&words(command), Path::new("/b"))
            .into_iter()
            .map(|one| one.into_string().unwrap())
            .collect();
        assert_eq!(
            found,
            ["-I", "/b/inc", "-I", "/abs", "-isystem", "/b/sys", "-DA", "-DB=1", "-DC=\"x y\"", "-std=c++20"]
        );
    }
}
