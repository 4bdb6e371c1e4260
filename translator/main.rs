//! The command.

use std::process::ExitCode;

fn main() -> ExitCode {
    tranship::cli::run(std::env::args_os())
}
