//! Where a file gets one more include.

use crate::finding::Fix;
use crate::syntax::Unit;
use crate::text::{Edit, Span};

/// The edit that includes `header` before the first include, outside of every branch, or before the first code.
pub(super) fn of(unit: &Unit, header: &str) -> Option<(Span, Fix)> {
    let first = unit.includes().map(|(_, token)| token.start).next();
    let offset = match first {
        Some(include) => {
            let outermost = unit.regions.iter().find(|r| r.body.start <= include && include < r.body.end);
            let directive =
                |at: u32| unit.lexed.directives.iter().rfind(|d| d.span.start <= at).map(|d| d.span.start);
            match outermost {
                Some(region) => Some(unit.lexed.directives[region.directive].span.start),
                None => directive(include),
            }
        }
        None => unit.tokens().first().map(|token| token.start),
    }?;
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

fn is_crlf(bytes: &[u8]) -> bool {
    memchr::memchr(b'\n', bytes).is_some_and(|at| at > 0 && bytes[at - 1] == b'\r')
}
