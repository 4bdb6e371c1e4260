//! The flags of several commands. A flag has the same meaning in every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use jiff::Timestamp;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tranship_rules::{Release, Rules};

use super::completion;
use super::summary::shell_word;
use crate::project::config::{Apply, parse_arch, parse_cuda, parse_rocm};
use crate::project::setup::{Overrides, tables};
use crate::report::{self, Efficiency, Format};
use tranship_engine::lang::Area;
use tranship_engine::pass::{LaunchStyle, Libraries, OwnHipBuild, Warp};
use tranship_engine::result::Conversion;

/// The flags of every command that reads projects and reports on them.
#[derive(Args)]
pub(crate) struct Run {
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Files to work on at a time [default: one per processor]
    #[arg(hide_short_help = true, short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
    #[command(flatten)]
    pub(crate) report: Report,
}

impl Run {
    /// The threads that convert files.
    pub(crate) fn pool(&self) -> anyhow::Result<ThreadPool> {
        Ok(ThreadPoolBuilder::new().num_threads(self.jobs.map_or(0, usize::from)).build()?)
    }
}

/// The flags that override settings of `tranship.toml`.
#[derive(Args)]
pub(crate) struct SettingFlags {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    /// Read this configuration instead of the nearest `tranship.toml` at or above PATH
    #[arg(hide_short_help = true, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Configuration")]
    pub(crate) config: Option<PathBuf>,
    /// Print the settings in effect with the place that sets each, and do nothing else
    #[arg(hide_short_help = true, long, help_heading = "Configuration")]
    pub(crate) show_settings: bool,
}

impl SettingFlags {
    /// The flags in the form that `project` uses.
    pub(crate) fn overrides(&self) -> Overrides {
        let (target, selection) = (&self.target, &self.selection);
        let launch = |launch| match launch {
            Launch::Chevron => LaunchStyle::Chevron,
            Launch::Macro => LaunchStyle::Macro,
        };
        Overrides {
            rocm: target.rocm,
            cuda: target.cuda,
            arch: target.arch.clone(),
            launch: target.launch.map(launch),
            warp: target.warp.map(|mode| match mode {
                WarpMode::Logical32 => Warp::Logical32,
                WarpMode::Native => Warp::Native,
            }),
            libraries: target.libraries.map(|libraries| match libraries {
                LibraryKind::Hip => Libraries::Hip,
                LibraryKind::Roc => Libraries::Roc,
            }),
            keep_names: target.keep_names,
            own_hip_build: selection.own_hip_build.map(|choice| match choice {
                OwnHip::Keep => OwnHipBuild::Keep,
                OwnHip::Convert => OwnHipBuild::Convert,
                OwnHip::Ignore => OwnHipBuild::Ignore,
            }),
            apply: selection.apply.map(|level| match level {
                ApplyLevel::Safe => Apply::Safe,
                ApplyLevel::Review => Apply::Review,
            }),
            select: selection.select.clone(),
            ignore: selection.ignore.clone(),
            only: selection.only.iter().map(|only| only.area()).collect(),
            exclude: selection.exclude.clone(),
            rules: selection.tables.rules.clone(),
            hip_guards: selection.hip_guards.clone(),
            endings: selection
                .endings
                .iter()
                .map(|ending| ending.trim_start_matches('.').to_owned())
                .collect(),
            config: self.config.clone(),
        }
    }
}

/// The flags about the target of the output.
#[derive(Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct Target {
    /// ROCm release that compiles the output [default: the newest in the tables]
    #[arg(long, value_name = "X.Y", value_parser = parse_rocm)]
    pub(crate) rocm: Option<Release>,
    /// CUDA release that the input is written for [default: the newest]
    #[arg(hide_short_help = true, long, value_name = "X.Y", value_parser = parse_cuda)]
    pub(crate) cuda: Option<Release>,
    /// GPU architectures or products, such as gfx942 or MI300X [default: gfx942]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = parse_arch, add = completion::architectures())]
    pub(crate) arch: Vec<String>,
    /// The form of kernel launches [default: chevron]
    #[arg(hide_short_help = true, long, value_name = "STYLE")]
    pub(crate) launch: Option<Launch>,
    /// What a warp of the source becomes [default: logical32]
    #[arg(long, value_name = "MODE")]
    pub(crate) warp: Option<WarpMode>,
    /// Convert libraries to hipBLAS and so on (`hip`), or to rocBLAS and so on where exact (`roc`) [default: hip]
    #[arg(hide_short_help = true, long, value_name = "KIND")]
    pub(crate) libraries: Option<LibraryKind>,
    /// Keep the names of `.cu` files
    #[arg(hide_short_help = true, long)]
    pub(crate) keep_names: bool,
}

