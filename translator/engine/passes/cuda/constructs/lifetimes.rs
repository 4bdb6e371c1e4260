//! Parameters that a function for the GPU returns by reference, although they end with the call.
//!
//! It follows no value into another variable or function.

use std::ops::Range;

use tranship_rules::rule;

use crate::cpp::functions::Space;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;

/// Checks all functions for the GPU that return a reference.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let named = unit.functions().iter().filter(|function| {
        function.space != Space::Host && function.name > 0 && tokens[function.name - 1].is_punct(b'&')
    });
    let mut found: Vec<usize> =
        named.flat_map(|one| returned_parameters(unit, &one.parameters, one.body.clone())).collect();
    for &at in unit.places(b"operator", 1..tokens.len()) {
        found.extend(of_functor(unit, at as usize).unwrap_or_default());
    }
    for at in found {
        if tokens[at].is(Token::FROZEN) {
            continue;
        }
        let what =
            format!("the function returns a reference to its parameter `{}`", unit.slice(tokens[at].span()));
        pass.report_saying(rule::REFERENCE_TO_PARAMETER, tokens[at].span(), what);
    }
}

/// The parameters that the function object whose `operator` is at token `at` returns by reference.
fn of_functor(unit: &Unit, at: usize) -> Option<Vec<usize>> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    if !(is(at - 1, b'&') && is(at + 1, b'(') && is(at + 2, b')') && is(at + 3, b'(')) {
        return None;
    }
    let start = unit.lexed.statement_start(at);
    let is_device = (start..at).any(|at| unit.is_word(at, "__device__"));
    let close = unit.lexed.close_of(at + 3, tokens.len()).filter(|_| is_device)?;
    let open = (close + 1..tokens.len().min(close + 4)).find(|&at| is(at, b'{'))?;
    let end = unit.lexed.close_of(open, tokens.len())?;
    Some(returned_parameters(unit, &(at + 4..close), open + 1..end))
}

/// The tokens in `return` statements that are a parameter by value, alone or as a branch of a condition.
fn returned_parameters(unit: &Unit, parameters: &Range<usize>, body: Range<usize>) -> Vec<usize> {
    let tokens = unit.tokens();
    let body = body.start..body.end.min(tokens.len());
    let by_value = |part: &Range<usize>| {
        let words = &tokens[part.clone()];
        let is_plain =
            words.iter().all(|t| !matches!(t.byte, b'&' | b'*' | b'[' | b'(') || t.kind != TokenKind::Punct);
        (is_plain && words.len() > 1)
            .then(|| words.last().filter(|t| t.kind == TokenKind::Identifier))
            .flatten()
    };
    let names: Vec<&[u8]> = split_arguments(&unit.lexed, parameters.clone())
        .iter()
        .filter_map(by_value)
        .map(|token| unit.text(token))
        .collect();
    let mut found = Vec::new();
    for &at in unit.places(b"return", body.clone()) {
        let start = at as usize + 1;
        let Some(end) = (start..body.end).find(|&at| tokens[at].is_punct(b';')) else { continue };
        let parts =
            tokens[start..end].split(|t| t.is_punct(b'?') || (t.is_punct(b':') && !t.is_double(b':')));
        let branches: Vec<&[Token]> = parts.collect();
        let skipped = usize::from(branches.len() > 1);
        found.extend(branches.into_iter().skip(skipped).filter_map(|branch| {
            match branch {
                [one] if names.contains(&unit.text(one)) => tokens[start..end]
                    .iter()
                    .position(|token| token.start == one.start)
                    .map(|place| start + place),
                _ => None,
            }
        }));
    }
    found.truncate(1);
    found
}
