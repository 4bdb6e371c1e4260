//! Reads a project from the disk and writes its conversion: the only room that accesses files.
//!
//! The entry point is [`run::convert`]. Its result has everything that happened. Nothing here prints.

pub mod add_ignores;
mod against;
pub mod answers;
pub(crate) mod base;
pub(crate) mod cache;
pub mod check;
pub mod config;
pub mod git;
mod ignored;
mod index;
pub mod io_problem;
pub mod job;
pub(crate) mod journal;
mod kept;
pub(crate) mod manifest;
pub(crate) mod near;
mod packages;
pub mod paths;
mod plan;
mod read;
pub mod replace;
pub mod run;
pub mod session;
pub mod settings;
pub mod setup;
mod signs_above;
pub mod support;
pub mod walk;
pub(crate) mod write;
mod writer;

pub use index::closure;

/// The paths of the files that tranship wrote into the folder `out`, relative to it.
pub fn written_files(out: &std::path::Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    Ok(manifest::Manifest::read(out)?.iter().map(|(path, _)| path.to_owned()).collect())
}

/// An output folder and its list.
pub(crate) mod folder {
    pub(crate) use super::manifest::{Manifest, ManifestEntry};
    pub(crate) use super::write::{Content, OldFiles, Output};
}
