//! The arguments of a shuffle: whether the value is a plain number, and whether a lane is below 32.

use std::ops::Range;

use crate::cpp::constants::{Constant, evaluate};
use crate::cpp::declared::declared;
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;

/// Whether the value in `tokens`, an argument of the call at `index`, is certainly a number that HIP's own shuffles
/// accept. A half, a structure and a type that depends on a template or macro are not certain.
pub(crate) fn is_number(unit: &Unit, index: usize, tokens: Range<usize>) -> bool {
    let Some(function) = unit.function_at(unit.tokens()[index].start) else { return false };
    if unit.directive_of(index).is_some() {
        return false;
    }
    let all = unit.tokens();
    let mut at = tokens.start;
    let mut seen = false;
    while at < tokens.end {
        let token = &all[at];
        match token.kind {
            TokenKind::Number => seen = true,
            TokenKind::Identifier => {
                let Some(kind) = declared(unit, function, unit.text(token), index) else {
                    return false;
                };
                let Some(next) = plain_operand(unit, at, tokens.end, &all[kind]) else { return false };
                seen = true;
                at = next;
                continue;
            }
            TokenKind::Punct if matches!(token.byte, b'+' | b'-' | b'*' | b'/' | b'%' | b'(' | b')') => {}
            _ => return false,
        }
        at += 1;
    }
    seen
}

/// The end of the operand that begins with the name at `at`, if its type is a number: `x`, `x[i]`, `x.y`.
fn plain_operand(unit: &Unit, at: usize, end: usize, kind: &[Token]) -> Option<usize> {
    let tokens = unit.tokens();
    let next = |at: usize| tokens.get(at).filter(|_| at < end);
    let mut at = at + 1;
    while next(at).is_some_and(|t| t.is_punct(b'[')) {
        at = unit.lexed.close_of(at, end)? + 1;
    }
    let words: Vec<&[u8]> =
        kind.iter().filter(|t| t.kind == TokenKind::Identifier).map(|t| unit.text(t)).collect();
    if next(at).is_some_and(|t| t.is_punct(b'.')) {
        let member = unit.text(next(at + 1)?);
        let is_part = matches!(member, b"x" | b"y" | b"z" | b"w");
        return (is_part && words.iter().all(|w| is_qualifier(w) || is_vector(w))).then_some(at + 2);
    }
    let follows = |byte| next(at).is_some_and(|t: &Token| t.is_punct(byte));
    if follows(b'(') || next(at).is_some_and(|t| t.is_double(b'-') || t.is_double(b':')) {
        return None;
    }
    let typed = words.iter().any(|word| is_arithmetic(word));
    (typed && words.iter().all(|word| is_qualifier(word) || is_arithmetic(word))).then_some(at)
}

fn is_qualifier(word: &[u8]) -> bool {
    matches!(
        word,
        b"const"
            | b"volatile"
            | b"static"
            | b"register"
            | b"constexpr"
            | b"__restrict__"
            | b"__shared__"
            | b"extern"
            | b"std"
    )
}

fn is_arithmetic(word: &[u8]) -> bool {
    let sized = |rest: &[u8]| matches!(rest, b"8_t" | b"16_t" | b"32_t" | b"64_t");
    matches!(
        word,
        b"int"
            | b"unsigned"
            | b"float"
            | b"double"
            | b"long"
            | b"short"
            | b"char"
            | b"bool"
            | b"signed"
            | b"size_t"
            | b"uint"
    ) || word.strip_prefix(b"uint").or_else(|| word.strip_prefix(b"int")).is_some_and(sized)
}

/// Whether a type is a vector of two to four numbers in CUDA and HIP.
fn is_vector(word: &[u8]) -> bool {
    let stem =
        word.strip_suffix(b"2").or_else(|| word.strip_suffix(b"3")).or_else(|| word.strip_suffix(b"4"));
    stem.is_some_and(|stem| {
        matches!(stem, b"float" | b"double" | b"int" | b"uint" | b"longlong" | b"ulonglong")
    })
}

/// How many tokens before a call are searched for the head of its loop.
const NEAR: usize = 400;

/// Whether the lane, distance or pattern in `tokens` is certainly below 32: a number, or the variable of a loop that
/// begins below 32 and only halves.
pub(crate) fn is_below_32(pass: &Pass, index: usize, tokens: Range<usize>) -> bool {
    let unit = pass.unit;
    let constant = |word: &[u8]| pass.constant(word);
    if let Some(value) = evaluate(unit, tokens.clone(), &constant) {
        return value.low() < 32;
    }
    let all = unit.tokens();
    let [name] = &all[tokens] else { return false };
    let Some(function) = unit.function_at(all[index].start) else { return false };
    let is_name = |at: usize| all[at].kind == TokenKind::Identifier && unit.text(&all[at]) == unit.text(name);
    let Some(start) = (function.body.start.max(index.saturating_sub(NEAR))..index)
        .rev()
        .find(|&at| is_name(at) && all[at + 1].is_punct(b'='))
    else {
        return false;
    };
    let opens_loop =
        (start.saturating_sub(4)..start).any(|at| unit.is_word(at, "for") && all[at + 1].is_punct(b'('));
    let Some(end) = (start..index).find(|&at| all[at].is_punct(b';')).filter(|_| opens_loop) else {
        return false;
    };
    let Some(first) = evaluate(unit, start + 2..end, &constant).filter(|first| first.low() < 32) else {
        return false;
    };
    let Some(step) = (end + 1..index).find(|&at| all[at].is_punct(b';')) else { return false };
    let limit = || evaluate(unit, end + 3..step, &constant).map(Constant::low);
    let shrinks = is_name(step + 1) && shrinks(unit, step + 2);
    // `d < 32; d *= 2` and `d <= 16; d <<= 1`.
    let bounded = is_name(end + 1)
        && all[end + 2].is_punct(b'<')
        && (limit().is_some_and(|limit| limit <= 32)
            || (all[end + 3].is_punct(b'=')
                && evaluate(unit, end + 4..step, &constant).is_some_and(|limit| limit.low() < 32)));
    let changed =
        (step + 4..index).any(|at| is_name(at) && all[at + 1].is_punct(b'=') && !all[at + 2].is_punct(b'='));
    first.low() < 32 && (shrinks || bounded) && !changed
}

/// Whether the operator at token `at` makes its left operand smaller: `>>= 1`, `/= 2`, `-= 1`, `--`.
fn shrinks(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    (is(at, b'>') && is(at + 1, b'>') && is(at + 2, b'='))
        || (is(at, b'/') && is(at + 1, b'='))
        || (is(at, b'=')
            && unit.text(&tokens[at + 1]) == unit.text(&tokens[at - 1])
            && (is(at + 2, b'/') || (is(at + 2, b'>') && is(at + 3, b'>'))))
}
