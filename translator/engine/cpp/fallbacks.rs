//! Branches for GPUs that lack a feature: what they define no compiler for HIP sees, and the project does not own it.
//!
//! It refuses branches with an `#else`: which of the two HIP takes is for the pass for guards to say.

use std::ops::Range;

use super::conditions::{fails_on_device, token_range};
use super::{DirectiveKind, Unit};

/// The tokens of the branch for older GPUs around token `index`, if it stands in one.
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

/// Whether the directive at `at`, whose branch ends at the byte `end`, lets only older GPUs in, and nobody else has a
/// branch.
fn is_for_older(unit: &Unit, at: usize, end: u32) -> bool {
    let directive = &unit.lexed.directives[at];
    let closes = unit.lexed.directives.binary_search_by_key(&end, |directive| directive.span.start);
    let is_alone = closes.is_ok_and(|at| unit.lexed.directives[at].kind == DirectiveKind::Endif);
    directive.kind == DirectiveKind::If
        && is_alone
        && directive.tokens.clone().any(|at| unit.is_word(at, "__CUDA_ARCH__"))
        && fails_on_device(&unit.source.bytes, &unit.lexed, directive)
}
