//! Warp functions in both branches of a condition. In CUDA such calls can synchronise lanes of one warp across the
//! branches, and on a wave they cannot.
//!
//! It checks only braces: a condition with the same result for all lanes counts as well.

use crate::cpp::{Token, Unit};

/// How many tokens around a call are checked. Conditions that matter are shorter.
const FARTHEST: usize = 1500;

/// Whether the other branch of a condition around token `index` also waits for lanes of the warp.
pub(crate) fn meets_elsewhere(unit: &Unit, index: usize) -> bool {
    let Some(function) = unit.function_at(unit.tokens()[index].start) else { return false };
    let mut open = None;
    let mut depth = 0;
    for at in (function.body.start.max(index.saturating_sub(FARTHEST))..index).rev() {
        let token = &unit.tokens()[at];
        if token.is(Token::DIRECTIVE) {
            continue;
        }
        if token.is_punct(b'}') {
            depth += 1;
        } else if token.is_punct(b'{') {
            if depth == 0 && other_branch_waits(unit, at, function.body.start) {
                open = Some(at);
                break;
            }
            depth = i32::max(depth - 1, 0);
        }
    }
    open.is_some()
}

/// Whether the `{` at token `open` begins one of two branches, and the other branch contains a warp function.
fn other_branch_waits(unit: &Unit, open: usize, floor: usize) -> bool {
    let tokens = unit.tokens();
    let waits = |range: std::ops::Range<usize>| {
        tokens[range].iter().take(FARTHEST).any(|token| is_collective(unit.text(token)))
    };
    if open > floor && unit.is_word(open - 1, "else") {
        // `if (...) {` ... `} else {`: the bracket before `else` closes the other branch.
        let Some(close) = open.checked_sub(2).filter(|&at| tokens[at].is_punct(b'}')) else { return false };
        return unit.lexed.open_of(close, floor).is_some_and(|before| waits(before..close));
    }
    let is_constant = || {
        let condition = open.checked_sub(1).and_then(|at| unit.lexed.open_of(at, floor));
        condition.is_some_and(|at| at > floor && unit.is_word(at - 1, "constexpr"))
    };
    let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return false };
    if !unit.is_word(close + 1, "else") || is_constant() {
        return false;
    }
    let begin = close + 2;
    let end = match tokens.get(begin) {
        Some(brace) if brace.is_punct(b'{') => unit.lexed.close_of(begin, tokens.len()),
        _ => (begin..tokens.len().min(begin + FARTHEST)).find(|&at| tokens[at].is_punct(b';')),
    };
    end.is_some_and(|end| waits(begin..end))
}

/// Whether a function waits for the lanes that its mask names.
fn is_collective(word: &[u8]) -> bool {
    word.starts_with(b"__") && (word.ends_with(b"_sync") || word == b"__syncwarp")
}
