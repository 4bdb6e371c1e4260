//! Readers of the languages around C++. Each keeps every byte offset of the file.

pub mod branches;
pub mod cmake;
pub mod lines;
pub(crate) mod ptx;
pub mod python;
pub mod python_tree;
pub mod rust;
pub mod words;
