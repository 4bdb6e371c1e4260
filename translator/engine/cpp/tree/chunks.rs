//! The chunks of a file: declarations at namespace scope and bodies of `#define`s, each parsed separately on demand.
//!
//! Chunks are found from tokens alone. Declarations inside of namespaces and `extern "C"` blocks are chunks too. If
//! brackets do not balance, the whole file is one chunk, with a reason.

use std::ops::Range;

use crate::cpp::brackets::Brackets;
use crate::cpp::{DirectiveKind, Lexed, Token, TokenKind};

/// The chunks of one file, as token indices, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunks {
    /// Declarations, without the directives between them.
    pub declarations: Vec<Range<usize>>,
    /// Bodies of `#define`s, also of those inside a declaration.
    pub macro_bodies: Vec<Range<usize>>,
    /// Why the whole file is one chunk, if it is.
    pub whole: Option<&'static str>,
}

impl Chunks {
    /// Finds the chunks of `lexed`.
    pub fn new(bytes: &[u8], lexed: &Lexed, brackets: &Brackets) -> Self {
        let macro_bodies = macro_bodies(lexed);
        let found = if brackets.is_balanced() {
            Splitter { bytes, tokens: &lexed.tokens, brackets }.split()
        } else {
            Err("brackets do not balance, not even along one branch of every `#if`")
        };
        match found {
            Ok(declarations) => Self { declarations, macro_bodies, whole: None },
            Err(reason) => {
                let all = 0..lexed.tokens.len();
                Self { declarations: vec![all], macro_bodies, whole: Some(reason) }
            }
        }
    }

    /// Index into `declarations` of the declaration around token `index`.
    pub fn declaration(&self, index: usize) -> Option<usize> {
        around(&self.declarations, index)
    }

    /// Index into `macro_bodies` of the body around token `index`.
    pub fn macro_body(&self, index: usize) -> Option<usize> {
        around(&self.macro_bodies, index)
    }
}

fn around(chunks: &[Range<usize>], index: usize) -> Option<usize> {
    let at = chunks.partition_point(|chunk| chunk.end <= index);
    chunks.get(at).is_some_and(|chunk| chunk.contains(&index)).then_some(at)
}

fn macro_bodies(lexed: &Lexed) -> Vec<Range<usize>> {
    let defines = lexed.directives.iter().filter(|d| d.kind == DirectiveKind::Define);
    let body = |d: &crate::cpp::Directive| {
        let tokens = &lexed.tokens[..d.tokens.end];
        let name = tokens.get(d.tokens.start)?;
        let next = d.tokens.start + 1;
        let has_parameters = tokens.get(next).is_some_and(|t| t.is_punct(b'(') && t.start == name.end);
        let start = if has_parameters {
            next + tokens[next..].iter().position(|t| t.is_punct(b')'))? + 1
        } else {
            next
        };
        (start < tokens.len()).then_some(start..tokens.len())
    };
    defines.filter_map(body).collect()
}

/// Only this many first tokens of a declaration are read to classify it. Reading all of them at every brace would be
/// slow for long tables.
const LONGEST_HEAD: usize = 1024;

struct Splitter<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
    brackets: &'a Brackets,
}

