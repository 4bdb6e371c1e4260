//! Finds the tokens among which a declaration of the file hides a name of CUDA.
//!
//! Tokens decide: variables, parameters, members, enumerators, template parameters, lambda captures and structured
//! bindings count. It refuses functions, types and macros, and tokens that could be an expression as well.

use std::ops::Range;
use std::rc::Rc;

use super::declarators::{Before, FAR, Opener, before, begins_list, begins_type, is_fundamental};
use super::members::members_elsewhere;
use super::scopes::{Scope, brace_around, scope_at};
use super::{Token, TokenKind, Unit};

/// The tokens among which the variable, parameter or member that token `at` declares is visible; empty where token `at`
/// declares nothing.
pub fn visible_ranges(unit: &Unit, at: usize) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let end = part_end(unit, at);
    let is = |at: usize, bytes: &[u8]| {
        at < end
            && tokens[at].end - tokens[at].start == 1
            && tokens[at].kind == TokenKind::Punct
            && bytes.contains(&tokens[at].byte)
    };
    let compares = is(at + 1, b"=") && is(at + 2, b"=") && tokens[at + 1].end == tokens[at + 2].start;
    if tokens[at].kind != TokenKind::Identifier || compares {
        return Vec::new();
    }
    // In `(*name)(int)` and `(&name)[4]` the type is before the parenthesis.
    let wrapped = at >= 2 && is(at - 1, b"*&") && is(at - 2, b"(") && is(at + 1, b")") && is(at + 2, b"([");
    let Some(before) = before(unit, if wrapped { at - 2 } else { at }) else { return Vec::new() };
    // `f(*name)(1)` calls the function that `f(*name)` returns.
    if wrapped && !before.sure && scope_at(unit, at) == Scope::Body {
        return Vec::new();
    }
    let certain = !before.ambiguous;
    let next = |bytes: &[u8]| wrapped || is(at + 1, bytes);
    match before.opener {
        Opener::Statement if before.typed => {
            let scope = scope_at(unit, at);
            let initialised =
                before.sure && scope == Scope::Body && is(at + 1, b"(") && !begins_type(unit, at + 2);
            // Outside of functions `a *name{0};` is no product.
            let certain = certain || matches!(scope, Scope::Record | Scope::Namespace | Scope::File);
            let ends = if certain { next(b"=;,[{") } else { next(b"=;") };
            let is_bit_field = certain && next(b":") && scope == Scope::Record;
            let ends_macro = at + 1 == end && tokens[at].is(Token::DIRECTIVE) && is_fundamental(unit, at - 1);
            if ends || is_bit_field || ends_macro || initialised { in_scope(unit, at) } else { Vec::new() }
        }
        Opener::Paren(open) if before.typed => in_parentheses(unit, at, open, certain, &next),
        Opener::Angle(open) if before.typed && next(b",>=") && is_template(unit, open) => {
            of_template(unit, at)
        }
        Opener::Bracket(open) => in_brackets(unit, at, open, &next),
        Opener::Comma(comma) => behind_comma(unit, at, comma, &before, &next),
        Opener::Statement if !before.typed => of_enumerator(unit, at, &next),
        _ => Vec::new(),
    }
}

impl Unit<'_> {
    /// Whether the name at token `index` refers to a variable, parameter or member that this file declares.
    pub fn is_shadowed(&self, index: usize) -> bool {
        // A variable does not hide a namespace or class of its name before `::`.
        if self.tokens().get(index + 1).is_some_and(|next| next.is_double(b':')) {
            return false;
        }
        let word = self.text(&self.tokens()[index]);
        let known = self.declarations.shadows.borrow().get(word).cloned();
        let ranges = known.unwrap_or_else(|| {
            let places = self.places(word, 0..self.tokens().len()).iter();
            let ranges: Rc<[Range<usize>]> =
                merged(places.flat_map(|&at| visible_ranges(self, at as usize)).collect()).into();
            self.declarations.shadows.borrow_mut().insert(word.into(), Rc::clone(&ranges));
            ranges
        });
        let next = ranges.partition_point(|range| range.end <= index);
        ranges.get(next).is_some_and(|range| range.contains(&index))
    }
}

