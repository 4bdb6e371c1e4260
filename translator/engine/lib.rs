//! The engine of `tranship`: the bytes of a CUDA file in, its translation to ROCm/HIP out.
//!
//! It opens no file, starts no thread and prints nothing.

pub mod cpp;
mod embedded;
pub mod finding;
pub mod ignores;
pub mod index;
pub mod lang;
pub mod pass;
pub mod passes;
pub mod readers;
pub mod result;
pub mod source;
pub mod support_header;
pub mod text;
pub mod translate;
