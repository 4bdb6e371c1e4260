//! `tranship lsp`: the language server, on standard input and output.

use super::{Ending, explain};
use crate::lsp;

/// Runs the command.
pub(super) fn run() -> anyhow::Result<Ending> {
    let is_in_order = lsp::run(explain::text)?;
    // The protocol requires 1 if the editor did not ask for a shutdown.
    Ok(if is_in_order { Ending::Done } else { Ending::Open })
}
