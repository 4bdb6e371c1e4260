//! Warp functions with `--warp logical32`: a warp of the source keeps 32 lanes, and a wave of 64 lanes contains two
//! warps.
//!
//! A shuffle becomes HIP's own form with a width of 32 if its mask is all lanes and its value is a plain number. Any
//! other function becomes a call of the helper with the same name and the same arguments. Code that is HIP already is
//! not checked. If a rewrite relies on something that the code does not prove, the finding states it as the assumption.

mod ballots;
mod branches;
pub(crate) mod cub;
pub(crate) mod divergence;
pub(crate) mod found;
mod group;
pub(crate) mod host;
pub(crate) mod lanes;
pub(crate) mod mixed;
mod native;
pub(crate) mod shifts;
mod shuffle;
mod size;
pub(crate) mod steps;
mod tile;
mod value;
pub(crate) mod width;

use std::ops::Range;

use tranship_rules::{Group, Level, Rule, rule};

use super::contracts;
use crate::cpp::TokenKind;
use crate::cpp::call_site as site;
use crate::cpp::constants::{Constant, number};
use crate::cpp::masks::Origin;
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;
pub(crate) use group::{algorithm, coalesced};
pub(crate) use size::warp_size;
pub(crate) use tile::tile;

/// The assumption under which a helper has the same effect as the function.
const TOGETHER: &str = "all lanes that the mask names reach this call together";

/// Rewrites the use of a warp function at token `index` that matches `rule`.
pub(crate) fn rewrite(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let word = String::from_utf8_lossy(unit.text(&unit.tokens()[index])).into_owned();
    let arguments = site::arguments(unit, index);
    match (word.as_str(), arguments) {
        ("__shfl" | "__shfl_up" | "__shfl_down" | "__shfl_xor", Some(arguments)) => {
            shuffle::without_mask(pass, index, rule, &arguments);
        }
        ("__shfl" | "__shfl_up" | "__shfl_down" | "__shfl_xor", None) => {
            let what = format!("`{word}` is used without a call, so it cannot get a width");
            pass.report(Finding::of(rule, unit.tokens()[index].span()).saying(what).at(Level::Manual));
        }
        (_, Some(arguments)) if word.starts_with("__shfl_") => {
            shuffle::with_mask(pass, index, rule, &arguments);
        }
        ("__activemask" | "__any" | "__all" | "__ballot", _) => call_helper(pass, index, rule, None),
        (_, Some(arguments)) => {
            let full = 0..0;
            let mask = arguments.into_iter().next().unwrap_or(full);
            let doubt = doubt(pass, index, &word, mask);
            call_helper(pass, index, rule, doubt);
        }
        (_, None) => {
            let what = format!("`{word}` is used without a call that shows its mask");
            call_helper(pass, index, rule, Some(what));
        }
    }
}

/// Whether the name at token `index` is a helper in the place of a warp function: `tranship::shfl_sync`.
pub(crate) fn is_helper(pass: &Pass, index: usize) -> bool {
    let unit = pass.unit;
    let name = || [b"__", unit.text(&unit.tokens()[index])].concat();
    let is_warp_function = |rule: &Rule| rule.group == Some(Group::WarpFunctions);
    index >= 2
        && unit.tokens()[index - 1].is_double(b':')
        && unit.is_word(index - 2, "tranship")
        && pass.context.rules.watching(&name()).is_some_and(is_warp_function)
}

