//! Steps of a reduction through shared memory that only the lanes of one warp take, without a fence between them.
//!
//! It refuses to call loops steps: each must be written, with the distance as a number.

use rustc_hash::FxHashSet;

use super::super::Pass;
use crate::syntax::functions::{Function, Space};
use crate::syntax::{Token, TokenKind, Unit};
use crate::text::Span;

/// So many different steps are no accident.
const ENOUGH: usize = 3;

/// Reports the first of such steps in each function.
pub(super) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let on_device = unit.functions().iter().filter(|function| function.space != Space::Host);
    let found: Vec<Span> = on_device.filter_map(|function| unfenced(unit, function)).collect();
    for span in found {
        pass.hazard("warp-synchronous", span);
    }
}

/// The first of at least three steps of `function` with nothing between them that orders memory.
fn unfenced(unit: &Unit, function: &Function) -> Option<Span> {
    let tokens = unit.tokens();
    let mut steps = FxHashSet::default();
    let mut first = None;
    for at in function.body.clone() {
        let token = &tokens[at];
        if token.kind == TokenKind::Identifier && orders(unit.text(token)) {
            steps.clear();
            first = None;
        } else if let Some((step, start)) = step_at(unit, function, at) {
            first.get_or_insert(unit.span_of(start..at + 1));
            steps.insert(step);
            if steps.len() >= ENOUGH {
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

/// The distance at the `[` at token `open`, and where its statement begins: `s[t] += s[t + 16]` gives 16.
fn step_at(unit: &Unit, function: &Function, open: usize) -> Option<(u32, usize)> {
    let tokens = unit.tokens();
    if !tokens[open].is_punct(b'[') || tokens[open].is(Token::FROZEN) {
        return None;
    }
    let close = unit.lexed.close_of(open, function.body.end).filter(|close| *close >= open + 4)?;
    let adds = tokens[close - 2].is_punct(b'+') && tokens[close - 1].kind == TokenKind::Number;
    let number = || unit.slice(tokens[close - 1].span()).trim_end_matches(['u', 'U']).parse().ok();
    let step: u32 = adds.then(number).flatten().filter(|step| matches!(step, 1 | 2 | 4 | 8 | 16 | 32))?;
    // What is stored is an element of the same array.
    let start = unit.lexed.statement_start(open).max(function.body.start);
    let array = unit.text(&tokens[open.checked_sub(1)?]);
    let stores = (start..open - 1).any(|at| {
        tokens[at].kind == TokenKind::Identifier
            && unit.text(&tokens[at]) == array
            && tokens[at + 1].is_punct(b'[')
    });
    stores.then_some((step, start))
}
