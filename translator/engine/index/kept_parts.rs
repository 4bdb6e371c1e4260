//! The parts of a project that build for HIP by themselves, so a conversion leaves them as they are.
//!
//! The build files of such a part show it: they build for HIP and CUDA. A script, a preset or the test of a vendor in a Python module is
//! too weak a sign. It refuses to read code.

use std::path::{Component, Path, PathBuf};

use tranship_rules::list;

use super::hip_signs::{FileSigns, Sign};
use crate::lang::Lang;

/// The folders of these parts, and what in them is not ported.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptParts {
    pub(super) folders: Vec<PathBuf>,
    /// Build files above these folders that build for CUDA only what is in them.
    above: Vec<PathBuf>,
    /// Build files below these folders that build for CUDA alone.
    pub(super) for_cuda: Vec<PathBuf>,
}

impl KeptParts {
    /// The parts that `signs` show, each with the file that it is in and the folder that it counts for. `files` has the build files.
    pub(super) fn of(
        signs: &[(PathBuf, PathBuf, &Sign)],
        files: &[(PathBuf, FileSigns)],
        paths: &[PathBuf],
    ) -> Self {
        let strong = signs.iter().filter(|(path, _, sign)| is_strong(path, sign));
        let mut scopes: Vec<PathBuf> = strong.map(|(_, scope, _)| scope.clone()).collect();
        scopes.sort();
        scopes.dedup();
        let is_in = |path: &Path, folders: &[PathBuf]| folders.iter().any(|folder| path.starts_with(folder));
        let own = |path: &Path| third_party(path).is_none();
        let builds_cuda: Vec<&Path> = files
            .iter()
            .filter(|(path, file)| file.has_cuda && is_build_file(path) && own(path))
            .map(|(path, _)| path.as_path())
            .collect();
        let sources: Vec<&Path> = paths
            .iter()
            .map(PathBuf::as_path)
            .filter(|path| Lang::of(path) == Lang::Cuda && own(path))
            .collect();
        let builds_others = |build: &Path| {
            let mut others = sources.iter().filter(|source| !is_in(source, &scopes));
            others.any(|source| builder(source, &builds_cuda) == build.parent())
        };
        let is_above = |build: &&&Path| {
            let folder = build.parent().unwrap_or(Path::new(""));
            let around = scopes.iter().any(|scope| scope.starts_with(folder) && own(&scope.join("x")));
            around && !is_in(build, &scopes) && !builds_others(build)
        };
        let above: Vec<PathBuf> =
            builds_cuda.iter().filter(is_above).map(|build| build.to_path_buf()).collect();
        let widened = |scope: &PathBuf| {
            let mut folder = scope.as_path();
            while let Some(around) = folder.parent().filter(|_| own(&scope.join("x"))) {
                let is_left = |path: &&&Path| path.starts_with(around) && !is_in(path, &scopes);
                let has_source = sources.iter().any(|path| path.starts_with(folder));
                let is_blocked =
                    builds_cuda.iter().any(|path| is_left(&path) && !above.iter().any(|build| build == path))
                        || (has_source && sources.iter().any(|path| is_left(&path)));
                if is_blocked {
                    break;
                }
                folder = around;
            }
            folder.to_owned()
        };
        let mut folders: Vec<PathBuf> = scopes.iter().map(widened).collect();
        folders.sort();
        folders.dedup();
        let outer = folders.clone();
        folders.retain(|folder| !outer.iter().any(|other| other != folder && folder.starts_with(other)));
        let has_sign = |folder: &Path| signs.iter().any(|(path, ..)| path.starts_with(folder));
        let is_apart = |path: &&Path| {
            let folder = path.parent().unwrap_or(Path::new(""));
            let begins = files
                .iter()
                .any(|(known, file)| known == path && (file.is_project || !file.nvcc_lines.is_empty()));
            let has_sources = sources.iter().any(|source| source.starts_with(folder));
            begins
                && has_sources
                && is_in(path, &folders)
                && !folders.iter().any(|kept| kept == folder)
                && !has_sign(folder)
        };
        let for_cuda = builds_cuda.iter().copied().filter(is_apart).map(Path::to_owned).collect();
        Self { folders, above, for_cuda }
    }

    /// Whether the file `path` stays as it is.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(folder))
            || self.above.iter().any(|build| build == path)
    }
}

/// The folder nearest around `source` that has one of the files `builds`.
fn builder<'a>(source: &'a Path, builds: &[&Path]) -> Option<&'a Path> {
    source.ancestors().skip(1).find(|folder| builds.iter().any(|build| build.parent() == Some(*folder)))
}

/// Whether the file `path` is in a folder for the code of others.
pub(super) fn is_foreign(path: &Path) -> bool {
    third_party(path).is_some()
}

/// Whether `sign`, in the file `path`, is enough to leave a part as it is.
fn is_strong(path: &Path, sign: &Sign) -> bool {
    sign.builds && !sign.is_part && !is_hidden(path) && is_build_file(path)
}

/// Whether the file `path` or a folder around it has a name that begins with a dot.
pub(super) fn is_hidden(path: &Path) -> bool {
    let begins = |part: Component| part.as_os_str().as_encoded_bytes().starts_with(b".");
    path.components().any(|part| matches!(part, Component::Normal(_)) && begins(part))
}

/// Whether the file `path` builds a project, and is neither a script, a preset nor a module that finds a library.
fn is_build_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match Lang::of(path) {
        Lang::Python => matches!(&*name, "setup.py" | "builder.py"),
        Lang::Shell => name.starts_with("configure"),
        _ => !name.ends_with("Presets.json") && !name.starts_with("Find"),
    }
}

/// `scope`, or the folder of the library if the file `path` is in a folder for the code of others.
pub(super) fn clipped(path: &Path, scope: &Path) -> PathBuf {
    match third_party(path) {
        Some(library) if library.starts_with(scope) => library,
        _ => scope.to_owned(),
    }
}

/// The folder of the library of others that the file `path` is in: `third_party/lib` of `third_party/lib/CMakeLists.txt`.
fn third_party(path: &Path) -> Option<PathBuf> {
    let folders: Vec<&Path> = path.ancestors().skip(1).collect();
    let is_foreign = |folder: &&&Path| {
        let name = folder.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        name.is_some_and(|name| list::THIRD_PARTY_FOLDERS.contains(&&*name))
    };
    let foreign = folders.iter().rev().find(is_foreign)?;
    let inner = folders.iter().find(|folder| folder.parent() == Some(*foreign));
    Some(inner.unwrap_or(foreign).to_path_buf())
}
