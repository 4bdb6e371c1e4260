//! Function definitions found from tokens alone: names, attributes, parameters and bodies.
//!
//! It does not read types. A definition that it does not recognise is not listed.

use std::ops::Range;

use tranship_rules::list;

use super::keywords::is_before_parenthesis;
use super::{DirectiveKind, Lexed, Token, TokenKind};

/// Where a function runs, by its CUDA attributes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Space {
    /// `__global__`: a kernel.
    Kernel,
    /// `__device__`, with or without `__host__`.
    Device,
    /// Neither.
    Host,
}

/// One function definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Index of the token that names it.
    pub name: usize,
    /// Token indices before the name: attributes, return type, template head.
    pub head: Range<usize>,
    /// Token indices of the parameters, without their parentheses.
    pub parameters: Range<usize>,
    /// Token indices of the body, without its braces.
    pub body: Range<usize>,
    /// Where it runs.
    pub space: Space,
}

/// The most tokens before the name of a function, and from its parameters to its body. A longer search from every
/// bracket would make broken files slow.
const FAR: usize = 1024;

/// The function definitions of a file in order; a function inside the body of another one is not listed.
pub fn functions(bytes: &[u8], lexed: &Lexed) -> Vec<Function> {
    let tokens = &lexed.tokens;
    let mut found = Vec::new();
    let mut statement = 0;
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        if token.is(Token::DIRECTIVE) {
            index += 1;
            if tokens.get(index).is_none_or(|next| !next.is(Token::DIRECTIVE) || next.is(Token::LINE_START)) {
                statement = statement.max(index);
            }
            continue;
        }
        match token.byte {
            b'(' if token.is_punct(b'(') => {
                if let Some(function) = definition(bytes, lexed, statement, index) {
                    index = function.body.end + 1;
                    statement = index;
                    found.push(function);
                    continue;
                }
                index = lexed.close_of(index, tokens.len()).unwrap_or(index);
            }
            b';' | b'{' | b'}' if token.kind == TokenKind::Punct => statement = index + 1,
            _ => {}
        }
        index += 1;
    }
    found
}

/// Reads a definition that starts at `statement`, with a parameter list that may open at `open`.
fn definition(bytes: &[u8], lexed: &Lexed, statement: usize, open: usize) -> Option<Function> {
    let tokens = &lexed.tokens;
    let name = open.checked_sub(1)?;
    if name < statement || name - statement > FAR || tokens[name].kind != TokenKind::Identifier {
        return None;
    }
    let before = name.checked_sub(1).filter(|&before| before >= statement).map(|before| &tokens[before]);
    if before.is_some_and(|t| t.is_punct(b'<') || t.is_punct(b',') || t.is_punct(b'.')) {
        return None;
    }
    let word = &bytes[tokens[name].span().range()];
    if is_before_parenthesis(word) || list::has(list::CUDA_ATTRIBUTES_WITH_ARGUMENTS, word) {
        return None;
    }
    let close = lexed.close_of(open, tokens.len())?;
    let brace = body_open(lexed, close + 1)?;
    let end = body_close(lexed, brace).unwrap_or(tokens.len() - 1);
    let head = statement..name;
    let has = |word: &[u8]| tokens[head.clone()].iter().any(|t| &bytes[t.span().range()] == word);
    let is_assigned =
        tokens[behind_templates(bytes, lexed, head.clone())..name].iter().any(|t| t.is_punct(b'='));
    if is_assigned || has(b"return") {
        return None;
    }
    let space = if has(b"__global__") {
        Space::Kernel
    } else if has(b"__device__") {
        Space::Device
    } else {
        Space::Host
    };
    Some(Function { name, head, parameters: open + 1..close, body: brace + 1..end.max(brace + 1), space })
}

/// Index of the first token of `head` behind its lists of template parameters, which can have defaults.
pub(crate) fn behind_templates(bytes: &[u8], lexed: &Lexed, head: Range<usize>) -> usize {
    let tokens = &lexed.tokens;
    let mut start = head.start;
    let (mut at, mut depth) = (head.start, 0_usize);
    while at < head.end {
        let token = &tokens[at];
        match token.byte {
            b'<' if token.is_punct(b'<') => depth += 1,
            b'>' if token.is_punct(b'>') => depth = depth.saturating_sub(1),
            b'(' | b'{' if token.kind == TokenKind::Punct && depth > 0 => {
                at = lexed.close_of(at, head.end).unwrap_or(at);
            }
            _ if depth == 0 && &bytes[token.span().range()] != b"template" => break,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            start = at;
        }
    }
    start
}

