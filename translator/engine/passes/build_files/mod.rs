//! The passes over build files, scripts, Python and the other files around the code.
//!
//! These passes do not change C++. Kernels inside of strings go to the passes over code.

pub(crate) mod cargo;
pub(crate) mod cmake;
pub(crate) mod containers;
pub(crate) mod fortran;
pub(crate) mod make_and_shell;
pub(crate) mod other_build;
pub(crate) mod packages;
pub(crate) mod python;
