//! Branches for GPUs that lack a feature, and for old releases of CUDA. HIP never compiles them, so their definitions do not count as the project's.
//!
//! It refuses branches with an `#else`: the pass for guards decides which of the two branches HIP compiles.

use std::ops::Range;

use super::conditions::{RECENT_CUDA, fails_on_device, release_number, token_range};
use super::{DirectiveKind, Unit};

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
