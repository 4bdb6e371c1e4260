//! Edits in offsets of the original file, and how they compose into the new text.
//!
//! Code is never printed from a tree: bytes that no edit covers stay the same.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::Span;

/// A part of a replacement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// New text.
    Text(Cow<'static, str>),
    /// A span of the original, rendered with the edits that lie inside it.
    Span(Span),
}

impl Piece {
    /// The span of the original that it keeps.
    fn span(&self) -> Option<Span> {
        match self {
            Self::Text(_) => None,
            Self::Span(span) => Some(*span),
        }
    }
}

/// The replacement of an edit's span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// Only new text: the common case, without an allocation for table names.
    Text(Cow<'static, str>),
    /// New text and spans of the original in any order; each span lies within the edit's own span.
    Pieces(Vec<Piece>),
}

/// One change to one span of the original file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The replaced bytes; empty for an insertion.
    pub span: Span,
    /// Their replacement.
    pub with: Replacement,
}

impl Edit {
    /// Replaces `span` with `text`.
    pub fn replace(span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        Self { span, with: Replacement::Text(text.into()) }
    }

    /// Inserts `text` before the byte at `offset`.
    pub fn insert(offset: u32, text: impl Into<Cow<'static, str>>) -> Self {
        Self::replace(Span::at(offset), text)
    }

    /// Removes `span`.
    pub fn remove(span: Span) -> Self {
        Self::replace(span, "")
    }

    /// Puts `before` and `after` around `span`. Other edits inside of `span` still apply.
    pub fn wrap(
        span: Span,
        before: impl Into<Cow<'static, str>>,
        after: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::pieces(span, vec![Piece::Text(before.into()), Piece::Span(span), Piece::Text(after.into())])
    }

    /// Replaces `span` with `pieces`. If a piece is outside of `span`, the edit is reported as a conflict.
    pub fn pieces(span: Span, pieces: Vec<Piece>) -> Self {
        Self { span, with: Replacement::Pieces(pieces) }
    }

    /// The parts of the original that it deletes without new text in their place: all that is removed, and the gaps between
    /// the spans that its pieces keep.
    pub fn deleted(&self) -> Vec<Span> {
        let mut kept: Vec<Span> = match &self.with {
            Replacement::Text(text) if text.is_empty() => Vec::new(),
            Replacement::Text(_) => return Vec::new(),
            Replacement::Pieces(pieces) => pieces.iter().filter_map(Piece::span).collect(),
        };
        kept.sort_unstable();
        let mut gaps = Vec::new();
        let mut start = self.span.start;
        for span in kept {
            gaps.push(Span::new(start.min(span.start), span.start));
            start = start.max(span.end);
        }
        gaps.push(Span::new(start.min(self.span.end), self.span.end));
        gaps.retain(|gap| gap.start < gap.end);
        gaps
    }

    /// Whether `inner` is rendered as part of this edit's replacement.
    fn carries(&self, inner: &Edit) -> bool {
        let Replacement::Pieces(pieces) = &self.with else { return false };
        pieces.iter().any(|piece| matches!(piece, Piece::Span(span) if span.contains(inner.span)))
    }

    fn is_well_formed(&self) -> bool {
        match &self.with {
            Replacement::Text(_) => true,
            Replacement::Pieces(pieces) => {
                pieces.iter().all(|piece| !matches!(piece, Piece::Span(span) if !self.span.contains(*span)))
            }
        }
    }

    /// The order of edits: outer ones before inner ones, insertions before other edits at the same byte.
    fn order(&self) -> (u32, bool, std::cmp::Reverse<u32>, bool, &Replacement) {
        let is_text = matches!(self.with, Replacement::Text(_));
        (self.span.start, !self.span.is_empty(), std::cmp::Reverse(self.span.end), is_text, &self.with)
    }
}

/// The positions of two edits relative to each other.
#[derive(PartialEq, Eq)]
enum Relation {
    Apart,
    Same,
    Nested,
    Overlap,
}

/// The relation of `a` and `b`, where `a` comes first in edit order.
fn relation(a: &Edit, b: &Edit) -> Relation {
    if a == b {
        Relation::Same
    } else if b.span.start >= a.span.end || a.span.is_empty() {
        Relation::Apart
    } else if a.carries(b) && !(a.span == b.span && b.carries(a)) {
        Relation::Nested
    } else {
        Relation::Overlap
    }
}

/// Edits of one file: sorted and without duplicates. Two edits never overlap, unless one is inside a span piece of the
/// other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    edits: Vec<Edit>,
}