/// Checks a warp function in code that is HIP already: a ballot that loses its upper half, and a mask of 32 bits, which
/// HIP's functions refuse.
pub(crate) fn in_hip(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let word = unit.slice(unit.tokens()[index].span()).into_owned();
    if matches!(word.as_str(), "__ballot" | "__ballot_sync") {
        ballots::check(pass, index);
    }
    let arguments = site::arguments(unit, index).unwrap_or_default();
    let width = arguments.get(if word.ends_with("_sync") { 3 } else { 2 });
    if word.starts_with("__shfl")
        && pass.context.target.has_narrow_waves()
        && width.and_then(|width| contracts::number(pass, width.clone())) == Some(64)
    {
        let what = format!("`{word}` has a width of 64 lanes");
        pass.report_saying(rule::WIDE_SHUFFLE, unit.tokens()[index].span(), what);
    }
    let mask = arguments.into_iter().next();
    let Some(mask) = mask.filter(|mask| word.ends_with("_sync") && !mask.is_empty()) else { return };
    let is_narrow = |text: &[u8]| {
        let is_long = text.to_ascii_lowercase().ends_with(b"ll");
        let value = number(text).and_then(Constant::value);
        !is_long && value.is_some_and(|value| u32::try_from(value).is_ok())
    };
    if let [one] = &unit.tokens()[mask.clone()]
        && one.kind == TokenKind::Number
        && is_narrow(unit.text(one))
    {
        let shown = site::shown(unit, mask);
        let what = format!("`{word}` gets the mask `{shown}` of 32 bits in code that is HIP already");
        let todo = "write a mask of 64 bits that names the lanes of the wave, or the function without a mask";
        pass.report(
            Finding::of(rule, unit.tokens()[index].span()).at(Level::Manual).saying(what).advising(todo),
        );
    }
}

/// Whether the warp function called at token `index` covers all lanes of a warp and needs them. `__syncwarp` and
/// functions that return the active lanes do not need them.
pub(crate) fn needs_all_lanes(pass: &Pass, index: usize) -> bool {
    let word = pass.unit.text(&pass.unit.tokens()[index]);
    if !word.ends_with(b"_sync") {
        return word.starts_with(b"__shfl") || word.starts_with(b"shfl");
    }
    let mask = site::arguments(pass.unit, index).and_then(|arguments| arguments.into_iter().next());
    mask.is_some_and(|mask| !mask.is_empty() && pass.mask_origin(index, mask).is_full())
}

/// The reason why the lanes of `mask`, the mask of the call of `word`, may not reach the call together; `None` if they
/// do.
fn doubt(pass: &Pass, index: usize, word: &str, mask: Range<usize>) -> Option<String> {
    let shown = site::shown(pass.unit, mask.clone());
    match pass.mask_origin(index, mask) {
        Origin::Literal(_) | Origin::Vote => branches::meets_elsewhere(pass.unit, index).then(|| {
            format!("`{word}` is in both branches of a condition, and CUDA could synchronise lanes of both branches")
        }),
        Origin::Named => Some(format!("the mask `{shown}` of `{word}` is defined elsewhere")),
        Origin::Default(_) | Origin::Parameter => {
            Some(format!("the mask `{shown}` of `{word}` comes from a parameter"))
        }
        Origin::Computed => Some(format!("the mask of `{word}` is computed: `{shown}`")),
    }
}

/// Replaces the name at `index` by the name of its helper. With a doubt the finding is `review`.
fn call_helper(pass: &mut Pass, index: usize, rule: &'static Rule, doubt: Option<String>) {
    let token = &pass.unit.tokens()[index];
    let helper =
        format!("tranship::{}", String::from_utf8_lossy(pass.unit.text(token)).trim_start_matches('_'));
    let fix = Fix::One(Edit::replace(token.span(), helper));
    propose(pass, index, rule, fix, doubt);
}

/// Reports the rewrite of the use at `index`: `safe`, or `review` with the doubt as its message.
fn propose(pass: &mut Pass, index: usize, rule: &'static Rule, fix: Fix, doubt: Option<String>) {
    let finding = Finding::of(rule, pass.unit.tokens()[index].span()).with(fix);
    pass.report(match doubt {
        None => finding.at(Level::Safe),
        Some(what) => finding.at(Level::Review).saying(what).advising("").assuming(TOGETHER),
    });
}
