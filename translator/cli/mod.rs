//! The command line: the only room that prints and that knows exit codes.

mod args;
mod check;
mod convert;
mod explain;
mod explain_ptx;
mod init;
mod list;
mod options;
mod paths;
mod progress;
mod review;
mod scan;
mod staged;
mod stdin;
mod summary;
mod terminal;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory, Parser};

use args::{Cli, Command, RulesCommand};

/// How a command ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Done, nothing open.
    Done,
    /// Done, and something is open or would change.
    Open,
    /// Something could not be read, written or understood.
    Failed,
    /// Somebody pressed Ctrl-C.
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

/// Runs the command line `arguments`, the program's name first, and returns what the process should exit with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Where not even a usage message can be printed, the exit code has to say it.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ending = match cli.command {
        Command::Convert(args) => convert::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules { command: RulesCommand::List(args) } => list::run(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man { folder } => manual(folder.as_deref()),
    };
    match ending {
        Ok(ending) => ExitCode::from(ending.code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "{} {error:#}", error_mark());
            ExitCode::from(Ending::Failed.code())
        }
    }
}

/// The help of all commands as Markdown, for `docs/CLI.md`.
pub fn reference() -> String {
    let mut out =
        String::from("# Command line\n\nWritten by `tests/convert.rs` from the help of the program.\n");
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

fn completions(shell: clap_complete::Shell) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tranship", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Ending::Done)
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

/// `error:` in bold red, which a stream without colours strips.
fn error_mark() -> String {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    format!("{style}error:{style:#}")
}
