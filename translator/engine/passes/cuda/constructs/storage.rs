//! The storage of CUB's collectives of blocks, used twice without a barrier.
//!
//! It compares calls of one function in the order of the text. Code between them that may synchronise, branch or leave the
//! function makes it silent.

use std::ops::Range;

use tranship_rules::{list, rule};

use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;

/// The limit for classes and their uses that are compared in one file.
const MOST: usize = 1024;

/// The limit for tokens between two uses.
const MOST_BETWEEN: usize = 512;

/// A call of a collective: `Reduce(storage).Sum(value)`.
struct Use {
    /// The token of the class.
    name: usize,
    /// The tokens of the storage.
    storage: Range<usize>,
}

/// Checks the collectives of the file.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let all = 0..unit.tokens().len();
    let classes: Vec<usize> = list::BLOCK_COLLECTIVES
        .iter()
        .flat_map(|word| unit.places(word.as_bytes(), all.clone()).iter().map(|&at| at as usize))
        .take(MOST)
        .collect();
    let mut uses: Vec<Use> = classes.iter().filter_map(|&at| use_of_class(unit, at)).collect();
    for alias in classes.iter().filter_map(|&at| alias_of(unit, at)) {
        let places = unit.places(unit.text(&unit.tokens()[alias]), alias + 1..unit.tokens().len());
        uses.extend(places.iter().take(MOST).filter_map(|&at| used(unit, at as usize, at as usize + 1)));
    }
    uses.sort_by_key(|one| one.name);
    uses.dedup_by_key(|one| one.name);
    for pair in uses.windows(2) {
        let [first, second] = pair else { continue };
        if is_reuse(unit, first, second) {
            let storage = unit.slice(unit.span_of(second.storage.clone()));
            let what = format!("two collectives use `{storage}` without a barrier between them");
            pass.report_saying(rule::REUSED_STORAGE, unit.tokens()[second.name].span(), what);
        }
    }
}

/// The use of the class at token `at` with its template arguments: `cub::BlockReduce<int, 64>(storage).Sum(value)`.
fn use_of_class(unit: &Unit, at: usize) -> Option<Use> {
    used(unit, at, arguments_end(unit, at)?)
}

/// The token behind the template arguments of the class at token `at`.
fn arguments_end(unit: &Unit, at: usize) -> Option<usize> {
    let open = unit.tokens().get(at + 1).is_some_and(|t| t.is_punct(b'<'));
    let close = open.then(|| unit.lexed.angle_close(at + 1, unit.tokens().len())).flatten()?;
    Some(close + 1)
}

/// The use of the class at token `name` if the storage in parentheses begins at token `open`.
fn used(unit: &Unit, name: usize, open: usize) -> Option<Use> {
    let tokens = unit.tokens();
    if tokens[name].is(Token::DIRECTIVE)
        || tokens[name].is(Token::FROZEN)
        || !tokens.get(open)?.is_punct(b'(')
    {
        return None;
    }
    let close = unit.lexed.close_of(open, tokens.len())?;
    let is_called = tokens.get(close + 1)?.is_punct(b'.') && close > open + 1;
    is_called.then_some(Use { name, storage: open + 1..close })
}

/// The name that the file gives to the class at token `at`: `using Reduce = cub::BlockReduce<...>` or `typedef`.
fn alias_of(unit: &Unit, at: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(at);
    let name = if unit.is_word(start, "using") { start + 1 } else { arguments_end(unit, at)? };
    let is_typedef = unit.is_word(start, "typedef") && tokens.get(name + 1)?.is_punct(b';');
    let is_using = unit.is_word(start, "using") && tokens.get(name + 1)?.is_punct(b'=');
    ((is_typedef || is_using) && tokens[name].kind == TokenKind::Identifier).then_some(name)
}

/// Whether the two uses follow each other in one function with the same storage, and nothing between them can be a barrier
/// or another way through the function.
fn is_reuse(unit: &Unit, first: &Use, second: &Use) -> bool {
    let tokens = unit.tokens();
    let text = |one: &Use| unit.slice(unit.span_of(one.storage.clone()));
    let function = |one: &Use| unit.function_at(tokens[one.name].start).map(|function| function.name);
    let between = first.storage.end..second.name;
    if between.is_empty() || between.len() > MOST_BETWEEN || text(first) != text(second) {
        return false;
    }
    let is_other_way = |token: &Token| {
        let word = unit.text(token);
        let lower = word.to_ascii_lowercase();
        let has = |part: &[u8]| lower.windows(part.len()).any(|window| window == part);
        token.is(Token::DIRECTIVE)
            || matches!(word, b"else" | b"return" | b"case" | b"break" | b"continue" | b"goto" | b"?")
            || (token.kind == TokenKind::Identifier && (has(b"sync") || has(b"barrier")))
    };
    function(first).is_some()
        && function(first) == function(second)
        && !tokens[between].iter().any(is_other_way)
}
