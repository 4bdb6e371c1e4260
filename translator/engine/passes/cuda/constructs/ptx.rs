//! Inline assembly is left to the pass that translates PTX, which reports what it leaves.

use tranship_rules::Rule;

use crate::pass::Pass;

/// Looks at an `asm` keyword: nothing is left to say about it.
pub(crate) fn statement(_: &mut Pass, _: usize, _: &'static Rule) {}
