//! Branches for GPUs that lack a feature: what they define no compiler for HIP sees, and the project does not own it.
//!
//! It refuses branches with an `#else`: which of the two HIP takes is for the pass for guards to say.

use std::ops::Range;

use super::conditions::{parse_number, token_range};
use super::{DirectiveKind, Token, Unit};

/// The highest compute capability whose features the AMD GPUs of this tool's targets have counterparts for: half and
/// bfloat16 arithmetic, double and half2 atomics, 8-bit floats. What came later is NVIDIA's alone (`wgmma`, TMA, clusters).
pub const COUNTS_AS: i64 = 890;

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

/// Whether the directive at `at`, whose branch ends at the byte `end`, lets only older GPUs in, and nobody else has a branch.
fn is_for_older(unit: &Unit, at: usize, end: u32) -> bool {
    let directive = &unit.lexed.directives[at];
    let tokens = &unit.tokens()[directive.tokens.clone()];
    let closes = unit.lexed.directives.binary_search_by_key(&end, |directive| directive.span.start);
    let is_alone = closes.is_ok_and(|at| unit.lexed.directives[at].kind == DirectiveKind::Endif);
    let negates = |pair: &[Token]| pair[0].is_punct(b'!') && pair[1].is_punct(b'(');
    let compares = |three: &[Token]| {
        let number = parse_number(unit.text(&three[2]));
        unit.text(&three[0]) == b"__CUDA_ARCH__"
            && three[1].is_punct(b'<')
            && number.is_some_and(|number| number <= COUNTS_AS)
    };
    is_alone
        && directive.kind == DirectiveKind::If
        && !tokens.iter().any(|t| t.is_double(b'|') || t.is_punct(b'|'))
        && !tokens.windows(2).any(negates)
        && tokens.windows(3).any(compares)
}