impl Edits {
    /// Composes the edits of several fixes. All edits of a fix are applied, or none.
    ///
    /// Returns the composed edits and, for every true overlap, the indices of the two fixes that overlap; neither
    /// of them is part of the result.
    pub fn compose<'a>(fixes: impl IntoIterator<Item = &'a [Edit]>) -> (Self, Vec<(usize, usize)>) {
        let mut all: Vec<(usize, &Edit)> = fixes
            .into_iter()
            .enumerate()
            .flat_map(|(fix, edits)| edits.iter().map(move |e| (fix, e)))
            .collect();
        all.sort_by(|(_, a), (_, b)| a.order().cmp(&b.order()));
        let conflicts = overlaps(&all);
        let lost: FxHashSet<usize> = conflicts.iter().flat_map(|&(a, b)| [a, b]).collect();
        let mut edits: Vec<Edit> =
            all.into_iter().filter(|(fix, _)| !lost.contains(fix)).map(|(_, e)| e.clone()).collect();
        edits.dedup();
        (Self { edits }, conflicts)
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The edits in order.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// The new text of the file with the original bytes `original`.
    pub fn apply(&self, original: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(original.len() + original.len() / 16);
        self.render(original, Span::new(0, original.len() as u32), 0, &mut out);
        out
    }

    /// The new text of `span` of `original`, with the edits inside of it.
    pub fn apply_to(&self, original: &[u8], span: Span) -> Vec<u8> {
        let mut out = Vec::new();
        self.render(original, span, 0, &mut out);
        out
    }

    /// The same changes as plain texts that do not overlap, in order. A replacement that keeps spans of `original` has their new
    /// text.
    pub fn flat(&self, original: &[u8]) -> Vec<TextEdit> {
        let mut flat = Vec::new();
        let mut at = 0;
        for (number, edit) in self.edits.iter().enumerate() {
            if edit.span.start < at {
                continue;
            }
            let mut text = Vec::new();
            self.render_replacement(original, number, &mut text);
            flat.push(TextEdit { span: edit.span, text: String::from_utf8_lossy(&text).into_owned() });
            at = edit.span.end;
        }
        flat
    }

    /// Where the bytes at `offsets`, which ascend, are in the new text; one inside of an edit is where the edit begins.
    pub fn places(&self, original: &[u8], offsets: &[u32]) -> Vec<u32> {
        let mut out = Vec::new();
        let (mut at, mut next) = (0, 0);
        // An offset inside an edit has the place of the edit's end.
        let mut far = 0;
        let reach: Vec<u32> = self
            .edits
            .iter()
            .map(|edit| {
                far = edit.span.end.max(far);
                far
            })
            .collect();
        let place = |&offset: &u32| {
            let before = self.edits.partition_point(|edit| edit.span.start < offset);
            let offset = before.checked_sub(1).map_or(offset, |last| reach[last].max(offset));
            if offset > at {
                next = self.render(original, Span::new(at, offset), next, &mut out);
                at = offset;
            }
            out.len() as u32
        };
        offsets.iter().map(place).collect()
    }

    /// Where each byte of the new text comes from, in the order of the new text. Runs of removed text are empty.
    pub fn origins(&self, original: &[u8]) -> Vec<Run> {
        let mut runs = Runs::default();
        self.render(original, Span::new(0, original.len() as u32), 0, &mut runs);
        runs.runs
    }

    /// Appends `range` of the original with its edits; edits before index `from` are skipped.
    /// Returns the index behind the last edit in `range`.
    fn render(&self, original: &[u8], range: Span, from: usize, out: &mut impl Sink) -> usize {
        let mut at = range.start;
        let mut next = from;
        while let Some(edit) = self.edits.get(next) {
            if edit.span.start < at {
                next += 1;
                continue;
            }
            if edit.span.end > range.end {
                break;
            }
            out.copy(original, Span::new(at, edit.span.start));
            self.render_replacement(original, next, out);
            at = edit.span.end;
            next += 1;
        }
        out.copy(original, Span::new(at, range.end));
        next
    }

    fn render_replacement(&self, original: &[u8], edit: usize, out: &mut impl Sink) {
        match &self.edits[edit].with {
            Replacement::Text(text) => out.write(text, edit),
            Replacement::Pieces(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => out.write(text, edit),
                        Piece::Span(span) => {
                            self.render(original, *span, edit + 1, out);
                        }
                    }
                }
            }
        }
    }
}

