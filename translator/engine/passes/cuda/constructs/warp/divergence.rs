//! Shuffles and votes that wait for lanes which a condition excludes.
//!
//! It does not guess the result of a condition. A condition counts only if it compares an index that counts threads by
//! `threadIdx.x` with a limit that is not a whole number of warps.

use std::ops::Range;

use rustc_hash::FxHashSet;

use tranship_rules::rule;

use super::needs_all_lanes;
use crate::cpp::call_site as site;
use crate::cpp::declared::local;
use crate::cpp::functions::Function;
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;

/// How many tokens before a call are searched for a condition.
const FARTHEST: usize = 1500;

/// Reports, once for each function, the first call of the tokens `calls` that not all lanes of a warp reach.
pub(crate) fn check(pass: &mut Pass, calls: &[usize]) {
    let unit = pass.unit;
    let mut seen = FxHashSet::default();
    for &index in calls {
        let Some(function) = unit.function_at(unit.tokens()[index].start) else { continue };
        if seen.contains(&function.name) || !needs_all_lanes(pass, index) {
            continue;
        }
        let Some(condition) = separating_condition(pass, function, index) else { continue };
        seen.insert(function.name);
        let name = unit.slice(unit.tokens()[index].span());
        let condition = site::shown(unit, condition);
        let what = format!("`{name}` needs all lanes of a warp, and `{condition}` can exclude some of them");
        pass.report_saying(rule::DIVERGENT_WARP, unit.tokens()[index].span(), what);
    }
}

/// The condition around or before the call at `index` that can differ between the lanes of one warp.
fn separating_condition(pass: &Pass, function: &Function, index: usize) -> Option<Range<usize>> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let floor = function.body.start.max(index.saturating_sub(FARTHEST));
    let is_shuffle = unit.text(&tokens[index]).starts_with(b"__shfl");
    let separates = |condition: &Range<usize>| separates_lanes(pass, function, condition.clone());
    let start = unit.lexed.statement_start(index).max(floor);
    let own = unit.is_word(start, "if").then(|| condition_behind(unit, start)).flatten();
    if let Some(own) = own.filter(|own| own.end < index && separates(own)) {
        return Some(own);
    }
    let mut at = index;
    while at > floor {
        at -= 1;
        let token = &tokens[at];
        if token.kind != TokenKind::Punct || token.is(Token::DIRECTIVE) {
            continue;
        }
        let found = match token.byte {
            // A vote does not wait for lanes that have ended, but a shuffle can read from them.
            b'{' => {
                let goes_on = || {
                    unit.lexed.close_of(at, tokens.len()).is_some_and(|close| close + 1 < function.body.end)
                };
                condition_before(unit, at, floor).filter(|_| is_shuffle || goes_on())
            }
            b'}' => {
                let open = unit.lexed.open_of(at, floor)?;
                let block = at;
                at = open;
                returns(unit, open + 1..block)
                    .then(|| condition_before(unit, open, floor))
                    .flatten()
                    .filter(|_| is_shuffle)
            }
            b';' => returned_before(unit, at, floor).filter(|_| is_shuffle),
            _ => None,
        };
        if let Some(condition) = found.filter(separates) {
            return Some(condition);
        }
    }
    None
}

/// The tokens between the parentheses behind the `if` at token `at`.
fn condition_behind(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let open = at + 1;
    unit.tokens().get(open).filter(|t| t.is_punct(b'('))?;
    Some(open + 1..unit.lexed.close_of(open, unit.tokens().len())?)
}

/// The condition of the `if` with a branch that begins at token `branch`.
pub(crate) fn condition_before(unit: &Unit, branch: usize, floor: usize) -> Option<Range<usize>> {
    let close = branch.checked_sub(1).filter(|&at| unit.tokens()[at].is_punct(b')'))?;
    let open = unit.lexed.open_of(close, floor)?;
    unit.is_word(open.checked_sub(1)?, "if").then_some(open + 1..close)
}

/// Whether a block only returns.
fn returns(unit: &Unit, block: Range<usize>) -> bool {
    block.len() == 2 && unit.is_word(block.start, "return")
}

/// The condition of `if (...) return;` that ends with the `;` at token `end`.
fn returned_before(unit: &Unit, end: usize, floor: usize) -> Option<Range<usize>> {
    let word = end.checked_sub(1).filter(|&at| at > floor && unit.is_word(at, "return"))?;
    condition_before(unit, word, floor)
}

