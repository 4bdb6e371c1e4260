//! The commands, and the flags of only one command. `options` has the flags of several commands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use super::compiler_flags::CompilerFlags;
use super::completion;
use super::init_args::Init;
use super::options::{Run, SettingFlags, Tables};
use super::report::ReportCommand;
use super::rules_args::RulesCommand;
pub(crate) use super::sync_args::Sync;
use super::vendor::Vendor;
use crate::portable::build::Build;
use tranship_engine::result::Shard;

/// Moves CUDA projects to AMD GPUs: converts CUDA C++ to ROCm/HIP and reports what needs a person.
#[derive(Parser)]
#[command(name = "tranship", version, after_help = AFTER, max_term_width = 100)]
pub(crate) struct Cli {
    /// When to use colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        display_order = 1000,
        hide_short_help = true
    )]
    pub(crate) color: clap::ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
Examples:
  tranship convert .                 write the HIP version of this project to ../<name>-hip
  tranship convert src/ --diff       print the changes as a patch
  tranship scan                      show what is converted automatically, and what is left
  tranship check                     check whether anything is left to convert
  tranship explain cudaMallocAsync   show what a CUDA name becomes on ROCm, and since which release

Exit codes:
  0  done, nothing open
  1  done, but findings are open, or `check` or `--diff` shows a change
  2  something could not be read, written or understood; everything else was done";

const COMPLETIONS_AFTER: &str = "\
Commands, options, rules, CUDA names, headers, libraries and GPUs are completed, with the tables of the current project.

Examples:
  tranship completions bash > ~/.local/share/bash-completion/completions/tranship
  tranship completions fish > ~/.config/fish/completions/tranship.fish
  source <(tranship completions zsh)         in ~/.zshrc, after `compinit`";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Convert CUDA to HIP, into a new folder, in place or as a patch
    ///
    /// The result goes to `<PATH>-hip` beside each folder: `.cu` files become `.hip`, and everything else is copied. A
    /// second run replaces the files that the first one wrote. It does not change files that you edited there;
    /// `tranship sync` does.
    Convert(Box<Convert>),
    /// Check whether anything would change or is open, for hooks and CI
    ///
    /// Nothing is written. Findings that are answered, suppressed or in the baseline are not printed.
    Check(Box<Check>),
    /// Decide on findings, one by one
    ///
    /// Each answer is written at once to `tranship-answers.toml`, which `convert` and `check` use.
    Review(Box<Review>),
    /// Report how ready a project is, and its possible numerical differences
    ///
    /// Nothing is written. The report has what is converted automatically, what needs a person, and the effort of each
    /// place, blockers first.
    Scan(Box<Scan>),
    /// Work with the JSON of `tranship scan`
    Report {
        #[command(subcommand)]
        command: ReportCommand,
    },
    /// Measure kernels with a compiler, and report what a port loses on AMD's GPUs
    ///
    /// A CUDA project is converted into a temporary folder first. Nothing is written into the project. Without a compiler only the
    /// advice that needs no figures is given.
    Advise(Box<Advise>),
    /// Write shadow headers for a HIP build, and leave every source as it is
    ///
    /// The folder `hip_compat` gets one header for each CUDA header that the project includes. It includes the header of HIP and
    /// defines the names that differ. Only the HIP build has the folder on its include path. Every change that a header cannot make
    /// is a finding.
    Portable(Box<Portable>),
    /// Compile the converted project, and lead each error back to the source, the edit and the rule
    ///
    /// PATH is the CUDA project, which is converted into a temporary folder, or a folder that `tranship convert` wrote. Nothing is
    /// written into either. Each unit is compiled for the device side of each GPU and for the host. Errors with one cause are
    /// one group, and the cause of the most units comes first.
    Verify(Box<Verify>),
    /// Convert again after the source changed, and merge the result with your edits of the output
    ///
    /// Each file is merged with its last conversion as the common ancestor, as git merges. Where your edits and the new conversion
    /// changed the same lines, both versions stay in the file, with markers.
    Sync(Box<Sync>),
    /// Write a commented `tranship.toml`, and with `--hook` a git hook
    Init(Init),
    /// Explain a rule, a CUDA or HIP name, a header, a library, an option of nvcc, a PTX instruction or a GPU
    Explain(Explain),
    /// Show the contents of the tables
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Serve an editor: findings while you type (language server protocol, on standard input and output)
    Lsp {
        /// For editors that pass this flag: the server has no other transport
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print the completion script for a shell
    #[command(
        after_help = COMPLETIONS_AFTER
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all commands into a folder
    #[command(after_help = "Examples:\n  tranship man | man -l -\n  tranship man ~/.local/share/man/man1")]
    Man {
        /// The folder
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: Option<PathBuf>,
    },
}

