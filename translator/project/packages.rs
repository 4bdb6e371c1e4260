//! Finds the packages of a monorepo. Each gets its own support header, because a package is built, installed and moved alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::read;

/// The files that make a folder a package.
const PACKAGES: &[&str] = &["setup.py", "pyproject.toml"];

/// The folders of packages above `files`, which are relative to `root`; the deepest package of each file. If `root` is a
/// package itself, there are none: one header serves all.
pub(crate) fn packages<'a>(root: &Path, files: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
    let mut known: FxHashMap<PathBuf, bool> = FxHashMap::default();
    let mut is_package = |folder: &Path| {
        if let Some(&is) = known.get(folder) {
            return is;
        }
        let is = is_package(&root.join(folder));
        known.insert(folder.to_owned(), is);
        is
    };
    if is_package(Path::new("")) {
        return BTreeSet::new();
    }
    let mut found = BTreeSet::new();
    for file in files {
        let folders = file.ancestors().skip(1).take_while(|folder| !folder.as_os_str().is_empty());
        found.extend({ folders }.find(|folder| is_package(folder)).map(Path::to_owned));
    }
    found
}

fn is_package(folder: &Path) -> bool {
    PACKAGES.iter().any(|name| folder.join(name).is_file())
        || read::open(&folder.join("CMakeLists.txt"))
            .and_then(|(mut file, meta)| read::with_bytes(&mut file, &meta, is_cmake_project))
            .is_ok_and(|is| is)
}

/// Whether a `CMakeLists.txt` begins a project of its own.
fn is_cmake_project(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).lines().any(|line| {
        let line = line.trim_start().to_ascii_lowercase();
        line.strip_prefix("project").is_some_and(|rest| rest.trim_start().starts_with('('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_deepest_package_of_each_file_counts() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/setup.py", "");
        write("a/inner/CMakeLists.txt", "cmake_minimum_required(VERSION 3.1)\n Project (x)\n");
        write("a/part/CMakeLists.txt", "add_library(x y.cu)\n");
        write("b/pyproject.toml", "");
        let of = |files: &[&str]| -> Vec<String> {
            let found = packages(root.path(), files.iter().map(Path::new));
            found.iter().map(|folder| folder.display().to_string()).collect()
        };
        assert_eq!(of(&["a/x.cu", "a/part/y.cu"]), ["a"]);
        assert_eq!(of(&["a/inner/z.cu", "b/src/w.cu", "c.cu"]), ["a/inner", "b"]);
        assert_eq!(of(&["c/d.cu"]), [""; 0]);
        write("CMakeLists.txt", "project(all)\n");
        assert_eq!(of(&["a/x.cu", "b/src/w.cu"]), [""; 0], "the root is the package");
    }
}
