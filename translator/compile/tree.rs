//! The files of a converted project: which of them are compiled, where their includes are, and which line of the source
//! each line comes from. It changes no file.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use memchr::memmem;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use tranship_engine::lang::Lang;
use tranship_engine::result::Conversion;

use super::compiler::Unit;

/// The most files that are searched for includes of one unit.
const MOST_INCLUDES: usize = 4000;

/// What the includes of a unit lead to.
pub struct Includes {
    /// The folders of the project that have to be searched.
    pub folders: BTreeSet<PathBuf>,
    /// The unit and the files of the project that it includes.
    pub files: BTreeSet<PathBuf>,
}

/// The code of a converted project.
pub struct Tree {
    /// The absolute folder of the converted files.
    root: PathBuf,
    /// The absolute folder of the source.
    source: PathBuf,
    /// The bytes of each file of code, by its path in the output.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// The paths in the output by the name of the file.
    by_name: BTreeMap<OsString, Vec<PathBuf>>,
    /// The paths in the source of files that have another name there.
    renamed: BTreeMap<PathBuf, PathBuf>,
    /// For each file, once it is wanted, the line of the source from which each line comes; `None` if the source is not
    /// readable.
    lines: BTreeMap<PathBuf, OnceLock<Option<Vec<u32>>>>,
}

impl Tree {
    /// Reads the code below `root`, which is the output of `conversion`.
    pub fn read(root: &Path, conversion: &Conversion) -> Self {
        let mut tree = Self {
            root: root.to_owned(),
            source: conversion.root.clone(),
            files: BTreeMap::new(),
            by_name: BTreeMap::new(),
            renamed: BTreeMap::new(),
            lines: BTreeMap::new(),
        };
        for file in conversion.files.iter().filter(|file| file.output != file.source) {
            tree.renamed.insert(file.output.clone(), file.source.clone());
        }
        tree.walk(Path::new(""));
        for path in tree.files.keys() {
            let name = path.file_name().unwrap_or_default().to_owned();
            tree.by_name.entry(name).or_default().push(path.clone());
            tree.lines.insert(path.clone(), OnceLock::new());
        }
        tree
    }

