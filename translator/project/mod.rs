//! The edge where a project is read and its conversion is written: the only room that touches files.
//!
//! [`run::convert`] ties it together. It refuses to print; what happened is in its result.

mod against;
pub mod answers;
mod cache;
pub mod check;
pub mod config;
pub mod git;
mod index;
pub mod io_problem;
pub mod job;
mod mark;
mod plan;
mod read;
pub mod run;
pub mod setup;
pub mod support;
pub mod walk;
mod write;
mod writer;

pub use index::closure;
