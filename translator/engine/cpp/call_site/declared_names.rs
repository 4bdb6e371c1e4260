//! Names that declare a function or a test, told by their place.

use super::call_open;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};

/// Whether token `index` is the name of a function that is declared outside of functions, or of a test: `TEST(suite, name)`.
pub fn is_function_or_test(unit: &Unit, index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|at| &unit.tokens()[at]) else { return false };
    let follows_type = before.is_punct(b'>') || before.is_punct(b'*') || before.is_punct(b'&');
    let is_outside = || matches!(scope_at(unit, index), Scope::File | Scope::Namespace);
    if follows_type && call_open(unit, index).is_some() && is_outside() {
        return true;
    }
    let suite = index.checked_sub(4).map(|start| &unit.tokens()[start..index]);
    suite.is_some_and(|suite| {
        let is_test = unit.text(&suite[0]).starts_with(b"TEST") || unit.text(&suite[0]) == b"TYPED_TEST";
        is_test && suite[1].is_punct(b'(') && suite[3].is_punct(b',')
    })
}

/// Whether token `index` is a name that is declared behind a type with template arguments: `std::vector<int> name;`.
pub fn follows_template_type(unit: &Unit, index: usize) -> bool {
    let declares = unit.tokens().get(index + 1).is_some_and(|next| matches!(next.byte, b';' | b'=' | b'{'));
    let before = index.checked_sub(1).filter(|&at| declares && unit.tokens()[at].is_punct(b'>'));
    before.is_some_and(|close| ends_type(unit, close))
}

/// Whether the `>` at token `close` ends a type with template arguments that begins a statement: `std::vector<int> `.
fn ends_type(unit: &Unit, close: usize) -> bool {
    const LONGEST: usize = 64;
    let tokens = unit.tokens();
    let mut depth = 0_i32;
    for at in (close.saturating_sub(LONGEST)..=close).rev() {
        let token = &tokens[at];
        depth += i32::from(token.is_punct(b'>')) - i32::from(token.is_punct(b'<'));
        let is_part = matches!(token.kind, TokenKind::Identifier | TokenKind::Number)
            || token.is_double(b':')
            || matches!(token.byte, b'<' | b'>' | b',' | b'*' | b'&');
        if depth == 0 {
            let is_name = |token: &&Token| token.kind == TokenKind::Identifier || token.is_double(b':');
            let mut names = tokens[..at].iter().rev().skip_while(is_name);
            return names.next().is_none_or(|token| matches!(token.byte, b';' | b'{' | b'}' | b':'));
        }
        if !is_part {
            return false;
        }
    }
    false
}
