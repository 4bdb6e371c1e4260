//! Code inside of string literals: its text for the compiler, and the place of each byte in the file, so that findings
//! and edits can be moved back to the file.
//!
//! It refuses a change that cannot be written in a literal; that change becomes a manual finding.

use std::ops::Range;

use memchr::memmem;
use tranship_rules::Level;

use crate::cpp::{Token, TokenKind, Unit, lexer};
use crate::finding::{Finding, Fix};
use crate::text::{Edit, Piece, Replacement, Span};

/// The attributes of device code. Device code in a string has one of them.
pub(crate) const DEVICE_HINTS: [&[u8]; 2] = [b"__global__", b"__device__"];

/// How one literal is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// Its content.
    pub(crate) inner: Span,
    /// Whether backslashes are literal.
    pub(crate) raw: bool,
    /// Whether it may contain line ends.
    pub(crate) lines: bool,
    /// The text that ends it. Inside the literal, an escape is needed for its last character.
    pub(crate) end: String,
}

impl Literal {
    /// How the string at `token` is written; `None` where it is not closed.
    pub(crate) fn of(unit: &Unit, token: &Token) -> Option<Self> {
        let text = unit.text(token);
        let quote = text.iter().position(|&byte| byte == b'"')?;
        let span = |from: usize, to: usize| Span::new(token.start + from as u32, token.start + to as u32);
        if token.kind == TokenKind::RawString {
            let open = text.iter().position(|&byte| byte == b'(')?;
            let end = format!("){}\"", std::str::from_utf8(text.get(quote + 1..open)?).ok()?);
            let close = memmem::rfind(text, end.as_bytes()).filter(|&close| close > open)?;
            return Some(Self { inner: span(open + 1, close), raw: true, lines: true, end });
        }
        let close = memchr::memrchr(b'"', text).filter(|&close| close > quote)?;
        Some(Self { inner: span(quote + 1, close), raw: false, lines: false, end: "\"".to_owned() })
    }
}

/// The content of literals that follow each other, as one text.
pub(crate) struct Embedded {
    /// The text that the compiler of the code gets.
    pub(crate) text: Vec<u8>,
    /// For each byte of the text its bytes in the file.
    places: Vec<Span>,
    /// Where in the text each literal ends.
    parts: Vec<(usize, Literal)>,
}

impl Embedded {
    /// Reads `literals` of a file. Escapes other than `\n`, `\t`, `\\` and quotes stay as they are.
    pub(crate) fn new(bytes: &[u8], literals: Vec<Literal>) -> Self {
        let mut embedded = Self { text: Vec::new(), places: Vec::new(), parts: Vec::new() };
        for literal in literals {
            embedded.read(bytes, &literal);
            embedded.parts.push((embedded.text.len(), literal));
        }
        embedded
    }

    fn read(&mut self, bytes: &[u8], literal: &Literal) {
        let (mut at, end) = (literal.inner.start as usize, literal.inner.end as usize);
        while at < end {
            let escape = if literal.raw { &[][..] } else { bytes.get(at..end).unwrap_or_default() };
            let (byte, length) = match escape {
                [b'\\', b'n', ..] => (Some(b'\n'), 2),
                [b'\\', b't', ..] => (Some(b'\t'), 2),
                [b'\\', mark @ (b'\\' | b'"' | b'\''), ..] => (Some(*mark), 2),
                // A line continuation has no byte in the text.
                [b'\\', b'\n', ..] => (None, 2),
                [b'\\', b'\r', b'\n', ..] => (None, 3),
                _ => (Some(bytes[at]), 1),
            };
            if let Some(byte) = byte {
                self.text.push(byte);
                self.places.push(Span::new(at as u32, (at + length) as u32));
            }
            at += length;
        }
    }

    /// Whether the text seems to contain a function of device code: an attribute and a `{`.
    pub(crate) fn is_device_code(&self) -> bool {
        if !DEVICE_HINTS.iter().any(|hint| memmem::find(&self.text, hint).is_some()) {
            return false;
        }
        let lexed = lexer::lex(&self.text);
        let is_hint = |token: &Token| DEVICE_HINTS.contains(&&self.text[token.span().range()]);
        let first = lexed.tokens.iter().position(is_hint);
        first.is_some_and(|first| lexed.tokens[first..].iter().any(|token| token.is_punct(b'{')))
    }

    /// The bytes of the text that come from the literal with the number `index`.
    pub(crate) fn part(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(0, |before| self.parts[before].0);
        start..self.parts[index].0
    }

