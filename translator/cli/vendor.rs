//! The vendors that a conversion can be for.

use clap::ValueEnum;

/// The vendor of the result.
#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vendor {
    /// AMD: CUDA becomes HIP
    Hip,
    /// NVIDIA: HIP becomes CUDA, into `<PATH>-cuda`
    Cuda,
}
