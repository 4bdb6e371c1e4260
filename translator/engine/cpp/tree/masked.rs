//! The masked view: a copy of the file of the same length and with the same line breaks that plain C++ parsers accept.
//!
//! Launch configurations, CUDA's attributes and comments become blanks. Four constructs that a C++ parser rejects are
//! replaced: macros that are only qualifiers, statement macros without `;`, types as arguments of macros, and
//! `new T*[n]`. The view is only parsed; no part of it is written to the output.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use tranship_rules::list;

use crate::cpp::brackets::Brackets;
use crate::cpp::keywords::{
    is_builtin_type, is_macro_like, is_primitive, is_specifier, is_statement_head, is_trailing,
    starts_declaration,
};
use crate::cpp::launches::Launch;
use crate::cpp::{Directive, DirectiveKind, Lexed, Token, TokenKind};
use crate::text::Span;

/// The masked view of `bytes`.
pub fn masked(bytes: &[u8], lexed: &Lexed, launches: &[Launch], brackets: &Brackets) -> Vec<u8> {
    let mut view = View {
        bytes,
        tokens: &lexed.tokens,
        brackets,
        out: plain_ascii(bytes),
        type_arguments: OnceCell::new(),
    };
    for &comment in &lexed.comments {
        view.erase(comment);
    }
    for launch in launches {
        view.blank_tokens(launch.open.start..launch.close.end);
    }
    let qualifiers = Qualifiers::of(bytes, lexed, brackets);
    view.code(&qualifiers);
    for directive in lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define) {
        view.macro_body(directive, &qualifiers);
    }
    view.out
}

/// A copy of `bytes` in ASCII: `x` for every byte above 0x7f, a blank for every control character.
fn plain_ascii(bytes: &[u8]) -> Vec<u8> {
    let plain = |&byte: &u8| match byte {
        b'\n' | b'\r' | b'\t' | 0x20..=0x7e => byte,
        0x80.. => b'x',
        _ => b' ',
    };
    bytes.iter().map(plain).collect()
}

/// Replaces the bytes of `out[range]` by blanks, except line breaks and the continuations before them.
fn blank(out: &mut [u8], range: Range<usize>) {
    for at in range {
        let continues = out[at] == b'\\' && matches!(out.get(at + 1), Some(b'\n' | b'\r'));
        if !continues && !matches!(out[at], b'\n' | b'\r') {
            out[at] = b' ';
        }
    }
}

struct View<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
    brackets: &'a Brackets,
    out: Vec<u8>,
    /// The words that are types and whole arguments, found on first use.
    type_arguments: OnceCell<Vec<usize>>,
}

