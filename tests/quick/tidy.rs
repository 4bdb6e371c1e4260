//! The structure of the repository: which room may use which, the length of files, and operations that no code may use.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{UseName, UseRename, UseTree};

use crate::support::root;

/// One Rust file of the project.
struct File {
    /// Path relative to the root, with `/`.
    path: String,
    /// The whole text.
    text: String,
}

impl File {
    /// The code without tests: everything before the test module.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }

    /// The lines of the code with their numbers, without comments.
    fn statements(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code().lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The path of the module from the root of its crate; empty for the root itself.
    fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("translator/").trim_start_matches("engine/");
        let parts = path.trim_end_matches(".rs").split('/').map(str::to_owned);
        parts.filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main")).collect()
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

/// Asserts that there are no `problems`, and prints all of them otherwise.
fn none(problems: &[String], rule: &str) {
    assert!(problems.is_empty(), "{rule}:\n{}", problems.join("\n"));
}

/// The modules that a file uses, each as the path from the root of its crate: `["passes", "cuda", "calls"]`. Uses in
/// tests do not count.
struct Uses {
    /// The module of the file, or the inline module in it, that is being read.
    module: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Uses {
    fn of(file: &File) -> Self {
        let parsed = syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        let mut uses = Self { module: file.module(), found: Vec::new() };
        uses.visit_file(&parsed);
        uses
    }

    /// Adds the path `segments` if it begins at the crate or at a module around the file.
    fn add(&mut self, segments: &[String]) {
        let mut at = match segments.first().map(String::as_str) {
            Some("crate" | "tranship_engine") => Vec::new(),
            Some("self") => self.module.clone(),
            Some("super") => self.module.split_last().map(|(_, outer)| outer.to_vec()).unwrap_or_default(),
            _ => return,
        };
        for segment in &segments[1..] {
            if segment == "super" {
                at.pop();
            } else {
                at.push(segment.clone());
            }
        }
        self.found.push(at);
    }

    fn add_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|item| self.add_tree(before, item)),
            UseTree::Name(UseName { ident }) | UseTree::Rename(UseRename { ident, .. }) => {
                before.push(ident.to_string());
                self.add(before);
                before.pop();
            }
            UseTree::Glob(_) => self.add(before),
        }
    }
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
        });
        if !is_test {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&segments);
        visit::visit_path(self, path);
    }
}

/// The rooms of each crate from the bottom up: a room uses only rooms of earlier rows. The crate `tranship_rules` is below
/// all of them, and the engine below the program.
const LAYERS: &[&[&str]] = &[
    &["text"],
    &["lang"],
    &["output_name"],
    &["source"],
    &["cpp", "readers"],
    &["index", "finding"],
    &["embedded"],
    &["pass"],
    &["passes", "answered_branches", "ignores", "parse_check", "support_header"],
    &["edited"],
    &["advice"],
    &["translate"],
    &["reverse"],
    &["result"],
    &["project"],
    &["to_cuda"],
    &["compile"],
    &["advise"],
    &["portable"],
    &["sync"],
    &["verify"],
    &["report"],
    &["review"],
    &["lsp"],
    &["cli"],
    &["python"],
];

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The uses of a room that is not below the room of the file.
fn wrong_arrows(file: &File) -> Vec<String> {
    let module = file.module();
    let Some(own) = module.first() else { return Vec::new() };
    let Some(layer_of_own) = layer(own) else {
        return vec![format!("{}: this room has no layer", file.path)];
    };
    let uses = Uses::of(file).found;
    let others = uses.iter().filter_map(|path| path.first()).filter(|other| *other != own);
    let is_module = |other: &&String| other.starts_with(|c: char| c.is_ascii_lowercase());
    let wrong =
        others.filter(is_module).filter(|other| layer(other).is_some_and(|other| other >= layer_of_own));
    let wrong: BTreeSet<_> = wrong.map(|other| format!("{}: `{own}` uses `{other}`", file.path)).collect();
    wrong.into_iter().collect()
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let problems: Vec<_> = rust_files("translator").iter().flat_map(wrong_arrows).collect();
    none(&problems, "a room may use only rooms below it");
}

/// The pass of a module: `cuda/calls` for `passes::cuda::calls` and the modules in it.
fn pass_of(module: &[String]) -> Option<String> {
    match module {
        [passes, area, pass, ..] if passes == "passes" => Some(format!("{area}/{pass}")),
        _ => None,
    }
}

/// The uses of the registry and of other passes in the file of a pass.
fn used_passes(file: &File) -> Vec<String> {
    let Some(own) = pass_of(&file.module()) else { return Vec::new() };
    let problem = |path: &Vec<String>| match path.as_slice() {
        [passes, registry, ..] if passes == "passes" && registry == "registry" => {
            Some("the registry".to_owned())
        }
        _ => pass_of(path).filter(|other| *other != own),
    };
    let uses = Uses::of(file).found;
    uses.iter().filter_map(problem).map(|other| format!("{}: `{own}` uses {other}", file.path)).collect()
}

#[test]
fn passes_use_neither_each_other_nor_the_registry() {
    let files = rust_files("translator/engine/passes");
    let passes: BTreeSet<String> = files.iter().filter_map(|file| pass_of(&file.module())).collect();
    assert!(passes.len() >= 15, "the test finds the passes: {passes:?}");
    let problems: Vec<_> = files.iter().flat_map(used_passes).collect();
    none(&problems, "no pass uses another pass or the registry");
}

