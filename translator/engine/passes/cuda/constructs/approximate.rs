//! Approximations that are compared for equality. Their last bits differ from those on NVIDIA GPUs.
//!
//! It follows a result into one local variable, and says nothing about a comparison with zero or infinity.

use tranship_rules::Rule;

use crate::cpp::call_site as site;
use crate::cpp::declared::declared;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;

/// The most uses of a variable that are checked.
const MOST: usize = 256;

/// Checks the approximation that is called at token `index`.
pub(crate) fn comparison(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if tokens[index].is(Token::DIRECTIVE) {
        return;
    }
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let Some(open) = site::call_open(unit, index) else { return };
    let Some(close) = unit.lexed.close_of(open, function.body.end) else { return };
    let word = unit.slice(tokens[index].span());
    if is_compared(unit, index, close) {
        let what = format!("the result of `{word}` is compared for equality");
        return pass.report(Finding::of(rule, tokens[index].span()).saying(what));
    }
    let is_value = tokens.get(close + 1).is_some_and(|token| token.is_punct(b';'));
    let Some(variable) = index
        .checked_sub(2)
        .filter(|&at| is_value && tokens[at + 1].is_punct(b'=') && tokens[at].kind == TokenKind::Identifier)
    else {
        return;
    };
    let name = unit.text(&tokens[variable]);
    if unit.is_member(variable) || is_set_twice(unit, name, variable, function.body.end) {
        return;
    }
    let uses = unit.places(name, close..function.body.end).iter().take(MOST).map(|&at| at as usize);
    let is_same = |&at: &usize| {
        !unit.is_member(at) && is_compared(unit, at, at) && declared(unit, function, name, at).is_some()
    };
    if let Some(at) = uses.into_iter().find(is_same) {
        let what =
            format!("`{}`, a result of `{word}`, is compared for equality", unit.slice(tokens[at].span()));
        pass.report(Finding::of(rule, tokens[at].span()).saying(what));
    }
}

/// Whether the variable gets another value behind token `at`, by an assignment or by its address.
fn is_set_twice(unit: &Unit, name: &[u8], at: usize, end: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let is_set = |at: usize| {
        let is_equal = is(at + 1, b'=') && !is(at + 2, b'=');
        let is_step = matches!(tokens[at + 1].byte, b'+' | b'-' | b'*' | b'/') && is(at + 2, b'=');
        is_equal || is_step || is(at - 1, b'&') || is(at + 1, b'[')
    };
    unit.places(name, at + 1..end).iter().take(MOST).any(|&at| is_set(at as usize))
}

/// Whether the tokens from `first` to `last` are one side of `==` or `!=`, and the other side is neither zero nor infinity.
fn is_compared(unit: &Unit, first: usize, last: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let is_test = |at: usize| (is(at, b'=') || is(at, b'!')) && is(at + 1, b'=') && !is(at + 2, b'=');
    let begins = |at: usize| matches!(tokens[at].byte, b'(' | b'&' | b'|' | b'=' | b'?' | b',' | b';');
    let ends = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| matches!(token.byte, b')' | b'&' | b'|' | b'?' | b';' | b',' | b':'))
    };
    if first > 2 && is_test(last + 1) && (begins(first - 1) || unit.is_word(first - 1, "return")) {
        return !is_special(unit, last + 3);
    }
    first > 3 && is_test(first - 2) && ends(last + 1) && !is_special(unit, first - 3)
}

/// Whether token `at` is zero or infinity, or a part of a name that contains it.
fn is_special(unit: &Unit, at: usize) -> bool {
    let Some(token) = unit.tokens().get(at) else { return true };
    let text = unit.slice(token.span()).to_ascii_lowercase();
    let digits = text.trim_end_matches(['f', 'l']);
    let is_zero = token.kind == TokenKind::Number && digits.chars().all(|c| matches!(c, '0' | '.'));
    is_zero || text.contains("inf") || text.contains("huge_val") || text == "-"
}
