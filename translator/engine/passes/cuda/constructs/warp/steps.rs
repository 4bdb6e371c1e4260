//! Steps of a reduction through shared memory that only the lanes of one warp run, without a fence between the steps.
//!
//! Loops do not count as steps: each step must be a statement of its own, with the distance as a number.

use tranship_rules::rule;

use crate::cpp::functions::{Function, Space};
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;
use crate::text::Span;

/// The number of steps, each with half the distance of the previous one, that is certainly a reduction.
const ENOUGH: u32 = 3;

/// Reports the first step of such a reduction in each function.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let on_device = unit.functions().iter().filter(|function| function.space != Space::Host);
    let found: Vec<Span> = on_device.filter_map(|function| unfenced(unit, function)).collect();
    for span in found {
        pass.report_rule(rule::WARP_SYNCHRONOUS, span);
    }
}

/// The first of at least three steps of `function` without a memory fence between them.
fn unfenced(unit: &Unit, function: &Function) -> Option<Span> {
    let tokens = unit.tokens();
    // Few functions have steps, and a look at each name costs more.
    let steps = function.body.clone().filter(|&at| step_at(unit, function, at).is_some());
    if steps.take(ENOUGH as usize).count() < ENOUGH as usize {
        return None;
    }
    let (mut first, mut last, mut count) = (None, 0, 0);
    for at in function.body.clone() {
        let token = &tokens[at];
        if token.kind == TokenKind::Identifier && orders(unit.text(token)) {
            last = 0;
        } else if let Some((step, start)) = step_at(unit, function, at).filter(|(step, _)| *step != last) {
            if step * 2 != last {
                (first, count) = (Some(unit.span_of(start..at + 1)), 0);
            }
            (last, count) = (step, count + 1);
            if count >= ENOUGH {
                return first;
            }
        }
    }
    None
}

/// Whether a function of this name is a barrier or fence.
fn orders(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    ["sync", "barrier", "fence"].iter().any(|part| word.contains(part))
}

/// The distance at the `[` at token `open`, and the beginning of its statement: `s[t] += s[t + 16]` gives 16.
fn step_at(unit: &Unit, function: &Function, open: usize) -> Option<(u32, usize)> {
    let tokens = unit.tokens();
    if !tokens[open].is_punct(b'[') || tokens[open].is(Token::FROZEN) {
        return None;
    }
    let close = unit.lexed.close_of(open, function.body.end).filter(|close| *close >= open + 4)?;
    let adds = tokens[close - 2].is_punct(b'+') && tokens[close - 1].kind == TokenKind::Number;
    let number = || unit.slice(tokens[close - 1].span()).trim_end_matches(['u', 'U']).parse().ok();
    let step: u32 = adds.then(number).flatten().filter(|step| matches!(step, 1 | 2 | 4 | 8 | 16 | 32))?;
    // The statement must store the element of the same array at the same index, without the distance.
    let start = unit.lexed.statement_start(open).max(function.body.start);
    let text = |at: usize| unit.text(&tokens[at]);
    let place = open.checked_sub(1)?..close - 2;
    let stores = (start..open).any(|at| {
        let ends = at + place.len() < open && tokens[at + place.len()].is_punct(b']');
        ends && place.clone().enumerate().all(|(k, of)| text(at + k) == text(of))
    });
    stores.then_some((step, start))
}