#[test]
fn a_wrong_use_is_found_in_every_spelling() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let grouped =
        file("translator/engine/cpp/unit.rs", "use super::super::{text::Span, pass::{Pass, Target}};");
    assert_eq!(wrong_arrows(&grouped), ["translator/engine/cpp/unit.rs: `cpp` uses `pass`"]);
    let in_code = file("translator/engine/text/edit.rs", "fn f() { crate::finding::g() }");
    assert_eq!(wrong_arrows(&in_code), ["translator/engine/text/edit.rs: `text` uses `finding`"]);
    let sideways = file("translator/engine/readers/cmake.rs", "use crate::cpp::Unit;");
    assert_eq!(wrong_arrows(&sideways).len(), 1);
    let test_only =
        file("translator/engine/text/edit.rs", "#[cfg(test)] mod tests { use crate::finding::Finding; }");
    assert_eq!(wrong_arrows(&test_only), [""; 0]);

    let sibling = file("translator/engine/passes/cuda/calls.rs", "use super::{names::run, launches};");
    assert_eq!(used_passes(&sibling).len(), 2);
    let inner =
        file("translator/engine/passes/cuda/warp/size.rs", "use super::tile; use super::super::calls;");
    assert_eq!(
        used_passes(&inner),
        ["translator/engine/passes/cuda/warp/size.rs: `cuda/warp` uses cuda/calls"]
    );
    let registry = file("translator/engine/passes/cuda/calls.rs", "use crate::passes::registry;");
    assert_eq!(used_passes(&registry).len(), 1);
}

#[test]
fn the_rules_do_not_depend_on_the_translator() {
    let manifest = fs::read_to_string(root().join("rules/Cargo.toml")).expect("the crate has a manifest");
    assert!(!manifest.contains("tree-sitter") && !manifest.contains("path = \"..\""));
}

/// The largest number of lines of a file; the aim is 400. Tests at the end of a file do not count.
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
fn every_file_opens_with_its_description() {
    let files = ["translator", "rules/src", "tests"].into_iter().flat_map(rust_files);
    let problems: Vec<_> =
        files.filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    none(&problems, "a file opens with `//!`: what it is and what it refuses to do");
}

/// The operations that code may not use, each with the paths where it is allowed.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("println!", &["translator/cli/", "translator/main.rs"]),
    ("print!(", &["translator/cli/", "translator/main.rs"]),
    ("process::exit", &["translator/main.rs"]),
    (".unwrap()", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("panic!", &[]),
    (
        "std::fs",
        &[
            "translator/project/",
            "translator/compile/",
            "translator/advise/",
            "translator/verify/",
            "translator/portable/write.rs",
            "translator/sync/",
            "translator/to_cuda/",
            "translator/cli/",
            "translator/report/",
        ],
    ),
    ("SystemTime", &["translator/project/", "translator/verify/", "translator/cli/", "translator/report/"]),
    ("std::env", &["translator/project/", "translator/verify/", "translator/cli/", "translator/main.rs"]),
];

#[test]
fn only_the_program_does_input_and_output_and_no_code_panics() {
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

/// The files and folders allowed at the top, besides dot-files and the output of cargo.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "action.yml",
    "build-tools",
    "clippy.toml",
    "docs",
    "editors",
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
    none(&problems, "only files that tools need are beside the folders of the layout");
}

#[test]
fn the_paths_in_the_requirements_exist() {
    let digest = fs::read_to_string(root().join("seeds/README.md")).expect("the digest is in the checkout");
    let quoted = digest.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted.filter(|word| word.contains('/') && !word.contains(' ')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    let gone: Vec<String> =
        paths.iter().filter(|path| !root().join(path).exists()).map(ToString::to_string).collect();
    none(&gone, "`seeds/README.md` names missing files");
}

#[test]
fn benches_are_declared_and_exist() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the root has a manifest");
    for file in rust_files("tests/benches") {
        assert!(manifest.contains(&format!("path = \"{}\"", file.path)), "{} is no [[bench]]", file.path);
    }
}

/// The guide shows real rows, blocks and functions, so that its examples work.
#[test]
fn the_examples_of_the_guide_are_in_the_code() {
    let text = |path: &str| fs::read_to_string(root().join(path)).expect("the file is in the checkout");
    let mut code: String = rust_files("translator/engine").into_iter().map(|file| file.text).collect();
    let mut tables = Vec::new();
    for folder in ["rules/tables", "rules/tables/api", "rules/tables/roc", "rules/tables/rules"] {
        tables.extend(fs::read_dir(root().join(folder)).expect("the folder is in the checkout").flatten());
    }
    for entry in tables.iter().filter(|entry| entry.path().is_file()) {
        code.push_str(&fs::read_to_string(entry.path()).expect("a table is text"));
    }
    let guide = text("docs/CONTRIBUTING.md");
    let is_example = |(number, _): &(usize, &str)| number % 2 == 1;
    let lines =
        guide.split("```").enumerate().filter(is_example).flat_map(|(_, block)| block.lines().skip(1));
    let lines: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 30, "the test finds the examples: {lines:?}");
    let missing: Vec<String> =
        lines.into_iter().filter(|line| !code.contains(line)).map(ToOwned::to_owned).collect();
    none(&missing, "every line of an example in `docs/CONTRIBUTING.md` is in the code or in a table");
}

/// A tag of somebody else's repository can move to other code. The comment behind a commit has its tag.
#[test]
fn actions_are_pinned_to_commits() {
    let mut count = 0;
    for path in ["action.yml", ".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = fs::read_to_string(root().join(path)).expect("the file is in the checkout");
        for action in text.lines().filter_map(|line| line.split_once("uses: ").map(|(_, action)| action)) {
            let (_, version) = action.split_once('@').expect("an action has a version");
            let (commit, tag) = version.split_once(" # v").unwrap_or((version, ""));
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit && !tag.is_empty(), "{path}: `{action}` is not pinned to a commit");
            count += 1;
        }
    }
    assert!(count > 10, "only {count} actions were found");
}
