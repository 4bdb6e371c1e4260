//! The program `tranship`. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tranship::cli::run(std::env::args_os())
}
