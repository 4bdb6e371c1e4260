//! Warp functions: masks, votes and ballots that rely on 32 lanes.
//!
//! It only reports and rewrites nothing. A mask that is not all lanes is reported as computed.

use tranship_rules::{Release, Rule, rule};

use super::{ballots, native, width};
use crate::cpp::call_site as site;
use crate::finding::Finding;
use crate::pass::Pass;

/// The first release with functions that take a mask, if a macro is defined (HIP changelog, ROCm 6.2).
const WITH_MACRO: Release = Release::new(6, 2);
/// The first release that has these functions without a macro (HIP changelog, ROCm 7.0; header of 7.1).
const BY_DEFAULT: Release = Release::new(7, 0);

/// Checks a shuffle with a mask. A literal full mask has one rule, and any other mask has another.
pub(crate) fn shuffle(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let name = unit.slice(token.span());
    let Some(mask) =
        site::arguments(unit, index).and_then(|list| list.first().cloned()).filter(|m| !m.is_empty())
    else {
        let what = format!("`{name}` is used without a call that shows its mask");
        let what = what + release(pass, BY_DEFAULT);
        pass.report(Finding::of(rule, token.span()).saying(what));
        return;
    };
    let shown = site::shown(unit, mask.clone());
    if pass.mask_origin(index, mask).is_full() {
        let what = format!("`{name}` is called with the full mask `{shown}` of 32 lanes");
        let Some(rule) = pass.context.rules.named(rule::SHUFFLE_FULL_MASK) else { return };
        if !native::shuffle(pass, index, rule, width::counts_on_32(pass)) {
            let what = what + release(pass, BY_DEFAULT);
            pass.report(Finding::of(rule, token.span()).saying(what));
        }
        return;
    }
    let what = format!("the mask of `{name}` is computed: `{shown}`");
    let what = what + release(pass, BY_DEFAULT);
    pass.report(Finding::of(rule, token.span()).saying(what));
}

/// Checks a vote with a mask, and the use of a ballot's result.
pub(crate) fn vote(pass: &mut Pass, index: usize, rule: &'static Rule) {
    function(pass, index, rule);
    if pass.unit.is_word(index, "__ballot_sync") {
        ballots::check(pass, index);
    }
}

/// Checks the use of a ballot's result.
pub(crate) fn ballot(pass: &mut Pass, index: usize, _rule: &'static Rule) {
    ballots::check(pass, index);
}

/// Reports a use of a function with a mask that the headers have since ROCm 6.2, if a macro is defined.
pub(crate) fn function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    by_release(pass, index, rule, WITH_MACRO);
}

/// Reports a use of a reduction with a mask, which the headers have since ROCm 7.0.
pub(crate) fn reduction(pass: &mut Pass, index: usize, rule: &'static Rule) {
    by_release(pass, index, rule, BY_DEFAULT);
}

/// Reports a use, and whether the target release lacks the function. `first` is the first release with the function.
fn by_release(pass: &mut Pass, index: usize, rule: &'static Rule, first: Release) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let rocm = pass.context.target.rocm;
    let absent = if rocm < first {
        format!(", which ROCm {rocm} does not have")
    } else if rocm < BY_DEFAULT {
        format!(", which ROCm {rocm} declares only under `HIP_ENABLE_WARP_SYNC_BUILTINS`")
    } else {
        String::new()
    };
    let what = format!("`{}`{absent}: {}", unit.slice(token.span()), rule.what);
    pass.report(Finding::of(rule, token.span()).saying(what));
}

/// Checks `__syncwarp`. It does not exist before ROCm 7.0, and from 7.0 on a mask of 32 bits does not compile.
pub(crate) fn syncwarp(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let rocm = pass.context.target.rocm;
    if rocm < BY_DEFAULT {
        let what = format!("ROCm {rocm} has no `__syncwarp`");
        pass.report(Finding::of(rule, token.span()).saying(what));
        return;
    }
    let Some(mask) = site::arguments(unit, index).and_then(|list| list.first().cloned()) else { return };
    let what = format!("`__syncwarp` gets the mask `{}` of 32 lanes", site::shown(unit, mask));
    let todo = "write `__syncwarp()` if all lanes of the wave reach it, else pass a 64-bit mask of the lanes that reach it";
    pass.report(Finding::of(rule, token.span()).saying(what).advising(todo));
}

fn release(pass: &Pass, by_default: Release) -> &'static str {
    let rocm = pass.context.target.rocm;
    if rocm < WITH_MACRO {
        "; the target release has no shuffle with a mask"
    } else if rocm < by_default {
        "; the target release declares it only under `HIP_ENABLE_WARP_SYNC_BUILTINS`"
    } else {
        ""
    }
}
