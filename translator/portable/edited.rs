//! Sources with the changes that no header can make, each behind a condition, so that the CUDA build stays the same.
//!
//! Only changes that a conversion applies are made. A change that no condition can hold stays a finding. Copies for an overlay have no
//! conditions, because only a compiler for HIP reads them.

use tranship_engine::cpp::{DirectiveKind, TokenKind, Unit};
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::text::{Edit, Edits, Lines, Span};
use tranship_rules::Level;

use super::Read;
use super::both::{Nest, Part, for_both, lines};
use super::cover::EditKind;
use super::covered::Covered;
use super::guarded::{HIP, both_conditions};
use super::numbered::with_line_numbers;

/// The text of `file` for both vendors; `None` if nothing changes, or if the file is not UTF-8. The number of places that stay as they
/// are comes with the text.
pub(super) fn text(file: &Read, covered: &Covered, context: &Context) -> Option<(String, usize)> {
    let source = &file.source;
    let unit = Unit::new(source, &context.guards);
    let (mut conditions, mut others): (Vec<&Edit>, Vec<&Edit>) = (Vec::new(), Vec::new());
    let mut directives = std::collections::BTreeSet::new();
    for (finding, changes) in file.translation.findings.iter().zip(&file.cover.findings) {
        if finding.level == Level::Manual || covered.makes(changes, &file.cover) {
            continue;
        }
        for (edit, kind) in finding.fix.edits().iter().zip(&changes.edits) {
            match kind {
                EditKind::Condition(offset) => {
                    directives.insert(*offset);
                    conditions.push(edit);
                }
                _ if covered.covers(kind, &file.cover) => {}
                _ => others.push(edit),
            }
        }
    }
    let mut left = 0;
    let mut of_conditions = Vec::new();
    for offset in directives {
        let directive = unit.lexed.directives.iter().find(|directive| directive.span.start == offset)?;
        match condition(&unit, directive.span, &conditions) {
            Some(text) => of_conditions.push(Edit::replace(directive.span, text)),
            None => left += 1,
        }
    }
    let apply = |edits: &[Edit]| {
        let (edits, dropped) = Edits::compose(edits.iter().map(std::slice::from_ref));
        String::from_utf8(edits.apply(&source.bytes)).ok().filter(|_| dropped.is_empty())
    };
    let old = apply(&of_conditions)?;
    let mut all: Vec<Edit> = others.into_iter().cloned().collect();
    all.sort();
    all.dedup();
    all.extend(of_conditions);
    let new = apply(&all)?;
    let parts = |text: &str| parts(source, text, context, Comments::Divided);
    let (text, more) = for_both(&old, &new, &parts, &|old, new| join(old, new));
    (text.as_bytes() != source.bytes).then_some((text, left + more))
}

/// The text of `file` for HIP alone: the changes that a conversion applies and no header makes. Each line keeps its number by `#line`.
/// `None` if nothing changes, if two changes touch each other, or if the file is not UTF-8.
pub(super) fn copy(file: &Read, covered: &Covered, context: &Context) -> Option<String> {
    let source = &file.source;
    let mut edits = Vec::new();
    for (finding, changes) in file.translation.findings.iter().zip(&file.cover.findings) {
        if finding.level == Level::Manual || covered.makes(changes, &file.cover) {
            continue;
        }
        let kinds = finding.fix.edits().iter().zip(&changes.edits);
        edits.extend(kinds.filter(|(_, kind)| !covered.covers(kind, &file.cover)).map(|(edit, _)| edit));
    }
    let old = std::str::from_utf8(&source.bytes).ok()?;
    let (edits, dropped) = Edits::compose(edits.into_iter().map(std::slice::from_ref));
    let new = String::from_utf8(edits.apply(&source.bytes)).ok().filter(|_| dropped.is_empty())?;
    let parts = parts(source, &new, context, Comments::Whole);
    (new != old).then(|| with_line_numbers(old, &new, &parts))
}