/// The flags that select rules and files.
#[derive(Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionFlags {
    /// The levels of changes that are applied [default: review]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) apply: Option<ApplyLevel>,
    /// Run only these rules; plain renames are applied in any case
    #[arg(hide_short_help = true, long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append, allow_hyphen_values = true, add = completion::names())]
    pub(crate) select: Vec<String>,
    /// Do not run these rules; a CUDA name in the list stays as it is
    #[arg(hide_short_help = true, long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append, allow_hyphen_values = true, add = completion::names())]
    pub(crate) ignore: Vec<String>,
    /// Convert only files of these kinds; the others are copied
    #[arg(hide_short_help = true, long, value_name = "KIND", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) only: Vec<FileKind>,
    /// What happens to a folder that builds for ROCm by itself: it stays as it is, what is left is converted, or everything is [default: keep]
    #[arg(long, value_name = "CHOICE")]
    pub(crate) own_hip_build: Option<OwnHip>,
    /// Neither convert nor copy files that match, at any depth; a leading `/` matches only at PATH
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub(crate) exclude: Vec<String>,
    /// More endings of C++ files, without the dot
    #[arg(hide_short_help = true, long, value_name = "LIST", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) endings: Vec<String>,
    /// Macros that are defined if and only if the project is compiled for HIP; code in their branches stays as it is
    #[arg(hide_short_help = true, long, value_name = "LIST", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) hip_guards: Vec<String>,
    #[command(flatten)]
    pub(crate) tables: Tables,
}

/// The user's own tables.
#[derive(Args)]
pub(crate) struct Tables {
    /// Read your own table of names, headers, calls and rules; it overrides the built-in tables
    #[arg(hide_short_help = true, long, value_name = "FILE", action = ArgAction::Append, value_hint = ValueHint::FilePath)]
    pub(crate) rules: Vec<PathBuf>,
}

impl Tables {
    /// The tables for the current folder: the built-in tables, and the tables that `tranship.toml` and the flags list.
    pub(crate) fn read(&self) -> anyhow::Result<Rules> {
        let here = std::env::current_dir()?;
        Ok(tables(&here, &self.rules)?)
    }
}

/// The flags about the output of findings.
#[derive(Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct Report {
    /// The format of the findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: OutputFormat,
    /// Print the number of findings of each rule and of each converted name instead of the findings
    #[arg(hide_short_help = true, long)]
    pub(crate) statistics: bool,
    /// Print no summary, only findings and errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print each converted file, and the files that are left out because git ignores them
    #[arg(hide_short_help = true, short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Write the findings to this file
    #[arg(hide_short_help = true, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output_file: Option<PathBuf>,
}

impl Report {
    /// Whether the files need a survey.
    pub(crate) fn survey(&self) -> bool {
        self.statistics || self.output_format == OutputFormat::Html
    }

    /// The report about `conversions`.
    pub(crate) fn text(&self, conversions: &[Conversion]) -> String {
        if self.statistics {
            return report::statistics(conversions);
        }
        if self.output_format == OutputFormat::Html {
            return page(conversions, None);
        }
        report::render(self.output_format.format(), conversions)
    }
}

/// The page about `conversions`, with the command line and the date of this run.
pub(crate) fn page(conversions: &[Conversion], efficiency: Option<&Efficiency>) -> String {
    report::page(conversions, efficiency, &command_line(), &today())
}

/// The command line of this run, as a shell reads it.
pub(crate) fn command_line() -> String {
    let arguments = std::env::args_os().skip(1).map(|word| shell_word(&word.to_string_lossy()));
    std::iter::once("tranship".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// The day in UTC, as in `2026-11-26`. `SOURCE_DATE_EPOCH` replaces the clock, so that a page can be reproduced.
pub(crate) fn today() -> String {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = fixed.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or_else(Timestamp::now);
    now.strftime("%Y-%m-%d").to_string()
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum Launch {
    /// `kernel<<<grid, block>>>(a)`, which HIP accepts
    Chevron,
    /// `hipLaunchKernelGGL(kernel, dim3(grid), dim3(block), 0, 0, a)`
    Macro,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum FileKind {
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
    /// Every other build file or script, Fortran, compiled device code
    Build,
}

impl FileKind {
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
    /// 32 lanes, two warps in a wave of 64: warp functions are rewritten
    Logical32,
    /// The whole wave: constants for the warp width follow the GPU, other code for 32 lanes is reported
    Native,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum LibraryKind {
    /// hipBLAS, hipRAND, hipSPARSE ...
    Hip,
    /// rocBLAS, rocRAND, rocSPARSE, rocSOLVER, where they have an exact counterpart of every function that the project uses
    Roc,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum OwnHip {
    /// It stays as it is, and nothing in it is reported
    Keep,
    /// What its build for ROCm leaves open is converted
    Convert,
    /// It is converted like any other folder, because its build for ROCm runs this conversion
    Ignore,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApplyLevel {
    /// Only changes that keep the meaning
    Safe,
    /// Also changes that are right under the assumption that the finding states
    Review,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// By rule, one example of each with its source lines; up to ten findings as `full`
    Text,
    /// Each finding with its source lines, like the messages of a compiler
    Full,
    /// One line for each finding
    Concise,
    /// For programs; docs/report.schema.json describes it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow, as many as GitHub shows; the first are manual
    Github,
    /// A code quality report for GitLab
    Gitlab,
    /// JUnit's XML: each open finding is a failed test
    Junit,
    /// Markdown with counts by rule and file, for the summary of a job
    Markdown,
    /// One page for a browser
    Html,
}

impl OutputFormat {
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Full => Format::Full,
            Self::Concise => Format::Concise,
            Self::Json => Format::Json,
            Self::Sarif => Format::Sarif,
            Self::Github => Format::Github,
            Self::Gitlab => Format::Gitlab,
            Self::Junit => Format::Junit,
            Self::Markdown => Format::Markdown,
            Self::Html => Format::Html,
        }
    }
}
