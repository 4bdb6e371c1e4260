//! Line and column of a byte offset, computed only for places that a person sees.

use std::cell::Cell;

use memchr::{memchr_iter, memrchr};

/// A place as people count it: both from 1.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (not bytes), from 1; a byte that is not UTF-8 counts as one.
    pub column: u32,
}

/// The offset at which the line of byte `at` begins.
pub fn line_start(bytes: &[u8], at: usize) -> usize {
    memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1)
}

/// The line starts of one file.
pub struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<u32>,
    /// The last offset and its column. Later columns of the same line are counted from it, because lines can be long.
    last: Cell<(u32, u32)>,
}

impl<'a> Lines<'a> {
    /// Finds the line starts of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        let starts = std::iter::once(0).chain(memchr_iter(b'\n', bytes).map(|at| at as u32 + 1)).collect();
        Self { bytes, starts, last: Cell::new((0, 0)) }
    }

    /// The position of byte `offset`.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1];
        let end = offset.clamp(start, self.bytes.len() as u32);
        let (known, column) = match self.last.get() {
            (known, column) if (start..=end).contains(&known) && self.begins_character(known) => {
                (known, column)
            }
            _ => (start, 0),
        };
        let between = &self.bytes[known as usize..end as usize];
        let column = column + String::from_utf8_lossy(between).chars().count() as u32;
        self.last.set((end, column));
        Position { line: line as u32, column: column + 1 }
    }

    /// Whether the byte at `offset` is not in the middle of a character.
    fn begins_character(&self, offset: u32) -> bool {
        self.bytes.get(offset as usize).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000)
    }

    /// The bytes of `line` (from 1) without its line end; empty when there is no such line.
    pub fn text(&self, line: u32) -> &'a [u8] {
        let Some(&start) = self.starts.get(line as usize - 1) else { return &[] };
        let end = self.starts.get(line as usize).map_or(self.bytes.len(), |&next| next as usize - 1);
        let text = &self.bytes[start as usize..end.max(start as usize)];
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// Offset of the first byte of `line` (from 1), or the length of the file behind the last line.
    pub fn start(&self, line: u32) -> u32 {
        self.starts.get(line as usize - 1).copied().unwrap_or(self.bytes.len() as u32)
    }

    /// The number of lines; a line end at the end of the file does not begin another line.
    pub fn count(&self) -> u32 {
        let last_is_empty = self.starts.last().is_some_and(|&start| start as usize == self.bytes.len());
        self.starts.len() as u32 - u32::from(last_is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_starts_behind_the_last_line_end() {
        let check =
            |text: &str, at, expected| assert_eq!(line_start(text.as_bytes(), at), expected, "{text:?} {at}");
        check("", 0, 0);
        check("ab", 1, 0);
        check("a\nb", 1, 0);
        check("a\nb", 2, 2);
        check("a\r\n\nb", 5, 4);
    }

    #[test]
    fn columns_are_the_same_in_any_order() {
        let bytes = b"a\xc3\xa9\xe2\x82\xacb\xff \x80c\nd";
        let fresh: Vec<_> = (0..bytes.len() as u32).map(|at| Lines::new(bytes).position(at)).collect();
        let lines = Lines::new(bytes);
        for (at, expected) in fresh.iter().enumerate().chain(fresh.iter().enumerate().rev()) {
            assert_eq!(lines.position(at as u32), *expected, "{at}");
            assert_eq!(lines.position(at as u32), *expected, "{at}");
        }
    }

    #[test]
    fn counts_characters_and_lines() {
        let lines = Lines::new("a\né+b\r\n".as_bytes());
        assert_eq!(lines.position(5), Position { line: 2, column: 3 });
        assert_eq!(lines.text(2), "é+b".as_bytes());
        assert_eq!(lines.count(), 2);
        assert_eq!(lines.text(9), b"");
    }
}
