//! TODO

use super::Pass;

/// Runs the pass.
pub(super) fn run(_pass: &mut Pass) {}
