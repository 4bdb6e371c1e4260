//! Shuffles become HIP's own form with a width of 32 if the mask and the value allow it, otherwise the helper.

use std::ops::Range;

use tranship_rules::{Level, Release, Rule, rule};

use super::{TOGETHER, call_helper, doubt, value};
use crate::cpp::call_site as site;
use crate::cpp::functions::Function;
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The first release with a `__shfl` that takes the lane modulo the width (`amd_warp_functions.h` of HIP 5.2.3 and
/// 6.4).
const WRAPS: Release = Release::new(6, 0);

/// Rewrites a shuffle with a mask.
pub(crate) fn with_mask(pass: &mut Pass, index: usize, rule: &'static Rule, arguments: &[Range<usize>]) {
    let unit = pass.unit;
    let word = unit.slice(unit.tokens()[index].span()).into_owned();
    let mask = arguments.first().cloned().unwrap_or(0..0);
    let origin = pass.mask_origin(index, mask.clone());
    let doubt = doubt(pass, index, &word, mask);
    let rule = if origin.is_full() {
        pass.context.rules.named(rule::SHUFFLE_FULL_MASK).unwrap_or(rule)
    } else {
        rule
    };
    let edits = origin.is_full().then(|| unmasked(pass, index, arguments)).flatten();
    let Some(mut edits) = edits else { return call_helper(pass, index, rule, doubt) };
    let name = unit.tokens()[index].span();
    edits.push(Edit::remove(Span::new(name.end - "_sync".len() as u32, name.end)));
    let finding = Finding::of(rule, name).with(Fix::Many(edits));
    pass.report(match doubt {
        None => finding.at(Level::Safe),
        Some(what) => finding.at(Level::Review).saying(what).advising("").assuming(TOGETHER),
    });
}

/// The edits that remove the mask and add the width; `None` if only the helper has the effect of CUDA's function.
fn unmasked(pass: &Pass, index: usize, arguments: &[Range<usize>]) -> Option<Vec<Edit>> {
    let unit = pass.unit;
    let [mask, shuffled, lane, width @ ..] = arguments else { return None };
    let span = Span::new(unit.tokens()[mask.start].start, unit.tokens()[shuffled.start].start);
    // A comment between the arguments stays. For a name that continues on the next line the helper is used.
    let comments = &unit.lexed.comments;
    let next = comments.partition_point(|comment| comment.start < span.start);
    let keeps_all = !comments.get(next).is_some_and(|comment| span.contains(*comment))
        && !unit.tokens()[index].is(crate::cpp::Token::SPLICED);
    let is_plain = keeps_all
        && value::is_number(unit, index, shuffled.clone())
        && width.len() <= 1
        && !has_own_function(pass, index);
    if !is_plain || (is_lane(pass, index) && !wraps(pass, index, lane)) {
        return None;
    }
    let mut edits = vec![Edit::remove(span)];
    let masked = unit.is_word(index, "__shfl_xor_sync") && !value::is_below_32(pass, index, lane.clone());
    edits.extend(widened(pass, lane, width.is_empty(), masked));
    Some(edits)
}

/// Whether the project has a function with the name of HIP's own form of the shuffle at `index`, which the call could reach.
fn has_own_function(pass: &Pass, index: usize) -> bool {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[index]);
    let word = word.strip_suffix(b"_sync").unwrap_or(word);
    let is_named = |function: &Function| unit.text(&unit.tokens()[function.name]) == word;
    pass.is_own(word) || unit.functions().iter().any(is_named)
}

/// Whether an argument of the call at `index` is the number of the lane to read.
fn is_lane(pass: &Pass, index: usize) -> bool {
    pass.unit.is_word(index, "__shfl_sync") || pass.unit.is_word(index, "__shfl")
}

/// Whether HIP's own function reads the same lane as CUDA's function.
fn wraps(pass: &Pass, index: usize, lane: &Range<usize>) -> bool {
    pass.context.target.rocm >= WRAPS || value::is_below_32(pass, index, lane.clone())
}

/// Limits the pattern in `lane` to 32 lanes if `masked`, and gives the width 32 if `bare`.
fn widened(pass: &Pass, lane: &Range<usize>, bare: bool, masked: bool) -> Vec<Edit> {
    let unit = pass.unit;
    let span = unit.span_of(lane.clone());
    let width = if bare { ", 32" } else { "" };
    let is_one = lane.len() == 1;
    match (masked, is_one) {
        (false, _) if bare => vec![Edit::insert(span.end, width)],
        (false, _) => Vec::new(),
        (true, true) => vec![Edit::insert(span.end, format!(" & 31{width}"))],
        (true, false) => {
            vec![Edit::insert(span.start, "("), Edit::insert(span.end, format!(") & 31{width}"))]
        }
    }
}

/// Adds the width 32 to a shuffle without a mask. A shuffle with a width stays as it is.
pub(crate) fn without_mask(pass: &mut Pass, index: usize, rule: &'static Rule, arguments: &[Range<usize>]) {
    let unit = pass.unit;
    let [_, lane] = arguments else { return };
    if lane.is_empty() {
        return;
    }
    let masked = unit.is_word(index, "__shfl_xor") && !value::is_below_32(pass, index, lane.clone());
    let lost = is_lane(pass, index) && !wraps(pass, index, lane);
    let mut edits = widened(pass, lane, true, masked || lost);
    edits.sort_unstable();
    let name = unit.tokens()[index].span();
    let what = format!("`{}` without a width spans the whole wave", site::shown(unit, index..index + 1));
    pass.report(Finding::of(rule, name).saying(what).at(Level::Safe).with(Fix::Many(edits)));
}
