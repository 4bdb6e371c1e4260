//! The choices of a user that change what is written.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use tranship_rules::Rules;

use super::{Libraries, Selection, Target};

/// All choices of a user. [`Options::default`] has the built-in tables, the newest ROCm release and gfx942.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The tables.
    pub rules: Rules,
    /// The ROCm release and the GPUs that the output is for, and the CUDA release of the input.
    pub target: Target,
    /// How launches are written.
    pub launch: LaunchStyle,
    /// Which lanes a warp of the source becomes.
    pub warp: Warp,
    /// Which libraries replace those of CUDA.
    pub libraries: Libraries,
    /// Whether `.cu` files keep their names.
    pub keep_names: bool,
    /// What happens to a part of the project that builds for HIP by itself.
    pub own_hip_build: OwnHipBuild,
    /// Where the support header is written.
    pub support: Support,
    /// Macros that are defined only when the project is compiled for HIP, besides the built-in ones.
    pub hip_guards: Vec<String>,
    /// Which rules run and which fixes are applied.
    pub selection: Selection,
}

impl Options {
    /// The default choices with these tables.
    pub fn new(rules: Rules) -> Self {
        Self {
            target: Target::newest(&rules),
            rules,
            launch: LaunchStyle::default(),
            warp: Warp::default(),
            libraries: Libraries::default(),
            keep_names: false,
            own_hip_build: OwnHipBuild::default(),
            support: Support::default(),
            hip_guards: Vec::new(),
            selection: Selection::default(),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Rules::builtin())
    }
}

/// How kernel launches are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LaunchStyle {
    /// `k<<<g, b>>>(a)`, which HIP's compilers accept.
    #[default]
    Chevron,
    /// `hipLaunchKernelGGL(k, dim3(g), dim3(b), 0, 0, a)`.
    Macro,
}

/// Which lanes a warp of the source becomes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Warp {
    /// It stays 32 lanes.
    #[default]
    Logical32,
    /// It becomes the whole wave. Constants for its width depend on the GPU, and other code that is only right for 32
    /// lanes gets a finding.
    Native,
}

/// What happens to a part of a project that builds for HIP by itself.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OwnHipBuild {
    /// It stays as it is.
    #[default]
    Keep,
    /// What the build for HIP leaves open is converted.
    Convert,
    /// It is converted like any other part, because its build for HIP compiles the result of this conversion.
    Ignore,
}

/// Where the support header is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Support {
    /// Relative to the root of the project.
    pub path: PathBuf,
    /// Whether all results are written to one folder, without the folders of the sources.
    pub flat: bool,
    /// The folders of packages, relative to the root. The files of each have a header of their own.
    pub packages: BTreeSet<PathBuf>,
}

impl Default for Support {
    fn default() -> Self {
        Self { path: "tranship_hip.h".into(), flat: false, packages: BTreeSet::new() }
    }
}

impl Support {
    /// The path of the header `path` in the output folder.
    pub fn output<'a>(&self, path: &'a Path) -> &'a Path {
        if self.flat { path.file_name().map_or(path, Path::new) } else { path }
    }

    /// The path of the header for the file `from`, both relative to the root.
    pub fn header_of(&self, from: &Path) -> PathBuf {
        let package = from.ancestors().skip(1).find(|folder| self.packages.contains(*folder));
        match (package, self.path.file_name()) {
            (Some(package), Some(name)) => package.join(name),
            _ => self.path.clone(),
        }
    }

    /// All paths that a header can have, relative to the root.
    pub fn headers(&self) -> impl Iterator<Item = PathBuf> {
        let name = self.path.file_name().map(std::ffi::OsStr::to_owned);
        let of_packages =
            name.into_iter().flat_map(|name| self.packages.iter().map(move |package| package.join(&name)));
        std::iter::once(self.path.clone()).chain(of_packages)
    }

    /// The name of the header in an include of the file `from`, which is relative to the root.
    pub(crate) fn include_name(&self, from: &Path) -> String {
        let folder: Vec<Component> = if self.flat {
            Vec::new()
        } else {
            from.parent().map(|f| f.components().collect()).unwrap_or_default()
        };
        let header = self.header_of(from);
        let target: Vec<Component> = self.output(&header).components().collect();
        let shared = folder.iter().zip(&target).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..".into(), folder.len() - shared);
        let down = target[shared..].iter().map(|part| part.as_os_str().to_string_lossy());
        up.chain(down).collect::<Vec<std::borrow::Cow<str>>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(support: &Support, from: &str, expected: &str) {
        assert_eq!(support.include_name(Path::new(from)), expected, "{from}");
    }

    #[test]
    fn includes_are_relative_to_the_file() {
        let root = Support::default();
        check(&root, "a.cu", "tranship_hip.h");
        check(&root, "src/deep/a.cu", "../../tranship_hip.h");
        let moved = Support { path: "src/inc/t.h".into(), flat: false, ..Support::default() };
        check(&moved, "src/deep/a.cu", "../inc/t.h");
        check(&moved, "a.cu", "src/inc/t.h");
        check(&moved, "src/inc/a.cu", "t.h");
        check(&Support { flat: true, ..moved }, "src/deep/a.cu", "t.h");
    }
}