const CONVERT_AFTER: &str = "\
Examples:
  tranship convert .                          into ../<name>-hip, all other files copied
  tranship convert src/ --out build/hip       into a folder of your choice
  tranship convert kernel.cu                  writes kernel.hip beside it
  tranship convert . --diff > hip.patch       a patch for `git apply`
  tranship convert . --in-place               over the source; needs a git tree without changes
  tranship convert - < kernel.cu > kernel.hip
  tranship convert --exit-zero . && cmake -S ../<name>-hip -B build

A `safe` change keeps the meaning: it is applied and counted.
A `review` change is right under an assumption: it is applied and shown.
A `manual` finding needs a person: it is shown, and the code stays as it is.
Files that git ignores are left out. Submodules are left out and reported.";

/// `tranship convert`.
#[derive(Args)]
#[command(after_help = CONVERT_AFTER)]
pub(crate) struct Convert {
    /// Folders and files with CUDA; `-` reads one file from standard input
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputFlags,
    /// The vendor of the result; `cuda` converts a HIP project back, where the tables are one to one
    #[arg(hide_short_help = true, long, value_name = "VENDOR", default_value = "hip")]
    pub(crate) to: Vendor,
    /// Convert in place even if git could not restore the source
    #[arg(hide_short_help = true, long, requires = "in_place")]
    pub(crate) allow_dirty: bool,
    /// The path of the file on standard input, which decides its language, configuration and includes
    #[arg(hide_short_help = true, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// The lowest level of open findings with which the command exits with 1
    #[arg(hide_short_help = true, long, value_name = "LEVEL", default_value = "review", conflicts_with_all = ["exit_zero", "diff", "patch_per_rule"])]
    pub(crate) fail_on: FailLevel,
    /// For build tools, with `--out`: touch this file if the exit code is 0, and list the inputs and outputs beside it
    ///
    /// FILE.d lists the files that the result depends on, as a rule of make for FILE. FILE.files lists the files of the output, one on
    /// a line, relative to the output folder; it is not written again if nothing in it changes.
    #[arg(hide_short_help = true, long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "out")]
    pub(crate) stamp: Option<PathBuf>,
    /// Do nothing if no file that the stamp depends on is newer than the stamp
    #[arg(hide_short_help = true, long, requires = "stamp")]
    pub(crate) if_changed: bool,
    /// With `-`: write the support header of the result to this file
    #[arg(hide_short_help = true, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) support_header: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: Run,
}

/// The levels that `--fail-on` takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailLevel {
    /// Changes under an assumption, and what a person has to change
    Review,
    /// Only what a person has to change
    Manual,
}

/// Where the result goes.
#[derive(Args)]
#[allow(clippy::struct_field_names)]
#[group(multiple = false)]
pub(crate) struct OutputFlags {
    /// Write into this folder instead of `<PATH>-hip`
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Write over the source
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Write nothing and print a patch for `git apply`
    #[arg(long)]
    pub(crate) diff: bool,
    /// Write only patches, one for each rule, into this folder; apply them in the order of their names
    #[arg(hide_short_help = true, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) patch_per_rule: Option<PathBuf>,
}

const CHECK_AFTER: &str = "\
Examples:
  tranship check                              the whole project
  tranship check src/a.cu src/b.cuh           these files, as a pre-commit hook calls it
  tranship check --staged                     what git is about to commit
  tranship check . --against ../app-hip       whether the output folder matches its source
  tranship check . --baseline hip.toml --update-baseline
                                              accept today's findings; later runs with the
                                              baseline report new findings only

Without findings, prints nothing and exits with 0. Files that are named one by one are checked as a
part of their project: they get the same findings as in a run over the whole project. Findings
about the project as a whole are left out.";

/// `tranship check`.
#[derive(Args)]
#[command(after_help = CHECK_AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Check {
    /// Folders and files
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Check the contents that git is about to commit
    #[arg(long, conflicts_with_all = ["paths", "against", "fix"])]
    pub(crate) staged: bool,
    /// Check that this folder has the files that `tranship convert` would write now
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "fix")]
    pub(crate) against: Option<PathBuf>,
    /// Convert in place the files without open findings
    #[arg(long)]
    pub(crate) fix: bool,
    /// Write a comment that hides it above each open finding that changes nothing
    #[arg(long, value_name = "REASON", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["staged", "against", "fix"])]
    pub(crate) add_ignores: Option<String>,
    /// Do not report the findings in this file; its paths are relative to the folder of `tranship.toml`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the open findings into the baseline
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    /// Read every file again, and write no cache to `.git/tranship`
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) run: Run,
}

