//! Options of nvcc in lists of strings.

use super::Python;
use crate::finding::Fix;
use crate::pass::Reporter;
use crate::pass::nvcc_options::{self as flags, CommandLine, Written};
use crate::readers::python::{Kind, Quoting};
use crate::readers::words::Word;
use crate::text::{Edit, Span, line_start};

/// Looks at every run of strings that commas part.
pub(crate) fn run(pass: &mut Reporter, python: &Python) {
    let mut index = 0;
    while index < python.tokens.len() {
        let end = strings(python, index);
        if end > index {
            list(pass, python, index..end);
        }
        index = end.max(index + 1);
    }
}

/// The end of the strings, each followed by a comma or a bracket, that begin at `index`; a bracket must come before.
fn strings(python: &Python, index: usize) -> usize {
    let mut at = index;
    while is_item(python, at) {
        at += 1;
        if !python.is(at, b',') {
            break;
        }
        at += 1;
    }
    at
}

/// Whether the token is a string by itself: joined ones and those with expressions are no words.
fn is_item(python: &Python, index: usize) -> bool {
    let Some(token) = python.tokens.get(index) else { return false };
    let is_plain = matches!(token.kind, Kind::Text(Quoting { format: false, triple: false, .. }));
    let before =
        index.checked_sub(1).is_some_and(|b| [b'[', b'(', b',', b':', b'='].iter().any(|&m| python.is(b, m)));
    let after = [b',', b']', b')', b'}'].iter().any(|&mark| python.is(index + 1, mark));
    is_plain && before && after && !python.settled[index]
}

fn list(pass: &mut Reporter, python: &Python, range: std::ops::Range<usize>) {
    let items: Vec<usize> = range.clone().filter(|&index| python.is_text(index)).collect();
    let words: Vec<Word> = items
        .iter()
        .map(|&index| Word { text: python.text(index), span: python.tokens[index].span })
        .collect();
    let line = if is_for_nvcc(python, range.start) { CommandLine::Nvcc } else { CommandLine::Unknown };
    // Behind a run that was removed with its comma.
    let mut gone = None;
    flags::report(pass, &words, line, |change| {
        let (first, last) = (items[change.run.start], items[change.run.end - 1]);
        let (start, end) = (python.tokens[first], python.tokens[last]);
        if change.new.is_empty() {
            let whole = item(python, first, last);
            let alone = gone == Some(change.run.start) && whole.start < start.span.start;
            let removed = if alone { start.span.to(end.span) } else { whole };
            gone = Some(change.run.end);
            return Written::Fix(Fix::One(Edit::remove(tidy(python.bytes, removed))));
        }
        let quote = match start.kind {
            Kind::Text(quoting) => char::from(quoting.quote),
            _ => '"',
        };
        let inner = Span::new(start.inner.start, end.inner.end);
        Written::Fix(Fix::One(Edit::replace(inner, change.new.join(&format!("{quote}, {quote}")))))
    });
}

/// `span` with its whole line where nothing else stands there, and with the blanks before it where nothing follows.
fn tidy(bytes: &[u8], span: Span) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let blank = bytes[..start].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = &bytes[end..];
    let tail = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    if rest.get(tail) != Some(&b'\n') {
        return span;
    }
    let starts_line = line_start(bytes, start) == start - blank;
    let end = if starts_line { end + tail + 1 } else { end };
    Span::new((start - blank) as u32, end as u32)
}

/// The items with the comma behind them, or the one before where none is behind.
pub(crate) fn item(python: &Python, first: usize, last: usize) -> Span {
    let span = python.tokens[first].span.to(python.tokens[last].span);
    if python.is(last + 1, b',') {
        let end = python.tokens[last + 1].span.end;
        let blank = python.bytes[end as usize..].iter().take_while(|&&byte| byte == b' ').count();
        return Span::new(span.start, end + blank as u32);
    }
    match first.checked_sub(1).filter(|&before| python.is(before, b',')) {
        Some(comma) => Span::new(python.tokens[comma].span.start, span.end),
        None => span,
    }
}

/// Whether the list is one of nvcc's options: `"nvcc": [`, `extra_cuda_cflags=[`, `nvcc_flags = [`.
pub(crate) fn is_for_nvcc(python: &Python, start: usize) -> bool {
    let said = (start.saturating_sub(4)..start).map(|index| python.text(index));
    said.into_iter().any(|text| text.contains("nvcc") || text.contains("cuda_cflags") || text == "cuda_flags")
}
