//! Lines that a person wrote in place of the proposed change of a finding.
//!
//! The person edits whole lines as they are in the output, so the text replaces every other change of these lines. The text is
//! used only where the lines of the source are still those that the person saw.

use tranship_rules::Level;

use crate::finding::{Answer, EditedLines, Finding, Fix};
use crate::pass::Context;
use crate::source::Source;
use crate::support_header;
use crate::text::{Edit, Edits, Lines, Piece, Replacement, Span};

/// Longer text, in bytes, is edited in the file and not in an answer.
const MOST_BYTES: u32 = 4000;

/// The lines of `finding` without the last line end: those of its place, and those of its edits that are next to it.
fn lines_of(finding: &Finding, lines: &Lines) -> Span {
    let whole = |span: Span| {
        let last = lines.position(span.end).line;
        let end = lines.start(last) + lines.text(last).len() as u32;
        Span::new(lines.start(lines.position(span.start).line), end.max(span.end))
    };
    let mut edits: Vec<Span> = finding.fix.edits().iter().map(|edit| whole(edit.span)).collect();
    let mut found = whole(finding.span);
    let touches = |a: Span, b: Span| a.start <= b.end && b.start <= a.end;
    while let Some(at) = edits.iter().position(|edit| touches(*edit, found)) {
        found = found.to(edits.swap_remove(at));
    }
    found
}

/// Whether `edit` is inside of `place`, apart from it, or around it so that it keeps the text of `place`.
fn is_whole(edit: &Edit, place: Span) -> bool {
    let keeps = |piece: &Piece| matches!(piece, Piece::Span(span) if span.contains(place));
    let around = matches!(&edit.with, Replacement::Pieces(pieces) if pieces.iter().any(keeps));
    place.contains(edit.span) || edit.span.end <= place.start || edit.span.start >= place.end || around
}

/// `text` with `\n` as its line ends.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The lines of `finding` in `source` before and after `edits`, the applied changes of the file, and the finding's own fix. `None`
/// if they cannot be edited: the finding is about the file as a whole, the lines are too long or not UTF-8, or a change crosses
/// their border.
pub fn proposal(finding: &Finding, source: &Source, edits: &Edits) -> Option<EditedLines> {
    let place = lines_of(finding, &Lines::new(&source.bytes));
    if finding.whole_file || place.len() > MOST_BYTES || !edits.iter().all(|edit| is_whole(edit, place)) {
        return None;
    }
    let all = edits.iter().chain(finding.fix.edits());
    let inside: Vec<Edit> = all.filter(|edit| place.contains(edit.span)).cloned().collect();
    let (inside, conflicts) = Edits::compose([inside.as_slice()]);
    if !conflicts.is_empty() {
        return None;
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok().map(|text| plain(&text));
    let before = text(source.bytes[place.range()].to_vec())?;
    Some(EditedLines { before, after: text(inside.apply_to(&source.bytes, place))? })
}

/// Gives each of `findings` with an edited text that text as its fix, and removes the other changes of the same lines. If the text
/// is about other lines than those of the source, its finding has no answer. `include` adds the support header to the fix of a
/// finding that calls a helper.
pub(crate) fn apply(
    findings: &mut Vec<Finding>,
    source: &Source,
    context: &Context,
    include: &dyn Fn(&mut [Finding]),
) {
    let edited = |finding: &Finding| {
        let site = finding.site.as_ref().filter(|site| site.answer == Some(Answer::Accepted))?;
        context.selection.edited(&source.path, site.key)
    };
    let all: Vec<_> =
        findings.iter().enumerate().filter_map(|(at, found)| Some((at, edited(found)?))).collect();
    if all.is_empty() {
        return;
    }
    let lines = Lines::new(&source.bytes);
    let mut replaced = vec![false; findings.len()];
    for (at, edited) in all {
        let place = lines_of(&findings[at], &lines);
        let is_other =
            |(other, finding): &(usize, &Finding)| *other != at && context.selection.applies(finding);
        let others = findings.iter().enumerate().filter(is_other);
        let fits = others.flat_map(|(_, other)| other.fix.edits()).all(|edit| is_whole(edit, place));
        let before = std::str::from_utf8(&source.bytes[place.range()]).map(plain);
        if !fits || findings[at].whole_file || before.as_deref() != Ok(&edited.before) {
            if let Some(site) = &mut findings[at].site {
                site.answer = None;
            }
            continue;
        }
        for (other, finding) in findings.iter_mut().enumerate() {
            let is_changed = finding.fix.edits().iter().any(|edit| place.contains(edit.span));
            if !is_changed || (other != at && !context.selection.applies(finding)) {
                continue;
            }
            let mut kept = std::mem::take(&mut finding.fix).into_edits();
            kept.retain(|edit| !place.contains(edit.span));
            if !kept.iter().any(support_header::calls) {
                kept.retain(|edit| !support_header::is_include(edit, &source.path, context));
            }
            replaced[other] = kept.is_empty() && other != at && finding.level == Level::Safe;
            finding.fix = if kept.is_empty() { Fix::None } else { Fix::Many(kept) };
        }
        let mut own = std::mem::take(&mut findings[at].fix).into_edits();
        let has_returns = memchr::memmem::find(&source.bytes, b"\r\n").is_some();
        let text = if has_returns { edited.after.replace('\n', "\r\n") } else { edited.after.clone() };
        own.push(Edit::replace(place, text));
        findings[at].fix = Fix::Many(own);
        include(&mut findings[at..=at]);
    }
    let mut replaced = replaced.into_iter();
    findings.retain(|_| !replaced.next().unwrap_or_default());
}
