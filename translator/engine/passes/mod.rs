//! The passes: each looks at a file and proposes findings. None edits, and none knows another.
//!
//! A new pass is one file or folder in `cuda` or `build_files` and one line in `registry.rs`.

mod build_files;
mod cuda;
pub mod registry;
