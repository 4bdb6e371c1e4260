//! The shape of the repository: which room may know which, how long files grow, what no code may do.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One Rust file of the project.
struct File {
    /// Path relative to the root, with `/`.
    path: String,
    /// Everything.
    text: String,
}

impl File {
    /// What is not a test: everything before the test module.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    /// The lines of the code with their numbers, comments left out.
    fn statements(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code().lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The part of the program that the file belongs to: its folder or file right below `translator`.
    fn room(&self) -> &str {
        let below = self.path.strip_prefix("translator/").unwrap_or(&self.path);
        below.split(['/', '.']).next().unwrap_or_default()
    }
}

/// All Rust files below `folder`, in order.
fn rust_files(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    collect(&root().join(folder), &mut files);
    files.sort();
    let read = |path: PathBuf| File {
        text: fs::read_to_string(&path).expect("a source file is UTF-8"),
        path: path.strip_prefix(root()).expect("it is below the root").to_string_lossy().replace('\\', "/"),
    };
    let files: Vec<File> = files.into_iter().map(read).collect();
    assert!(!files.is_empty(), "{folder} has Rust files");
    files
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(path);
        }
    }
}

/// Fails with all of `problems` at once.
fn none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n{}", problems.join("\n"));
}

/// From the ground up; a room knows its own layer and those before it. The crate `tranship_rules` is below all.
const LAYERS: &[&[&str]] = &[
    &["text", "globs"],
    &["source", "syntax"],
    &["finding"],
    &["passes"],
    &["ignores"],
    &["translate"],
    &["project", "verify"],
    &["report"],
    &["review"],
    &["cli"],
    &["lib", "main"],
];

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn rooms_know_only_what_is_below_them() {
    let mut problems = Vec::new();
    let mut seen = 0;
    for file in rust_files("translator") {
        let Some(own) = layer(file.room()) else {
            problems.push(format!("{}: this room has no layer", file.path));
            continue;
        };
        for (line, text) in file.statements() {
            for (at, _) in text.match_indices("crate::") {
                let other = text[at + 7..]
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default();
                seen += 1;
                if layer(other).is_none_or(|other| other > own) {
                    problems.push(format!("{}:{line}: knows `{other}`", file.path));
                }
            }
        }
    }
    assert!(seen > 20, "the test sees the uses");
    none(&problems, "a room may know only what is below it");
}

#[test]
fn passes_do_not_know_each_other() {
    let files = rust_files("translator/passes");
    let pass_of = |file: &File| -> String {
        let below = file.path.trim_start_matches("translator/passes/");
        below.split(['/', '.']).next().unwrap_or_default().to_owned()
    };
    let registry =
        files.iter().find(|file| file.path == "translator/passes/mod.rs").expect("the registry is there");
    let passes: Vec<String> =
        files.iter().map(pass_of).filter(|pass| registry.code().contains(&format!("{pass}::run"))).collect();
    assert!(passes.len() >= 5, "the test sees the passes");
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| pass_of(file) != "mod") {
        for (line, text) in file.statements() {
            for other in passes.iter().filter(|pass| **pass != pass_of(file)) {
                if text.contains(&format!("super::{other}::")) || text.contains(&format!("passes::{other}::"))
                {
                    problems.push(format!("{}:{line}: knows the pass `{other}`", file.path));
                }
            }
        }
    }
    none(&problems, "no pass sees another");
}

#[test]
fn the_rules_know_nothing_of_the_translator() {
    let manifest = fs::read_to_string(root().join("rules/Cargo.toml")).expect("the crate has a manifest");
    assert!(!manifest.contains("tree-sitter") && !manifest.contains("path = \"..\""));
}

/// Longer files want to be two; aim at 400. Tests at the end of a file do not count.
const LONGEST: usize = 500;

#[test]
fn files_stay_short() {
    let files = rust_files("translator").into_iter().chain(rust_files("rules/src"));
    let problems: Vec<_> = files
        .map(|file| (file.code().lines().count(), file.path))
        .filter(|&(lines, _)| lines > LONGEST)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none(&problems, "a file has at most 500 lines besides its tests");
}

#[test]
fn every_file_says_what_it_is() {
    let files = ["translator", "rules/src", "tests"].into_iter().flat_map(rust_files);
    let problems: Vec<_> =
        files.filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    none(&problems, "a file opens with `//!`: what it is and what it refuses to do");
}

/// What code may not do, and the paths where it may all the same.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("println!", &["translator/cli/", "translator/main.rs"]),
    ("print!(", &["translator/cli/", "translator/main.rs"]),
    ("process::exit", &["translator/main.rs"]),
    (".unwrap()", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("panic!", &[]),
    ("std::fs", &["translator/project/", "translator/verify/", "translator/cli/", "translator/report/"]),
    ("SystemTime", &["translator/project/", "translator/verify/", "translator/cli/", "translator/report/"]),
    ("std::env", &["translator/project/", "translator/verify/", "translator/cli/", "translator/main.rs"]),
];

#[test]
fn only_the_edge_touches_the_world_and_nothing_panics() {
    let mut problems = Vec::new();
    let files = rust_files("translator").into_iter().chain(rust_files("rules/src"));
    for file in files.filter(|file| !file.path.ends_with("/tests.rs")) {
        for (line, text) in file.statements() {
            for (word, places) in FORBIDDEN {
                if text.contains(word) && !places.iter().any(|place| file.path.starts_with(place)) {
                    problems.push(format!("{}:{line}: `{word}`", file.path));
                }
            }
        }
    }
    none(&problems, "findings instead of panics; the edge alone prints, reads and writes");
}

/// What may stand at the top besides dot-files and what cargo builds.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "action.yml",
    "clippy.toml",
    "docs",
    "fixtures",
    "pyproject.toml",
    "rules",
    "rustfmt.toml",
    "seeds",
    "target",
    "tests",
    "translator",
];

#[test]
fn the_top_level_stays_small() {
    let entries = fs::read_dir(root()).expect("the root can be read");
    let names =
        entries.map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned());
    let problems: Vec<_> =
        names.filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str())).collect();
    none(&problems, "only what tools demand stands beside the folders of the layout");
}

#[test]
fn the_digest_of_requirements_names_what_is_there() {
    let digest = fs::read_to_string(root().join("seeds/README.md")).expect("the digest is in the checkout");
    let quoted = digest.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted.filter(|word| word.contains('/') && !word.contains(' ')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let gone: Vec<String> =
        paths.iter().filter(|path| !root().join(path).exists()).map(ToString::to_string).collect();
    none(&gone, "`seeds/README.md` names files that are not there");
}

#[test]
fn benches_are_declared_and_exist() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the root has a manifest");
    for file in rust_files("tests/benches") {
        assert!(manifest.contains(&format!("path = \"{}\"", file.path)), "{} is no [[bench]]", file.path);
    }
}
