//! The flags that several commands share. A flag means the same in every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tranship_rules::{Release, Rules};

use crate::project::config::{parse_arch, parse_rocm};
use crate::project::setup::{Wishes, tables};
use crate::report::Format;
use tranship_engine::lang::Area;
use tranship_engine::pass::{LaunchStyle, Warp};

/// How a command that looks at projects and reports on them runs.
#[derive(Args)]
pub(crate) struct Run {
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Files to work on at a time [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) wish: Wish,
    #[command(flatten)]
    pub(crate) report: Report,
}

impl Run {
    /// The threads to work in.
    pub(crate) fn pool(&self) -> anyhow::Result<ThreadPool> {
        Ok(ThreadPoolBuilder::new().num_threads(self.jobs.map_or(0, usize::from)).build()?)
    }
}

/// What is converted, and what for.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
}

impl Wish {
    /// The flags as the project layer takes them.
    pub(crate) fn wishes(&self) -> Wishes {
        let (target, choice) = (&self.target, &self.choice);
        let launch = |launch| match launch {
            Launch::Chevron => LaunchStyle::Chevron,
            Launch::Macro => LaunchStyle::Macro,
        };
        Wishes {
            rocm: target.rocm,
            cuda: target.cuda,
            arch: target.arch.clone(),
            launch: target.launch.map(launch),
            warp: target.warp.map(|mode| match mode {
                WarpMode::Logical32 => Warp::Logical32,
                WarpMode::Native => Warp::Native,
            }),
            keep_names: target.keep_names,
            safe_only: choice.apply == Apply::Safe,
            select: choice.select.clone(),
            ignore: choice.ignore.clone(),
            only: choice.only.iter().map(|only| only.area()).collect(),
            exclude: choice.exclude.clone(),
            rules: choice.tables.rules.clone(),
        }
    }
}

/// What the output is for.
#[derive(Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// ROCm release that compiles the output [default: the newest in the tables]
    #[arg(long, value_name = "X.Y", value_parser = parse_rocm)]
    pub(crate) rocm: Option<Release>,
    /// CUDA release that the input is written for [default: the newest]
    #[arg(long, value_name = "X.Y")]
    pub(crate) cuda: Option<Release>,
    /// GPU architectures [default: gfx942]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = parse_arch)]
    pub(crate) arch: Vec<String>,
    /// How kernel launches are written [default: chevron]
    #[arg(long, value_name = "STYLE")]
    pub(crate) launch: Option<Launch>,
    /// What a warp of the source becomes [default: logical32]
    #[arg(long, value_name = "MODE")]
    pub(crate) warp: Option<WarpMode>,
    /// Keep the names of `.cu` files
    #[arg(long)]
    pub(crate) keep_names: bool,
}

/// Which rules and files.
#[derive(Args)]
#[command(next_help_heading = "Choice")]
pub(crate) struct Choice {
    /// How far a change must be trusted to be made
    #[arg(long, value_name = "LEVEL", default_value = "review")]
    pub(crate) apply: Apply,
    /// Run only these rules beside the plain renames
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) select: Vec<String>,
    /// Leave these rules out; a CUDA name here stays as it is
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) ignore: Vec<String>,
    /// Convert only files of these kinds; the others are copied
    #[arg(long, value_name = "KIND", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) only: Vec<Only>,
    /// Neither convert nor copy what matches, at any depth; a leading `/` ties it to PATH
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub(crate) exclude: Vec<String>,
    #[command(flatten)]
    pub(crate) tables: Tables,
}

/// The user's own tables.
#[derive(Args)]
pub(crate) struct Tables {
    /// Read your own table of names, headers, calls and rules; it wins over the built-in ones
    #[arg(long, value_name = "FILE", action = ArgAction::Append, value_hint = ValueHint::FilePath)]
    pub(crate) rules: Vec<PathBuf>,
}

impl Tables {
    /// The tables for the current folder: the built-in ones, those of `tranship.toml`, and those of the flags.
    pub(crate) fn read(&self) -> anyhow::Result<Rules> {
        let here = std::env::current_dir()?;
        Ok(tables(&here, &self.rules)?)
    }
}

/// How findings are shown.
#[derive(Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct Report {
    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: OutputFormat,
    /// Write findings to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output_file: Option<PathBuf>,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum Launch {
    /// `kernel<<<grid, block>>>(a)`, which HIP accepts
    Chevron,
    /// `hipLaunchKernelGGL(kernel, dim3(grid), dim3(block), 0, 0, a)`
    Macro,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum Only {
    /// C, C++ and CUDA
    Cpp,
    /// CMake
    Cmake,
    /// Makefiles
    Make,
    /// Shell scripts
    Shell,
    /// Python, with kernels in strings
    Python,
    /// Dockerfiles, YAML, lists of packages
    Environment,
    /// Every other build file or script, Fortran, device code that is compiled already
    Build,
}

impl Only {
    fn area(self) -> Area {
        match self {
            Self::Cpp => Area::Cpp,
            Self::Cmake => Area::Cmake,
            Self::Make => Area::Make,
            Self::Shell => Area::Shell,
            Self::Python => Area::Python,
            Self::Environment => Area::Environment,
            Self::Build => Area::Build,
        }
    }
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum WarpMode {
    /// It stays 32 lanes, two to a wave of 64: warp functions are rewritten
    Logical32,
    /// The whole wave: constants for its width follow the GPU, what else counts on 32 lanes is shown
    Native,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum Apply {
    /// Only what keeps its meaning for certain
    Safe,
    /// Also what is right under the assumption that the finding states
    Review,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// With the source, as compilers show it
    Text,
    /// One line for each finding
    Concise,
    /// For programs; docs/report.schema.json describes it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// One page for a browser
    Html,
}

impl OutputFormat {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Concise => Format::Concise,
            Self::Json => Format::Json,
            Self::Sarif => Format::Sarif,
            Self::Github => Format::Github,
            Self::Html => Format::Html,
        }
    }
}