/// The condition of the directive at `span` for both vendors, with the changes of `edits` for HIP.
fn condition(unit: &Unit, span: Span, edits: &[&Edit]) -> Option<String> {
    let is_inside = |edit: &&&Edit| span.start <= edit.span.start && edit.span.end <= span.end;
    let inside: Vec<Edit> = edits.iter().filter(is_inside).map(|edit| (*edit).clone()).collect();
    let (inside, dropped) = Edits::compose(std::iter::once(inside.as_slice()));
    let new = String::from_utf8(inside.apply_to(&unit.source.bytes, span)).ok()?;
    let old = unit.slice(span);
    if !dropped.is_empty() || old.contains('\n') {
        return None;
    }
    both_conditions(&old, &new)
}

/// The lines for both vendors of a place.
fn join(old: &str, new: &str) -> Option<String> {
    let end = if old.contains("\r\n") || new.contains("\r\n") { "\r\n" } else { "\n" };
    let ended = |text: &str| {
        if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}{end}") }
    };
    let (old_ended, new_ended) = (ended(old), ended(new));
    let inner = new_ended
        .trim_start()
        .strip_prefix("#if !defined(__HIP_PLATFORM_AMD__)")
        .and_then(|rest| rest.trim_start_matches('\r').strip_prefix('\n'))
        .and_then(|rest| rest.trim_end().strip_suffix("#endif"));
    if inner.is_some_and(|inner| inner == old_ended) {
        return Some(new_ended);
    }
    if old.trim().is_empty() && new.trim().is_empty() {
        return None;
    }
    Some(if old.trim().is_empty() {
        format!("#if {HIP}{end}{new_ended}#endif{end}{old}")
    } else if new.trim().is_empty() {
        format!("#if !{HIP}{end}{old_ended}#endif{end}")
    } else {
        format!("#if {HIP}{end}{new_ended}#else{end}{old_ended}#endif{end}")
    })
}

/// Whether a comment of several lines is one part.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Comments {
    Whole,
    Divided,
}

/// The parts of the code `text` of the file of `source`: lines with their continuations, tokens of several lines, and everything in one
/// pair of parentheses, because no directive can be in the arguments of a macro.
fn parts(source: &Source, text: &str, context: &Context, comments: Comments) -> Vec<Part> {
    let lang = source.lang;
    let mut source = Source::new(source.path.clone(), text.as_bytes());
    source.lang = lang;
    let unit = Unit::new(&source, &context.guards);
    let numbers = Lines::new(&source.bytes);
    let line = |offset: u32| numbers.position(offset).line as usize - 1;
    let count = lines(text).len();
    let mut last_of: Vec<usize> = (0..count).collect();
    let mut together = |first: usize, last: usize| {
        if first < count {
            last_of[first] = last_of[first].max(last.min(count - 1));
        }
    };
    if comments == Comments::Whole {
        for comment in &unit.lexed.comments {
            together(line(comment.start), line(comment.end.saturating_sub(1)));
        }
    }
    let mut open = Vec::new();
    for token in unit.tokens() {
        together(line(token.start), line(token.end.saturating_sub(1)));
        match token.byte {
            b'(' if token.kind == TokenKind::Punct => open.push(token.start),
            b')' if token.kind == TokenKind::Punct => {
                if let Some(start) = open.pop() {
                    together(line(start), line(token.start));
                }
            }
            _ => {}
        }
    }
    let mut nests = vec![None; count];
    for directive in &unit.lexed.directives {
        let first = line(directive.span.start);
        together(first, line(directive.span.end.saturating_sub(1)));
        nests[first] = match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => Some(Nest::Open),
            DirectiveKind::Elif | DirectiveKind::Elifdef | DirectiveKind::Elifndef | DirectiveKind::Else => {
                Some(Nest::Middle)
            }
            DirectiveKind::Endif => Some(Nest::Close),
            _ => None,
        };
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while at < count {
        let mut end = at + 1;
        let mut next = at;
        while next < end {
            end = end.max(last_of[next] + 1);
            next += 1;
        }
        parts.push(Part { lines: at..end, nests: nests[at..end].iter().copied().flatten().collect() });
        at = end;
    }
    parts
}
