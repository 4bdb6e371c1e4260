//! The commands and the flags that each has to itself; `options` holds those that they share.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::options::{Run, Tables, Wish};

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
    Scan(Box<Scan>),
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
    /// The name of the file on standard input: gives its language, configuration and includes
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// With `-`: write the support header that the result includes to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) support_header: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
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
    #[command(flatten)]
    pub(crate) run: Run,
}

const SCAN_AFTER: &str = "\
Examples:
  tranship scan                               the whole project
  tranship scan src/ --html ready.html        a page to look at and to hand on
  tranship scan src/ --output-format json     the same for programs

What one place that needs a person costs: `check` takes minutes, `edit` up to an hour, `rework` days.";

/// `tranship scan`.
#[derive(Args)]
#[command(after_help = SCAN_AFTER)]
pub(crate) struct Scan {
    /// Folders and files
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Write a page for a browser to this file; short for `--output-format html --output-file FILE`
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["output_format", "output_file"]
    )]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
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
    pub(crate) wish: Wish,
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
    after_help = "Examples:\n  tranship explain renamed-source\n  tranship explain cudaMallocAsync\n  tranship explain cublas_v2.h\n  tranship explain our-rule --rules ours.toml"
)]
pub(crate) struct Explain {
    /// A rule, a CUDA name or a CUDA header
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) tables: Tables,
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
    #[command(flatten)]
    pub(crate) tables: Tables,
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
