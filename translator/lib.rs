//! `tranship` moves CUDA projects onto AMD GPUs.
//!
//! The centre is [`tranship_engine::translate::translate`]: a pure function from a source and a context to findings and edits,
//! which never fails. This crate reads and writes the files, and shows the results. See `docs/ARCHITECTURE.md`.

pub mod advise;
pub mod cli;
pub mod compile;
pub mod lsp;
pub mod portable;
pub mod project;
pub mod report;
pub mod review;
pub mod sync;
pub mod to_cuda;
pub mod verify;
