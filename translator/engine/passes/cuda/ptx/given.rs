//! The input of the translation of one block.

use std::collections::BTreeSet;

use tranship_rules::Rules;

use super::arguments::Argument;
use super::lower::Handed;
use crate::pass::Warp;
use crate::readers::ptx::Statement;
use crate::text::Span;

/// The input for the lowering of one block.
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub(super) struct Given<'a> {
    pub(super) rules: &'a Rules,
    pub(super) warp: Warp,
    pub(super) statements: &'a [Statement],
    pub(super) arguments: &'a [Argument],
    pub(super) pasted: &'a [Span],
    /// Whether every GPU of the target has one instruction for any function of three bits.
    pub(super) has_bitop3: bool,
    pub(super) is_volatile: bool,
    pub(super) clobbers_memory: bool,
    /// Whether the block is in the body of a macro. Names of the block could then be names in the macro's arguments.
    pub(super) in_macro: bool,
    /// Whether the block has `exit` and is in the body of a kernel without lambdas and classes.
    pub(super) in_kernel: bool,
    /// Whether the block is one of the statements of a C++ block, and not the body of an `if` or a loop.
    pub(super) is_plain: bool,
    /// The names in the operands' expressions.
    pub(super) names: BTreeSet<String>,
    /// The place of the block in a chain of blocks.
    pub(super) link: Option<Link<'a>>,
}

/// The place of a block in a chain of blocks.
#[derive(Copy, Clone)]
pub(super) struct Link<'a> {
    /// The state after the block before.
    pub(super) handed: &'a Handed,
    /// Whether the carry of the block is a new chain.
    pub(super) starts: bool,
}
