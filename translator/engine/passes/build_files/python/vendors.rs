//! One `setup.py` for both vendors: a list of options or libraries that changes becomes a choice by `torch.version.hip`,
//! with the list as it was for CUDA.
//!
//! Only where the file imports torch, and where the list is a whole value. Sources are followed alone: a file that is
//! called otherwise is not there for CUDA either.

use super::{Python, options};
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::text::{Edit, Piece, Span};
use tranship_rules::{Level, rule};

/// Looks at every list.
pub(crate) fn run(pass: &mut Reporter, python: &Python) {
    let imports = |index: usize| python.is_name(index, "import") && python.is_name(index + 1, "torch");
    if !(0..python.tokens.len()).any(|index| imports(index) && !python.is(index + 2, b'.')) {
        return;
    }
    let applied = pass.findings().iter().filter(|finding| finding.level != Level::Manual);
    let mut changes: Vec<u32> =
        applied.flat_map(|finding| finding.fix.edits()).map(|edit| edit.span.start).collect();
    changes.sort_unstable();
    for open in (0..python.tokens.len()).filter(|&index| python.is(index, b'[') && !python.settled[index]) {
        let names_libraries = open >= 2 && python.is(open - 1, b'=') && python.is_name(open - 2, "libraries");
        let end = python.behind(open);
        let is_wanted = names_libraries || options::is_for_nvcc(python, open + 1);
        if !is_wanted || !is_value(python, open, end) {
            continue;
        }
        let span = python.tokens[open].span.to(python.tokens[end - 1].span);
        let first = changes.partition_point(|&at| at < span.start);
        let holds_one = changes.get(first).is_some_and(|&at| at < span.end);
        let Ok(text) = std::str::from_utf8(&python.bytes[span.range()]) else { continue };
        if holds_one {
            let choice = format!(" if torch.version.hip else {text}");
            let pieces = vec![Piece::Span(span), Piece::Text(choice.into())];
            pass.report_fix(
                rule::TORCH_BOTH_VENDORS,
                Span::at(span.start),
                Fix::One(Edit::pieces(span, pieces)),
            );
        }
    }
}

/// Whether the list from `open` to `end` is all of a value.
fn is_value(python: &Python, open: usize, end: usize) -> bool {
    let is_one_of = |index: usize, marks: &[u8]| marks.iter().any(|&mark| python.is(index, mark));
    let starts = open.checked_sub(1).is_some_and(|before| is_one_of(before, b"=:,("));
    let ends = end >= python.tokens.len()
        || is_one_of(end, b",)}")
        || python.bytes[python.tokens[end - 1].span.end as usize..python.tokens[end].span.start as usize]
            .contains(&b'\n');
    starts && ends
}
