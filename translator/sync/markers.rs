//! Finds the conflict markers that a sync wrote, and settles them by taking one side.

use super::merge::{LAST, MINE, NEW, Side};

/// A conflict in a text: byte offsets of its first line and of the end of its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The offset of the first marker.
    pub start: usize,
    /// The offset behind the line of the last marker.
    pub end: usize,
    /// The number of the line of the first marker, from 1.
    pub line: usize,
}

/// The marker that `line` is.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Marker {
    Mine,
    Last,
    Middle,
    New,
}

fn marker(line: &[u8]) -> Option<Marker> {
    let line = line.trim_ascii_end();
    let is = |sign: &str, label: &str| line == format!("{} {label}", sign.repeat(7)).as_bytes();
    match line.first()? {
        b'<' if is("<", MINE) => Some(Marker::Mine),
        b'|' if is("|", LAST) => Some(Marker::Last),
        b'=' if line == b"=======" => Some(Marker::Middle),
        b'>' if is(">", NEW) => Some(Marker::New),
        _ => None,
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// Whether `text` has a first or a last marker of a sync. A person who settles a conflict removes both.
pub fn has_markers(text: &[u8]) -> bool {
    lines(text).any(|line| matches!(marker(line), Some(Marker::Mine | Marker::New)))
}

/// The conflicts of `text`, in order.
pub fn conflicts(text: &[u8]) -> Vec<Marked> {
    let (mut found, mut open, mut offset) = (Vec::new(), None, 0);
    for (index, line) in lines(text).enumerate() {
        match (marker(line), open) {
            (Some(Marker::Mine), _) => open = Some((offset, index + 1)),
            (Some(Marker::New), Some((start, line_number))) => {
                found.push(Marked { start, end: offset + line.len(), line: line_number });
                open = None;
            }
            _ => {}
        }
        offset += line.len();
    }
    found
}

/// `text` with the lines of `side` in the place of each conflict. `None` if the markers are not whole.
pub fn settled(text: &[u8], side: Side) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = None;
    for line in lines(text) {
        match (marker(line), at) {
            (Some(Marker::Mine), None) => at = Some(Marker::Mine),
            (Some(Marker::Last), Some(Marker::Mine)) => at = Some(Marker::Last),
            (Some(Marker::Middle), Some(Marker::Mine | Marker::Last)) => at = Some(Marker::Middle),
            (Some(Marker::New), Some(Marker::Middle)) => at = None,
            // A second line of this form is a line of one side, and nothing says of which.
            (Some(Marker::Mine | Marker::New), _) | (Some(Marker::Middle), Some(Marker::Middle)) => {
                return None;
            }
            (_, None) => out.extend(line),
            (_, Some(Marker::Mine)) if side == Side::Mine => out.extend(line),
            (_, Some(Marker::Middle)) if side == Side::New => out.extend(line),
            _ => {}
        }
    }
    at.is_none().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::super::merge::{ConflictStyle, OnConflict, merge};
    use super::*;

    #[test]
    fn the_markers_of_each_style_are_found_and_settled() {
        let (last, mine, new) = (b"a\r\nb\r\nc\r\n", b"a\r\nmine\r\nc\r\n", b"a\r\nnew\r\nc\r\n");
        for style in [ConflictStyle::Merge, ConflictStyle::Diff3, ConflictStyle::Zdiff3] {
            let text = merge(last, mine, new, OnConflict::Mark(style)).text;
            assert!(has_markers(&text));
            let found = conflicts(&text);
            assert_eq!((found.len(), found[0].line, found[0].start), (1, 2, 3));
            assert_eq!(&text[found[0].end..], b"c\r\n");
            assert_eq!(settled(&text, Side::Mine).unwrap(), mine);
            assert_eq!(settled(&text, Side::New).unwrap(), new);
        }
    }

    #[test]
    fn an_underline_and_markers_of_git_are_no_conflict() {
        assert!(!has_markers(b"Title\n=======\n<<<<<<< HEAD\n>>>>>>> theirs\n"));
        assert_eq!(settled(b"Title\n=======\n", Side::Mine).unwrap(), b"Title\n=======\n");
        assert_eq!(settled(b"<<<<<<< your edit\na\n", Side::Mine), None);
    }
}