fn one(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

/// The same tokens as sorted ranges without overlap.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// The end of the tokens of the directive around token `at`, or of the file.
fn part_end(unit: &Unit, at: usize) -> usize {
    if unit.tokens()[at].is(Token::DIRECTIVE) {
        return unit.directive_of(at).map_or(at + 1, |directive| directive.tokens.end);
    }
    unit.tokens().len()
}

/// Where a variable is visible that a statement at token `at` declares.
fn in_scope(unit: &Unit, at: usize) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    if tokens[at].is(Token::DIRECTIVE) {
        return one(at..part_end(unit, at));
    }
    let scope = scope_at(unit, at);
    let brace = brace_around(unit, at).filter(|_| scope != Scope::File);
    let Some(brace) = brace else {
        let function = unit.function_at(tokens[at].start).filter(|_| scope != Scope::File);
        return one(at..function.map_or(tokens.len(), |function| function.body.end));
    };
    let close = unit.lexed.close_of(brace, tokens.len()).unwrap_or(tokens.len());
    if scope != Scope::Record {
        return one(at..close);
    }
    let mut ranges = one(brace..close);
    ranges.extend(members_elsewhere(unit, brace));
    ranges
}

/// Where a name behind `(` or a comma in parentheses is visible: a parameter, or a variable of `for`, `if` or `catch`.
fn in_parentheses(
    unit: &Unit,
    at: usize,
    open: usize,
    certain: bool,
    next: &dyn Fn(&[u8]) -> bool,
) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return Vec::new() };
    let word = open.checked_sub(1).map_or(b"" as &[u8], |at| unit.text(&tokens[at]));
    if matches!(word, b"for" | b"if" | b"while" | b"switch" | b"catch" | b"constexpr") {
        let declares = if certain || word == b"catch" { next(b"=:;{,[)") } else { next(b"=:") };
        return if declares { one(at..statement_end(unit, close + 1)) } else { Vec::new() };
    }
    let is_lambda = word == b"]" && is_lambda(unit, open - 1);
    let could_be_call = || {
        let is_body = scope_at(unit, at) == Scope::Body;
        let is_listed = unit.function_at(tokens[at].start).is_some_and(|f| f.parameters.contains(&at));
        let start = unit.lexed.statement_start(open);
        let is_value = tokens[start..open].iter().any(|token| token.is_punct(b'='));
        !is_listed && (is_body || is_value)
    };
    if !next(b",)=[") || (!certain && !is_lambda && could_be_call()) {
        return Vec::new();
    }
    let end = match unit.function_at(tokens[at].start).filter(|f| f.parameters.contains(&at)) {
        Some(function) if function.parameters.start == open + 1 => function.body.end,
        _ => body_end(unit, close + 1).unwrap_or(close),
    };
    one(at..end.min(part_end(unit, at)))
}

/// Whether the `]` at token `close` ends the captures of a lambda.
fn is_lambda(unit: &Unit, close: usize) -> bool {
    let tokens = unit.tokens();
    let Some(open) = unit.lexed.open_of(close, 0) else { return false };
    let Some(before) = open.checked_sub(1).map(|at| &tokens[at]) else { return true };
    let subscripts = before.kind == TokenKind::Identifier && unit.text(before) != b"return";
    !subscripts && !before.is_punct(b')') && !before.is_punct(b']')
}

/// The end of the body of a function or lambda with parameters that end before token `from`; `None` without a body.
fn body_end(unit: &Unit, from: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut index = from;
    for _ in 0..FAR {
        let token = tokens.get(index)?;
        match token.byte {
            b'{' => return unit.lexed.close_of(index, tokens.len()),
            b'(' | b'[' => index = unit.lexed.close_of(index, tokens.len())?,
            b'<' | b'>' | b'*' | b'&' | b':' | b'-' if token.kind == TokenKind::Punct => {}
            _ if token.kind == TokenKind::Identifier => {}
            _ => return None,
        }
        index += 1;
    }
    None
}

/// The index behind the statement that begins at token `from`, the branches of an `else` included.
fn statement_end(unit: &Unit, from: usize) -> usize {
    let tokens = unit.tokens();
    let mut index = from;
    for _ in 0..FAR {
        let Some(token) = tokens.get(index) else { break };
        let ends = match token.byte {
            b'{' | b'(' | b'[' if token.kind == TokenKind::Punct => {
                index = unit.lexed.close_of(index, tokens.len()).unwrap_or(index);
                token.byte == b'{'
            }
            b';' => true,
            b'}' => return index,
            _ => false,
        };
        index += 1;
        if ends && !unit.is_word(index, "else") {
            return index;
        }
    }
    index
}

