//! Copies of NVIDIA's libraries with all their files: `third_party/cub/cub/cub.cuh`. So are copies of libraries that compile for
//! HIP by themselves.
//!
//! Only the paths decide. A library at the root of the project is the project itself, and no copy.

use std::path::{Path, PathBuf};

use tranship_rules::{VENDORED, Vendored, list};

/// One copy of a library, which stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTree {
    /// The folder of the copy.
    pub root: PathBuf,
    /// The folder that the build gives to the compiler as an include path.
    pub include_path: PathBuf,
    /// The library.
    pub library: &'static Vendored,
}

/// The copies of libraries among the files `paths`.
pub fn copied_trees<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Vec<CopiedTree> {
    let mut found: Vec<CopiedTree> = paths.into_iter().filter_map(tree).collect();
    found.sort_by(|a, b| (&a.root, a.library.name).cmp(&(&b.root, b.library.name)));
    // Some releases have the main headers of two layouts.
    found.dedup_by(|a, b| a.root == b.root && a.library.name == b.library.name);
    found
}

/// The copy whose main header is at `path`.
fn tree(path: &Path) -> Option<CopiedTree> {
    let library = VENDORED.iter().find(|library| library.tree && path.ends_with(library.header))?;
    let parts = Path::new(library.header).components().count();
    let include_path = path.ancestors().nth(parts)?;
    if library.portable {
        let root = path.ancestors().nth(parts - 1)?.to_owned();
        let is_copy = !include_path.as_os_str().is_empty();
        return is_copy.then(|| CopiedTree { root, include_path: include_path.to_owned(), library });
    }
    let is_named = |folder: &Path, is: &dyn Fn(&str) -> bool| {
        let name = folder.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| is(&name.to_ascii_lowercase()))
    };
    let foreign = |name: &str| list::THIRD_PARTY_FOLDERS.contains(&name);
    let its_own = |name: &str| {
        let is_libcudacxx = library.name == "libcu++" && name.starts_with("libcudacxx");
        name.starts_with(&library.name.to_ascii_lowercase()) || name == "cccl" || is_libcudacxx
    };
    let around = include_path
        .parent()
        .filter(|around| is_named(include_path, &|name| name == "include") && !is_named(around, &foreign));
    let root = around.filter(|around| !around.as_os_str().is_empty()).unwrap_or(include_path);
    let is_shared =
        root.as_os_str().is_empty() || is_named(root, &foreign) || is_named(root, &|name| name == "include");
    // A folder of foreign code contains other libraries too.
    let root = if is_shared { path.ancestors().nth(parts - 1)? } else { root };
    let is_copy =
        root.ancestors().any(|folder| is_named(folder, &foreign)) || (!is_shared && is_named(root, &its_own));
    is_copy.then(|| CopiedTree { root: root.to_owned(), include_path: include_path.to_owned(), library })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folder of the copy that `path` shows, and its include path.
    #[track_caller]
    fn check(path: &str, expected: Option<(&str, &str)>) {
        let found = copied_trees([Path::new(path)]);
        let found =
            found.first().map(|tree| (tree.root.to_str().unwrap(), tree.include_path.to_str().unwrap()));
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn folders_of_copies() {
        check("third_party/cub/cub/cub.cuh", Some(("third_party/cub", "third_party/cub")));
        check("third_party/cub/cub.cuh", Some(("third_party/cub", "third_party")));
        check("a/3rdparty/include/cub/cub.cuh", Some(("a/3rdparty/include/cub", "a/3rdparty/include")));
        check("csrc/cutlass/include/cutlass/cutlass.h", Some(("csrc/cutlass", "csrc/cutlass/include")));
        check("cub-1.8.0/cub/cub.cuh", Some(("cub-1.8.0", "cub-1.8.0")));
        check("external/nv/thrust/version.h", Some(("external/nv", "external/nv")));
        check("src/Eigen/src/Core/util/Macros.h", Some(("src/Eigen", "src")));
        let atomic = "include/cuda/std/detail/libcxx/include/support/atomic/atomic_cuda.h";
        for folder in ["third_party/libcudacxx", "libcudacxx-1.8"] {
            let include = format!("{folder}/include");
            check(&format!("{folder}/{atomic}"), Some((folder, &include)));
        }
    }

    #[test]
    fn the_library_itself_is_no_copy() {
        check("cub/cub.cuh", None);
        check("include/cutlass/cutlass.h", None);
        check("src/cub/cub.cuh", None);
        check("Eigen/src/Core/util/Macros.h", None);
        check("third_party/cub/cub/block.cuh", None);
    }
}
