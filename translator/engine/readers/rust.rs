//! Rust's names, strings and brackets as tokens. In build scripts, options of compilers are strings.
//!
//! It does not parse. Comments are left out, and characters and lifetimes are marks.

use crate::text::Span;

/// What a token is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name, keyword or number.
    Name,
    /// A string literal; escapes are left as they are.
    Text,
    /// Anything else: one byte of an operator or a bracket.
    Mark(u8),
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
}

/// The tokens of a file.
pub fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let rest = &bytes[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with(b"//") {
            at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with(b"/*") {
            at += comment(rest);
            continue;
        }
        let (kind, inner, length) = if let Some((from, to, length)) = text(rest) {
            (Kind::Text, Some((from, to)), length)
        } else if is_name(byte) {
            (Kind::Name, None, rest.iter().take_while(|&&byte| is_name(byte)).count())
        } else if byte == b'\'' {
            (Kind::Mark(byte), None, character(rest))
        } else {
            (Kind::Mark(byte), None, 1)
        };
        at += length;
        let span = Span::new(start as u32, at as u32);
        let inner = inner.map_or(span, |(from, to)| Span::new((start + from) as u32, (start + to) as u32));
        tokens.push(Token { kind, span, inner });
    }
    tokens
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of the block comment at the start of `text`, nested comments included.
fn comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The string at the start of `text`: where its content begins and ends, and its length. A string without an end goes
/// to the end of the file, as it does for the compiler.
fn text(text: &[u8]) -> Option<(usize, usize, usize)> {
    let prefix = text.iter().take(2).take_while(|byte| b"bcr".contains(byte)).count();
    let raw = text[..prefix].contains(&b'r');
    let hashes = text[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = prefix + hashes;
    if text.get(open) != Some(&b'"') || (hashes > 0 && !raw) {
        return None;
    }
    let start = open + 1;
    let mut at = start;
    loop {
        match text.get(at) {
            None => return Some((start, text.len(), text.len())),
            Some(b'\\') if !raw => at += 2,
            Some(b'"')
                if text[at + 1..].iter().take(hashes).filter(|&&byte| byte == b'#').count() == hashes =>
            {
                return Some((start, at, at + 1 + hashes));
            }
            _ => at += 1,
        }
    }
}

/// The length of a character, or 1 for the mark of a lifetime.
fn character(text: &[u8]) -> usize {
    let body = match text.get(1) {
        Some(b'\\') => 2 + text[2..].iter().take(10).position(|&byte| byte == b'\'').unwrap_or(0),
        Some(byte) => {
            1 + match byte {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            }
        }
        None => return 1,
    };
    // `'\''` ends behind its second quote.
    let body = if text.starts_with(b"'\\''") { 3 } else { body };
    if text.get(body) == Some(&b'\'') { body + 1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = tokens(text.as_bytes()).iter().map(|t| &text[t.inner.range()]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tokens_are_read() {
        check("f(\"a\\\"b\") // \"c\"\n", &["f", "(", "a\\\"b", ")"]);
        check("r#\"a\"b\"# /* x /* \"y\" */ */ br\"\\\"", &["a\"b", "\\"]);
        check("'\"' '\\'' '\\u{1}' &'a str 'ü'", &["'\"'", "'\\''", "'\\u{1}'", "&", "'", "a", "str", "'ü'"]);
        check("a \"open\n b", &["a", "open\n b"]);
        check("r#\"open\"", &["open\""]);
        check("\"\\", &["\\"]);
        check("/* open", &[]);
    }
}
