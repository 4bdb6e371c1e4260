//! The command line: the only room that prints and that decides exit codes.

mod advise;
mod args;
mod check;
mod compiler_flags;
mod completion;
mod convert;
mod explain;
mod explain_differences;
mod explain_example;
mod explain_ptx;
mod explain_reverse;
mod init;
mod init_args;
mod list;
mod lsp;
mod options;
mod portable;
mod progress;
mod report;
mod review;
mod rules_args;
mod scan;
mod search;
mod settings;
mod staged;
mod stamp;
mod stdin;
mod summary;
mod sync;
mod sync_args;
mod terminal;
mod vendor;
mod verify;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use options::SettingFlags;
use report::ReportCommand;
use rules_args::RulesCommand;

/// How a command ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// The command is done and nothing is open.
    Done,
    /// The command is done, and something is open or would change.
    Open,
    /// Something could not be read, written or understood.
    Failed,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl Ending {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Open => 1,
            Self::Failed => 2,
            Self::Interrupted => 130,
        }
    }
}

/// Runs the command line `arguments`, which begins with the program's name. Returns the exit code of the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(exit_code(arguments))
}

/// Runs the command line `arguments` like [`run`]. Returns the exit code as a number.
pub fn exit_code(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match completion::answer(&arguments) {
        Ok(false) => {}
        Ok(true) => return 0,
        Err(_) => return Ending::Failed.code(),
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // If the message cannot be printed, the exit code still reports the error.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let color = match cli.color {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    color.write_global();
    let ending = match asks_for_settings(&cli.command) {
        Some((paths, flags)) => settings::show(paths, flags),
        None => dispatch(cli.command),
    };
    match ending {
        Ok(ending) => ending.code(),
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "{} {error:#}", error_mark());
            Ending::Failed.code()
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<Ending> {
    match command {
        Command::Convert(args) => convert::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Report { command: ReportCommand::Merge(args) } => report::merge(&args),
        Command::Advise(args) => advise::run(&args),
        Command::Portable(args) => portable::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Sync(args) => sync::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules { command: RulesCommand::List(args) } => list::run(&args),
        Command::Rules { command: RulesCommand::Search(args) } => search::run(&args),
        Command::Lsp { .. } => lsp::run(),
        Command::Completions { shell } => completion::script(shell),
        Command::Man { folder } => manual(folder.as_deref()),
    }
}

/// The paths and flags of a command with `--show-settings`.
fn asks_for_settings(command: &Command) -> Option<(&[PathBuf], &SettingFlags)> {
    let (paths, flags) = match command {
        Command::Convert(args) => (&args.paths, &args.run.settings),
        Command::Check(args) => (&args.paths, &args.run.settings),
        Command::Review(args) => (&args.paths, &args.settings),
        Command::Scan(args) => (&args.paths, &args.run.settings),
        Command::Advise(args) => (&args.paths, &args.run.settings),
        Command::Portable(args) => {
            let flags = &args.run.settings;
            return flags.show_settings.then(|| (std::slice::from_ref(&args.path), flags));
        }
        Command::Verify(args) => (&args.paths, &args.run.settings),
        Command::Sync(args) => {
            let flags = &args.run.settings;
            return flags.show_settings.then(|| (std::slice::from_ref(&args.source), flags));
        }
        _ => return None,
    };
    flags.show_settings.then_some((paths, flags))
}

/// Whether the program takes the command line `arguments`, which begins with the program's name. Nothing is run.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<(), String> {
    use clap::error::ErrorKind::MissingRequiredArgument;
    match Cli::try_parse_from(arguments) {
        // A document may name a command without its paths.
        Err(error) if error.use_stderr() && error.kind() != MissingRequiredArgument => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// The help of all commands as Markdown, for `docs/CLI.md`.
pub fn reference() -> String {
    let mut out = String::from(
        "# Command line\n\nGenerated by `tests/quick/convert.rs` from the help of the program.\n",
    );
    let mut command = Cli::command().term_width(100);
    command.build();
    section(&mut command, "", &mut out);
    out
}

fn section(command: &mut clap::Command, path: &str, out: &mut String) {
    let path = format!("{path} {}", command.get_name()).trim().to_owned();
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let _ = write!(out, "\n## `{path}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        section(inner, &path, out);
    }
}

fn manual(folder: Option<&Path>) -> anyhow::Result<Ending> {
    if let Some(folder) = folder {
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make the folder", folder.display()))?;
        clap_mangen::generate_to(Cli::command(), folder)
            .with_context(|| format!("{}: cannot write the manual", folder.display()))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        io::stdout().write_all(&page)?;
    }
    Ok(Ending::Done)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(is_pipe)
}

/// `error:` in bold red. A stream without colours removes the colour.
fn error_mark() -> String {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    format!("{style}error:{style:#}")
}
