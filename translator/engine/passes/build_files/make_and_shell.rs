//! Makefiles and shell scripts. [`command_lines`] describes how a command line is translated.

use crate::pass::{Reporter, command_lines};
use crate::readers::lines::Dialect;

/// Runs the pass over a Makefile.
pub(crate) fn make(pass: &mut Reporter) {
    command_lines::run(pass, Dialect::Make);
}

/// Runs the pass over a shell script.
pub(crate) fn shell(pass: &mut Reporter) {
    command_lines::run(pass, Dialect::Shell);
}