/// Whether the `<` at token `open` begins the parameters of a template.
fn is_template(unit: &Unit, open: usize) -> bool {
    open > 0 && unit.is_word(open - 1, "template")
}

/// Where a template parameter is visible: to the end of the template.
fn of_template(unit: &Unit, at: usize) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    if let Some(function) = unit.function_at(tokens[at].start).filter(|f| f.head.contains(&at)) {
        return one(at..function.body.end);
    }
    let mut index = at;
    for _ in 0..4 * FAR {
        let Some(token) = tokens.get(index) else { break };
        match token.byte {
            b'{' => {
                let close = unit.lexed.close_of(index, tokens.len()).unwrap_or(tokens.len());
                return one(at..close);
            }
            b';' => break,
            b'(' => index = unit.lexed.close_of(index, tokens.len()).unwrap_or(index),
            _ => {}
        }
        index += 1;
    }
    one(at..index.min(part_end(unit, at)))
}

/// Where a name in `[` and `]` is visible: a structured binding, or a lambda capture with an initialiser.
fn in_brackets(unit: &Unit, at: usize, open: usize, next: &dyn Fn(&[u8]) -> bool) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return Vec::new() };
    let is_reference = |token: &Token| token.is_punct(b'&');
    let auto = tokens[open.saturating_sub(FAR)..open].iter().rposition(|token| !is_reference(token));
    let auto = auto.map(|at| open.saturating_sub(FAR) + at);
    if auto.is_some_and(|auto| unit.is_word(auto, "auto")) && next(b",]") {
        let around = auto.and_then(|auto| before(unit, auto));
        return match around.map(|around| around.opener) {
            Some(Opener::Paren(paren)) => {
                let end =
                    unit.lexed.close_of(paren, tokens.len()).map(|close| statement_end(unit, close + 1));
                one(at..end.unwrap_or(at + 1))
            }
            _ => in_scope(unit, at),
        };
    }
    if is_lambda(unit, close) && next(b"={(") {
        let body = body_end(unit, close + 1);
        return [Some(at..at + 1), body.map(|end| close..end)].into_iter().flatten().collect();
    }
    Vec::new()
}

/// Where a name behind a comma is visible: a further parameter, template parameter, capture, binding, enumerator or
/// variable of a list.
fn behind_comma(
    unit: &Unit,
    at: usize,
    comma: usize,
    before: &Before,
    next: &dyn Fn(&[u8]) -> bool,
) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let List { is_template, open, end } = list_before(unit, comma);
    if is_template {
        return if before.typed && next(b",>=") { of_template(unit, at) } else { Vec::new() };
    }
    match open.map(|open| (open, tokens[open].byte)) {
        Some((open, b'(')) if before.typed => in_parentheses(unit, at, open, !before.ambiguous, next),
        Some((open, b'(')) if unit.is_word(open.saturating_sub(1), "for") && begins_list(unit, open + 1) => {
            in_parentheses(unit, at, open, next(b"=;,{["), next)
        }
        Some((open, b'[')) => in_brackets(unit, at, open, next),
        Some((_, b'(')) => Vec::new(),
        _ if before.typed => Vec::new(),
        _ => {
            let start = open.map_or_else(|| unit.lexed.statement_start(comma), |open| open + 1);
            let first = if tokens[at].is(Token::DIRECTIVE) { end.max(start) } else { start };
            if next(b"=;,{[(") && begins_list(unit, first) {
                in_scope(unit, at)
            } else {
                of_enumerator(unit, at, next)
            }
        }
    }
}

/// The list around a comma.
struct List {
    /// Whether it is the parameter list of a template.
    is_template: bool,
    /// The open bracket around the comma, if the list has one.
    open: Option<usize>,
    /// The token at which the search for the bracket ended.
    end: usize,
}

