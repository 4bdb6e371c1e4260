//! Divisions in loops by a number that no turn of the loop changes.

use crate::cpp::functions::Space;
use crate::cpp::scopes::brace_around;
use crate::cpp::{TokenKind, Unit};
use crate::text::Span;

/// The name by which code within `line` divides, if the division is in a loop of a function of the GPU and no turn of the loop
/// changes the name.
pub fn constant_divisor(unit: &Unit, line: Span) -> Option<Span> {
    let tokens = unit.tokens();
    let first = tokens.partition_point(|token| token.start < line.start);
    let last = tokens.partition_point(|token| token.start < line.end);
    (first..last).find_map(|at| {
        let token = &tokens[at];
        let divides =
            token.kind == TokenKind::Punct && token.end - token.start == 1 && b"/%".contains(&token.byte);
        let name = at + 1;
        let is_name = divides && tokens.get(name)?.kind == TokenKind::Identifier;
        // A member, an element or the result of a call can change by itself.
        let next = tokens.get(name + 1)?;
        let is_plain = !(next.is_punct(b'(')
            || next.is_punct(b'.')
            || next.is_punct(b'[')
            || next.is_punct(b'<')
            || next.is_double(b'-')
            || next.is_double(b':'));
        let function = unit.function_at(token.start).filter(|function| function.space != Space::Host)?;
        (is_name && is_plain).then_some(())?;
        let text = unit.text(&tokens[name]);
        let mut inner = at;
        let mut body = None;
        while let Some(open) = brace_around(unit, inner).filter(|open| function.body.contains(open)) {
            if is_loop(unit, open) {
                body = Some(open..unit.lexed.close_of(open, tokens.len())?);
                break;
            }
            inner = open;
        }
        let body = body?;
        let start = unit.lexed.open_of(body.start.checked_sub(1)?, function.body.start).unwrap_or(body.start);
        let is_free =
            unit.places(text, start..body.end).iter().all(|&place| !may_write(unit, place as usize));
        let is_macro = unit.constants().value(unit, text).is_some();
        (is_free && !is_macro).then(|| tokens[name].span())
    })
}

fn is_loop(unit: &Unit, open: usize) -> bool {
    let Some(before) = open.checked_sub(1) else { return false };
    if unit.is_word(before, "do") {
        return true;
    }
    let word = unit.tokens()[before].is_punct(b')').then(|| unit.lexed.open_of(before, 0)).flatten();
    word.and_then(|open| open.checked_sub(1))
        .is_some_and(|at| unit.is_word(at, "for") || unit.is_word(at, "while"))
}

/// Whether the name at token `at` is declared, assigned, counted or passed by its address there.
fn may_write(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let operator = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Punct && b"+-*/%&|^<>".contains(&token.byte))
    };
    let before = |by: usize| at.checked_sub(by);
    let assigns = is(at + 1, b'=') && !is(at + 2, b'=');
    let changes = operator(at + 1) && is(at + 2, b'=') && !is(at + 1, b'<') && !is(at + 1, b'>');
    let shifts =
        (is(at + 1, b'<') && is(at + 2, b'<') || is(at + 1, b'>') && is(at + 2, b'>')) && is(at + 3, b'=');
    let counts = |byte: u8| {
        (is(at + 1, byte) && is(at + 2, byte))
            || (before(1).is_some_and(|b| is(b, byte)) && before(2).is_some_and(|b| is(b, byte)))
    };
    let is_declared =
        before(1).is_some_and(|b| tokens[b].kind == TokenKind::Identifier && !unit.is_word(b, "return"));
    let address = before(1).is_some_and(|b| is(b, b'&'))
        && before(2).is_some_and(|b| is(b, b'(') || is(b, b',') || is(b, b'='));
    assigns || changes || shifts || counts(b'+') || counts(b'-') || is_declared || address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    fn check(body: &str, expected: Option<&str>) {
        let code = format!("__global__ void k(float *p, int n, float s) {{ {body} }}");
        let source = Source::new("a.cu", code.as_str());
        let unit = Unit::new(&source, &Guards::default());
        let found = constant_divisor(&unit, Span { start: 0, end: code.len() as u32 });
        assert_eq!(found.map(|span| unit.slice(span).into_owned()).as_deref(), expected, "{code}");
    }

    #[test]
    fn divisors_that_a_loop_does_not_change() {
        check("for (int i = 0; i < n; i++) { p[i] = p[i] / s; }", Some("s"));
        check("while (n--) { if (n > 3) { p[n] /= 2; p[n] = p[n] / s; } }", Some("s"));
        check("for (int i = 0; i < n; i++) { s += 1; p[i] = p[i] / s; }", None);
        check("for (int i = 0; i < n; i++) { float t = p[i]; p[i] = 1 / t; }", None);
        check("for (int i = 1; i < n; i++) { p[i] = p[i] / i; }", None);
        check("for (int i = 0; i < n; i++) { p[i] = 1 / f(s); }", None);
        check("p[0] = p[1] / s;", None);
    }
}
