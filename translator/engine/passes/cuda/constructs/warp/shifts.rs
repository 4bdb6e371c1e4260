//! Lane numbers of waves of 64 lanes, in code that is HIP already and in CUDA code that gets the width of the wave.
//!
//! It reads a lane number from an expression, or from the only declaration of a local variable.

use std::ops::Range;

use tranship_rules::rule;

use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::{Pass, Warp};

/// The most tokens of a lane number.
const LONGEST: usize = 64;

/// Checks all shifts of a 32-bit number by a lane, and all lane numbers up to 63.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    if !unit.is_hip() && pass.context.warp != Warp::Native {
        return;
    }
    let tokens = unit.tokens();
    let is_live = |at: &usize| !tokens[*at].is(Token::DIRECTIVE) && !tokens[*at].is(Token::FROZEN);
    if pass.context.target.wave() != Some(32) {
        let shifted: Vec<usize> =
            (0..tokens.len()).filter(is_live).filter(|&at| is_narrow_shift(unit, at)).collect();
        for at in shifted {
            let what = format!("`{}` is shifted by the number of a lane", unit.slice(tokens[at].span()));
            pass.report_saying(rule::LANE_SHIFT, tokens[at].span(), what);
        }
    }
    if unit.is_hip() && pass.context.target.has_narrow_waves() {
        let lanes: Vec<usize> =
            (0..tokens.len()).filter(is_live).filter(|&at| is_wide_lane(unit, at)).collect();
        for at in lanes {
            let what = format!("`{}` is a lane of a wave of 64", unit.slice(tokens[at].span()));
            pass.report_saying(rule::WIDE_LANE, tokens[at].span(), what);
        }
    }
}

/// Whether token `at` is a `1` of 32 bits that is shifted by the number of a lane.
fn is_narrow_shift(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let is_one = tokens[at].kind == TokenKind::Number
        && matches!(unit.text(&tokens[at]), b"1" | b"1u" | b"1U" | b"0x1" | b"0x1u" | b"0x1U");
    // A cast before the number gives it another width.
    if !is_one || !is(at + 1, b'<') || !is(at + 2, b'<') || (at > 0 && is(at - 1, b')')) {
        return false;
    }
    let operand = at + 3;
    if unit.is_word(operand, "__lane_id") {
        return true;
    }
    if is(operand, b'(') {
        let close = unit.lexed.close_of(operand, tokens.len().min(operand + LONGEST));
        return close.is_some_and(|close| lane(unit, operand + 1..close).is_some());
    }
    let is_name = tokens.get(operand).is_some_and(|token| token.kind == TokenKind::Identifier)
        && ![b'(', b'[', b'.', b'<'].into_iter().any(|byte| is(operand + 1, byte))
        && !tokens.get(operand + 1).is_some_and(|token| token.kind == TokenKind::Punct && token.byte == b':');
    is_name && value_of(unit, operand).is_some_and(|value| lane(unit, value).is_some())
}

/// Whether token `at` declares a variable that is named after a lane and gets a number of 0 to 63.
fn is_wide_lane(unit: &Unit, at: usize) -> bool {
    let token = &unit.tokens()[at];
    token.kind == TokenKind::Identifier
        && unit.slice(token.span()).to_ascii_lowercase().contains("lane")
        && unit.variable_at(at).is_some()
        && value_at(unit, at).is_some_and(|value| lane(unit, value) == Some(Width::Wide))
}

/// How the code spells the width of a wave.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Width {
    /// By the number 64.
    Wide,
    /// By a name or function that depends on the GPU.
    OfWave,
}

/// The width in an expression that is the number of a lane: `threadIdx.x & 63`, `id % warpSize`, `__lane_id()`.
fn lane(unit: &Unit, value: Range<usize>) -> Option<Width> {
    let words: Vec<&[u8]> = unit.tokens()[value].iter().map(|token| unit.text(token)).collect();
    let mut words = words.as_slice();
    while let [b"(", inside @ .., b")"] = words
        && !inside.contains(&&b")"[..])
    {
        words = inside;
    }
    let is_sum = |words: &[&[u8]]| words.iter().any(|word| matches!(*word, b"+" | b"-" | b"/" | b"?"));
    match words {
        [_, .., b"&", b"63" | b"63u" | b"0x3f" | b"0x3F"] => Some(Width::Wide),
        [first @ .., b"%", b"64" | b"64u"] if !is_sum(first) => Some(Width::Wide),
        [first @ .., b"%", b"warpSize" | b"__AMDGCN_WAVEFRONT_SIZE" | b"__AMDGCN_WAVEFRONT_SIZE__"] => {
            (!is_sum(first)).then_some(Width::OfWave)
        }
        [b"__lane_id", b"(", b")"] | [_, .., b"&", b"(", b"warpSize", b"-", b"1", b")"] => {
            Some(Width::OfWave)
        }
        _ => None,
    }
}

/// The value of the local variable at token `at`, if the function around it declares the name once and never sets it again.
fn value_of(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let function = unit.function_at(tokens[at].start)?;
    let places = unit.places(unit.text(&tokens[at]), function.body.clone());
    let mut declared = places.iter().map(|&at| at as usize).filter(|&at| unit.variable_at(at).is_some());
    let (first, None) = (declared.next()?, declared.next()) else { return None };
    value_at(unit, first)
}

/// The tokens of the value with which the variable at token `at` is declared.
fn value_at(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    tokens.get(at + 1).filter(|token| token.is_punct(b'='))?;
    let mut depth = 0_i32;
    let end = (at + 2..tokens.len().min(at + LONGEST)).find(|&at| {
        let byte = if tokens[at].kind == TokenKind::Punct { tokens[at].byte } else { 0 };
        depth += i32::from(matches!(byte, b'(' | b'[')) - i32::from(matches!(byte, b')' | b']'));
        byte == b';' || (byte == b',' && depth == 0)
    })?;
    Some(at + 2..end)
}