/// Whether a part of a condition compares the index of a thread with a limit that is not a whole number of warps.
fn separates_lanes(pass: &Pass, function: &Function, condition: Range<usize>) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_joint = |token: &Token| token.is_double(b'&') || token.is_double(b'|');
    let mut start = condition.start;
    let joints: Vec<usize> = condition.clone().filter(|&at| is_joint(&tokens[at])).collect();
    joints.into_iter().chain([condition.end]).any(|end| {
        let part = start..end;
        start = end + 1;
        compares_index(pass, function, part)
    })
}

/// Whether these tokens compare an index with a limit that can be inside of a warp.
fn compares_index(pass: &Pass, function: &Function, mut part: Range<usize>) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    while part.len() > 2
        && tokens[part.start].is_punct(b'(')
        && unit.lexed.close_of(part.start, part.end) == Some(part.end - 1)
    {
        part = part.start + 1..part.end - 1;
    }
    let signs: Vec<usize> =
        part.clone().filter(|&at| tokens[at].is_punct(b'<') || tokens[at].is_punct(b'>')).collect();
    let [sign] = signs.as_slice() else { return false };
    let equal = tokens.get(sign + 1).is_some_and(|t| t.is_punct(b'=') && t.start == tokens[*sign].end);
    let (left, right) = (part.start..*sign, *sign + 1 + usize::from(equal)..part.end);
    is_index(unit, function, left) && !is_whole_warps(unit, right)
}

/// Whether these tokens count threads over the blocks of a grid, one by one.
fn is_index(unit: &Unit, function: &Function, part: Range<usize>) -> bool {
    let tokens = unit.tokens();
    if let [name] = &tokens[part.clone()] {
        return name.kind == TokenKind::Identifier
            && value_of(unit, function, part.start).is_some_and(|value| counts_threads(unit, value));
    }
    counts_threads(unit, part)
}

/// Whether these tokens are a sum of `threadIdx.x` and a product with `blockIdx`.
fn counts_threads(unit: &Unit, part: Range<usize>) -> bool {
    let tokens = unit.tokens();
    let is_sum = tokens[part.clone()].iter().all(|t| match t.kind {
        TokenKind::Identifier | TokenKind::Number => true,
        TokenKind::Punct => matches!(t.byte, b'+' | b'*' | b'.' | b'(' | b')'),
        _ => false,
    });
    let has = |word: &str| part.clone().any(|at| unit.is_word(at, word));
    let by_one = part.clone().any(|at| {
        let is_last = |next: &Token| !next.is_punct(b'*');
        unit.is_word(at, "threadIdx")
            && unit.is_word(at + 2, "x")
            && (at == part.start || !tokens[at - 1].is_punct(b'*'))
            && (at + 3 >= part.end || is_last(&tokens[at + 3]))
    });
    is_sum && by_one && has("blockIdx")
}

/// The only value that `function` assigns to the variable at token `use_at` before that use.
fn value_of(unit: &Unit, function: &Function, use_at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    let word = unit.text(&tokens[use_at]);
    let mut given = unit
        .places(word, function.body.clone())
        .iter()
        .map(|&at| at as usize)
        .filter(|&at| !unit.is_member(at))
        .filter(|&at| {
            (is(at + 1, b'=') && !is(at + 2, b'=')) || (is(at + 2, b'=') && is_step(&tokens[at + 1]))
        });
    let (Some(at), None) = (given.next(), given.next()) else { return None };
    let follows = |token: &Token| token.kind == TokenKind::Identifier || token.is_punct(b',');
    let is_declared = at > 0 && follows(&tokens[at - 1]) && is(at + 1, b'=');
    if !is_declared || at > use_at || local(unit, function, word, at + 1).is_none() {
        return None;
    }
    let mut depth = 0;
    let end = (at + 2..use_at).take(FARTHEST).find(|&end| {
        depth += i32::from(is(end, b'(')) - i32::from(is(end, b')'));
        depth == 0 && (is(end, b';') || is(end, b','))
    })?;
    Some(at + 2..end)
}

fn is_step(token: &Token) -> bool {
    token.kind == TokenKind::Punct && matches!(token.byte, b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|')
}

/// Whether a limit is visibly a whole number of warps: it is, or contains, a multiple of 32 or a word for a warp.
fn is_whole_warps(unit: &Unit, limit: Range<usize>) -> bool {
    unit.tokens()[limit].iter().any(|token| {
        let text = unit.slice(token.span()).to_ascii_lowercase();
        match token.kind {
            TokenKind::Number => {
                let number: u32 = text.trim_end_matches(['u', 'l']).parse().unwrap_or(0);
                number != 0 && number.is_multiple_of(32)
            }
            _ => text.contains("warp") || text.contains("wave"),
        }
    })
}
