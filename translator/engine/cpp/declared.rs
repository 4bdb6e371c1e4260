//! The type of a variable, from the last declaration of its name before a use, found by tokens.
//!
//! It refuses tokens that only look like a declaration: arguments of calls, expressions, uses of members.

use std::ops::Range;

use crate::cpp::functions::Function;
use crate::cpp::keywords::{is_no_type, precedes_expression};
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};

/// The most tokens of a declaration before its name; a longer statement is not read.
const LONGEST: usize = 200;

/// The tokens of the type of `name` in its last declaration before token `index` in `function`.
pub fn declared(unit: &Unit, function: &Function, name: &[u8], index: usize) -> Option<Range<usize>> {
    local(unit, function, name, index).or_else(|| parameter(unit, function, name).map(|(kind, _)| kind))
}

/// The type of the parameter `name`, and the index of its name.
pub fn parameter(unit: &Unit, function: &Function, name: &[u8]) -> Option<(Range<usize>, usize)> {
    let tokens = unit.tokens();
    let parts = unit.parameters(function);
    unit.places(name, function.parameters.clone()).iter().find_map(|&place| {
        let part = &parts[parts.partition_point(|part| part.end <= place as usize)];
        let end = part.clone().find(|&at| tokens[at].is_punct(b'=')).unwrap_or(part.end);
        let at = (part.start..end).rev().find(|&at| unit.text(&tokens[at]) == name)?;
        (at > part.start).then_some((part.start..at, at))
    })
}

/// The type of the local variable `name`, parameters of lambdas included.
pub fn local(unit: &Unit, function: &Function, name: &[u8], index: usize) -> Option<Range<usize>> {
    last_before(unit, name, index.min(function.body.end)).filter(|kind| kind.start >= function.body.start)
}

/// The tokens of the type of `name` as the function around token `index` declares it, else the last declaration before
/// that token in the file.
pub fn declared_anywhere(unit: &Unit, name: &[u8], index: usize) -> Option<Range<usize>> {
    let function = unit.tokens().get(index).and_then(|token| unit.function_at(token.start));
    let around = function.and_then(|function| declared(unit, function, name, index));
    around.or_else(|| last_before(unit, name, index))
}

/// The tokens of the type of the member `name`, if the file defines the structure `class` and the structure declares it.
pub fn member(unit: &Unit, class: &[u8], name: &[u8]) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let opens = |at: usize| {
        let keyword =
            at.checked_sub(1).is_some_and(|at| unit.is_word(at, "struct") || unit.is_word(at, "class"));
        (keyword && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'{'))).then_some(at + 1)
    };
    let open = unit.places(class, 0..tokens.len()).iter().find_map(|&at| opens(at as usize))?;
    let close = unit.lexed.close_of(open, tokens.len())?;
    unit.places(name, open..close).iter().find_map(|&at| type_before(unit, at as usize))
}

fn last_before(unit: &Unit, name: &[u8], index: usize) -> Option<Range<usize>> {
    let declared = unit.variables_named(name);
    let before = declared.partition_point(|(at, _)| *at < index);
    declared.get(before.checked_sub(1)?).map(|(_, kind)| kind.clone())
}

/// The tokens of the type of the variable that token `at` declares; `None` where token `at` declares no variable.
pub(super) fn type_before(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let next = tokens.get(at + 1).filter(|t| t.kind == TokenKind::Punct)?;
    let ends = matches!(next.byte, b'=' | b';' | b',' | b'[' | b'{' | b'(' | b':')
        || (next.is_punct(b')')
            && unit.lexed.open_of(at + 1, 0).is_some_and(|open| declares_parameters(unit, open)));
    if !ends {
        return None;
    }
    let start = statement_start(unit, at)?;
    let kind = type_at(unit, start, at)?;
    if kind.end == at {
        return Some(kind);
    }
    // `*` and `&` of the first declarator are not part of the type of later names: `int *a, b`.
    let is_mark = |at: usize| matches!(tokens[at].byte, b'*' | b'&');
    let mut end = kind.end;
    while !is_mark(at - 1) && end > kind.start && is_mark(end - 1) {
        end -= 1;
    }
    leads_declarator(tokens, kind.end, at).then_some(kind.start..end)
}

/// Whether the parenthesis at token `open` contains the parameters of a lambda or of a `catch`.
fn declares_parameters(unit: &Unit, open: usize) -> bool {
    let tokens = unit.tokens();
    let Some(before) = open.checked_sub(1) else { return false };
    if !tokens[before].is_punct(b']') {
        return unit.text(&tokens[before]) == b"catch";
    }
    let Some(bracket) = unit.lexed.open_of(before, 0) else { return false };
    let is_indexed = |t: &Token| match t.kind {
        TokenKind::Identifier => !precedes_expression(unit.text(t)),
        _ => t.is_punct(b')') || t.is_punct(b']'),
    };
    !bracket.checked_sub(1).is_some_and(|name| is_indexed(&tokens[name]))
}

