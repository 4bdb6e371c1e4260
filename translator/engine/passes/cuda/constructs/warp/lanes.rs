//! Functions and constants of CUB and PyTorch for the lanes of a warp, with `--warp logical32`.
//!
//! In hipCUB and in PyTorch for ROCm they mean the whole wave. A function becomes the helper for 32 lanes, a constant
//! becomes a number. A function that cannot follow is reported as `mixed-width`.

use std::ops::Range;

use tranship_rules::{Level, Rule, rule};

use super::cub::{keeps_32_lanes, name_of_cub};
use super::propose;
use crate::cpp::call_site as site;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Piece, Span};

/// Replaces a function for lanes at token `index` by the helper for 32 lanes.
pub(crate) fn function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let start = name_of_cub(pass, index).or_else(|| name_of_torch(pass, index));
    let (Some(start), Some(arguments)) = (start, site::arguments(unit, index)) else { return };
    let word = unit.text(&unit.tokens()[index]);
    let name = unit.span_of(start..index + 1);
    let helper = |helper: &'static str| Some(vec![Edit::replace(name, helper)]);
    let whole = || site::call(unit, index).map(|call| call.call);
    let by_mask = |with_mask: &str, without: &'static str| match arguments.as_slice() {
        [_] => helper(without),
        [predicate, mask] => {
            let span = Span::new(name.start, whole()?.end);
            Some(vec![reordered(unit, span, with_mask, &[mask, predicate])])
        }
        _ => None,
    };
    let edits = match word {
        b"LaneId" => helper("tranship::lane_id"),
        b"WarpId" => helper("tranship::warp_id"),
        b"LaneMaskLt" => helper("tranship::lanemask_lt"),
        b"LaneMaskLe" => helper("tranship::lanemask_le"),
        b"LaneMaskGt" => helper("tranship::lanemask_gt"),
        b"LaneMaskGe" => helper("tranship::lanemask_ge"),
        b"WarpMask" => helper("tranship::warp_mask"),
        b"WARP_SYNC" => helper("tranship::syncwarp"),
        b"ACTIVE_MASK" => helper("tranship::activemask"),
        b"WARP_ANY" => by_mask("any_sync", "tranship::any"),
        b"WARP_ALL" => by_mask("all_sync", "tranship::all"),
        b"WARP_BALLOT" => by_mask("ballot_sync", "tranship::ballot"),
        _ => shuffled(unit, name, word, &arguments, whole()),
    };
    let Some(edits) = edits else { return };
    let mask = match word {
        b"WARP_ANY" | b"WARP_ALL" | b"WARP_BALLOT" => arguments.get(1),
        b"WARP_SYNC" => arguments.first(),
        _ if word.starts_with(b"WARP_SHFL") => arguments.get(3),
        _ => None,
    };
    let is_full = |mask: &Range<usize>| mask.is_empty() || pass.mask_origin(index, mask.clone()).is_full();
    let doubt = mask.filter(|mask| !is_full(mask)).map(|mask| {
        format!(
            "the mask of `{}` is computed: `{}`",
            String::from_utf8_lossy(word),
            site::shown(unit, mask.clone())
        )
    });
    propose(pass, index, rule, Fix::Many(edits), doubt);
}

/// The call of the helper `name` with the `arguments` in their new order.
fn reordered(unit: &Unit, call: Span, name: &str, arguments: &[&Range<usize>]) -> Edit {
    let mut pieces = vec![Piece::Text(format!("tranship::{name}(").into())];
    for (at, argument) in arguments.iter().enumerate() {
        if at > 0 {
            pieces.push(Piece::Text(", ".into()));
        }
        pieces.push(Piece::Span(unit.span_of((*argument).clone())));
    }
    pieces.push(Piece::Text(")".into()));
    Edit::pieces(call, pieces)
}

/// The edits that make the shuffle `word` of PyTorch, named at `name`, a call of the helper.
fn shuffled(
    unit: &Unit,
    name: Span,
    word: &[u8],
    arguments: &[Range<usize>],
    call: Option<Span>,
) -> Option<Vec<Edit>> {
    let helper = match word {
        b"WARP_SHFL" => "shfl_sync",
        b"WARP_SHFL_UP" => "shfl_up_sync",
        b"WARP_SHFL_DOWN" => "shfl_down_sync",
        _ => "shfl_xor_sync",
    };
    match arguments {
        [value, lane, width, mask] => {
            let call = Span::new(name.start, call?.end);
            Some(vec![reordered(unit, call, helper, &[mask, value, lane, width])])
        }
        [value, _, ..] => Some(vec![
            Edit::replace(name, format!("tranship::{helper}")),
            Edit::insert(unit.tokens()[value.start].start, "0xffffffff, "),
        ]),
        _ => None,
    }
}

