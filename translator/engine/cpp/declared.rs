//! What a function declares a name as, told by tokens: parameters and local variables.
//!
//! It refuses what only looks like a declaration: arguments of calls, expressions, members.

use std::ops::Range;

use crate::cpp::functions::Function;
use crate::cpp::keywords::is_no_type;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};

/// How many tokens before its use a declaration is looked for; what stands further away counts as unknown.
const FARTHEST: usize = 2000;
/// No statement that declares something is longer before the name, in tokens.
const LONGEST: usize = 200;

/// The tokens of the type of `name` as the last declaration before token `index` in `function` has it.
pub fn declared(unit: &Unit, function: &Function, name: &[u8], index: usize) -> Option<Range<usize>> {
    local(unit, function, name, index).or_else(|| parameter(unit, function, name).map(|(kind, _)| kind))
}

/// The type of the parameter `name`, and the index of its name.
pub fn parameter(unit: &Unit, function: &Function, name: &[u8]) -> Option<(Range<usize>, usize)> {
    let tokens = unit.tokens();
    split_arguments(&unit.lexed, function.parameters.clone()).into_iter().find_map(|part| {
        let end = part.clone().find(|&at| tokens[at].is_punct(b'=')).unwrap_or(part.end);
        let at = (part.start..end).rev().find(|&at| unit.text(&tokens[at]) == name)?;
        (at > part.start).then_some((part.start..at, at))
    })
}

/// The type of the local variable `name`.
pub fn local(unit: &Unit, function: &Function, name: &[u8], index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let end = index.min(function.body.end);
    (function.body.start.max(end.saturating_sub(FARTHEST))..end).rev().find_map(|at| {
        let is_name = tokens[at].kind == TokenKind::Identifier && unit.text(&tokens[at]) == name;
        let ends = |t: &Token| {
            t.kind == TokenKind::Punct && matches!(t.byte, b'=' | b';' | b',' | b'[' | b'{' | b'(' | b':')
        };
        if !is_name || !tokens.get(at + 1).is_some_and(ends) {
            return None;
        }
        let start = statement_start(unit, function, at)?;
        let kind = type_at(unit, start, at)?;
        let follows_type = kind.end == at || leads_declarator(tokens, kind.end, at);
        follows_type.then_some(kind)
    })
}

/// Where the statement around token `at` begins; `None` inside the brackets of a call.
fn statement_start(unit: &Unit, function: &Function, at: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut depth = 0_u32;
    let floor = function.body.start.max(at.saturating_sub(LONGEST));
    for before in (floor..at).rev() {
        let token = &tokens[before];
        if token.is(Token::DIRECTIVE) {
            return Some(before + 1);
        }
        if token.kind != TokenKind::Punct {
            continue;
        }
        match token.byte {
            b')' | b']' => depth += 1,
            b'(' if depth == 0 => {
                let opens = before > 0
                    && matches!(unit.text(&tokens[before - 1]), b"for" | b"if" | b"while" | b"switch");
                return opens.then_some(before + 1);
            }
            b'[' if depth == 0 => return None,
            b'(' | b'[' => depth -= 1,
            b';' | b'{' | b'}' if depth == 0 => return Some(before + 1),
            _ => {}
        }
    }
    (floor == function.body.start).then_some(floor)
}

/// The tokens from `start` on that can be a type, up to the first declared name.
fn type_at(unit: &Unit, start: usize, limit: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let mut end = start;
    let mut angles = 0_i32;
    while end < limit {
        let token = &tokens[end];
        let fits = match token.kind {
            TokenKind::Identifier => true,
            TokenKind::Number => angles > 0,
            TokenKind::Punct if token.is_punct(b'<') => {
                angles += 1;
                true
            }
            TokenKind::Punct if token.is_punct(b'>') => {
                angles -= 1;
                angles >= 0
            }
            TokenKind::Punct => {
                token.is_double(b':')
                    || matches!(token.byte, b'*' | b'&')
                    || (angles > 0 && token.is_punct(b','))
            }
            _ => false,
        };
        if !fits {
            break;
        }
        end += 1;
    }
    // What stands before `=`, `,` or the like is the name that is declared first, unless it is the one looked for.
    let end = if end == limit { end } else { end.checked_sub(1)? };
    let words = tokens[start..end.max(start)].first()?;
    let begins = words.kind == TokenKind::Identifier && !is_no_type(unit.text(words));
    (begins && angles == 0 && end > start).then_some(start..end)
}

/// Whether the name at token `at` is a later one of the list that begins behind the type: a comma stands before it.
fn leads_declarator(tokens: &[Token], from: usize, at: usize) -> bool {
    let mut depth = 0_i32;
    for token in &tokens[from..at] {
        match token.byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    let before = (from..at).rev().find(|&at| !matches!(tokens[at].byte, b'*' | b'&'));
    depth == 0 && before.is_some_and(|before| tokens[before].is_punct(b','))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// The type that the function in `code` declares `x` as, before `here`.
    fn check(code: &str, expected: Option<&str>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let here = unit.tokens().iter().position(|t| unit.text(t) == b"here").expect("the code has `here`");
        let function = unit.function_at(unit.tokens()[here].start).expect("the code has a function");
        let found =
            declared(&unit, function, b"x", here).map(|kind| unit.slice(unit.span_of(kind)).into_owned());
        assert_eq!(found.as_deref(), expected, "{code}");
    }

    #[test]
    fn declarations() {
        check("void f(const float x, int y) { here; }", Some("const float"));
        check("void f(int y = g(1, 2), T *x = 0) { here; }", Some("T *"));
        check("void f() { const unsigned x = 1; here; }", Some("const unsigned"));
        check("void f() { int a = g(1, 2), *b, x = 2; here; }", Some("int"));
        check("void f() { for (int i = 0, x = 3; ; ) here; }", Some("int"));
        check("void f(half x) { float x; here; }", Some("float"));
        check("void f() { vec<float, 4> x{}; here; }", Some("vec<float, 4>"));
        check("void f() { __shared__ float x[32]; here; }", Some("__shared__ float"));
        check("void f() { auto &x : xs; here; }", Some("auto &"));
    }

    #[test]
    fn look_alikes() {
        check("void f() { g(MASK, x, 2); here; }", None);
        check("void f() { return x; here; }", None);
        check("void f() { a = b, x = 2; here; }", None);
        check("void f() { x = 2; y.x = 3; here; }", None);
        check("void f() { a * b; here; }", None);
        check("void f(int y) { y = a[x]; here; }", None);
    }
}