/// A change whose replacement is plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The replaced bytes; empty for an insertion.
    pub span: Span,
    /// Their replacement. A byte of the original that is not UTF-8 is U+FFFD here.
    pub text: String,
}

/// Bytes of the new text that come from one place.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first byte in the new text.
    pub start: u32,
    /// The number of bytes.
    pub len: u32,
    /// The place.
    pub origin: Origin,
}

/// The place that bytes of the new text come from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The same bytes of the original, from this offset on.
    Original(u32),
    /// The text of an edit, by its index.
    Edit(usize),
}

/// What receives the new text.
trait Sink {
    /// Takes the bytes `span` of the original.
    fn copy(&mut self, original: &[u8], span: Span);
    /// Takes text of an edit, by its index.
    fn write(&mut self, text: &str, edit: usize);
}

impl Sink for Vec<u8> {
    fn copy(&mut self, original: &[u8], span: Span) {
        self.extend_from_slice(&original[span.range()]);
    }

    fn write(&mut self, text: &str, _: usize) {
        self.extend_from_slice(text.as_bytes());
    }
}

/// Receives only the origins of the new text.
#[derive(Default)]
struct Runs {
    len: u32,
    runs: Vec<Run>,
}

impl Runs {
    fn add(&mut self, len: u32, origin: Origin) {
        self.runs.push(Run { start: self.len, len, origin });
        self.len += len;
    }
}

impl Sink for Runs {
    fn copy(&mut self, _: &[u8], span: Span) {
        if !span.is_empty() {
            self.add(span.len(), Origin::Original(span.start));
        }
    }

    fn write(&mut self, text: &str, edit: usize) {
        self.add(text.len() as u32, Origin::Edit(edit));
    }
}

/// Edits that are nested deeper are not applied. Real code has fewer nested calls, and rendering takes a step for each
/// level.
const MOST_NESTED: usize = 64;

