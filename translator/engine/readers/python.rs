//! Python's tokens, as far as names, strings and brackets go, for every version of the language.
//!
//! Nothing is parsed: what a pass asks for are calls, lists and strings, which brackets and commas tell.

use crate::text::Span;

/// What a token is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A string literal.
    Text(Quoting),
    /// A number.
    Number,
    /// Anything else: one byte of an operator or a bracket.
    Mark(u8),
}

/// How a string is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Quoting {
    /// Backslashes stand for themselves.
    pub raw: bool,
    /// Expressions in braces are put in.
    pub format: bool,
    /// In three quotes, so that line ends may stand in it.
    pub triple: bool,
    /// The quote.
    pub quote: u8,
}

/// One token.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// All its bytes.
    pub span: Span,
    /// The content of a string; else the same as `span`.
    pub inner: Span,
    /// How far its line is indented, in bytes.
    pub indent: u32,
}

impl Token {
    /// Whether it is the mark `byte`.
    pub fn is(&self, byte: u8) -> bool {
        self.kind == Kind::Mark(byte)
    }
}

/// The tokens of a file; comments and white space lie between them.
pub fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut indent, mut in_indent) = (0, 0_u32, true);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        match byte {
            b'\n' => {
                (indent, in_indent) = (0, true);
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | 0x0c => {
                indent += u32::from(in_indent);
                at += 1;
                continue;
            }
            b'#' => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                continue;
            }
            _ => in_indent = false,
        }
        let (kind, inner) = if let Some((quoting, inner, end)) = text(bytes, at) {
            at = end;
            (Kind::Text(quoting), inner)
        } else {
            at += take(bytes, at);
            let kind = match byte {
                b'0'..=b'9' => Kind::Number,
                _ if is_name(byte) => Kind::Name,
                _ => Kind::Mark(byte),
            };
            (kind, Span::new(start as u32, at as u32))
        };
        tokens.push(Token { kind, span: Span::new(start as u32, at as u32), inner, indent });
    }
    tokens
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of the name, number or mark at `at`.
fn take(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|&&byte| is_name(byte)).count().max(1)
}

/// The string at `at`: how it is written, its content, and where it ends. One that does not end is none.
fn text(bytes: &[u8], at: usize) -> Option<(Quoting, Span, usize)> {
    let prefix = bytes[at..].iter().take(2).take_while(|byte| b"rRbBuUfF".contains(byte)).count();
    let quote = *bytes.get(at + prefix).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let has = |letter: u8| bytes[at..at + prefix].iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
    let triple = bytes[at + prefix..].starts_with(&[quote; 3]);
    let quoting = Quoting { raw: has(b'r'), format: has(b'f'), triple, quote };
    let width = if triple { 3 } else { 1 };
    let start = at + prefix + width;
    let mut next = start;
    loop {
        match *bytes.get(next)? {
            b'\\' => next += 2,
            b'\n' if !triple => return None,
            byte if byte == quote && (!triple || bytes[next..].starts_with(&[quote; 3])) => {
                return Some((quoting, Span::new(start as u32, next as u32), next + width));
            }
            _ => next += 1,
        }
    }
}

/// No condition of a choice has so many tokens.
const LONGEST_CHOICE: usize = 64;

fn depth(token: &Token) -> i32 {
    match token.kind {
        Kind::Mark(b'(' | b'[' | b'{') => 1,
        Kind::Mark(b')' | b']' | b'}') => -1,
        _ => 0,
    }
}

/// For each token the innermost bracket that is open there; a closing bracket stands outside of its own.
pub fn around(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let innermost = tokens.iter().enumerate().map(|(index, token)| {
        if depth(token) < 0 {
            open.pop();
        }
        let around = open.last().copied();
        if depth(token) > 0 {
            open.push(index);
        }
        around
    });
    innermost.collect()
}

/// Where the value that ends before token `end` begins: at its bracket, if one ends it.
fn value_before(tokens: &[Token], end: usize) -> usize {
    let mut open = 0;
    for index in (0..end).rev() {
        open -= depth(&tokens[index]);
        if open <= 0 {
            return index;
        }
    }
    end
}