impl View<'_> {
    fn text(&self, index: usize) -> &[u8] {
        self.tokens.get(index).map_or(&[], |token| &self.bytes[token.span().range()])
    }

    fn is_punct(&self, index: usize, byte: u8) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_punct(byte))
    }

    fn is_name(&self, index: usize) -> bool {
        self.tokens
            .get(index)
            .is_some_and(|token| token.kind == TokenKind::Identifier && !token.is(Token::DIRECTIVE))
    }

    /// Replaces the bytes of `span` by blanks, continuations included, except line breaks.
    fn erase(&mut self, span: Span) {
        self.out[span.range()].iter_mut().filter(|b| !matches!(b, b'\n' | b'\r')).for_each(|b| *b = b' ');
    }

    fn blank_tokens(&mut self, tokens: Range<usize>) {
        for token in &self.tokens[tokens] {
            blank(&mut self.out, token.span().range());
        }
    }

    /// Blanks the attribute at `index`. Returns the index behind it; `None` when there is no attribute.
    fn attribute(&mut self, index: usize, end: usize) -> Option<usize> {
        let behind =
            attribute_end(self.bytes, self.tokens, self.brackets, index).filter(|&behind| behind <= end)?;
        self.blank_tokens(index..behind);
        Some(behind)
    }

    /// Masks the code outside of directives.
    fn code(&mut self, qualifiers: &Qualifiers) {
        let mut braces = Braces::default();
        let mut index = 0;
        while index < self.tokens.len() {
            let token = self.tokens[index];
            if token.is(Token::DIRECTIVE) {
                index += 1;
                continue;
            }
            match token.kind {
                TokenKind::Punct => braces.take(self, index),
                TokenKind::Identifier => {
                    if let Some(behind) = self.attribute(index, self.tokens.len()) {
                        index = behind;
                        continue;
                    }
                    index = self.word(index, qualifiers, braces.in_code());
                    continue;
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// Masks the word at `index`. Returns the index of the next token to read.
    fn word(&mut self, index: usize, qualifiers: &Qualifiers, in_code: bool) -> usize {
        let text = self.text(index);
        if text == b"new" {
            self.new_array_of_pointers(index);
        } else if text == b"typeid" {
            let at = self.tokens[index].span().range();
            self.out[at].copy_from_slice(b"sizeof");
        } else if in_code && self.is_type_argument(index) {
            self.out[self.tokens[index].start as usize] = b'x';
        } else if qualifiers.names.contains(text) || self.is_foreign_qualifier(index) {
            self.blank_tokens(index..index + 1);
        } else if let Some(close) = self.call_like_qualifier(index) {
            self.blank_tokens(index..close + 1);
            return close + 1;
        } else if let Some(close) = self.open_statement(index, in_code) {
            return self.end_statement(index, close, in_code);
        }
        index + 1
    }

    /// `new T*[n]` becomes `new T [n]`.
    fn new_array_of_pointers(&mut self, index: usize) {
        let is_type = |t: &Token| {
            t.kind == TokenKind::Identifier || t.is_double(b':') || t.is_punct(b'<') || t.is_punct(b'>')
        };
        let behind = index + 1 + self.tokens[index + 1..].iter().take(16).take_while(|t| is_type(t)).count();
        let stars = self.tokens[behind..].iter().take_while(|t| t.is_punct(b'*')).count();
        if stars > 0 && self.is_punct(behind + stars, b'[') {
            self.blank_tokens(behind..behind + stars);
        }
    }

    /// Whether the word at `index` is a built-in type and a whole argument, which only a macro can take.
    fn is_type_argument(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return false };
        let follows_name = || {
            let name = before.checked_sub(1);
            name.is_some_and(|name| self.is_name(name) && !is_statement_head(self.text(name)))
        };
        is_primitive(self.text(index))
            && (self.is_punct(index + 1, b',') || self.is_punct(index + 1, b')'))
            && (self.is_punct(before, b',') || (self.is_punct(before, b'(') && follows_name()))
    }

    fn has_type_argument(&self, within: Range<usize>) -> bool {
        let all = self
            .type_arguments
            .get_or_init(|| (0..self.tokens.len()).filter(|&at| self.is_type_argument(at)).collect());
        let next = all.partition_point(|&at| at < within.start);
        all.get(next).is_some_and(|&at| at < within.end)
    }

    /// Whether the name at `index` must be a qualifier macro that another file defines.
    fn is_foreign_qualifier(&self, index: usize) -> bool {
        if !is_macro_like(self.text(index)) || !self.is_name(index + 1) {
            return false;
        }
        let before = index.checked_sub(1).filter(|&before| !self.tokens[before].is(Token::DIRECTIVE));
        let word_before = before.map_or(&[][..], |before| self.text(before));
        let next = self.text(index + 1);
        if matches!(word_before, b"struct" | b"class" | b"union" | b"enum") {
            return matches!(self.text(index + 2), b"{" | b":" | b"final");
        }
        if starts_declaration(next) || before.is_some_and(|before| self.is_punct(before, b'*')) {
            return true;
        }
        let starts = before.is_none_or(|before| {
            matches!(self.tokens[before].byte, b';' | b'{' | b'}' | b'>' | b':') || is_specifier(word_before)
        });
        let names = self.is_name(index + 2) && !is_specifier(next) && !matches!(next, b"const" | b"volatile");
        (starts && names) || (is_builtin_type(word_before) && self.is_punct(index + 2, b'('))
    }

    /// The `)` of a macro with arguments between two names, or before a type: `void BOUNDS(256) k(`, `API(x) int f(`.
    fn call_like_qualifier(&self, index: usize) -> Option<usize> {
        if !is_macro_like(self.text(index)) || !self.is_punct(index + 1, b'(') {
            return None;
        }
        let close = self.brackets.partner(index + 1)?;
        let same_line = self.tokens.get(close + 1).is_some_and(|next| !next.is(Token::LINE_START));
        let after_type = index.checked_sub(1).is_some_and(|before| is_builtin_type(self.text(before)));
        let qualifies = (same_line && starts_declaration(self.text(close + 1)))
            || (after_type && self.is_name(close + 1) && self.is_punct(close + 2, b'('));
        (qualifies && self.is_name(close + 1)).then_some(close)
    }

    /// The `)` of `name(...)` at `index`, if it is a whole statement without `;` or the head of a block.
    fn open_statement(&self, index: usize, in_code: bool) -> Option<usize> {
        let macro_like = is_macro_like(self.text(index));
        if !self.is_punct(index + 1, b'(')
            || !(macro_like || (in_code && !is_statement_head(self.text(index))))
        {
            return None;
        }
        let starts = index.checked_sub(1).is_none_or(|before| {
            self.tokens[before].is(Token::DIRECTIVE)
                || matches!(self.tokens[before].byte, b';' | b'{' | b'}')
                || (macro_like && self.is_punct(before, b')') && self.tokens[index].is(Token::LINE_START))
        });
        let close = self.brackets.partner(index + 1).filter(|_| starts)?;
        let Some(next) = self.tokens.get(close + 1) else { return Some(close) };
        let new_line = next.is(Token::LINE_START);
        let ends = match next.byte {
            b'{' | b'}' if in_code => next.kind == TokenKind::Punct,
            _ if next.is(Token::DIRECTIVE) => new_line,
            _ => new_line && next.kind == TokenKind::Identifier && !is_trailing(self.text(close + 1)),
        };
        ends.then_some(close)
    }

    /// In code the arguments stay, as one expression with its `;`. Elsewhere, and with types among the arguments, the
    /// macro is blanked. Returns the index of the next token to read.
    fn end_statement(&mut self, index: usize, close: usize, in_code: bool) -> usize {
        if in_code {
            self.out[self.tokens[close].start as usize] = b';';
        }
        if in_code && !self.has_type_argument(index + 2..close) {
            self.blank_tokens(index..index + 2);
            return index + 2;
        }
        self.blank_tokens(index..if in_code { close } else { close + 1 });
        close + 1
    }

    /// Masks the body of a `#define`.
    fn macro_body(&mut self, directive: &Directive, qualifiers: &Qualifiers) {
        let mut index = directive.tokens.start + 1;
        while index < directive.tokens.end {
            if self.tokens[index].kind != TokenKind::Identifier {
                index += 1;
            } else if let Some(behind) = self.attribute(index, directive.tokens.end) {
                index = behind;
            } else {
                if self.text(index) == b"new" {
                    self.new_array_of_pointers(index);
                } else if qualifiers.names.contains(self.text(index)) {
                    self.blank_tokens(index..index + 1);
                }
                index += 1;
            }
        }
    }
}

/// For each open brace, whether it contains statements.
#[derive(Default)]
struct Braces {
    open: Vec<bool>,
}

impl Braces {
    fn in_code(&self) -> bool {
        self.open.last().is_some_and(|&code| code)
    }

    fn take(&mut self, view: &View, index: usize) {
        if view.brackets.is_left_out(index) {
            return;
        }
        if view.is_punct(index, b'{') {
            let holds = self.holds_statements(view, index);
            self.open.push(holds);
        } else if view.is_punct(index, b'}') {
            self.open.pop();
        }
    }

    fn holds_statements(&self, view: &View, brace: usize) -> bool {
        let Some(before) = brace.checked_sub(1) else { return false };
        let token = &view.tokens[before];
        match token.byte {
            _ if token.is(Token::DIRECTIVE) => self.in_code(),
            b')' | b']' => token.kind == TokenKind::Punct,
            b';' | b'{' | b'}' | b':' => self.in_code(),
            _ => matches!(
                view.text(before),
                b"else" | b"do" | b"try" | b"const" | b"noexcept" | b"override" | b"final" | b"mutable"
            ),
        }
    }
}

/// The index behind the CUDA attribute at `index` and its arguments.
fn attribute_end(bytes: &[u8], tokens: &[Token], brackets: &Brackets, index: usize) -> Option<usize> {
    let token = tokens.get(index).filter(|token| token.byte == b'_')?;
    let text = &bytes[token.span().range()];
    if list::has(list::CUDA_ATTRIBUTES, text) {
        return Some(index + 1);
    }
    if !list::has(list::CUDA_ATTRIBUTES_WITH_ARGUMENTS, text)
        || !tokens.get(index + 1).is_some_and(|t| t.is_punct(b'('))
    {
        return None;
    }
    brackets.partner(index + 1).map(|close| close + 1)
}

/// Macros of the file that expand only to qualifiers.
struct Qualifiers<'a> {
    names: FxHashSet<&'a [u8]>,
}

impl<'a> Qualifiers<'a> {
    fn of(bytes: &'a [u8], lexed: &Lexed, brackets: &Brackets) -> Self {
        let mut macros: FxHashMap<&[u8], bool> = FxHashMap::default();
        for directive in lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define) {
            let tokens = &lexed.tokens[..directive.tokens.end];
            let Some(name) = tokens.get(directive.tokens.start) else { continue };
            let body = directive.tokens.start + 1;
            let has_parameters = tokens.get(body).is_some_and(|t| t.is_punct(b'(') && t.start == name.end);
            let only = !has_parameters && is_only_qualifiers(bytes, tokens, brackets, body, &macros);
            let so_far = macros.entry(&bytes[name.span().range()]).or_insert(true);
            *so_far &= only;
        }
        Self { names: macros.into_iter().filter(|&(_, only)| only).map(|(name, _)| name).collect() }
    }
}