/// Index of the `{` that opens a body behind a parameter list, its qualifiers and member initialisers.
fn body_open(lexed: &Lexed, from: usize) -> Option<usize> {
    let tokens = &lexed.tokens;
    let mut index = from;
    let mut initialisers = false;
    for _ in 0..FAR {
        let token = tokens.get(index)?;
        match token.byte {
            _ if token.is(Token::DIRECTIVE) => {}
            b'{' if initialisers && tokens[index - 1].kind == TokenKind::Identifier => {
                index = lexed.close_of(index, tokens.len())?;
            }
            b'{' => return Some(index),
            b'(' | b'[' => index = lexed.close_of(index, tokens.len())?,
            b':' if token.is_punct(b':') => initialisers = true,
            b',' if initialisers => {}
            b'<' | b'>' | b'*' | b'&' | b'.' => {}
            _ if token.kind == TokenKind::Identifier || token.is_double(b':') || token.is_double(b'-') => {}
            b'0'..=b'9' => {}
            _ => return None,
        }
        index += 1;
    }
    None
}

/// Index of the `}` that closes the body at `open`. Each branch of an `#if` may open or close braces: the braces of the
/// first branch count, and each other branch starts at the same depth as the first.
fn body_close(lexed: &Lexed, open: usize) -> Option<usize> {
    let tokens = &lexed.tokens;
    let mut directive = lexed.directives.partition_point(|d| d.span.start < tokens[open].start);
    let mut braces = Braces::default();
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(Token::DIRECTIVE) {
            if let Some(here) = lexed.directives.get(directive).filter(|d| d.span.start == token.start) {
                directive += 1;
                braces.pass_directive(here.kind);
            }
        } else if token.is_punct(b'{') && braces.skipping.is_none() {
            braces.depth += 1;
        } else if token.is_punct(b'}') && braces.skipping.is_none() {
            braces.depth = braces.depth.saturating_sub(1);
            if braces.depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// How many braces are open, over the branches of conditions.
#[derive(Default)]
struct Braces {
    depth: usize,
    /// For each open `#if`: the depth before it, and the depth behind its first branch after that branch.
    groups: Vec<(usize, Option<usize>)>,
    /// How many groups are open, in the other branches of the group in which the body opened.
    skipping: Option<usize>,
}

impl Braces {
    fn pass_directive(&mut self, kind: DirectiveKind) {
        use DirectiveKind::{Elif, Elifdef, Elifndef, Else, Endif, If, Ifdef, Ifndef};
        if let Some(inner) = self.skipping {
            match kind {
                If | Ifdef | Ifndef => self.skipping = Some(inner + 1),
                Endif => self.skipping = inner.checked_sub(1),
                _ => {}
            }
            return;
        }
        match kind {
            If | Ifdef | Ifndef => self.groups.push((self.depth, None)),
            Elif | Elifdef | Elifndef | Else => match self.groups.last_mut() {
                Some((before, first)) => {
                    first.get_or_insert(self.depth);
                    self.depth = *before;
                }
                None => self.skipping = Some(0),
            },
            Endif => self.depth = self.groups.pop().and_then(|(_, first)| first).unwrap_or(self.depth),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer::lex;

    fn check(code: &str, expected: &[(&str, Space)]) {
        let lexed = lex(code.as_bytes());
        let name = |f: &Function| {
            std::str::from_utf8(&code.as_bytes()[lexed.tokens[f.name].span().range()]).expect("ascii")
        };
        let found = functions(code.as_bytes(), &lexed);
        let found: Vec<_> = found.iter().map(|f| (name(f), f.space)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn kernels_and_device_functions() {
        check(
            "#define A(x) x\nnamespace n { template <int N> __global__ void __launch_bounds__(256) k(int *a) { f(); } }\n\
             static __device__ __forceinline__ float g(float x) { return x; }\nint h(int);\nint x = f(2);\nvoid m() const {}",
            &[("k", Space::Kernel), ("g", Space::Device), ("m", Space::Host)],
        );
    }

    #[test]
    fn braces_that_each_branch_opens() {
        let two = &[("f", Space::Kernel), ("g", Space::Host)];
        check("__global__ void f() {\n#if A\nif (a) {\n#else\nif (b) {\n#endif\nx(); }\n}\nvoid g() {}", two);
        check("__global__ void f() {\n#if A\nx(); }\n#else\ny(); }\n#endif\nvoid g() {}", two);
        check("#if A\n__global__ void f() {\n#else\nvoid f(int) {\n#endif\nx(); }\nvoid g() {}", two);
    }

    #[test]
    fn constructors_and_broken_code() {
        check(
            "struct S { S(int a) : a_{a}, b(2) { f(); } int a_, b; }; int main() { k<<<1, 2>>>(3);",
            &[("S", Space::Host), ("main", Space::Host)],
        );
        check(
            "template <typename T = float, int N = 4> template <class U = T> __global__ void k(T *x) { x[0] = N; }",
            &[("k", Space::Kernel)],
        );
        check("template <typename T = float> T value = g(T{1}) + 2;", &[]);
        check("void f( { } g", &[]);
        check("template <E (*D)(S)> class G { };", &[]);
    }
}
