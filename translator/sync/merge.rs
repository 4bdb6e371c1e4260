//! Merges two versions of a text with their common ancestor, line by line, as `git merge-file` does.
//!
//! The library `gix-merge` makes the merge. This file adds line ends: if one side changed all line ends of a file, the lines are merged
//! without them.

use std::borrow::Cow;

use clap::ValueEnum;
use gix_imara_diff::{Algorithm, InternedInput};
use gix_merge::blob::Resolution;
use gix_merge::blob::builtin_driver::text::{Conflict, ConflictStyle as GitStyle, Labels, Merge};

/// How conflicts are marked, by the names of git's `merge.conflictStyle`.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ConflictStyle {
    /// Your lines and the new lines
    #[default]
    Merge,
    /// Also the lines of the last conversion between them
    Diff3,
    /// As `diff3`, without the lines at both ends that you and the new conversion have in common
    Zdiff3,
}

impl ConflictStyle {
    /// The style with the name `name` in git's configuration.
    pub fn named(name: &str) -> Option<Self> {
        Self::from_str(name, true).ok()
    }
}

/// Which side wins where both changed the same lines.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// The lines that a person wrote.
    Mine,
    /// The lines of the new conversion.
    New,
}

/// What happens to lines that both sides changed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Both versions stay, with markers.
    Mark(ConflictStyle),
    /// One side wins.
    Take(Side),
}

/// The labels behind the markers of a conflict.
pub const MINE: &str = "your edit";
/// The label of the common ancestor.
pub const LAST: &str = "last conversion";
/// The label of the new version.
pub const NEW: &str = "new conversion";

/// The length of a marker, as in git.
const MARKER: u8 = 7;

/// A merged text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The text.
    pub text: Vec<u8>,
    /// Whether it has markers of conflicts.
    pub has_conflict: bool,
}

/// Merges the changes from `last` to `mine` with those from `last` to `new`.
pub fn merge(last: &[u8], mine: &[u8], new: &[u8], on_conflict: OnConflict) -> Merged {
    let ends = [last, mine, new].map(line_ends);
    let [Some(last_ends), Some(mine_ends), Some(new_ends)] = ends else {
        return merge_lines(last, mine, new, on_conflict);
    };
    if last_ends == mine_ends && mine_ends == new_ends {
        return merge_lines(last, mine, new, on_conflict);
    }
    let [last, mine, new] = [last, mine, new].map(with_line_feeds);
    let merged = merge_lines(&last, &mine, &new, on_conflict);
    // The side that changed the line ends decides.
    let ends = if mine_ends == last_ends { new_ends } else { mine_ends };
    Merged { text: if ends == LineEnds::CrLf { with_returns(&merged.text) } else { merged.text }, ..merged }
}

fn merge_lines(last: &[u8], mine: &[u8], new: &[u8], on_conflict: OnConflict) -> Merged {
    let labels = Labels { ancestor: Some(LAST.into()), current: Some(MINE.into()), other: Some(NEW.into()) };
    let conflict = match on_conflict {
        OnConflict::Mark(style) => Conflict::Keep {
            style: match style {
                ConflictStyle::Merge => GitStyle::Merge,
                ConflictStyle::Diff3 => GitStyle::Diff3,
                ConflictStyle::Zdiff3 => GitStyle::ZealousDiff3,
            },
            marker_size: std::num::NonZeroU8::new(MARKER).unwrap_or(std::num::NonZeroU8::MIN),
        },
        OnConflict::Take(Side::Mine) => Conflict::ResolveWithOurs,
        OnConflict::Take(Side::New) => Conflict::ResolveWithTheirs,
    };
    let mut input = InternedInput::default();
    let merge = Merge::new(&mut input, mine, last, new, Algorithm::Myers);
    let mut text = Vec::new();
    let resolution = merge.run(&mut text, labels, conflict);
    Merged { text, has_conflict: resolution == Resolution::Conflict }
}

/// The line ends of a text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum LineEnds {
    Lf,
    CrLf,
}

/// The line ends of `text` if all are the same; `None` if there are both, or none.
fn line_ends(text: &[u8]) -> Option<LineEnds> {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memmem::find_iter(text, b"\r\n").count();
    match returns {
        _ if feeds == 0 => None,
        0 => Some(LineEnds::Lf),
        _ if returns == feeds => Some(LineEnds::CrLf),
        _ => None,
    }
}

fn with_line_feeds(text: &[u8]) -> Cow<'_, [u8]> {
    if line_ends(text) == Some(LineEnds::CrLf) {
        Cow::Owned(replaced(text, b"\r\n", b"\n"))
    } else {
        text.into()
    }
}

fn with_returns(text: &[u8]) -> Vec<u8> {
    replaced(text, b"\n", b"\r\n")
}

fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, old) {
        out.extend(&text[from..at]);
        out.extend(new);
        from = at + old.len();
    }
    out.extend(&text[from..]);
    out
}

/// The numbers of lines that `new` has and `old` has not, and the other way round.
pub fn changed_lines(old: &[u8], new: &[u8]) -> (usize, usize) {
    let input = InternedInput::new(old, new);
    let diff = gix_imara_diff::Diff::compute(Algorithm::Myers, &input);
    (diff.count_additions() as usize, diff.count_removals() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(last: &str, mine: &str, new: &str, expected: &str) {
        let merged =
            merge(last.as_bytes(), mine.as_bytes(), new.as_bytes(), OnConflict::Mark(ConflictStyle::Merge));
        assert_eq!(String::from_utf8(merged.text).unwrap(), expected);
        assert!(!merged.has_conflict);
    }

    #[test]
    fn a_change_of_all_line_ends_is_no_change_of_the_lines() {
        check("a\nb\nc\n", "a\r\nB\r\nc\r\n", "a\nb\nc\nd\n", "a\r\nB\r\nc\r\nd\r\n");
        check("a\nb\nc\n", "a\nB\nc\n", "a\r\nb\r\nc\r\nd\r\n", "a\r\nB\r\nc\r\nd\r\n");
        check("a\r\nb\r\n", "a\nb\nc\n", "z\r\na\r\nb\r\n", "z\na\nb\nc\n");
    }

    #[test]
    fn one_side_can_win_a_conflict_and_the_rest_is_merged() {
        let (last, mine, new) = (b"1\n2\n3\n4\n5\n6\n", b"1\nmine\n3\n4\n5\n6\n", b"1\nnew\n3\n4\n5\nsix\n");
        let text = |side| String::from_utf8(merge(last, mine, new, OnConflict::Take(side)).text).unwrap();
        assert_eq!(text(Side::Mine), "1\nmine\n3\n4\n5\nsix\n");
        assert_eq!(text(Side::New), "1\nnew\n3\n4\n5\nsix\n");
    }
}
