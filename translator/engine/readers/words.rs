//! Words of a command line or of a list, with their bytes, and edits that replace or remove consecutive words.

use std::ops::Range;

use crate::text::{Edit, Span, line_start};

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Its text, without the quotes around it.
    pub text: &'a str,
    /// All its bytes.
    pub span: Span,
}

/// The words of `text`, which begins at offset `at`. White space and each byte of `separators` separate words.
pub fn words<'a>(text: &'a str, at: u32, separators: &[u8]) -> Vec<Word<'a>> {
    let is_gap = |byte: u8| byte.is_ascii_whitespace() || separators.contains(&byte);
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut next = 0;
    while next < bytes.len() {
        if is_gap(bytes[next]) {
            next += 1;
            continue;
        }
        let start = next;
        while next < bytes.len() && !is_gap(bytes[next]) {
            next += 1;
        }
        let span = Span::new(at + start as u32, at + next as u32);
        words.push(Word { text: &text[start..next], span });
    }
    words
}

/// The parts of `text` inside and outside of quotes, without the quotes and the backslashes before them:
/// `make FLAGS="-O2 -g" all` has three. An option and its value in quotes are different parts.
pub fn quoted_parts(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 0..=bytes.len() {
        if at < bytes.len() && !matches!(bytes[at], b'"' | b'\'') {
            continue;
        }
        let part = &text[start..at];
        let end = start + part.strip_suffix('\\').unwrap_or(part).len();
        parts.extend((start < end).then_some(start..end));
        start = at + 1;
    }
    parts
}

/// The edit that replaces `run` by the words `new`, joined by `joiner`. If `new` is empty, the edit also removes the
/// gap beside `run`.
pub fn put(bytes: &[u8], run: Span, new: &[String], joiner: &str) -> Edit {
    if new.is_empty() { Edit::remove(with_gap(bytes, run)) } else { Edit::replace(run, new.join(joiner)) }
}

/// `span` with the gap before it, or with the gap behind it if there is none before it.
///
/// The gap contains a line end only if the line before has no comment, which would otherwise include the next words.
pub fn with_gap(bytes: &[u8], span: Span) -> Span {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | b';');
    let before = |end: usize| bytes[..end].iter().rev().take_while(|byte| is_gap(byte)).count();
    let mut start = span.start as usize - before(span.start as usize);
    let line_end = bytes[..start].strip_suffix(b"\r\n").or_else(|| bytes[..start].strip_suffix(b"\n"));
    if let Some(rest) = line_end {
        let rest = rest.strip_suffix(b"\\").unwrap_or(rest);
        let line = line_start(rest, rest.len());
        if memchr::memchr(b'#', &rest[line..]).is_none() {
            start = rest.len() - before(rest.len());
        }
    }
    if start < span.start as usize {
        return Span::new(start as u32, span.end);
    }
    let after = bytes[span.end as usize..].iter().take_while(|byte| is_gap(byte)).count();
    Span::new(span.start, span.end + after as u32)
}
