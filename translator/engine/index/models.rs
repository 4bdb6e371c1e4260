//! Builds of CMake that select one folder of several, such as `src/hip/model.cmake` beside `src/cuda/model.cmake`. It refuses
//! build files that the project does not have for both vendors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::lang::Lang;

/// The build files for CUDA with a twin for HIP in the folder beside theirs: the build selects one folder of several.
pub(super) struct Models(pub(super) Vec<Model>);

/// One of them.
pub(super) struct Model {
    /// The folder of the project of CMake around both build files.
    pub(super) project: PathBuf,
    /// The build file for HIP.
    pub(super) hip: PathBuf,
    cuda: PathBuf,
}

impl Models {
    /// The models among `twins`, in the folders of `projects`.
    pub(super) fn of(twins: &BTreeMap<PathBuf, PathBuf>, projects: &BTreeSet<&Path>) -> Self {
        let model = |(cuda, hip): (&PathBuf, &PathBuf)| {
            let is_model = Lang::of(cuda) == Lang::Cmake
                && cuda.file_name() == hip.file_name()
                && cuda.parent() != hip.parent();
            let project = cuda.ancestors().skip(1).find(|folder| projects.contains(folder))?;
            let is_around = is_model && hip.starts_with(project) && cuda.parent() != Some(project);
            is_around.then(|| Model { project: project.to_owned(), hip: hip.clone(), cuda: cuda.clone() })
        };
        Self(twins.iter().filter_map(model).collect())
    }

    /// Whether the build file `path` is of another folder that the build selects in place of one with a twin.
    pub(super) fn has_part(&self, path: &Path) -> bool {
        let folders = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_owned);
        self.0.iter().any(|model| {
            path.file_name() == model.hip.file_name()
                && folders(path) == folders(&model.hip)
                && path != model.hip
                && path != model.cuda
        })
    }
}

impl Model {
    /// How the build for HIP is started. A variable with the name of the build file selects the folder: `MODEL` for
    /// `hip/model.cmake`, if a command of the project has that variable as an argument.
    pub(super) fn build(&self, is_argument: impl Fn(&str) -> bool) -> String {
        let name = self.hip.file_stem().unwrap_or_default().to_string_lossy().to_uppercase();
        let folder = self.hip.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        if is_argument(&name) { format!("cmake -D{name}={folder}") } else { "cmake".to_owned() }
    }
}