    fn walk(&mut self, folder: &Path) {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else { return };
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_build(&entry.path()) => self.walk(&path),
                Ok(kind) if kind.is_file() && is_code(&path) => {
                    if let Ok(bytes) = fs::read(entry.path()) {
                        self.files.insert(path, bytes);
                    }
                }
                _ => {}
            }
        }
    }

    /// The folder of the converted files.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The paths in the source of all files of code.
    pub fn sources(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(|path| self.source_of(path))
    }

    /// The bytes of all files of code.
    pub fn contents(&self) -> impl Iterator<Item = &[u8]> {
        self.files.values().map(Vec::as_slice)
    }

    /// The path in the source of the file at `path` in the output.
    pub fn source_of<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.renamed.get(path).map_or(path, PathBuf::as_path)
    }

    /// The units with kernels, each with the options `options`, macros and include folders that it needs.
    pub fn units(&self, options: &dyn Fn(&Path) -> Vec<OsString>) -> Vec<Unit> {
        let units = self.files.iter().filter(|(path, bytes)| is_unit(path, bytes));
        let has_kernel = |path: &PathBuf| {
            self.files.get(path).is_some_and(|bytes| memmem::find(bytes, b"__global__").is_some())
        };
        units
            .filter_map(|(path, _)| {
                let Includes { folders, files } = self.includes(path);
                if !files.iter().any(has_kernel) {
                    return None;
                }
                let source = self.source_of(path).to_owned();
                let mut all = options(&source);
                all.extend(self.include_options(&folders));
                Some(Unit { path: self.root.join(path), source, options: all })
            })
            .collect()
    }

    /// The options of a compiler that add the folders `folders` of the project.
    pub fn include_options(&self, folders: &BTreeSet<PathBuf>) -> Vec<OsString> {
        let option = |folder: &PathBuf| ["-I".into(), self.root.join(folder).into()];
        folders.iter().flat_map(option).collect()
    }

    /// What the includes of `unit` and of its headers lead to.
    pub fn includes(&self, unit: &Path) -> Includes {
        let mut folders: BTreeSet<PathBuf> = [PathBuf::new()].into();
        let mut files: BTreeSet<PathBuf> = [unit.to_owned()].into();
        let mut open = vec![unit.to_owned()];
        while let Some(path) = open.pop().filter(|_| files.len() < MOST_INCLUDES) {
            let Some(bytes) = self.files.get(&path) else { continue };
            for include in included(bytes) {
                let Some((found, folder)) = self.resolve(&path, &include, &folders, unit) else { continue };
                folders.extend(folder);
                if files.insert(found.clone()) {
                    open.push(found);
                }
            }
        }
        Includes { folders, files }
    }

    /// The files that another file of the project includes.
    pub fn included_files(&self) -> BTreeSet<PathBuf> {
        let none = BTreeSet::new();
        let of = |(from, bytes): (&PathBuf, &Vec<u8>)| -> Vec<PathBuf> {
            let found = included(bytes).into_iter().filter_map(|one| self.resolve(from, &one, &none, from));
            found.map(|(path, _)| path).filter(|path| path != from).collect()
        };
        self.files.iter().flat_map(of).collect()
    }

    /// The code of the project: paths in the output, and bytes.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_path(), bytes.as_slice()))
    }

    /// The bytes of the file at `path` in the output.
    pub fn bytes(&self, path: &Path) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The path in the output of the absolute path `path` that a compiler names; `None` outside of the project.
    pub fn relative(&self, path: &Path) -> Option<PathBuf> {
        plain(path.strip_prefix(&self.root).ok()?).filter(|path| self.files.contains_key(path))
    }

    /// The file that `include` means in `from`, and the folder to search if the compiler would not find it. Of several files, the
    /// one nearest to `from` is meant, or else the one nearest to `unit`.
    fn resolve(
        &self,
        from: &Path,
        include: &Include,
        folders: &BTreeSet<PathBuf>,
        unit: &Path,
    ) -> Option<(PathBuf, Option<PathBuf>)> {
        let name = include.name.as_path();
        // An include in angle brackets is not searched beside the file.
        let beside = (!include.is_angled).then(|| from.parent().unwrap_or(Path::new("")));
        for folder in beside.into_iter().chain(folders.iter().map(PathBuf::as_path)) {
            let path = plain(&folder.join(name))?;
            if self.files.contains_key(&path) {
                return Some((path, None));
            }
        }
        let same = self.by_name.get(name.file_name()?)?;
        let shared = |path: &Path, with: &Path| {
            path.components().zip(with.components()).take_while(|(a, b)| a == b).count()
        };
        let nearness = |path: &&PathBuf| (shared(path, from), shared(path, unit));
        let path = same.iter().filter(|path| path.ends_with(name)).max_by_key(nearness)?;
        let folder = path.ancestors().nth(name.components().count())?;
        Some((path.clone(), Some(folder.to_owned())))
    }

    /// Whether a file of the project includes the file with the absolute path `path`.
    pub fn is_included(&self, path: &Path) -> bool {
        let Ok(path) = path.strip_prefix(&self.root) else { return false };
        let includes = |(from, bytes): (&PathBuf, &Vec<u8>)| {
            let beside = from.parent().unwrap_or(Path::new(""));
            from != path
                && path.file_name().is_some_and(|name| memmem::find(bytes, name.as_encoded_bytes()).is_some())
                && included(bytes).iter().any(|Include { name, .. }| {
                    plain(&beside.join(name)).is_some_and(|found| found == *path) || path.ends_with(name)
                })
        };
        self.files.iter().any(includes)
    }

    /// The path in the source and the line there for a `line` of the file `path` that a compiler names; `None` for files
    /// outside of the project.
    pub fn in_source(&self, path: &str, line: u32) -> Option<(PathBuf, u32)> {
        let absolute = Path::new(path);
        let relative = plain(absolute.strip_prefix(&self.root).ok()?)?;
        let source = self.source_of(&relative);
        let lines = self.lines.get(&relative)?.get_or_init(|| {
            let old = fs::read(self.source.join(source)).ok()?;
            Some(lines_in_source(&old, &self.files[&relative]))
        });
        let index = (line as usize).saturating_sub(1);
        Some((source.to_owned(), lines.as_ref()?.get(index).copied().unwrap_or(line)))
    }

    /// The text of `line` of the converted file `path` that a compiler names.
    pub fn line(&self, path: &str, line: u32) -> Option<String> {
        let relative = plain(Path::new(path).strip_prefix(&self.root).ok()?)?;
        let text =
            self.files.get(&relative)?.split(|&byte| byte == b'\n').nth(line.checked_sub(1)? as usize)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// Whether the folder is a build of CMake or the data of a tool, whose files are not the project's.
fn is_build(folder: &Path) -> bool {
    let is_hidden = folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    is_hidden || folder.join("CMakeCache.txt").is_file()
}

fn is_code(path: &Path) -> bool {
    Lang::of(path).is_cpp() || path.extension() == Some(OsStr::new("inc"))
}

/// Whether the file is compiled by itself. A host C++ file counts if it has kernels.
fn is_unit(path: &Path, bytes: &[u8]) -> bool {
    match path.extension().and_then(OsStr::to_str) {
        Some("hip" | "cu") => true,
        Some("cpp" | "cc" | "cxx" | "C") => memmem::find(bytes, b"__global__").is_some(),
        _ => false,
    }
}

/// An include of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The name between the marks.
    pub name: PathBuf,
    /// Whether the marks are angle brackets.
    pub is_angled: bool,
}