const SCAN_AFTER: &str = "\
Examples:
  tranship scan                               the whole project
  tranship scan src/ --html ready.html        a page for a browser
  tranship scan src/ --output-format json     the same for programs
  tranship scan repos/* --shard 2/8 --output-format json --output-file 2.json
                                              the second of eight shares, for `tranship report merge`
  tranship scan --efficiency --arch MI250X,MI300X --html ready.html
                                              with the efficiency of the kernels on two GPUs

The effort of one place that needs a person:
`check` takes minutes, `edit` up to an hour, `rework` days.";

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
    /// Scan only a share of the paths, or of the files of a single folder, such as 2/8 for the second of eight
    ///
    /// The shares have no path in common, and together they have all. Each depends only on the paths. `tranship report merge`
    /// joins the reports.
    #[arg(long, value_name = "I/N", conflicts_with = "efficiency")]
    pub(crate) shard: Option<Shard>,
    /// Add what `tranship advise` finds and measures: the efficiency of the kernels
    #[arg(long)]
    pub(crate) efficiency: bool,
    #[command(flatten)]
    pub(crate) compiler: CompilerFlags,
    #[command(flatten)]
    pub(crate) run: Run,
}

const ADVISE_AFTER: &str = "\
Examples:
  tranship advise                             the kernels of this project, on gfx942
  tranship advise src/ --arch MI250X,MI300X   two GPUs side by side
  tranship advise --compiler clang++-22 --compile-commands build/compile_commands.json
  tranship advise --baseline kernels.json --update-baseline
                                              keep today's figures; later runs with the baseline
                                              fail when registers, scratch or waves get worse";

/// `tranship advise`.
#[derive(Args)]
#[command(after_help = ADVISE_AFTER)]
pub(crate) struct Advise {
    /// Folders and files, of CUDA or HIP
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) compiler: CompilerFlags,
    /// Print the exact edits of the advice as a patch for `git apply`, instead of the advice
    #[arg(long)]
    pub(crate) diff: bool,
    /// Fail only if a kernel has worse figures than in this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the figures into the baseline
    #[arg(long, requires = "baseline")]
    pub(crate) update_baseline: bool,
    #[command(flatten)]
    pub(crate) run: Run,
}

const PORTABLE_AFTER: &str = "\
Examples:
  tranship portable .                         write ./hip_compat and list the places that need an edit
  tranship portable . --build cmake           write ./hip_compat.patch for the build too
  tranship portable . --build make --apply-build
                                              change the makefiles for both vendors
  tranship portable . --apply-edits           write the other changes into the sources, for HIP alone

Without `--apply-build` and `--apply-edits` no source and no build file is changed.";

/// `tranship portable`.
#[derive(Args)]
#[command(after_help = PORTABLE_AFTER)]
#[expect(clippy::struct_excessive_bools, reason = "each flag of a command line is one")]
pub(crate) struct Portable {
    /// The folder of the project
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub(crate) path: PathBuf,
    /// Write the headers into this folder instead of `PATH/hip_compat`
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write a patch beside the folder that lets the build choose HIP
    #[arg(long, value_name = "KIND")]
    pub(crate) build: Option<Build>,
    /// Change the build files instead of writing a patch
    #[arg(long, requires = "build")]
    pub(crate) apply_build: bool,
    /// Write the changes that no header can make into the sources, behind a condition for HIP
    #[arg(long)]
    pub(crate) apply_edits: bool,
    /// Write these changes into copies of the sources, which only the compiler for HIP reads (`-ivfsoverlay`, ROCm 6.1 or newer)
    #[arg(long, conflicts_with = "apply_edits")]
    pub(crate) overlay: bool,
    /// Let host compilers of the build for HIP read the copies too; they must be clang
    #[arg(long, requires = "overlay")]
    pub(crate) overlay_hosts: bool,
    /// Write nothing; end with 1 if the folder is not what this command would write, and say which sources changed
    #[arg(long, conflicts_with_all = ["dry_run", "apply_build", "apply_edits"])]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) run: Run,
}

const VERIFY_AFTER: &str = "\
Examples:
  tranship verify                             convert and compile this project, for gfx942
  tranship verify ../app-hip -p ../app-hip/build
                                              the folder of a conversion, with the options of its build
  tranship verify --compiler clang++-22 --include ~/hip/include --arch MI250X,MI300X
  tranship verify ../app-hip --run 'ctest --test-dir build'
                                              also run the tests, and relate what fails to findings

Exit codes:
  0  everything compiles, no CUDA is left, and the tests pass
  1  something does not compile, has no counterpart yet, or fails
  2  there is no compiler that reads HIP's headers, or something could not be read";

/// `tranship verify`.
#[derive(Args)]
#[command(after_help = VERIFY_AFTER)]
pub(crate) struct Verify {
    /// Folders and files of CUDA or HIP, or folders that `tranship convert` wrote
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// The compiler [default: the first of amdclang++, hipcc and clang++ that reads HIP's headers]
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::CommandName)]
    pub(crate) compiler: Option<OsString>,
    /// One more option for the compiler
    #[arg(long, value_name = "OPTION", action = ArgAction::Append, allow_hyphen_values = true)]
    pub(crate) compiler_option: Vec<OsString>,
    /// One more folder with headers; folders of the project are found by themselves
    #[arg(long, value_name = "DIR", action = ArgAction::Append, value_hint = ValueHint::DirPath)]
    pub(crate) include: Vec<PathBuf>,
    /// Define a macro
    #[arg(long, value_name = "NAME[=VALUE]", action = ArgAction::Append)]
    pub(crate) define: Vec<String>,
    /// Take the units and their options from this compile database, or from the one in this folder
    #[arg(short = 'p', long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) compile_commands: Option<PathBuf>,
    /// Write objects instead of checking syntax and types only; this also finds instructions that the GPU lacks
    #[arg(long)]
    pub(crate) object: bool,
    /// Run this command of a shell in the converted folder, and relate what fails to findings
    #[arg(long = "run", value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub(crate) run_tests: Option<String>,
    /// Compile every unit again, and write no cache to `.git/tranship`
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) run: Run,
}

const REVIEW_AFTER: &str = "\
Examples:
  tranship review src/                          decide on every open finding
  tranship review src/a.cu                      decide on the findings of one file
  tranship review . --list                      list the open findings, without a terminal
  tranship review . --accept shuffle-mask       the changes of the rule are right
  tranship review . --reject shuffle-mask       the changes of the rule are not made
  tranship review . --reopen shuffle-mask       remove the answers to the rule";

/// `tranship review`.
#[derive(Args)]
#[command(after_help = REVIEW_AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Review {
    /// Folders and files of the CUDA source
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Show answered findings too
    #[arg(long)]
    pub(crate) all: bool,
    /// List the findings without asking for answers
    #[arg(long, conflicts_with_all = ["accept", "reject", "reopen", "forget_stale"])]
    pub(crate) list: bool,
    /// Accept the open findings of these rules, or the findings with these keys
    #[arg(long, value_name = "RULE|KEY", value_delimiter = ',', action = ArgAction::Append, allow_hyphen_values = true, add = completion::names())]
    pub(crate) accept: Vec<String>,
    /// Reject the changes of the open findings of these rules, or of the findings with these keys
    #[arg(long, value_name = "RULE|KEY", value_delimiter = ',', action = ArgAction::Append, allow_hyphen_values = true, add = completion::names())]
    pub(crate) reject: Vec<String>,
    /// Remove the answers to findings of these rules, or to the findings with these keys
    #[arg(long, value_name = "RULE|KEY", value_delimiter = ',', action = ArgAction::Append, allow_hyphen_values = true, add = completion::names())]
    pub(crate) reopen: Vec<String>,
    /// Remove the answers to findings that no longer exist
    #[arg(long, conflicts_with_all = ["accept", "reject", "reopen"])]
    pub(crate) forget_stale: bool,
    /// Review the advice of `tranship advise` instead of the findings of a conversion
    #[arg(long, conflicts_with = "forget_stale")]
    pub(crate) advice: bool,
    #[command(flatten)]
    pub(crate) compiler: CompilerFlags,
    #[command(flatten)]
    pub(crate) settings: SettingFlags,
}

/// `tranship explain`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tranship explain renamed-source\n  tranship explain cudaMallocAsync\n  tranship explain cublas_v2.h\n  tranship explain hipMalloc\n  tranship explain cuDNN\n  tranship explain prmt.b32\n  tranship explain MI300X\n  tranship explain our-rule --rules ours.toml"
)]
pub(crate) struct Explain {
    /// A rule, a CUDA or HIP name, a header, a library, an option of nvcc, a PTX instruction or a GPU
    #[arg(allow_hyphen_values = true, add = completion::names())]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) tables: Tables,
}