/// Where the value that begins at token `start` ends: behind its bracket, if one begins it.
fn value_behind(tokens: &[Token], start: usize) -> usize {
    let mut open = 0;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        open += depth(token);
        if open <= 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// For each token, whether it stands in a chain of `if` blocks of which one condition is `told` by its names and strings,
/// or is part of a choice by such a condition: `a if condition else b`.
pub fn settled(bytes: &[u8], tokens: &[Token], told: impl Fn(&str) -> bool) -> Vec<bool> {
    let word = |token: &Token| std::str::from_utf8(&bytes[token.inner.range()]).unwrap_or_default();
    let mut settled = vec![false; tokens.len()];
    let is_line_start = |index: usize| {
        let before = index.checked_sub(1).map_or(0, |before| tokens[before].span.end as usize);
        bytes[before..tokens[index].span.start as usize].contains(&b'\n') || index == 0
    };
    for start in 0..tokens.len() {
        let head = &tokens[start];
        if word(head) != "if" || head.kind != Kind::Name {
            continue;
        }
        if !is_line_start(start) {
            if settled[start] {
                continue;
            }
            let condition = tokens[start..].iter().take_while(|token| word(token) != "else");
            let length = condition.clone().take(LONGEST_CHOICE).count();
            if length < LONGEST_CHOICE && condition.into_iter().any(|token| told(word(token))) {
                settled[value_before(tokens, start)..value_behind(tokens, start + length + 1)].fill(true);
            }
            continue;
        }
        let goes_on = |index: usize| {
            let token = &tokens[index];
            token.indent > head.indent
                || !is_line_start(index)
                || (token.indent == head.indent && matches!(word(token), "elif" | "else"))
        };
        let end = (start + 1..tokens.len()).find(|&index| !goes_on(index)).unwrap_or(tokens.len());
        let is_head = |index: usize| {
            index == start
                || (tokens[index].indent == head.indent && matches!(word(&tokens[index]), "elif" | "else"))
        };
        let heads = (start..end).filter(|&index| is_head(index));
        let tells = heads.into_iter().any(|head| {
            let condition = tokens[head..end].iter().take_while(|token| !token.is(b':'));
            condition.into_iter().any(|token| told(word(token)))
        });
        if tells {
            settled[start..end].fill(true);
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> =
            tokens(text.as_bytes()).iter().map(|t| text[t.inner.range()].to_owned()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tokens_are_read() {
        check("a.b('c\\'d', 1) # e", &["a", ".", "b", "(", "c\\'d", ",", "1", ")"]);
        check("x = r\"\"\"a\"b\n'\"\"\" f'{y}'", &["x", "=", "a\"b\n'", "{y}"]);
        check("print 'old', u'z'\r\n", &["print", "old", ",", "z"]);
        check("'open\nb", &["'", "open", "b"]);
        check("\"", &["\""]);
        check("r'\\' x'", &["\\' x"]);
    }

    #[test]
    fn branches_are_told() {
        let text = "if torch.version.hip:\n  a\nelse:\n  b\nif x:\n  c\n";
        let tokens = tokens(text.as_bytes());
        let settled = settled(text.as_bytes(), &tokens, |word| word == "hip");
        let is = |name: &str| {
            tokens.iter().zip(&settled).any(|(token, settled)| &text[token.span.range()] == name && *settled)
        };
        assert!(is("a") && is("b") && !is("c"));
        let text = "f([d, e] if torch.version.hip else [g], h, [i if x else j])\nk = 'l' if hip\n";
        let tokens = super::tokens(text.as_bytes());
        let settled = super::settled(text.as_bytes(), &tokens, |word| word == "hip");
        let is = |name: &str| {
            tokens.iter().zip(&settled).any(|(token, settled)| &text[token.inner.range()] == name && *settled)
        };
        assert!(is("d") && is("e") && is("g") && !is("h") && !is("i") && !is("j"));
    }
}
