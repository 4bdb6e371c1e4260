//! The edits that add an include to a file.

use crate::cpp::conditions::Region;
use crate::cpp::include_guard::include_guard;
use crate::cpp::{Directive, DirectiveKind, Token, Unit};
use crate::text::{Edit, Piece, Span, line_start};

/// The edit that includes `header` before the first include, outside of every branch, or before the first code.
pub fn before_includes(unit: &Unit, header: &str) -> Option<Edit> {
    let directives = &unit.lexed.directives;
    // An include behind the first code can be inside of a function or of an enumeration.
    let before_code = |start: u32| first_code(unit).is_none_or(|code| start < code.start);
    let include = unit.includes().next().filter(|(_, include)| before_code(include.start));
    let offset = if let Some((directive, include)) = include {
        directives[outermost(unit, include.start).unwrap_or(directive)].span.start
    } else {
        let start = unit.tokens().first()?.start;
        outermost(unit, start).map_or(start, |directive| directives[directive].span.start)
    };
    let bytes = &unit.source.bytes;
    let line = line_start(bytes, offset as usize);
    // If a comment ends on this line, an include at the start of the line would be part of the comment.
    let commented =
        unit.lexed.comments.iter().any(|comment| comment.start < line as u32 && (line as u32) < comment.end);
    let line = if commented { offset as usize } else { line };
    let line = if line == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { line };
    let ending = if is_crlf(bytes) { "\r\n" } else { "\n" };
    // An edit of pieces is ordered before other insertions at the same offset.
    let text = Piece::Text(format!("#include <{header}>{ending}").into());
    let edit = Edit::pieces(Span::at(line as u32), vec![text]);
    Some(edit)
}

/// The edit that includes the project's `header` behind the last unconditional include before the first code. Without
/// such an include, the edit is behind the include guard or `#pragma once`, else before the first code.
pub fn behind_includes(unit: &Unit, header: &str) -> Option<Edit> {
    let ending = if is_crlf(&unit.source.bytes) { "\r\n" } else { "\n" };
    let text = format!("#include \"{header}\"{ending}");
    match behind_opening(unit, |_| true) {
        Some(offset) => Some(Edit::insert(offset, text)),
        None => before_includes(unit, header).map(|edit| Edit::insert(edit.span.start, text)),
    }
}

/// The edit that includes the project's `header` before the first include if one of the includes before the first code
/// `needs_it`, else where [`behind_includes`] has it.
pub fn before_needing_includes(unit: &Unit, header: &str, needs_it: impl Fn(&Token) -> bool) -> Option<Edit> {
    let code = first_code(unit).map_or(u32::MAX, |token| token.start);
    if !unit.includes().any(|(_, token)| token.start < code && needs_it(token)) {
        return behind_includes(unit, header);
    }
    let ending = if is_crlf(&unit.source.bytes) { "\r\n" } else { "\n" };
    let edit = before_includes(unit, header)?;
    Some(Edit::insert(edit.span.start, format!("#include \"{header}\"{ending}")))
}

/// The edit that includes the system header `header` behind the last of the file's includes for which `is_wanted` holds
/// for the name, like [`behind_includes`]. Without such an include, the edit is where `behind_includes` has it.
pub fn behind_one_of(unit: &Unit, header: &str, is_wanted: impl Fn(&str) -> bool) -> Option<Edit> {
    let ending = if is_crlf(&unit.source.bytes) { "\r\n" } else { "\n" };
    let name = |token: &Token| unit.slice(Span::new(token.start + 1, token.end - 1)).into_owned();
    let has_one = unit.includes().any(|(_, token)| is_wanted(&name(token)));
    let behind = behind_opening(unit, |token| !has_one || is_wanted(&name(token)));
    let offset = behind.or_else(|| before_includes(unit, header).map(|edit| edit.span.start))?;
    Some(Edit::insert(offset, format!("#include <{header}>{ending}")))
}

/// Where the line begins behind the last unconditional include before the first code for which `is_wanted` holds. Without
/// one, it is the line behind the include guard or `#pragma once`.
fn behind_opening(unit: &Unit, is_wanted: impl Fn(&Token) -> bool) -> Option<u32> {
    let directives = &unit.lexed.directives;
    let guard = include_guard(unit);
    let code = first_code(unit).map_or(u32::MAX, |token| token.start);
    let is_plain = |(_, token): &(usize, &Token)| {
        let around = unit.regions.iter().enumerate().filter(|(_, r)| r.body.contains(token.span()));
        token.start < code && !token.is(Token::FROZEN) && around.into_iter().all(|(at, _)| Some(at) == guard)
    };
    let plain = unit.includes().filter(is_plain).filter(|(_, token)| is_wanted(token));
    let include = plain.last().map(|(directive, _)| directive);
    let opening = || match guard {
        // The line behind `#ifndef` defines the guard.
        Some(region) => Some(unit.regions[region].directive + 1),
        None => directives.iter().position(|directive| is_once(unit, directive, code)),
    };
    include.or_else(opening).and_then(|at| line_behind(unit, directives[at].span.end))
}

/// The first token of the file outside of directives.
fn first_code<'u>(unit: &'u Unit) -> Option<&'u Token> {
    unit.tokens().iter().find(|token| !token.is(Token::DIRECTIVE))
}

/// Whether `directive` is a `#pragma once` outside of every branch and before `code`, the offset of the first code.
fn is_once(unit: &Unit, directive: &Directive, code: u32) -> bool {
    let start = directive.span.start;
    directive.kind == DirectiveKind::Pragma
        && start < code
        && unit.is_word(directive.tokens.start, "once")
        && !unit.regions.iter().any(|region| region.body.contains(directive.span))
}

/// Where the line behind `offset` begins, and not inside of a comment.
fn line_behind(unit: &Unit, offset: u32) -> Option<u32> {
    let bytes = &unit.source.bytes;
    let mut at = offset as usize;
    loop {
        let line = at + memchr::memchr(b'\n', &bytes[at..])? + 1;
        let inside = |comment: &&Span| comment.start < line as u32 && (line as u32) < comment.end;
        match unit.lexed.comments.iter().find(inside) {
            Some(comment) => at = comment.end as usize,
            None => return Some(line as u32),
        }
    }
}

/// The directive that opens the outermost `#if` group around `offset`, in whichever branch `offset` is.
fn outermost(unit: &Unit, offset: u32) -> Option<usize> {
    let around = unit.regions.iter().position(|r| r.body.start <= offset && offset < r.body.end)?;
    let opens = |region: &&Region| {
        let kind = unit.lexed.directives[region.directive].kind;
        region.depth == unit.regions[around].depth
            && matches!(kind, DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef)
    };
    unit.regions[..=around].iter().rev().find(opens).map(|region| region.directive)
}

fn is_crlf(bytes: &[u8]) -> bool {
    memchr::memchr(b'\n', bytes).is_some_and(|at| at > 0 && bytes[at - 1] == b'\r')
}
