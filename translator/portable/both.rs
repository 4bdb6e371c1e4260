//! Joins a text and its conversion to one text for both vendors: what differs is behind a condition.
//!
//! The text for CUDA is the old one, line by line. A place that no condition can hold is left as it is.

use std::ops::Range;

use similar::{DiffTag, TextDiff};

/// What a part of a text does to the blocks around it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Nest {
    /// It begins a block, as `if` does.
    Open,
    /// It begins another branch of a block, as `else` does.
    Middle,
    /// It ends a block.
    Close,
}

/// Lines that belong together, such as one command of several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The indices of its lines.
    pub(super) lines: Range<usize>,
    /// What it does to blocks, in order.
    pub(super) nests: Vec<Nest>,
}

/// The lines that differ, in both texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Region {
    old: Range<usize>,
    new: Range<usize>,
}

/// A text with its lines and parts.
struct Text<'a> {
    lines: Vec<&'a str>,
    parts: Vec<Part>,
}

impl<'a> Text<'a> {
    fn new(text: &'a str, parts: Vec<Part>) -> Self {
        Self { lines: lines(text), parts }
    }

    fn text(&self, range: Range<usize>) -> String {
        self.lines[range].concat()
    }

    /// How many lines `range` lacks before it and behind it, so that it has whole parts and whole blocks.
    fn lacking(&self, range: &Range<usize>) -> (usize, usize) {
        let inside = |part: &&Part| part.lines.start < range.end && range.start < part.lines.end;
        let touched: Vec<&Part> = self.parts.iter().filter(inside).collect();
        let cut = |part: &&&Part| part.lines.start < range.start || range.end < part.lines.end;
        if let Some(part) = touched.iter().find(cut) {
            return (range.start.saturating_sub(part.lines.start), part.lines.end.saturating_sub(range.end));
        }
        let (mut depth, mut lacks_open, mut lacks_close) = (0_usize, false, false);
        for nest in touched.iter().flat_map(|part| &part.nests) {
            match nest {
                Nest::Open => depth += 1,
                Nest::Middle if depth == 0 => (lacks_open, lacks_close) = (true, true),
                Nest::Middle => {}
                Nest::Close if depth == 0 => (lacks_open, lacks_close) = (true, false),
                Nest::Close => depth -= 1,
            }
        }
        // One more line each time; the caller asks again.
        (usize::from(lacks_open), usize::from(depth > 0 || lacks_close))
    }
}

/// The lines of `text` with their ends.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The text that has the lines of `old` for CUDA and those of `new` for HIP. `parts` finds the parts of a text. `join` writes a place
/// for both; `None` leaves the place as it is. The number of such places comes with the text.
pub(super) fn for_both(
    old: &str,
    new: &str,
    parts: &dyn Fn(&str) -> Vec<Part>,
    join: &dyn Fn(&str, &str) -> Option<String>,
) -> (String, usize) {
    let (before, after) = (Text::new(old, parts(old)), Text::new(new, parts(new)));
    let (mut text, mut at, mut left) = (String::new(), 0, 0);
    for region in regions(&before, &after) {
        text.push_str(&before.text(at..region.old.start));
        let (old, new) = (before.text(region.old.clone()), after.text(region.new.clone()));
        if let Some(joined) = join(&old, &new) {
            text.push_str(&joined);
        } else {
            text.push_str(&old);
            left += 1;
        }
        at = region.old.end;
    }
    text.push_str(&before.text(at..before.lines.len()));
    (text, left)
}

/// The regions that differ, each with whole parts and whole blocks in both texts.
fn regions(before: &Text, after: &Text) -> Vec<Region> {
    let diff = TextDiff::from_slices(&before.lines, &after.lines);
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    let mut regions: Vec<Region> =
        changed.map(|op| Region { old: op.old_range(), new: op.new_range() }).collect();
    let mut at = 0;
    while at < regions.len() {
        let (up, down) = before.lacking(&regions[at].old);
        let (more_up, more_down) = after.lacking(&regions[at].new);
        let (up, down) = (up.max(more_up), down.max(more_down));
        let (can_up, can_down) = room(&regions, at, before.lines.len());
        if (up == 0 || can_up == 0) && (down == 0 || can_down == 0) {
            // A region that needs lines of its neighbour becomes one with it.
            if down > 0 && at + 1 < regions.len() {
                let next = regions.remove(at + 1);
                regions[at] = join(&regions[at], &next);
            } else if up > 0 && at > 0 {
                let this = regions.remove(at);
                at -= 1;
                regions[at] = join(&regions[at], &this);
            } else {
                at += 1;
            }
            continue;
        }
        let (up, down) = (up.min(can_up), down.min(can_down));
        let Region { old, new } = &mut regions[at];
        (old.start, new.start) = (old.start - up, new.start - up);
        (old.end, new.end) = (old.end + down, new.end + down);
    }
    regions
}

/// The number of equal lines before and behind region `at`.
fn room(regions: &[Region], at: usize, lines: usize) -> (usize, usize) {
    let before = at.checked_sub(1).map_or(0, |before| regions[before].old.end);
    let behind = regions.get(at + 1).map_or(lines, |next| next.old.start);
    (regions[at].old.start - before, behind - regions[at].old.end)
}

fn join(first: &Region, second: &Region) -> Region {
    Region { old: first.old.start..second.old.end, new: first.new.start..second.new.end }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a small language: a line that begins with `{`, `|` or `}` opens, divides or closes a block.
    fn parts(text: &str) -> Vec<Part> {
        let part = |(at, line): (usize, &&str)| Part {
            lines: at..at + 1,
            nests: match line.as_bytes().first() {
                Some(b'{') => vec![Nest::Open],
                Some(b'|') => vec![Nest::Middle],
                Some(b'}') => vec![Nest::Close],
                _ => Vec::new(),
            },
        };
        lines(text).iter().enumerate().map(part).collect()
    }

    /// Checks the text for both vendors of `old` and `new`, whose lines are divided by blanks.
    fn check(old: &str, new: &str, expected: &str) {
        let text = |words: &str| words.replace(' ', "\n") + "\n";
        let join = |old: &str, new: &str| Some(format!("?\n{new}:\n{old}.\n"));
        let (joined, left) = for_both(&text(old), &text(new), &parts, &join);
        assert_eq!((joined, left), (text(expected), 0), "{old} -> {new}");
    }

    #[test]
    fn a_difference_is_behind_a_condition() {
        check("a b c", "a B c", "a ? B : b . c");
        check("a c", "a b c", "a ? b : . c");
        check("{ a }", "{ b }", "{ ? b : a . }");
    }

    #[test]
    fn a_difference_in_the_head_of_a_block_repeats_the_block() {
        check("x {a b } y", "x {A b } y", "x ? {A b } : {a b } . y");
        check("x { b | c }a y", "x { b | c }A y", "x ? { b | c }A : { b | c }a . y");
        check("{ b |a c } y", "{ b |A c } y", "? { b |A c } : { b |a c } . y");
    }

    #[test]
    fn differences_that_need_each_other_are_one() {
        check("{a b }a", "{A b }A", "? {A b }A : {a b }a .");
        check("{a x }a y", "{A z }A y", "? {A z }A : {a x }a . y");
    }
}
