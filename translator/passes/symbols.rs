//! TODO

use super::Pass;

/// Runs the pass.
pub fn run(_pass: &mut Pass) {}
