//! Words of code for warps that keeps 32 lanes, in CUDA and in converted code.
//!
//! It looks at single words. Whether values of 32 and of 64 lanes meet is checked elsewhere.

use std::ops::Range;

use tranship_rules::{Check, Group, Rules};

use crate::cpp::call_site::{arguments, end_of_part};
use crate::cpp::functions::Space;
use crate::cpp::launches::split_arguments;
use crate::cpp::{TokenKind, Unit};

/// Whether the word at token `index` is code for warps that keeps 32 lanes: a function of CUDA that takes values of other
/// lanes, `warpSize` in device code, or a warp class of CUB.
pub(super) fn keeps_32_lanes(unit: &Unit, rules: &Rules, index: usize) -> bool {
    let token = &unit.tokens()[index];
    if token.kind != TokenKind::Identifier {
        return false;
    }
    let word = unit.text(token);
    if unit.is_hip() {
        let is_helper =
            !matches!(word, b"syncwarp" | b"activemask") && keeps_32_lanes_in_hip(unit, rules, index);
        return is_helper || is_class_for_32_lanes(unit, rules, index);
    }
    if word == b"warpSize" {
        let function = unit.function_at(token.start);
        return !unit.is_member(index) && function.is_some_and(|function| function.space != Space::Host);
    }
    let Some(rule) = rules.watching(word) else { return false };
    let is_qualified = || index > 0 && unit.tokens()[index - 1].is_double(b':');
    match rule.check {
        Some(Check::CubWarp) => is_qualified(),
        Some(Check::LibraryWarpSize) => true,
        Some(Check::LibraryLanes) => word.starts_with(b"WARP_SHFL"),
        _ => {
            let needs_no_values = matches!(word, b"__syncwarp" | b"__activemask");
            rule.group == Some(Group::WarpFunctions) && !needs_no_values
        }
    }
}

/// Whether the word at token `index` is a warp class of hipCUB with a width of 32: `hipcub::WarpReduce<T, 32>`.
fn is_class_for_32_lanes(unit: &Unit, rules: &Rules, index: usize) -> bool {
    let tokens = unit.tokens();
    let is_class = |word: &[u8]| rules.watching(word).is_some_and(|rule| rule.check == Some(Check::CubWarp));
    let word = unit.text(&tokens[index]);
    if index < 2 || !unit.is_word(index - 2, "hipcub") || !is_class(word) {
        return false;
    }
    let open = index + 1;
    let end = end_of_part(unit, index);
    let close = tokens.get(open).filter(|t| t.is_punct(b'<')).and_then(|_| unit.lexed.angle_close(open, end));
    let Some(close) = close else { return false };
    let arguments = split_arguments(&unit.lexed, open + 1..close);
    let width = arguments.get(width_place(word));
    width.is_some_and(|width| width.len() == 1 && unit.is_word(width.start, "32"))
}

/// The number of template arguments before the width of the warp class `word` of CUB.
pub(crate) fn width_place(word: &[u8]) -> usize {
    match word {
        b"WarpReduce" | b"WarpScan" => 1,
        b"WarpExchange" | b"WarpMergeSort" => 2,
        _ => 3,
    }
}

/// Whether the word at token `index` of code that is HIP already is a warp function for 32 lanes: a helper in the place of CUDA's
/// function, or a shuffle with a width of 32.
pub(crate) fn keeps_32_lanes_in_hip(unit: &Unit, rules: &Rules, index: usize) -> bool {
    let tokens = unit.tokens();
    let is_warp_function =
        |word: &[u8]| rules.watching(word).is_some_and(|rule| rule.group == Some(Group::WarpFunctions));
    let word = unit.text(&tokens[index]);
    if index >= 2 && tokens[index - 1].is_double(b':') && unit.is_word(index - 2, "tranship") {
        return is_warp_function(&[b"__", word].concat());
    }
    let is_32 = |argument: &Range<usize>| argument.len() == 1 && unit.is_word(argument.start, "32");
    word.starts_with(b"__shfl")
        && is_warp_function(word)
        && arguments(unit, index).is_some_and(|arguments| arguments.last().is_some_and(is_32))
}
