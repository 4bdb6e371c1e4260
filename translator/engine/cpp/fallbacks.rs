//! Branches for GPUs that lack a feature and for old releases of CUDA, and branches without a header of CUDA. HIP never compiles
//! the first ones, and the last ones define CUDA's names as a fallback, so their definitions do not count as the project's.
//!
//! For GPUs that lack a feature it refuses branches with an `#else`: the pass for guards decides which of the two branches HIP compiles.

use std::ops::Range;

use tranship_rules::{Kind, Rules};

use super::conditions::{RECENT_CUDA, around, fails_on_device, release_number, token_range};
use super::{Directive, DirectiveKind, Unit};

/// The tokens of the branch for older GPUs or releases around token `index`, if there is one.
pub fn fallback_at(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let offset = unit.tokens()[index].start;
    let before = unit.regions.partition_point(|region| region.body.start <= offset);
    let mut at = before.checked_sub(1)?;
    loop {
        let region = &unit.regions[at];
        if offset < region.body.end && is_for_older(unit, region.directive, region.body.end) {
            return Some(token_range(unit.tokens(), region.body));
        }
        at = region.parent? as usize;
    }
}

/// Whether token `index` is in a branch that is compiled only if a header of CUDA is not included: `#ifndef __CUDA_BF16_H__`,
/// or the `#else` of `#if defined(__CUDA_BF16_H__)`.
pub fn is_without_header(unit: &Unit, index: usize, rules: &Rules) -> bool {
    let is_guard = |at: usize| {
        let word = std::str::from_utf8(unit.text(&unit.tokens()[at])).unwrap_or_default();
        rules.word(Kind::Guard, word).is_some()
    };
    around(&unit.regions, unit.tokens()[index].start).any(|at| {
        let directive = &unit.lexed.directives[unit.regions[at].directive];
        match directive.kind {
            DirectiveKind::Ifndef => directive.tokens.clone().any(is_guard),
            DirectiveKind::If => {
                let mut tokens = directive.tokens.clone();
                tokens.next().is_some_and(|at| unit.tokens()[at].is_punct(b'!')) && tokens.any(is_guard)
            }
            DirectiveKind::Else => before_else(unit, at).is_some_and(|opening| {
                let is_negated = opening.tokens.clone().any(|at| unit.tokens()[at].is_punct(b'!'));
                let asks = matches!(opening.kind, DirectiveKind::If | DirectiveKind::Ifdef);
                asks && !is_negated && opening.tokens.clone().any(is_guard)
            }),
            _ => false,
        }
    })
}

/// The directive of the branch before the `#else` of region `at`, if the group has no other branch.
fn before_else<'a>(unit: &'a Unit, at: usize) -> Option<&'a Directive> {
    let start = unit.lexed.directives[unit.regions[at].directive].span.start;
    let before = unit.regions[..at].iter().rfind(|region| region.body.end == start)?;
    Some(&unit.lexed.directives[before.directive])
}

/// The tokens of all branches for older GPUs or releases, in order. A branch inside of another one is not repeated.
pub fn fallbacks(unit: &Unit) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut end = 0;
    for region in unit.regions.iter().filter(|region| is_for_older(unit, region.directive, region.body.end)) {
        if region.body.start >= end {
            found.push(token_range(unit.tokens(), region.body));
            end = region.body.end;
        }
    }
    found
}

/// Whether only older GPUs or releases compile the branch that directive `at` opens, and its group has no other branch; `end` is
/// the offset of the end of the branch.
fn is_for_older(unit: &Unit, at: usize, end: u32) -> bool {
    let directive = &unit.lexed.directives[at];
    let closes = unit.lexed.directives.binary_search_by_key(&end, |directive| directive.span.start);
    let is_alone = closes.is_ok_and(|at| unit.lexed.directives[at].kind == DirectiveKind::Endif);
    directive.kind == DirectiveKind::If
        && is_alone
        && directive.tokens.clone().any(|at| {
            let token = &unit.tokens()[at];
            let word = unit.text(token);
            matches!(token.byte, b'_' | b'C')
                && (word == b"__CUDA_ARCH__" || release_number(word, RECENT_CUDA).is_some())
        })
        && fails_on_device(&unit.source.bytes, &unit.lexed, directive, unit.cuda())
}