impl Splitter<'_> {
    fn split(&self) -> Result<Vec<Range<usize>>, &'static str> {
        let mut found = Vec::new();
        let mut transparent = 0u32;
        let mut start = None;
        let mut index = 0;
        while let Some(token) = self.tokens.get(index) {
            if let Some(end) = self.brackets.out_end(index) {
                // A left-out branch between declarations is a declaration by itself. Inside of a declaration it is a
                // part of it.
                if start.is_none() {
                    found.push(index..end);
                }
                index = end;
                continue;
            }
            if token.is(Token::DIRECTIVE) {
                index += 1;
                continue;
            }
            let first = *start.get_or_insert(index);
            match token.byte {
                b'{' if token.is_punct(b'{') && self.is_transparent(first, index) => {
                    transparent += 1;
                    start = None;
                }
                b'}' if token.is_punct(b'}') => {
                    transparent = transparent.checked_sub(1).ok_or("a `}` closes what nothing opened")?;
                    if first < index {
                        found.push(first..index);
                    }
                    start = None;
                }
                b'{' | b'(' | b'[' if token.kind == TokenKind::Punct => {
                    let close = self.brackets.partner(index).ok_or("a bracket has no partner")?;
                    if token.byte == b'{' && self.ends_declaration(first, index, close) {
                        found.push(first..close + 1);
                        start = None;
                    }
                    index = close;
                }
                b';' if token.is_punct(b';') => {
                    found.push(first..index + 1);
                    start = None;
                }
                _ => {}
            }
            index += 1;
        }
        found.extend(start.map(|first| first..self.tokens.len()));
        Ok(found)
    }

    fn text(&self, index: usize) -> &[u8] {
        self.tokens.get(index).map_or(&[], |token| &self.bytes[token.span().range()])
    }

    /// Whether the brace at `brace`, in a declaration from `first`, opens a namespace or a linkage block.
    fn is_transparent(&self, first: usize, brace: usize) -> bool {
        let head = &self.tokens[first..brace.min(first + LONGEST_HEAD)];
        let is_linkage =
            head.len() == 2 && self.text(first) == b"extern" && head[1].kind == TokenKind::String;
        let is_namespace = head.iter().enumerate().any(|(at, _)| self.text(first + at) == b"namespace");
        let plain = |t: &Token| !matches!(t.byte, b'=' | b';' | b'{');
        is_linkage || (is_namespace && head.iter().all(plain))
    }

    /// Whether the `}` at `close` ends the declaration that begins at `first`; `open` is its `{`.
    fn ends_declaration(&self, first: usize, open: usize, close: usize) -> bool {
        let head = &self.tokens[first..open.min(first + LONGEST_HEAD)];
        let Some(next) = self.tokens[close + 1..].iter().find(|t| !t.is(Token::DIRECTIVE)) else {
            return true;
        };
        if next.kind == TokenKind::Punct && !matches!(next.byte, b'}' | b'~' | b':' | b'[') {
            return false;
        }
        if self.text(close + 1) == b"catch" {
            return false;
        }
        let has_value =
            head.iter().enumerate().any(|(at, t)| t.is_punct(b'=') && !self.is_operator(first + at));
        let names_type = head.iter().enumerate().any(|(at, _)| {
            matches!(self.text(first + at), b"struct" | b"class" | b"union" | b"enum" | b"typedef")
        });
        let after_parameters = open.checked_sub(1).is_some_and(|before| {
            self.tokens[before].is_punct(b')')
                || matches!(self.text(before), b"const" | b"noexcept" | b"override" | b"final" | b"try")
        });
        after_parameters || !(has_value || names_type)
    }

    /// Whether the `=` at `index` is part of the name of an operator, such as `operator==`.
    fn is_operator(&self, index: usize) -> bool {
        (index.saturating_sub(3)..index).any(|at| self.text(at) == b"operator")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer;
    use crate::cpp::tree::branches;

    /// `expected` is the declarations of `code`, then its macro bodies in brackets; `whole`: the file is one chunk.
    fn check(code: &str, expected: &[&str], whole: bool) {
        let lexed = lexer::lex(code.as_bytes());
        let brackets = Brackets::new(&lexed, branches::groups(code.as_bytes(), &lexed).1);
        let chunks = Chunks::new(code.as_bytes(), &lexed, &brackets);
        let text = |r: &Range<usize>| {
            code[lexed.tokens[r.start].start as usize..lexed.tokens[r.end - 1].end as usize].to_owned()
        };
        let mut found: Vec<String> = chunks.declarations.iter().map(text).collect();
        found.extend(chunks.macro_bodies.iter().map(|r| format!("[{}]", text(r))));
        assert_eq!(found, expected, "{code}");
        assert_eq!(chunks.whole.is_some(), whole);
    }

    #[test]
    fn declarations_at_namespace_scope() {
        check(
            "namespace a::b { extern \"C\" { int f(); } void g() { h(); } int x[] = {1}, y = 2; } struct S { int a; } s; z",
            &["int f();", "void g() { h(); }", "int x[] = {1}, y = 2;", "struct S { int a; } s;", "z"],
            false,
        );
        check(
            "template <class T> S<T>::S() : a{1}, b(2) { } enum E { A, B }; struct R f() { } bool operator==(R, R) { } int i;",
            &[
                "template <class T> S<T>::S() : a{1}, b(2) { }",
                "enum E { A, B };",
                "struct R f() { }",
                "bool operator==(R, R) { }",
                "int i;",
            ],
            false,
        );
        check("namespace x = a; inline namespace v { int b; }", &["namespace x = a;", "int b;"], false);
    }

    #[test]
    fn directives_and_macro_bodies() {
        check(
            "#include <a>\n#define F(x) g(x)\n#define E\nint a;\n#ifdef __cplusplus\nextern \"C\" {\n#endif\nint b;\n#ifdef __cplusplus\n}\n#endif\n",
            &["int a;", "int b;", "[g(x)]"],
            false,
        );
        check(
            "#if A\nvoid f(int a) {\n#else\nvoid f(float a) {\n#endif\n}\nint b;",
            &["void f(int a) {\n#else\nvoid f(float a) {\n#endif\n}", "int b;"],
            false,
        );
    }

    #[test]
    fn unbalanced_code_is_one_chunk() {
        check("void f() { ( } int a;", &["void f() { ( } int a;"], true);
        check("int a; }", &["int a; }"], true);
    }
}
