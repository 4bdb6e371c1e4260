//! The commands and their flags. A flag means the same in every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use tranship_rules::Release;

use crate::passes::{LaunchStyle, Warp};
use crate::project::config::{parse_arch, parse_rocm};
use crate::project::setup::Wishes;
use crate::report::Format;
use crate::source::Area;

/// Moves CUDA projects onto AMD GPUs: converts CUDA C++ to ROCm/HIP and shows what needs a person.
#[derive(Parser)]
#[command(name = "tranship", version, after_help = AFTER, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
Examples:
  tranship convert .                 write the HIP version of this project to ../<name>-hip
  tranship convert src/ --diff       show what would change, as a patch
  tranship scan                      how much of this project converts by itself, and what is left
  tranship check                     whether anything is left to convert
  tranship explain cudaMallocAsync   what a CUDA name is called on ROCm, and since when

Exit codes:
  0  done, nothing open
  1  done, but findings are open for a person, or `check` or `--diff` shows a change
  2  something could not be read, written or understood; everything else was done";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Convert CUDA to HIP, into a new folder, in place or as a patch
    ///
    /// The result goes to `<PATH>-hip` beside each folder: `.cu` files become `.hip`, and everything else is copied. A
    /// second run replaces what the first one wrote, and leaves alone what you edited there.
    Convert(Box<Convert>),
    /// Say whether anything would change or is open, for hooks and CI
    ///
    /// Nothing is written. Answers, ignores and the baseline count; what they leave is printed.
    Check(Box<Check>),
    /// Decide on findings, one by one
    ///
    /// Answers go to `tranship-answers.toml`, which `convert` and `check` honour; each is written at once.
    Review(Box<Review>),
    /// Say how ready a project is, and what may differ in numbers
    ///
    /// Nothing is written: what converts by itself, what needs a person and what it costs, blockers first.
    Scan(Box<super::scan::Scan>),
    /// Write a commented `tranship.toml`, and a git hook for those who want one
    Init(Init),
    /// Explain a rule, or what a CUDA name or header becomes
    Explain(Explain),
    /// Show what the tables hold
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Print the completion script for a shell
    #[command(
        after_help = "Example:\n  tranship completions bash > ~/.local/share/bash-completion/completions/tranship"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    #[command(after_help = "Examples:\n  tranship man | man -l -\n  tranship man ~/.local/share/man/man1")]
    Man {
        /// The folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// List rules and CUDA names with what they become
    List(List),
}

const CONVERT_AFTER: &str = "\
Examples:
  tranship convert .                          into ../<name>-hip, all other files copied
  tranship convert src/ --out build/hip       into a folder of your choice
  tranship convert kernel.cu                  writes kernel.hip beside it
  tranship convert . --diff > hip.patch       a patch for `git apply`
  tranship convert . --in-place               over the source; needs a clean git tree
  tranship convert - < kernel.cu > kernel.hip
  tranship convert --exit-zero . && cmake -S ../<name>-hip -B build

What is safe is applied and counted. What is right under an assumption is applied and shown as `review`.
What needs a person is shown as `manual` and left as it is.
Files that git ignores are left out, as are submodules, which are named.";

