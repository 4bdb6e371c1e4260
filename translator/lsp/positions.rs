//! Positions in the form of the protocol: lines from 0, and columns in units of UTF-16.

use lsp_types::{Position, Range};
use tranship_engine::text::Span;

/// A text with the starts of its lines. A line ends with `\n`, `\r\n` or `\r`.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let is_end = |at: usize| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n');
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(|&at| is_end(at));
        Self { bytes, starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect() }
    }

    /// The bytes of the line with this number, with its line end; empty if there is no such line.
    pub(super) fn line(&self, number: u32) -> &'a [u8] {
        let Some(&start) = self.starts.get(number as usize) else { return &[] };
        let end = self.starts.get(number as usize + 1).copied().unwrap_or(self.bytes.len());
        &self.bytes[start..end]
    }

    /// The offset of the first byte of the line with this number, or the end of the text.
    pub(super) fn start(&self, number: u32) -> usize {
        self.starts.get(number as usize).copied().unwrap_or(self.bytes.len())
    }

    /// The position of the byte at `offset`.
    pub(super) fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.bytes.len());
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = String::from_utf8_lossy(&self.bytes[self.starts[line]..offset]);
        Position { line: line as u32, character: before.chars().map(|one| one.len_utf16() as u32).sum() }
    }

    /// The positions of `span`.
    pub(super) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The offset of `position`. A column behind the end of its line is the end of the line.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = self.line(position.line);
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let mut units = 0;
        let mut at = 0;
        for letter in String::from_utf8_lossy(content).chars() {
            if units >= position.character {
                break;
            }
            units += letter.len_utf16() as u32;
            at += letter.len_utf8();
        }
        self.start(position.line) + at.min(content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{1f600}b\r\ncé\rd\n";

    fn position(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_units_of_utf_16() {
        let lines = Lines::new(TEXT.as_bytes());
        // The smiley has two units of UTF-16 and four bytes.
        let places = [
            (0, 0, 0),
            (1, 0, 1),
            (5, 0, 3),
            (6, 0, 4),
            (8, 1, 0),
            (9, 1, 1),
            (11, 1, 2),
            (12, 2, 0),
            (14, 3, 0),
        ];
        for (offset, line, character) in places {
            assert_eq!(lines.position(offset), position(line, character), "{offset}");
            assert_eq!(lines.offset(position(line, character)), offset as usize, "{line}:{character}");
        }
    }

    #[test]
    fn positions_behind_the_text_are_its_end() {
        let lines = Lines::new(TEXT.as_bytes());
        assert_eq!(lines.offset(position(0, 99)), 6);
        assert_eq!(lines.offset(position(9, 0)), TEXT.len());
        assert_eq!(lines.position(99), position(3, 0));
        // The middle of a pair of units is the end of its letter.
        assert_eq!(lines.offset(position(0, 2)), 5);
        assert_eq!(Lines::new(b"").offset(position(0, 5)), 0);
    }
}