/// Where the statement or the parameter around token `at` begins; `None` inside the brackets of a call.
fn statement_start(unit: &Unit, at: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut depth = 0_u32;
    let floor = at.saturating_sub(LONGEST);
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
            b'(' if depth == 0 => return start_in_parentheses(unit, before, at),
            b'[' if depth == 0 => return None,
            b'(' | b'[' => depth -= 1,
            b';' | b'{' | b'}' if depth == 0 => return Some(before + 1),
            b':' if depth == 0 && token.is_punct(b':') && ends_label(unit, before) => {
                return Some(before + 1);
            }
            _ => {}
        }
    }
    (floor == 0).then_some(0)
}

/// Where the declaration around token `at` begins, in the parenthesis at token `open`.
fn start_in_parentheses(unit: &Unit, open: usize, at: usize) -> Option<usize> {
    let word = unit.text(&unit.tokens()[open.checked_sub(1)?]);
    if matches!(word, b"for" | b"if" | b"while" | b"switch") {
        return Some(open + 1);
    }
    let close = unit.lexed.close_of(open, unit.tokens().len()).filter(|_| declares_parameters(unit, open))?;
    let parts = split_arguments(&unit.lexed, open + 1..close);
    parts.into_iter().find(|part| part.contains(&at)).map(|part| part.start)
}

/// Whether the `:` at token `at` ends an access specifier or `default`.
fn ends_label(unit: &Unit, at: usize) -> bool {
    let word = at.checked_sub(1).map(|before| unit.text(&unit.tokens()[before]));
    matches!(word, Some(b"public" | b"private" | b"protected" | b"default"))
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
                    || (angles > 0 && [b',', b'/', b'%', b'+', b'-'].iter().any(|&mark| token.is_punct(mark)))
            }
            _ => false,
        };
        if !fits {
            break;
        }
        end += 1;
    }
    // The last word is the first declared name, unless the search ended at `limit`, the name in question.
    let end = if end == limit { end } else { end.checked_sub(1)? };
    let words = tokens[start..end.max(start)].first()?;
    let begins = words.kind == TokenKind::Identifier && !is_no_type(unit.text(words));
    (begins && angles == 0 && end > start).then_some(start..end)
}

/// Whether the name at token `at` is a later name of the list behind the type at `from`: a comma is before it.
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

    /// Checks the type of `x` that the function in `code` declares before `here`.
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
        check("void f() { vec<float, N / 4 - 1> x(y); here; }", Some("vec<float, N / 4 - 1>"));
        check("void f() { __shared__ float x[32]; here; }", Some("__shared__ float"));
        check("void f() { for (auto &x : xs) here; }", Some("auto &"));
        check("void f() { g([](int y, unsigned x) { here; }); }", Some("unsigned"));
        check("void f() { try { g(); } catch (const E &x) { here; } }", Some("const E &"));
        check("void f() { int *a, x; here; }", Some("int"));
        check("void f() { int *a, *x; here; }", Some("int *"));
        check("void f() { switch (a) { default: int x = 1; here; } }", Some("int"));
        check("void f(int x) { { float x; } here; }", Some("float"));
    }

    /// Checks the type of the last declaration of `x` before `here` in the file.
    #[track_caller]
    fn check_file(code: &str, expected: Option<&str>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let here = unit.tokens().iter().position(|t| unit.text(t) == b"here").expect("the code has `here`");
        let found = declared_anywhere(&unit, b"x", here);
        let found = found.map(|kind| unit.slice(unit.span_of(kind)).into_owned());
        assert_eq!(found.as_deref(), expected, "{code}");
    }

    #[test]
    fn declarations_outside_of_functions() {
        check_file("static T x; void f() { here; }", Some("static T"));
        check_file("class A { public: T x; void f() { here; } };", Some("T"));
        check_file("T x; void f(U x) { here; }", Some("U"));
        check_file("T x; void f() { U x; here; }", Some("U"));
        check_file("void g(U x) {} void f() { here; }", None);
        check_file("int here; T x;", None);
    }

    #[test]
    fn look_alikes() {
        check("void f() { g(MASK, x, 2); here; }", None);
        check("void f() { return x; here; }", None);
        check("void f() { a = b, x = 2; here; }", None);
        check("void f() { a < b / c, x = 2; here; }", None);
        check("void f() { n / 2 > m, x = 2; here; }", None);
        check("void f() { x = 2; y.x = 3; here; }", None);
        check("void f() { a * b; here; }", None);
        check("void f(int y) { y = a[x]; here; }", None);
        check("void f() { if (a & x) here; }", None);
        check("void f() { y = sizeof x; here; }", None);
        check("void f() { a[1](b * x); here; }", None);
        check("void g() { int x; } void f() { here; }", None);
    }
}
