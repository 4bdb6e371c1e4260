//! Python's names, strings, numbers and brackets as tokens, for every version of the language.
//!
//! It does not parse. Calls, lists and strings are found by brackets and commas.

use super::branches::{Branches, Chain};
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
    /// Whether backslashes are literal.
    pub raw: bool,
    /// Whether expressions in braces are replaced by their values.
    pub format: bool,
    /// Whether it has three quotes on each side, so that it may contain line ends.
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
    /// The content of a string; for other tokens the same as `span`.
    pub inner: Span,
    /// The indentation of its line, in bytes.
    pub indent: u32,
}

impl Token {
    /// Whether it is the mark `byte`.
    pub fn is(&self, byte: u8) -> bool {
        self.kind == Kind::Mark(byte)
    }
}

/// The tokens of a file, without comments and white space.
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

/// The string at `at`: how it is written, its content, and where it ends. `None` for a string without an end.
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

/// The most tokens in the condition of `a if condition else b`.
const LONGEST_CHOICE: usize = 64;

fn depth(token: &Token) -> i32 {
    match token.kind {
        Kind::Mark(b'(' | b'[' | b'{') => 1,
        Kind::Mark(b')' | b']' | b'}') => -1,
        _ => 0,
    }
}

/// For each token the innermost open bracket around it. A closing bracket is outside of the pair that it closes.
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

/// For each bracket its partner, which may be of another kind; for other tokens the token itself.
fn partners(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut partners = vec![None; tokens.len()];
    for (index, token) in tokens.iter().enumerate() {
        match depth(token) {
            1 => open.push(index),
            -1 => {
                if let Some(opener) = open.pop() {
                    partners[opener] = Some(index);
                    partners[index] = Some(opener);
                }
            }
            _ => partners[index] = Some(index),
        }
    }
    partners
}

/// The tokens of a file. Its branches are `if` blocks and choices: `a if condition else b`.
pub struct Script<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// Its tokens.
    pub tokens: &'a [Token],
}

impl Script<'_> {
    fn word(&self, token: &Token) -> &str {
        std::str::from_utf8(&self.bytes[token.inner.range()]).unwrap_or_default()
    }

    fn starts_line(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or(0, |before| self.tokens[before].span.end as usize);
        index == 0 || self.bytes[before..self.tokens[index].span.start as usize].contains(&b'\n')
    }

    /// The choice `a if condition else b` with its `if` at token `start`.
    fn choice(&self, start: usize, partners: &[Option<usize>]) -> Option<Chain> {
        let near = &self.tokens[start..self.tokens.len().min(start + LONGEST_CHOICE)];
        let length = near.iter().take_while(|token| self.word(token) != "else").count();
        if length == LONGEST_CHOICE {
            return None;
        }
        // A value is one token, or a pair of brackets with its content.
        let before = start.checked_sub(1).and_then(|end| partners[end]).filter(|&before| before < start);
        let behind = start + length + 1;
        let end =
            partners.get(behind).copied().flatten().map_or(self.tokens.len(), |end| end.max(behind) + 1);
        let parts = before.unwrap_or(start)..end;
        Some(Chain::new(parts, start..start + length))
    }

    /// Whether the tokens from `part` on are `ROCM_HOME or CUDA_HOME`. The value does not depend on the vendor, so a condition with
    /// it is no question about HIP.
    fn is_folder_of_either(&self, part: usize) -> bool {
        let words = ["ROCM_HOME", "or", "CUDA_HOME"];
        let tokens = self.tokens.get(part..part + words.len()).unwrap_or_default();
        !tokens.is_empty() && tokens.iter().zip(words).all(|(token, word)| self.word(token) == word)
    }

    /// The blocks of the `if` at token `start`, which begins its line.
    fn blocks(&self, start: usize) -> Chain {
        let tokens = self.tokens;
        let head = &tokens[start];
        let is_branch = |index: usize| {
            tokens[index].indent == head.indent && matches!(self.word(&tokens[index]), "elif" | "else")
        };
        let goes_on =
            |index: usize| tokens[index].indent > head.indent || !self.starts_line(index) || is_branch(index);
        let end = (start + 1..tokens.len()).find(|&index| !goes_on(index)).unwrap_or(tokens.len());
        let heads = (start..end).filter(|&index| index == start || is_branch(index));
        let condition =
            |head: usize| head..head + tokens[head..end].iter().take_while(|token| !token.is(b':')).count();
        Chain { parts: start..end, conditions: heads.map(condition).collect() }
    }
}

impl Branches for Script<'_> {
    fn count(&self) -> usize {
        self.tokens.len()
    }

    fn has_word(&self, part: usize, is_match: &dyn Fn(&str) -> bool) -> bool {
        !self.is_folder_of_either(part) && is_match(self.word(&self.tokens[part]))
    }

    fn chains(&self) -> Vec<Chain> {
        let is_if =
            |&index: &usize| self.tokens[index].kind == Kind::Name && self.word(&self.tokens[index]) == "if";
        let partners = partners(self.tokens);
        let chain = |index| {
            if self.starts_line(index) { Some(self.blocks(index)) } else { self.choice(index, &partners) }
        };
        (0..self.tokens.len()).filter(is_if).filter_map(chain).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::branches::settled;

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

    /// Checks the one-letter names of `text`: upper case where a condition with `hip` settles the name.
    #[track_caller]
    fn check_settled(text: &str, expected: &str) {
        let tokens = tokens(text.as_bytes());
        let settled = settled(&Script { bytes: text.as_bytes(), tokens: &tokens }, &|word| word == "hip");
        let names = tokens.iter().zip(settled).filter(|(token, _)| token.inner.range().len() == 1);
        let names = names.map(|(token, settled)| (&text[token.inner.range()], settled));
        let found: String = names
            .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphabetic()))
            .map(|(name, settled)| if settled { name.to_uppercase() } else { name.to_owned() })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn settled_branches() {
        check_settled("if torch.version.hip:\n  a\nelse:\n  b\nif x:\n  c\n", "ABxc");
        check_settled("if x:\n  a\nelif hip:\n  b\nc\n", "XABc");
        check_settled("if x:\n  if hip:\n    a\n  b\n", "xAb");
        check_settled("f([d, e] if torch.version.hip else [g], h, [i if x else j])\n", "fDEGhixj");
    }
}
