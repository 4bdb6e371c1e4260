//! Compares the lines before and after a change, and marks the words that differ.

use similar::{ChangeTag, DiffTag, TextDiff};

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Whether the line is old, new or unchanged.
    pub(super) side: Side,
    /// The text of the line in pieces. The `bool` is true if the piece differs.
    pub(super) pieces: Vec<(bool, String)>,
}

/// Whether a line of a diff is in the old text, the new text or both.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The line is unchanged.
    Both,
    /// The line is removed.
    Old,
    /// The line is added.
    New,
}

/// The lines of the diff from `old` to `new`.
pub(super) fn diff(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut out = Vec::new();
    for op in TextDiff::from_slices(&old, &new).ops() {
        let (removed, added) = (&old[op.old_range()], &new[op.new_range()]);
        match op.tag() {
            DiffTag::Equal => out.extend(removed.iter().map(|line| unmarked(Side::Both, line))),
            DiffTag::Delete => out.extend(removed.iter().map(|line| unmarked(Side::Old, line))),
            DiffTag::Insert => out.extend(added.iter().map(|line| unmarked(Side::New, line))),
            DiffTag::Replace => diff_words(&removed.join("\n"), &added.join("\n"), &mut out),
        }
    }
    out
}

/// A line without marks.
fn unmarked(side: Side, text: &str) -> Line {
    Line { side, pieces: vec![(false, text.to_owned())] }
}

/// Appends the old lines and then the new lines, with the words that differ marked.
fn diff_words(old: &str, new: &str, out: &mut Vec<Line>) {
    let (mut removed, mut added) = (vec![unmarked(Side::Old, "")], vec![unmarked(Side::New, "")]);
    for change in TextDiff::from_words(old, new).iter_all_changes() {
        let (text, differs) = (change.value(), change.tag() != ChangeTag::Equal);
        if change.tag() != ChangeTag::Insert {
            push(&mut removed, Side::Old, differs, text);
        }
        if change.tag() != ChangeTag::Delete {
            push(&mut added, Side::New, differs, text);
        }
    }
    out.append(&mut removed);
    out.append(&mut added);
}

/// Appends `text` to the last of `lines`. Each line end in `text` starts a new line.
fn push(lines: &mut Vec<Line>, side: Side, differs: bool, text: &str) {
    for (number, part) in text.split('\n').enumerate() {
        if number > 0 {
            lines.push(unmarked(side, ""));
        }
        if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
            line.pieces.push((differs, part.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &[&str]) {
        let line = |line: Line| {
            let sign = match line.side {
                Side::Both => ' ',
                Side::Old => '-',
                Side::New => '+',
            };
            let mark = |(differs, text): (bool, String)| if differs { format!("[{text}]") } else { text };
            format!("{sign}{}", line.pieces.into_iter().map(mark).collect::<String>())
        };
        assert_eq!(diff(old, new).into_iter().map(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn words_that_differ_are_marked() {
        check("  f(a, b);", "  g(a, b);", &["-  [f(a,] b);", "+  [g(a,] b);"]);
        check("a\nb\nc", "a\nc", &[" a", "-b", " c"]);
        check("a", "a\nx = 1", &[" a", "+x = 1"]);
        check("p x\nq", "p y\nr", &["-p [x]", "-[q]", "+p [y]", "+[r]"]);
    }
}