/// The includes of a file.
pub fn included(bytes: &[u8]) -> Vec<Include> {
    let text = String::from_utf8_lossy(bytes);
    let include = |line: &str| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
        let close = match rest.chars().next()? {
            '"' => '"',
            '<' => '>',
            _ => return None,
        };
        let (name, _) = rest[1..].split_once(close)?;
        Some(Include { name: name.into(), is_angled: close == '>' })
    };
    text.lines().filter_map(include).collect()
}

/// The path without `.` and `..`; `None` if it leaves its root.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => plain.push(part),
            Component::ParentDir if !plain.pop() => {
                return None;
            }
            _ => {}
        }
    }
    Some(plain)
}

/// The line of `old` from which each line of `new` comes, counted from 1.
pub fn lines_in_source(old: &[u8], new: &[u8]) -> Vec<u32> {
    let split = |bytes| <[u8]>::split(bytes, |&byte| byte == b'\n').collect::<Vec<_>>();
    let (old, new) = (split(old), split(new));
    let mut lines = Vec::with_capacity(new.len());
    for operation in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (from, to) = (operation.old_range(), operation.new_range());
        lines.extend(to.clone().map(|at| {
            let index = match operation {
                DiffOp::Insert { .. } => from.start,
                _ => (from.start + (at - to.start)).min(from.end.saturating_sub(1)),
            };
            index as u32 + 1
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_output_leads_to_its_line_in_the_source() {
        let old = b"a\nb\ncudaX\nd\n";
        let new = b"include\na\nb\nhipX\nd\n";
        let lines = lines_in_source(old, new);
        assert_eq!(lines[1], 1);
        assert_eq!(lines[3], 3);
        assert_eq!(lines[4], 4);
        assert_eq!(lines_in_source(old, old)[2], 3);
    }

    #[test]
    fn includes_are_read_in_both_forms() {
        let found = included(b"#include \"a/b.h\"\n  # include <c.h> // d\n#define X\n// #include \"e.h\"\n");
        let include = |name: &str, is_angled| Include { name: name.into(), is_angled };
        assert_eq!(found, [include("a/b.h", false), include("c.h", true)]);
    }

    #[test]
    fn a_path_that_leaves_its_root_is_none() {
        assert_eq!(plain(Path::new("a/../b/./c")), Some("b/c".into()));
        assert_eq!(plain(Path::new("../b")), None);
    }
}
