//! What the files of a project say about one another: names, macros, includes, renamed sources, facts of CMake files.

pub mod cmake_facts;
mod code;
pub mod facts;
mod owners;
pub(crate) mod renamed;

pub use code::Index;
pub use owners::Owners;
pub use renamed::Renamed;

/// What is known of a project besides its code.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The files that have another name in the output.
    pub renamed: Renamed,
    /// What its CMake files use, define and find.
    pub cmake: cmake_facts::Facts,
    /// Whether PyTorch's build of extensions compiles its code: under ROCm that renames PyTorch's own names.
    pub extends_torch: bool,
}
