//! Compilers for HIP and the units of a converted project: which files are compiled, with which options, and which line of the
//! source each line comes from. It runs nothing on a GPU and prints nothing.

pub mod compiler;
pub mod database;
pub mod tree;