fn is_only_qualifiers(
    bytes: &[u8],
    tokens: &[Token],
    brackets: &Brackets,
    from: usize,
    known: &FxHashMap<&[u8], bool>,
) -> bool {
    let mut index = from;
    while index < tokens.len() {
        let text = &bytes[tokens[index].span().range()];
        if let Some(behind) = attribute_end(bytes, tokens, brackets, index) {
            index = behind;
        } else if is_specifier(text) || known.get(text).is_some_and(|&only| only) || text == b"\"C\"" {
            index += 1;
        } else {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::tree::branches;
    use crate::cpp::{launches, lexer};

    fn view(code: &str) -> String {
        let lexed = lexer::lex(code.as_bytes());
        let brackets = Brackets::new(&lexed, branches::groups(code.as_bytes(), &lexed).1);
        let (launches, _) = launches::launches(code.as_bytes(), &lexed);
        String::from_utf8(masked(code.as_bytes(), &lexed, &launches, &brackets)).expect("ascii")
    }

    /// Runs of blanks count as one blank. Length and line breaks must be the same as in the original.
    fn check(code: &str, expected: &str) {
        let found = view(code);
        assert_eq!(found.len(), code.len());
        assert_eq!(
            found.split('\n').map(str::len).collect::<Vec<_>>(),
            code.split('\n').map(str::len).collect::<Vec<_>>()
        );
        assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{code}");
    }

    #[test]
    fn launches_and_attributes() {
        check(
            "template <int N> __global__ void __launch_bounds__(256, (N)) k(float *__restrict__ a) { __shared__ int s[3]; }",
            "template <int N> void k(float * a) { int s[3]; }",
        );
        check("k<T, 3><<<dim3(1), \n n>>>(a); // x", "k<T, 3> (a);");
        check(
            "#define RUN(k, ...) \\\n k<<<1, \\\n 2>>>(__VA_ARGS__)\n",
            "#define RUN(k, ...) \\ k \\ (__VA_ARGS__)",
        );
        check("#ifdef __global__\n#endif", "#ifdef __global__ #endif");
    }

    #[test]
    fn macros_that_are_only_qualifiers() {
        check(
            "#define HD __host__ __device__\n#define API\nAPI HD Foo f(); HD T g();",
            "#define HD #define API Foo f(); T g();",
        );
        check(
            "MY_API void f(INPUT int a); static MY_INLINE T<int> g(); void MY_CB h(int);",
            "void f( int a); static MY_INLINE T<int> g(); void h(int);",
        );
        check("struct MY_API S { }; UINT x; SIZE const y = 1;", "struct S { }; UINT x; SIZE const y = 1;");
        check("void BOUNDS(256) k(int a) { }", "void k(int a) { }");
    }

    #[test]
    fn statement_macros_without_semicolon() {
        check("void f() { CHECK(g(a))\n h(); if (x) { DONE() } }", "void f() { g(a); h(); if (x) { ; } }");
        check("void f() { LOOP(i, n) { g(); } }", "void f() { i, n; { g(); } }");
        check("void f() { LOCALS(size_t, n)\n LOCALS(x)\n }", "void f() { ; x; }");
        check("INSTANTIATE(float)\nINSTANTIATE(int)\nvoid g();", "void g();");
        check(
            "struct S { S(int a)\n : b(a) {} Foo(int)\n const; };",
            "struct S { S(int a) : b(a) {} Foo(int) const; };",
        );
        check(
            "void f() { while (x)\n y(); if (a) g(b); else {} }",
            "void f() { while (x) y(); if (a) g(b); else {} }",
        );
    }

    #[test]
    fn types_as_arguments() {
        check(
            "void f() { g(float, (int)x, int64_t); s(sizeof(int), typeid(int)); return (int) y; }",
            "void f() { g(xloat, (int)x, xnt64_t); s(sizeof(int), sizeof(int)); return (int) y; }",
        );
    }

    #[test]
    fn arrays_of_pointers() {
        check(
            "x = new std::vector<int>**[n]; y = new T * z;",
            "x = new std::vector<int> [n]; y = new T * z;",
        );
    }

    #[test]
    fn bytes_beyond_ascii() {
        check("a = \"é\"; // ü", "a = \"xx\";");
    }
}
