//! The flags of `tranship init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// `tranship init`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tranship init\n  tranship init --hook      also check every commit\n  tranship init --build-tool cmake\n                            also write cmake/Tranship.cmake, for conversion at build time"
)]
pub(crate) struct Init {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// Write a git hook that checks each commit before it is made
    #[arg(long)]
    pub(crate) hook: bool,
    /// Write the module with which this build tool converts the project while it builds it
    #[arg(long, value_name = "TOOL", conflicts_with = "hook")]
    pub(crate) build_tool: Option<BuildTool>,
}

/// The build tools with a module.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuildTool {
    /// cmake/Tranship.cmake: `tranship_convert(TARGET)`
    Cmake,
    /// tranship/meson.build: `subdir('tranship')`
    Meson,
    /// tranship/tranship.bzl: `tranship_library`
    Bazel,
}