/// The list around the comma at token `comma`.
fn list_before(unit: &Unit, comma: usize) -> List {
    let tokens = unit.tokens();
    let in_directive = tokens[comma].is(Token::DIRECTIVE);
    let floor = comma.saturating_sub(2 * FAR);
    let mut list = List { is_template: false, open: None, end: comma };
    while list.end > floor {
        list.end -= 1;
        let index = list.end;
        let token = &tokens[index];
        if token.is(Token::DIRECTIVE) != in_directive {
            return list;
        }
        if token.kind != TokenKind::Punct {
            continue;
        }
        match token.byte {
            b')' | b']' => list.end = unit.lexed.open_of(index, floor).unwrap_or(index),
            b'}' => match unit.lexed.open_of(index, floor) {
                // A brace within the list encloses a value; one before the list ends a statement.
                Some(open) if open > 0 && !tokens[open - 1].is_punct(b')') => list.end = open,
                _ => return list,
            },
            b'<' if is_template(unit, index) => return List { is_template: true, ..list },
            b'(' | b'[' | b'{' => return List { open: Some(index), ..list },
            b';' => return list,
            _ => {}
        }
    }
    list
}

/// Where an enumerator is visible: in the scope of its `enum`, or only inside of its `enum class`.
fn of_enumerator(unit: &Unit, at: usize, next: &dyn Fn(&[u8]) -> bool) -> Vec<Range<usize>> {
    let tokens = unit.tokens();
    let opens = at > 0 && matches!(tokens[at - 1].byte, b'{' | b',') && next(b",=}");
    match scope_at(unit, at) {
        Scope::Enum if opens => brace_around(unit, at).map_or_else(Vec::new, |brace| {
            let outer = in_scope(unit, brace);
            outer.into_iter().map(|range| range.start.min(at)..range.end).collect()
        }),
        Scope::ScopedEnum if opens => {
            let close = brace_around(unit, at).and_then(|brace| unit.lexed.close_of(brace, tokens.len()));
            one(at..close.unwrap_or(at + 1))
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Checks `code`. `w` is a use of the file's name; `W` is the same name where it refers to CUDA's.
    fn check(code: &str) {
        let words: Vec<&str> = code.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let is = |word: &str, name: &str| {
            word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_') == name
        };
        let expected: Vec<bool> =
            words.iter().filter(|word| is(word, "w") || is(word, "W")).map(|word| is(word, "w")).collect();
        let text = words
            .iter()
            .map(|word| if is(word, "W") { word.replacen('W', "w", 1) } else { (*word).to_owned() });
        let source = Source::new("a.cu", text.collect::<String>());
        let unit = Unit::new(&source, &Guards::default());
        let places = (0..unit.tokens().len()).filter(|&at| unit.is_word(at, "w") && !unit.is_member(at));
        let found: Vec<bool> = places.map(|at| unit.is_shadowed(at)).collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn local_variables() {
        check("void f() { W; { int w = 32; w; } W; }");
        check("void f() { const int w = 32; g(w); } void g() { W; }");
        check("void f() { int const w = 32; w; }");
        check("void f() { const unsigned int w{32}, b = w; }");
        check("void f() { int a = g(W, 1), w = 2; w; }");
        check("void f() { int *a, *w = a; w; }");
        check("void f() { int w(32); w; }");
        check("void f() { int w; w = 2; }");
        check("void f() { Width w = 32; w; }");
        check("void f() { Width *w = p; w; }");
        check("void f() { std::pair<int, int> w; w; }");
        check("void f() { std::vector<Width> w(n); w; }");
        check("void f() { __shared__ float w[32]; w; }");
        check("void f() { [[maybe_unused]] int w = 1; w; }");
        check("void f() { alignas(8) int w = 1; w; }");
        check("void f() { decltype(a) w = 1; w; }");
        check("void f() { int (*w)(int) = g; w; }");
        check("void f() { if (a) { int w = 1; w; } else { W; } }");
        check("void f() { switch (a) { case 1: int w = 1; w; } W; }");
    }

    #[test]
    fn conditions_and_loops() {
        check("void f() { for (int w = 0; w < 3; ++w) w; W; }");
        check("void f() { for (int i = W, w = 0; w < 3; ++w) { w; } W; }");
        check("void f() { for (auto &w : all) { w; } W; }");
        check("void f() { for (auto [a, w] : all) { w; } W; }");
        check("void f() { if (int w = g()) { w; } else { w; } W; }");
        check("void f() { if (int w = g(); w > 0) w; else w; W; }");
        check("void f() { while (int w = g()) w; W; }");
        check("void f() { try { W; } catch (Error &w) { w; } W; }");
    }

    #[test]
    fn parameters() {
        check("void f(int w) { w; } void g() { W; }");
        check("void f(int a, const int *w = 0, int b) { w; } int x = W;");
        check("void f(Width &w) { w; }");
        check("void f(int w); void g() { W; }");
        check("void f(int a, Width w); void g() { W; }");
        check("void g() { auto h = [](int w) { return w; }; W; }");
        check("void g() { auto h = [=](int a, Width *w) mutable -> int { return *w; }; W; }");
        check("S::S(int w) : a(w) { w; } int x = W;");
        check("void f(int (*w)(int)) { w(1); }");
    }

    #[test]
    fn templates() {
        check("template <int w> __global__ void k(int *a) { a[w]; } void g() { W; }");
        check("template <class T, int w = 32> struct S { int a[w]; }; int x = W;");
        check("template <int w> constexpr int twice = 2 * w; int x = W;");
        check("template <int w> using A = B<w>; int x = W;");
        check("void g() { a<W>(1); a<int, W>(1); }");
    }

    #[test]
    fn members() {
        check("struct S { int f() { return w; } int w; }; int x = W;");
        check("struct S { int w = 32, b = w; static const int c; }; int x = W;");
        check("struct S { int f(); unsigned w : 5; }; int S::f() { return w; } int g() { return W; }");
        check(
            "template <class T> struct S { int f(); T w; }; template <class T> int S<T>::f() { return w; }",
        );
        check("struct S { S(int a) : w(a) {} int w; };");
        check("struct S { T *w{0}, *x{w}; }; T *a = W;");
        check("struct S { enum { a, w = 32 }; int b = w; }; int x = W;");
    }

    #[test]
    fn files_and_namespaces() {
        check("const int w = 32; void f() { w; }");
        check("T *w{0}; void f() { w; g(a * w); }");
        check("namespace n { constexpr int w = 32; void f() { w; } } void f() { W; }");
        check("extern \"C\" { extern int w; } void f() { w; }");
        check("enum { w = 32 }; void f() { w; }");
        check("enum A { a = 1, w }; void f() { w; }");
        check("enum class A { a, w }; void f() { W; }");
    }

    #[test]
    fn captures_and_bindings() {
        check("void f() { auto [a, w] = g(); w; } int x = W;");
        check("void f() { const auto &[w, b] = g(); w; }");
        check("void f() { auto h = [w = W]() { return w; }; W; }");
        check("void f() { auto h = [a, w = 2 * W](int b) { return w + b; }; W; }");
        check("void f() { int w = 1; auto h = [&w]() { return w; }; }");
        check("void f() { int w = 1; auto h = [=]() { return w; }; }");
    }

    #[test]
    fn macros() {
        check("#define F(x) { int w = x; g(w); }\nvoid f() { W; }");
        check("#define D int w\n");
        check("#define A W\n#define B(x) W\nvoid f() { W; }");
    }

    #[test]
    fn look_alikes() {
        check("void f() { return W; }");
        check("void f() { x = a * W; b = a & W; g(a * W, b * W, W); }");
        check("void f() { if (lane < W) g(); if (i < n && lane > W) g(); }");
        check("void f() { if (a * W) g(); while (a & W) g(); }");
        check("void f() { for (int d = W / 2; d > 0; d /= 2) g(d, W); }");
        check("void f() { for (int i = lane; i < n; i += W) g(); }");
        check("void f() { int a = (int)W, b = (unsigned)W; }");
        check("void f() { a = b ? c : W; a = b ? W : c; }");
        check("void f() { switch (a) { case W: break; } }");
        check("void f() { int a[] = {b * W, c & W, W}; }");
        check("void f() { a = sizeof(int) * W; b = a[W]; c = a[i * W]; }");
        check("void f() { auto h = [a, W]() { return W; }; }");
        check("void f() { bool a = b < c, d = e > W; }");
        check("void f() { a == W; W == a; g(x, W == a); }");
        check("int a = g(b * W); struct S { int a = g(b * W); };");
        check("void f() { g(*W)(1); }");
        check("void f() { std::string w; W::std::ratio<1> r; w; }");
        check("void f() { new int[W]; throw W; goto W; }");
    }
}