    /// The finding in the offsets of the file. A change that cannot be written in the literals is left to a person.
    pub(crate) fn carry(&self, finding: Finding) -> Finding {
        let span = self.place(finding.span);
        let also = finding.also.iter().map(|&span| self.place(span)).collect();
        let edits: Option<Vec<Edit>> = finding.fix.edits().iter().map(|edit| self.edit(edit)).collect();
        if let Some(edits) = edits {
            return Finding { span, also, fix: Fix::Many(edits), ..finding };
        }
        let todo = if finding.fix.edits().iter().any(names_helper) {
            "give the compiler at run time the header `tranship_hip.h`, and write the change by hand"
        } else {
            "write the change by hand: it does not fit into this string"
        };
        let todo = match finding.words().todo {
            own if own.is_empty() => todo.to_owned(),
            own => format!("{own}; {todo}"),
        };
        Finding { span, also, fix: Fix::None, level: Level::Manual, ..finding }.advising(todo)
    }

    /// The bytes of the file for `span` of the text.
    pub(crate) fn place(&self, span: Span) -> Span {
        let (start, end) = (span.start as usize, span.end as usize);
        let last = self.parts.last().map_or(0, |(_, literal)| literal.inner.end);
        let first = self.places.get(start).map_or(last, |place| place.start);
        if start == end {
            return Span::at(first);
        }
        let end = end.checked_sub(1).and_then(|end| self.places.get(end)).map_or(last, |place| place.end);
        Span::new(first, end.max(first))
    }

    /// The literal that contains all of `span`.
    fn literal(&self, span: Span) -> Option<&Literal> {
        let at = |offset: u32| self.parts.iter().position(|(end, _)| (offset as usize) < *end);
        let first = at(span.start).unwrap_or(self.parts.len().checked_sub(1)?);
        let same = span.is_empty() || at(span.end - 1) == Some(first);
        same.then(|| &self.parts[first].1)
    }

    fn edit(&self, edit: &Edit) -> Option<Edit> {
        // Helpers are in a header that a compiler at run time does not find.
        if names_helper(edit) {
            return None;
        }
        let literal = self.literal(edit.span)?;
        let with = match &edit.with {
            Replacement::Text(text) => Replacement::Text(written(text, literal)?.into()),
            Replacement::Pieces(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => written(text, literal).map(|text| Piece::Text(text.into())),
                    Piece::Span(span) => Some(Piece::Span(self.place(*span))),
                };
                Replacement::Pieces(pieces.iter().map(piece).collect::<Option<_>>()?)
            }
        };
        Some(Edit { span: self.place(edit.span), with })
    }
}

fn names_helper(edit: &Edit) -> bool {
    match &edit.with {
        Replacement::Text(text) => text.contains("tranship"),
        Replacement::Pieces(pieces) => {
            pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("tranship")))
        }
    }
}

/// `text` with the escapes of the literal; `None` if the literal cannot contain it.
fn written(text: &str, literal: &Literal) -> Option<String> {
    if literal.raw {
        let fits = !text.contains(&literal.end) && (literal.lines || !text.contains('\n'));
        return fits.then(|| text.to_owned());
    }
    let quote = literal.end.chars().last();
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '\n' if !literal.lines => out.push_str("\\n"),
            '\\' => out.push_str("\\\\"),
            _ if Some(char) == quote => out.extend(['\\', char]),
            _ => out.push(char),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The literals of `text` between `|` marks.
    fn embedded(text: &str, raw: bool) -> Embedded {
        let marks: Vec<u32> = text.match_indices('|').map(|(at, _)| at as u32).collect();
        let literal = |pair: &[u32]| Literal {
            inner: Span::new(pair[0] + 1, pair[1]),
            raw,
            lines: false,
            end: "\"".to_owned(),
        };
        Embedded::new(text.as_bytes(), marks.chunks(2).map(literal).collect())
    }

    #[test]
    fn escapes_and_literals_become_one_text() {
        let found = embedded(r#"|a\n\"b| and |\\c|"#, false);
        assert_eq!(found.text, b"a\n\"b\\c");
        assert_eq!(found.place(Span::new(1, 3)), Span::new(2, 6));
        assert_eq!(found.place(Span::new(4, 5)), Span::new(14, 16));
        assert_eq!(embedded(r"|a\n|", true).text, b"a\\n");
    }

    #[test]
    fn an_edit_stays_within_one_literal_and_keeps_its_quoting() {
        let found = embedded(r"|ab| |cd|", false);
        let edit = |from, to, text: &'static str| found.edit(&Edit::replace(Span::new(from, to), text));
        assert_eq!(edit(1, 2, "x\"\n\\"), Some(Edit::replace(Span::new(2, 3), r#"x\"\n\\"#)));
        assert_eq!(edit(2, 2, "x"), Some(Edit::insert(6, "x")));
        assert_eq!(edit(4, 4, "x"), Some(Edit::insert(8, "x")));
        assert_eq!(edit(1, 3, "x"), None);
        assert_eq!(edit(0, 1, "tranship::f"), None);
        let raw = embedded(r"|ab|", true);
        assert_eq!(raw.edit(&Edit::replace(Span::new(0, 1), "\"")), None);
    }
}
