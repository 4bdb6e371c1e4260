//! Whole lines that only CUDA compiles.

use std::ops::Range;

use crate::cpp::Unit;
use crate::text::{Edit, line_start};

/// The offsets of the first byte of the lines of `tokens` and of the line behind them; `None` if other code is on these
/// lines.
pub(crate) fn lines(unit: &Unit, tokens: Range<usize>) -> Option<(u32, u32)> {
    let all = unit.tokens();
    let bytes = &unit.source.bytes;
    let first = all[tokens.start].start as usize;
    let start = line_start(bytes, first);
    let end = all[tokens.end - 1].end as usize;
    let behind = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |at| end + at + 1);
    let next = all.get(tokens.end).map_or(bytes.len(), |token| token.start as usize);
    let cut = |offset: usize| {
        let comments = &unit.lexed.comments;
        let behind = comments.partition_point(|comment| (comment.start as usize) < offset);
        behind.checked_sub(1).is_some_and(|last| offset < comments[last].end as usize)
    };
    let is_alone = bytes[start..first].iter().all(u8::is_ascii_whitespace) && next >= behind;
    (is_alone && !cut(behind) && bytes[..behind].ends_with(b"\n")).then_some((start as u32, behind as u32))
}

/// The edits that put lines under a condition which is false for HIP, one for each run of lines with at most empty lines
/// between them. `lines` are sorted.
pub(crate) fn guards(unit: &Unit, lines: &[(u32, u32)]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let bytes = &unit.source.bytes;
    let is_blank =
        |gap: (u32, u32)| bytes[gap.0 as usize..gap.1 as usize].iter().all(u8::is_ascii_whitespace);
    for run in lines.chunk_by(|one, next| is_blank((one.1, next.0))) {
        let (start, end) = (run[0].0, run[run.len() - 1].1);
        let is_crlf = unit.source.bytes[..end as usize].ends_with(b"\r\n");
        let line = if is_crlf { "\r\n" } else { "\n" };
        edits.push(Edit::insert(start, format!("#if !defined(__HIP_PLATFORM_AMD__){line}")));
        edits.push(Edit::insert(end, format!("#endif{line}")));
    }
    edits
}