/// The pairs of fixes with overlapping edits; `all` is in edit order. A fix that cannot be applied is a pair with
/// itself.
fn overlaps(all: &[(usize, &Edit)]) -> Vec<(usize, usize)> {
    let mut conflicts = Vec::new();
    let mut open: Vec<(usize, &Edit)> = Vec::new();
    for &(fix, edit) in all {
        if !edit.is_well_formed() {
            conflicts.push((fix, fix));
        }
        open.retain(|(_, outer)| outer.span.end > edit.span.start);
        if open.len() >= MOST_NESTED {
            conflicts.push((fix, fix));
            continue;
        }
        for &(other, outer) in &open {
            if relation(outer, edit) == Relation::Overlap {
                conflicts.push((other.min(fix), other.max(fix)));
            }
        }
        open.push((fix, edit));
    }
    conflicts.sort_unstable();
    conflicts.dedup();
    conflicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(original: &str, fixes: &[Vec<Edit>], expected: &str, conflicts: usize) {
        let (edits, found) = Edits::compose(fixes.iter().map(Vec::as_slice));
        assert_eq!(String::from_utf8_lossy(&edits.apply(original.as_bytes())), expected);
        assert_eq!(found.len(), conflicts, "{found:?}");
        let reversed: Vec<_> = fixes.iter().rev().map(Vec::as_slice).collect();
        assert_eq!(Edits::compose(reversed).0, edits, "the order of the fixes does not matter");
    }

    #[test]
    fn a_rename_inside_a_wrapped_operand_composes() {
        let wrap = vec![Edit::wrap(Span::new(2, 5), "W(", ")")];
        let rename = vec![Edit::replace(Span::new(2, 5), "xyz")];
        check("f(abc)", &[wrap, rename], "f(W(xyz))", 0);
    }

    #[test]
    fn operands_move_and_repeat_with_their_edits() {
        let a = Span::new(2, 3);
        let b = Span::new(4, 5);
        let swap = vec![Edit::pieces(
            Span::new(0, 6),
            vec![
                Piece::Text("g(".into()),
                Piece::Span(b),
                Piece::Span(a),
                Piece::Span(b),
                Piece::Text(")".into()),
            ],
        )];
        check("f(a,b)", &[swap, vec![Edit::replace(b, "BB")], vec![Edit::replace(a, "AA")]], "g(BBAABB)", 0);
    }

    #[test]
    fn flat_edits_make_the_same_text() {
        let original = b"f(a,b); g";
        let swap = Piece::Span(Span::new(4, 5));
        let fixes = [
            vec![Edit::pieces(
                Span::new(0, 6),
                vec![Piece::Text("g(".into()), swap, Piece::Text(")".into())],
            )],
            vec![Edit::replace(Span::new(4, 5), "BB"), Edit::insert(6, "!")],
            vec![Edit::replace(Span::new(8, 9), "h")],
        ];
        let (edits, _) = Edits::compose(fixes.iter().map(Vec::as_slice));
        let flat = edits.flat(original);
        let edit = |start, end, text: &str| TextEdit { span: Span::new(start, end), text: text.to_owned() };
        assert_eq!(flat, [edit(0, 6, "g(BB)"), edit(6, 6, "!"), edit(8, 9, "h")]);
        assert_eq!(edits.apply(original), b"g(BB)!; h");
    }

    #[test]
    fn an_offset_inside_an_edit_has_the_place_of_its_end() {
        let edits = [Edit::remove(Span::new(2, 6)), Edit::insert(8, "++")];
        let (edits, _) = Edits::compose([edits.as_slice()]);
        assert_eq!(edits.apply(b"abcdefghij"), b"abgh++ij");
        assert_eq!(edits.places(b"abcdefghij", &[1, 3, 5, 6, 7, 10]), [1, 2, 2, 2, 3, 8]);
    }

    #[test]
    fn each_byte_of_the_new_text_has_an_origin() {
        let edits = [Edit::wrap(Span::new(2, 5), "W(", ")"), Edit::remove(Span::new(6, 7))];
        let (edits, _) = Edits::compose([edits.as_slice()]);
        assert_eq!(edits.apply(b"f(abc),;"), b"f(W(abc));");
        let run = |start, len, origin| Run { start, len, origin };
        let expected = [
            run(0, 2, Origin::Original(0)),
            run(2, 2, Origin::Edit(0)),
            run(4, 3, Origin::Original(2)),
            run(7, 1, Origin::Edit(0)),
            run(8, 1, Origin::Original(5)),
            run(9, 0, Origin::Edit(1)),
            run(9, 1, Origin::Original(7)),
        ];
        assert_eq!(edits.origins(b"f(abc),;"), expected);
    }

    #[test]
    fn a_true_overlap_applies_neither() {
        let left = vec![Edit::replace(Span::new(0, 4), "x")];
        let right = vec![Edit::replace(Span::new(2, 6), "y")];
        check("abcdefg", &[left, right, vec![Edit::replace(Span::new(6, 7), "G")]], "abcdefG", 1);
    }

    #[test]
    fn two_texts_for_one_span_conflict_and_equal_ones_do_not() {
        let span = Span::new(0, 1);
        check("a", &[vec![Edit::replace(span, "b")], vec![Edit::replace(span, "c")]], "a", 1);
        check("a", &[vec![Edit::replace(span, "b")], vec![Edit::replace(span, "b")]], "b", 0);
    }

    #[test]
    fn deleted_text_is_what_no_piece_keeps() {
        let deleted = |edit: &Edit| edit.deleted();
        let keep = |start, end| Piece::Span(Span::new(start, end));
        assert_eq!(deleted(&Edit::remove(Span::new(2, 5))), [Span::new(2, 5)]);
        assert_eq!(deleted(&Edit::replace(Span::new(2, 5), "a")), []);
        assert_eq!(deleted(&Edit::wrap(Span::new(2, 5), "(", ")")), []);
        // The operands move: `f(a, b, c)` becomes `g(c, a)`.
        let moved = Edit::pieces(Span::new(0, 10), vec![keep(8, 9), keep(2, 3)]);
        assert_eq!(deleted(&moved), [Span::new(0, 2), Span::new(3, 8), Span::new(9, 10)]);
    }

    #[test]
    fn an_edit_of_dropped_text_conflicts() {
        let cut = vec![Edit::pieces(Span::new(0, 6), vec![Piece::Span(Span::new(2, 3))])];
        check("f(a,b)", &[cut, vec![Edit::replace(Span::new(4, 5), "B")]], "f(a,b)", 1);
    }

    #[test]
    fn a_fix_is_all_or_nothing() {
        let both = vec![Edit::insert(0, ">"), Edit::replace(Span::new(2, 3), "X")];
        check("abc", &[both, vec![Edit::replace(Span::new(1, 3), "Y")]], "abc", 1);
    }

    #[test]
    fn insertions_at_one_place_keep_one_order() {
        let one = vec![Edit::insert(1, "1")];
        let two = vec![Edit::insert(1, "2"), Edit::replace(Span::new(1, 2), "B")];
        check("abc", &[two, one], "a12Bc", 0);
    }
}
