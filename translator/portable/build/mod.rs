//! The patch for the build: the build files of a project for both vendors. The build for CUDA stays as it is.
//!
//! Build files of other kinds, and build files that the conversion does not change, have no patch.

mod cmake;
mod make;
mod setup_py;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tranship_engine::lang::Lang;
use tranship_engine::result::patch::patch;
use tranship_engine::result::{Conversion, source_with};
use tranship_engine::text::path::readable;
use tranship_engine::translate::translate;

use crate::project::job::Job;
use crate::project::walk::{Kind, walk};

/// The build that gets the patch.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum Build {
    /// CMake 3.21 or newer, with its HIP language
    Cmake,
    /// Make
    Make,
    /// `setup.py` of an extension of PyTorch
    SetupPy,
}

/// The folder of shadow headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its path from the root of the project, or an absolute path.
    pub path: PathBuf,
    /// Whether it is outside of the project.
    pub is_absolute: bool,
    /// Who reads its overlay.
    pub overlay: Overlay,
}

/// The compilers of a build for HIP that read the overlay.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// There is no overlay.
    None,
    /// The compiler for HIP alone.
    ForHip,
    /// The compiler for HIP, and clang for C and C++.
    ForHosts,
}

impl Folder {
    /// The path as CMake reads it in quotes.
    fn in_cmake(&self) -> String {
        let mut text = if self.is_absolute { String::new() } else { "${PROJECT_SOURCE_DIR}/".to_owned() };
        for c in readable(&self.path).chars() {
            if matches!(c, '"' | '\\' | '$' | ';') {
                text.push('\\');
            }
            text.push(c);
        }
        text
    }

    /// The path from the folder of the file `file`.
    fn from(&self, file: &Path) -> String {
        let up = file.parent().map_or(0, |folder| folder.components().count());
        if self.is_absolute {
            readable(&self.path).into_owned()
        } else {
            "../".repeat(up) + &readable(&self.path)
        }
    }
}

/// A build file for both vendors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildFile {
    /// Its path from the root of the project.
    pub path: PathBuf,
    /// Its text as it is.
    pub old: String,
    /// Its text for both vendors.
    pub new: String,
}

/// The name of CMake's files.
const LISTS: &str = "CMakeLists.txt";

/// The paths of the files `setup.py` of the project of `job`, from its root.
pub fn set_ups(job: &Job) -> Vec<PathBuf> {
    let entries = walk(&job.root, &job.setup.excludes, &job.outputs).entries;
    let files = entries.into_iter().filter(|entry| entry.kind == Kind::File).map(|entry| entry.path);
    files.filter(|path| is_set_up(path)).collect()
}

fn is_set_up(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "setup.py")
}

/// The build files of the kind `build` that change, sorted by path. `conversion` is the conversion of `job` that went nowhere.
pub fn files(build: Build, job: &Job, conversion: &Conversion, folder: &Folder) -> Vec<BuildFile> {
    let mut paths: BTreeSet<PathBuf> = conversion.files.iter().map(|file| file.source.clone()).collect();
    // A conversion does not list files that it leaves as they are.
    match build {
        Build::SetupPy => paths.extend(set_ups(job)),
        Build::Cmake => paths.extend(job.root.join(LISTS).is_file().then(|| LISTS.into())),
        Build::Make => {}
    }
    let mut files: Vec<BuildFile> = paths
        .iter()
        .filter_map(|path| {
            let source = source_with(path, job.read(path).ok()?, &job.setup.endings);
            let old = String::from_utf8(source.bytes.clone()).ok()?;
            let path = source.path.clone();
            let converted = || {
                let new = translate(&source, &job.setup.context).output(&source).into_owned();
                String::from_utf8(new).ok()
            };
            let is_root = path.parent().is_none_or(|parent| parent.as_os_str().is_empty());
            let new = match (build, source.lang) {
                (Build::Cmake, Lang::Cmake) => {
                    let is_first = is_root && path.file_name().is_some_and(|name| name == LISTS);
                    let new = converted()?;
                    // A second run finds its own conditions.
                    let is_done = old.contains("USE_HIP");
                    let is_same = is_done || (old == new && !is_first);
                    if is_same { old.clone() } else { cmake::text(&old, &new, is_first.then_some(folder)) }
                }
                (Build::Make, Lang::Make) if !old.contains("USE_HIP") => {
                    make::text(&old, &converted()?, &folder.from(&path), folder)
                }
                (Build::SetupPy, Lang::Python) if is_set_up(&path) => {
                    setup_py::text(&old, &folder.from(&path), folder.overlay)?
                }
                _ => return None,
            };
            (new != old).then_some(BuildFile { path, old, new })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The patch for `git apply` that makes all changes of `files`.
pub fn patch_of(files: &[BuildFile]) -> String {
    let one = |file: &BuildFile| patch(&file.path, &file.path, file.old.as_bytes(), file.new.as_bytes());
    String::from_utf8_lossy(&files.iter().flat_map(one).collect::<Vec<u8>>()).into_owned()
}
