//! Lines before and after a change, with the words that differ marked.

use similar::{ChangeTag, DiffTag, TextDiff};

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it belongs.
    pub(super) side: Side,
    /// Its text in pieces, each with whether it differs.
    pub(super) pieces: Vec<(bool, String)>,
}

/// Where a line of a diff belongs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It stays.
    Both,
    /// It goes.
    Old,
    /// It comes.
    New,
}

/// The diff from `old` to `new`.
pub(super) fn diff(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let mut out = Vec::new();
    for op in TextDiff::from_slices(&old, &new).ops() {
        let (gone, come) = (&old[op.old_range()], &new[op.new_range()]);
        match op.tag() {
            DiffTag::Equal => out.extend(gone.iter().map(|line| plain(Side::Both, line))),
            DiffTag::Delete => out.extend(gone.iter().map(|line| plain(Side::Old, line))),
            DiffTag::Insert => out.extend(come.iter().map(|line| plain(Side::New, line))),
            DiffTag::Replace => words(&gone.join("\n"), &come.join("\n"), &mut out),
        }
    }
    out
}

fn plain(side: Side, text: &str) -> Line {
    Line { side, pieces: vec![(false, text.to_owned())] }
}

fn words(old: &str, new: &str, out: &mut Vec<Line>) {
    let (mut gone, mut come) = (vec![plain(Side::Old, "")], vec![plain(Side::New, "")]);
    for change in TextDiff::from_words(old, new).iter_all_changes() {
        let (text, differs) = (change.value(), change.tag() != ChangeTag::Equal);
        if change.tag() != ChangeTag::Insert {
            push(&mut gone, Side::Old, differs, text);
        }
        if change.tag() != ChangeTag::Delete {
            push(&mut come, Side::New, differs, text);
        }
    }
    out.append(&mut gone);
    out.append(&mut come);
}

/// Appends `text`, which may hold line ends, to the last of `lines`.
fn push(lines: &mut Vec<Line>, side: Side, differs: bool, text: &str) {
    for (number, part) in text.split('\n').enumerate() {
        if number > 0 {
            lines.push(plain(side, ""));
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
