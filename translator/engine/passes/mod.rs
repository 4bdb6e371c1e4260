//! The passes: each reads a file and proposes findings. A pass does not edit the file and does not depend on other
//! passes.
//!
//! A new pass is one file or folder in `cuda` or `build_files` and one line in `registry.rs`.

mod build_files;
mod cuda;
pub mod registry;