/// Where the name of PyTorch at token `index` begins; `None` where it is another name.
fn name_of_torch(pass: &Pass, index: usize) -> Option<usize> {
    let unit = pass.unit;
    let is_plain = site::is_free(unit, index) && site::scope_before(unit, index).is_none();
    let word = unit.text(&unit.tokens()[index]);
    let is_torch = word.contains(&b'_') && pass.includes_torch(|| includes_torch(pass));
    let is_own =
        || unit.is_shadowed(index) || pass.is_own_function(index) || pass.context.index.is_macro(word);
    (is_plain && is_torch && !is_own()).then(|| match index.checked_sub(1) {
        Some(before) if unit.tokens()[before].is_double(b':') => before,
        _ => index,
    })
}

/// Whether the file includes headers of PyTorch, directly or through the project.
fn includes_torch(pass: &Pass) -> bool {
    let is_torch = |name: &str| ["ATen/", "c10/", "torch/"].iter().any(|folder| name.starts_with(folder));
    let unit = pass.unit;
    let name = |token: &Token| unit.slice(token.span()).trim_matches(['<', '>', '"']).to_owned();
    unit.includes().any(|(_, token)| is_torch(&name(token)))
        || pass.context.index.reaches(&unit.source.path, |include, _| is_torch(&include.name))
}

/// Replaces the width of a warp as a constant of a library at token `index`.
pub(crate) fn constant(pass: &mut Pass, index: usize, rule: &'static Rule) {
    if !keeps_32_lanes(pass) {
        return;
    }
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let number = if unit.text(token).windows(4).any(|part| part == b"_LOG") { "5" } else { "32" };
    // CUB's macros with a parameter take an architecture.
    let takes_architecture = matches!(unit.text(token), b"CUB_WARP_THREADS" | b"CUB_LOG_WARP_THREADS");
    let mut end = index;
    if takes_architecture {
        let is_number = |at: usize| unit.tokens().get(at).is_some_and(|t| t.kind == TokenKind::Number);
        let closes = |at: usize| unit.tokens().get(at).is_some_and(|t| t.is_punct(b')'));
        if !is_number(index + 2) || !closes(index + 3) {
            let finding = Finding::of(rule, token.span()).at(Level::Manual);
            return pass
                .report(finding.saying(format!("`{}` is the width of the wave", unit.slice(token.span()))));
        }
        end = index + 3;
    }
    let fix = Fix::One(Edit::replace(unit.span_of(index..end + 1), number));
    pass.report(Finding::of(rule, token.span()).at(Level::Safe).with(fix));
}

/// Reports a function of a library that takes values of the whole wave.
pub(crate) fn of_wave(pass: &mut Pass, index: usize, _rule: &'static Rule) {
    let unit = pass.unit;
    if !keeps_32_lanes(pass) || pass.context.target.wave() == Some(32) {
        return;
    }
    let tokens = unit.tokens();
    let word = unit.slice(tokens[index].span());
    let striped = word.contains("WarpStriped");
    let is_call = site::call_open(unit, index).is_some();
    let is_cub = || match word.as_ref() {
        "WarpStripedToBlocked" | "BlockedToWarpStriped" => {
            unit.is_member(index) && !unit.places(b"BlockExchange", 0..tokens.len()).is_empty()
        }
        _ => name_of_cub(pass, index).is_some(),
    };
    let is_torch = || {
        let scope = site::scope_before(unit, index);
        let is_utils = scope.is_some_and(|scope| unit.is_word(scope, "cuda_utils"));
        site::is_free(unit, index) && (is_utils || (scope.is_none() && includes_block_reduce(pass, index)))
    };
    if !is_call || !(if striped { is_cub() } else { is_torch() }) {
        return;
    }
    let (what, todo) = if striped {
        (
            format!("`{word}` arranges values by the wave, and warps keep 32 lanes here"),
            "use the blocked or striped arrangement, or call rocPRIM's function with the width 32",
        )
    } else if word.starts_with("Warp") {
        (
            format!("`{word}` of PyTorch reduces a whole wave, and warps keep 32 lanes here"),
            "reduce with shuffles of width 32",
        )
    } else {
        (
            format!("`{word}` of PyTorch needs blocks that are a multiple of the wave, 64 threads on gfx9"),
            "launch the kernel with a multiple of 64 threads, or reduce with shuffles of width 32",
        )
    };
    let finding = pass.finding(rule::MIXED_WIDTH, tokens[index].span());
    pass.report_all(finding.map(|finding| finding.at(Level::Manual).saying(what).advising(todo)));
}

/// Whether the unqualified function at token `index` can be that of PyTorch's header for reductions.
fn includes_block_reduce(pass: &Pass, index: usize) -> bool {
    let unit = pass.unit;
    let includes = |token: &Token| unit.slice(token.span()).contains("ATen/native/cuda/block_reduce");
    unit.includes().any(|(_, token)| includes(token)) && !pass.is_own_function(index)
}
