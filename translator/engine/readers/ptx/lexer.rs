//! Splits PTX text into words and marks.

use crate::text::Span;

/// What a token is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, number or instruction with its parts: `ld.global.L2::128B`, `%tid.x`, `0f3F800000`.
    Word,
    /// A single mark.
    Mark(u8),
}

/// One token.
#[derive(Copy, Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) span: Span,
}

/// Splits `text`; comments and white space are left out.
pub(super) fn lex(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest {
            [byte, ..] if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            [b'/', b'/', ..] => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            [b'/', b'*', ..] => {
                at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            _ => word_length(rest),
        };
        let kind = if length == 0 { Kind::Mark(bytes[at]) } else { Kind::Word };
        // A character of several bytes is one mark. No rule of the grammar accepts it.
        let end = (at + length.max(1)..=bytes.len()).find(|&end| text.is_char_boundary(end));
        let end = end.unwrap_or(bytes.len());
        tokens.push(Token { kind, text: &text[at..end], span: Span::new(at as u32, end as u32) });
        at = end;
    }
    tokens
}

/// The number of bytes of a word at the start of `bytes`.
fn word_length(bytes: &[u8]) -> usize {
    let is_inner = |at: usize| match bytes[at] {
        b'_' | b'$' | b'%' | b'.' => true,
        // `L2::128B` is one word, `LABEL:` is not.
        b':' => bytes.get(at + 1) == Some(&b':') || (at > 0 && bytes[at - 1] == b':'),
        byte => byte.is_ascii_alphanumeric(),
    };
    (0..bytes.len()).take_while(|&at| is_inner(at)).count()
}