/// `tranship convert`.
#[derive(Args)]
#[command(after_help = CONVERT_AFTER)]
pub(crate) struct Convert {
    /// Folders and files with CUDA; `-` reads one file from standard input
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Where to
    #[command(flatten)]
    pub(crate) place: Place,
    /// Convert in place although git could not bring the source back
    #[arg(long, requires = "in_place")]
    pub(crate) allow_dirty: bool,
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Files to work on at a time [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// The name of the file on standard input: gives its language, configuration and includes
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// With `-`: write the support header that the result includes to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) support_header: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// Where the result goes.
#[derive(Args)]
#[allow(clippy::struct_field_names)]
#[group(multiple = false)]
pub(crate) struct Place {
    /// Write into this folder instead of `<PATH>-hip`
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Write over the source
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Write nothing and print a patch for `git apply`
    #[arg(long)]
    pub(crate) diff: bool,
    /// Write nothing but patches into this folder, one for each rule, to be applied one after the other
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) patch_per_rule: Option<PathBuf>,
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
    /// Read your own table of names, headers, calls and rules; it wins over the built-in ones
    #[arg(long, value_name = "FILE", action = ArgAction::Append, value_hint = ValueHint::FilePath)]
    pub(crate) rules: Vec<PathBuf>,
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
    /// Every other build file or script
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
    /// The whole wave: what counts on 32 lanes is shown and left as it is
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

/// The flags as the project layer takes them.
pub(crate) fn wishes(target: &Target, choice: &Choice) -> Wishes {
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
        rules: choice.rules.clone(),
    }
}

const CHECK_AFTER: &str = "\
Examples:
  tranship check                              the whole project
  tranship check src/a.cu src/b.cuh           these files, as a pre-commit hook calls it
  tranship check --staged                     what git is about to commit
  tranship check . --against ../app-hip       is the generated tree in step with its source?
  tranship check . --baseline hip.toml --update-baseline
                                              accept what is there today; later runs with `--baseline hip.toml` fail for
                                              what is new

Says nothing and exits with 0 when all is well. Files that are named one by one are looked at as a part of their project:
they get just the findings of a run over all of it, but for those about the project as a whole.";

/// `tranship check`.
#[derive(Args)]
#[command(after_help = CHECK_AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Check {
    /// Folders and files
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Look at what git is about to commit, as it will be committed
    #[arg(long, conflicts_with_all = ["paths", "against", "fix"])]
    pub(crate) staged: bool,
    /// Check that this folder holds what `tranship convert` would write now
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "fix")]
    pub(crate) against: Option<PathBuf>,
    /// Convert in place the files about which no question is open
    #[arg(long)]
    pub(crate) fix: bool,
    /// Let pass what this file lists; its paths count from the folder of `tranship.toml`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found now into the baseline
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    /// Read every file anew, and keep nothing in `.git/tranship` for the next check
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Files to work on at a time [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) report: Report,
}

const REVIEW_AFTER: &str = "\
Examples:
  tranship review src/                          asks about everything that is open
  tranship review src/a.cu                      about one file
  tranship review . --list                      without a terminal: what is open
  tranship review . --accept shuffle-mask       the changes of a rule are right
  tranship review . --reject shuffle-mask       they are not made
  tranship review . --reopen shuffle-mask       forgets the answers";

/// `tranship review`.
#[derive(Args)]
#[command(after_help = REVIEW_AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Review {
    /// Folders and files of the CUDA source
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Show also what is answered
    #[arg(long)]
    pub(crate) all: bool,
    /// List the findings instead of asking
    #[arg(long, conflicts_with_all = ["accept", "reject", "reopen", "forget_stale"])]
    pub(crate) list: bool,
    /// Accept what is open of these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) accept: Vec<String>,
    /// Reject the changes that are open of these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) reject: Vec<String>,
    /// Forget the answers to findings of these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) reopen: Vec<String>,
    /// Forget the answers whose findings are there no more
    #[arg(long, conflicts_with_all = ["accept", "reject", "reopen"])]
    pub(crate) forget_stale: bool,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
}

/// `tranship init`.
#[derive(Args)]
#[command(after_help = "Examples:\n  tranship init\n  tranship init --hook      also checks every commit")]
pub(crate) struct Init {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// Write a git hook that checks what is about to be committed
    #[arg(long)]
    pub(crate) hook: bool,
}

/// `tranship explain`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tranship explain renamed-source\n  tranship explain cudaMallocAsync\n  tranship explain cublas_v2.h"
)]
pub(crate) struct Explain {
    /// A rule, a CUDA name or a CUDA header
    pub(crate) name: String,
}

/// `tranship rules list`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tranship rules list --level review\n  tranship rules list --library cublas --output-format json"
)]
pub(crate) struct List {
    /// Only the names of this library, such as `cublas`; `rules` are the structural rules
    #[arg(long, value_name = "NAME")]
    pub(crate) library: Option<String>,
    /// Only this level
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<ListLevel>,
    /// How the list is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum ListLevel {
    /// Applied; the meaning stays
    Safe,
    /// Applied under an assumption
    Review,
    /// Not applied
    Manual,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Columns
    Text,
    /// For programs
    Json,
}
