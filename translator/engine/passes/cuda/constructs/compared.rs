//! Numbers that are compared with a value of an enumeration, where the enumerator has another number in HIP.
//!
//! It checks variables and members whose declaration names the enumeration: `status == 13`, `case 13:`. It refuses values that
//! a function returns, members of a name that several structures of the file have, and orders such as `status > 3`.

use std::ops::Range;

use super::contracts::number;
use crate::cpp::declared::declared;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{TokenKind, Unit};
use crate::pass::Pass;

/// The most tokens after a declaration that are searched for uses of the variable.
const FAR: usize = 4096;

/// The tokens of the numbers that are compared with the variable whose declaration has its type at token `index`.
pub(super) fn numbers(pass: &Pass, index: usize) -> Vec<(usize, i64)> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let at = index + 1 + usize::from(is(index + 1, b'&'));
    let Some(name) = tokens.get(at).filter(|token| token.kind == TokenKind::Identifier) else {
        return Vec::new();
    };
    if ![b';', b'=', b',', b')', b'{', b'('].into_iter().any(|byte| is(at + 1, byte)) {
        return Vec::new();
    }
    let word = unit.text(name);
    if scope_at(unit, at) == Scope::Record {
        return of_member(pass, word);
    }
    let Some(function) = unit.function_at(name.start) else { return Vec::new() };
    let end = function.body.end.min(at + FAR).max(at + 1);
    let places = unit.places(word, at + 1..end);
    let uses = places.iter().map(|&place| place as usize).filter(|&place| !unit.is_member(place));
    let mut found = Vec::new();
    for place in uses {
        let mut compared = cases(unit, place);
        compared.extend(comparison(unit, place));
        let is_own = || declared(unit, function, word, place).is_some_and(|kind| kind.contains(&index));
        if !compared.is_empty() && is_own() {
            let values = compared.into_iter();
            found.extend(values.filter_map(|tokens| Some((tokens.start, number(pass, tokens)?))));
        }
    }
    found
}

/// The numbers that the member `word` is compared with, if one structure of the file alone has it.
fn of_member(pass: &Pass, word: &[u8]) -> Vec<(usize, i64)> {
    let unit = pass.unit;
    let places = || unit.places(word, 0..unit.tokens().len()).iter().map(|&place| place as usize);
    let is_declared =
        |place: &usize| scope_at(unit, *place) == Scope::Record && unit.variable_at(*place).is_some();
    if places().filter(is_declared).count() != 1 {
        return Vec::new();
    }
    let uses = places().filter(|&place| unit.is_member(place));
    let values = uses.filter_map(|place| comparison(unit, place));
    values.filter_map(|tokens| Some((tokens.start, number(pass, tokens)?))).collect()
}

/// The number that the variable at token `at` is compared with by `==` or `!=`, also behind a cast.
fn comparison(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let is_test = |first: usize| (is(first, b'=') || is(first, b'!')) && is(first + 1, b'=');
    let is_number = |at: usize| tokens.get(at).is_some_and(|token| token.kind == TokenKind::Number);
    let is_end = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| matches!(token.byte, b')' | b';' | b'&' | b'|' | b'?' | b',' | b':'))
    };
    let is_cast = at > 1 && is(at - 1, b'(') && is(at - 2, b'>') && is(at + 1, b')');
    let behind = at + 1 + usize::from(is_cast);
    if is_test(behind) {
        let start = behind + 2;
        let end = start + 1 + usize::from(is(start, b'-'));
        return (is_number(end - 1) && is_end(end)).then_some(start..end);
    }
    let is_first = |at: usize| [b'(', b'|', b'&'].into_iter().any(|byte| is(at, byte));
    let is_before = at > 3 && is_test(at - 2) && is_number(at - 3) && is_first(at - 4) && is_end(at + 1);
    is_before.then(|| at - 3..at - 2)
}

/// The numbers of the branches, if the variable at token `at` is the value of a `switch`.
fn cases(unit: &Unit, at: usize) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let is_value = at > 1 && is(at - 1, b'(') && unit.is_word(at - 2, "switch") && is(at + 1, b')');
    if !is_value || !is(at + 2, b'{') {
        return Vec::new();
    }
    let Some(close) = unit.lexed.close_of(at + 2, (at + FAR).min(tokens.len())) else { return Vec::new() };
    let (mut depth, mut found) = (0, Vec::new());
    for inside in at + 3..close {
        depth += i32::from(is(inside, b'{'));
        depth -= i32::from(is(inside, b'}'));
        if depth == 0 && unit.is_word(inside, "case") {
            let start = inside + 1;
            let end = start + 1 + usize::from(is(start, b'-'));
            if tokens.get(end - 1).is_some_and(|token| token.kind == TokenKind::Number) && is(end, b':') {
                found.push(start..end);
            }
        }
    }
    found
}
