//! Where a file gets one more include.

use crate::finding::Fix;
use crate::syntax::conditions::Region;
use crate::syntax::{DirectiveKind, Unit};
use crate::text::{Edit, Span};

/// The edit that includes `header` before the first include, outside of every branch, or before the first code.
pub(super) fn of(unit: &Unit, header: &str) -> Option<(Span, Fix)> {
    let offset = match unit.includes().next() {
        Some((directive, include)) => {
            unit.lexed.directives[outermost(unit, include.start).unwrap_or(directive)].span.start
        }
        None => unit.tokens().first()?.start,
    };
    let bytes = &unit.source.bytes;
    let line = bytes[..offset as usize].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    // Inside of a comment that ends on this line an include would be lost.
    let commented =
        unit.lexed.comments.iter().any(|comment| comment.start < line as u32 && (line as u32) < comment.end);
    let line = if commented { offset as usize } else { line };
    let line = if line == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { line };
    let ending = if is_crlf(bytes) { "\r\n" } else { "\n" };
    let edit = Edit::insert(line as u32, format!("#include <{header}>{ending}"));
    Some((edit.span, Fix::One(edit)))
}

/// The directive that opens the outermost `#if` group around `offset`, whichever branch of it `offset` is in.
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
