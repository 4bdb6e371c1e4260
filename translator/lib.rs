//! `tranship` moves CUDA projects onto AMD GPUs.
//!
//! [`tranship_engine::translate::translate`] is the centre: a pure, total function from a source and a context to findings and edits.
//! Everything else is a view on its result or the edge that reads and writes files. See `docs/ARCHITECTURE.md`.

pub mod cli;
pub mod project;
pub mod report;
pub mod review;
