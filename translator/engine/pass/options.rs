//! The choices of a user that change what is written: launches, warps, the place of the support header.

use std::path::{Component, Path, PathBuf};

/// How kernel launches are written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
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
pub enum Warp {
    /// It stays 32 lanes.
    #[default]
    Logical32,
    /// It becomes the whole wave: constants for its width follow the GPU, and other code that counts on 32 lanes gets a
    /// finding.
    Native,
}

/// Where the support header is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// Relative to the root of the project.
    pub path: PathBuf,
    /// Whether all results are written to one folder, whatever folders they come from.
    pub flat: bool,
}

impl Default for Support {
    fn default() -> Self {
        Self { path: "tranship_hip.h".into(), flat: false }
    }
}

impl Support {
    /// The path in the output folder.
    pub fn output(&self) -> &Path {
        if self.flat { self.path.file_name().map_or(&self.path, Path::new) } else { &self.path }
    }

    /// The text between the quotes of the include in the file `from`, which is relative to the root.
    pub(crate) fn seen_from(&self, from: &Path) -> String {
        let folder: Vec<Component> = if self.flat {
            Vec::new()
        } else {
            from.parent().map(|f| f.components().collect()).unwrap_or_default()
        };
        let target: Vec<Component> = self.output().components().collect();
        let shared = folder.iter().zip(&target).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..".into(), folder.len() - shared);
        let down = target[shared..].iter().map(|part| part.as_os_str().to_string_lossy());
        up.chain(down).collect::<Vec<std::borrow::Cow<str>>>().join("/")
    }
}
