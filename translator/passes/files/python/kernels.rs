//! Kernels in strings: they go through the passes of C++, and what those find and change is carried over into the file.
//!
//! What is put together from several strings, or has expressions in it, is left to a person.

use super::Python;
use crate::finding::{Finding, Fix};
use crate::passes;
use crate::passes::files::FilePass;
use crate::source::{Lang, Source};
use crate::syntax::Unit;
use crate::syntax::python::{Kind, Quoting, Token};
use crate::text::{Edit, Piece, Replacement, Span};
use tranship_rules::Level;

/// Calls that compile their strings, with the keywords whose values hold code; without one the strings stand in order.
const CALLS: &[&str] = &[
    "RawKernel",
    "RawModule",
    "ElementwiseKernel",
    "ReductionKernel",
    "SourceModule",
    "load_inline",
    "DynamicSourceModule",
];

/// The keywords of those calls whose values hold code.
const KEYWORDS: &[&str] =
    &["code", "source", "cuda_sources", "operation", "preamble", "map_expr", "reduce_expr"];

/// Looks at every call that compiles code.
pub(super) fn run(pass: &mut FilePass, python: &Python) {
    let mut done: Vec<usize> = Vec::new();
    for index in 0..python.tokens.len() {
        let is_call = CALLS.iter().any(|name| python.is_name(index, name)) && python.is(index + 1, b'(');
        let defines = index > 0 && (python.is_name(index - 1, "def") || python.is_name(index - 1, "class"));
        if !is_call || defines || python.settled[index] {
            continue;
        }
        for value in code(python, index) {
            let text = literal(python, value);
            if !done.contains(&text) {
                done.push(text);
                one(pass, python, text);
            }
        }
    }
}

/// The tokens where the code of the call at `index` begins.
fn code(python: &Python, index: usize) -> Vec<usize> {
    let (open, end) = (index + 1, python.behind(index + 1));
    let mut values = Vec::new();
    let inline = python.is_name(index, "load_inline");
    // PyTorch takes a name first, then code for the host, which is translated all the same.
    let mut position = 0;
    let mut at = open + 1;
    while at + 1 < end {
        let keyword = python.is(at + 1, b'=') && !python.is(at + 2, b'=');
        let value = if keyword { at + 2 } else { at };
        let wanted = if keyword {
            KEYWORDS.contains(&python.text(at)) || (inline && python.text(at) == "cpp_sources")
        } else if inline {
            position > 0
        } else {
            position == 0 || python.text(value).contains(['\n', ';', '='])
        };
        if wanted {
            if python.is(value, b'[') {
                let (mut item, behind) = (value + 1, python.behind(value) - 1);
                while item < behind {
                    values.push(item);
                    item = argument_end(python, item, behind);
                }
            } else {
                values.push(value);
            }
        }
        position += 1;
        at = argument_end(python, value, end);
    }
    values
}

/// The index behind the comma that ends the argument at `at`.
fn argument_end(python: &Python, mut at: usize, end: usize) -> usize {
    while at < end {
        if python.is(at, b',') {
            return at + 1;
        }
        let opens = [b'(', b'[', b'{'].iter().any(|&mark| python.is(at, mark));
        at = if opens { python.behind(at) } else { at + 1 };
    }
    end
}

/// The string at `index`, or the one that the name there is given in this file.
fn literal(python: &Python, index: usize) -> usize {
    if python.tokens.get(index).is_none_or(|token| token.kind != Kind::Name) {
        return index;
    }
    let name = python.text(index);
    let given = (0..index)
        .rev()
        .find(|&at| python.is_name(at, name) && python.is(at + 1, b'=') && python.is_text(at + 2));
    given.map_or(index, |at| at + 2)
}

fn one(pass: &mut FilePass, python: &Python, index: usize) {
    let Some(&Token { kind: Kind::Text(quoting), inner, span, .. }) = python.tokens.get(index) else {
        return;
    };
    let joined = python.is_text(index + 1)
        || [b'+', b'%', b'.'].iter().any(|&mark| python.is(index + 1, mark))
        || index.checked_sub(1).is_some_and(|before| python.is_text(before) || python.is(before, b'+'));
    let embedded = decode(python.bytes, inner, quoting);
    let findings = translated(pass, &embedded.text);
    if findings.is_empty() {
        return;
    }
    if joined || quoting.format {
        return pass.saying("kernel-put-together", span, "code for the GPU is put together from parts");
    }
    for finding in findings {
        let carried = embedded.carry(finding, quoting);
        pass.report(carried);
    }
}

/// What the passes of C++ say to a kernel.
fn translated(pass: &FilePass, text: &[u8]) -> Vec<Finding> {
    let mut source = Source::new(pass.source.path.clone(), text);
    source.lang = Lang::Cpp;
    if source.unreadable().is_some() || !pass.context.prefilter.may_hold_cuda(text) {
        return Vec::new();
    }
    passes::run(&Unit::new(&source, &pass.context.guards), pass.context)
}

/// The content of a string as the compiler gets it, with the place of each byte in the file.
struct Embedded {
    text: Vec<u8>,
    places: Vec<u32>,
}

/// Reads the escapes of a string. Those that are no single byte stay as they are.
fn decode(bytes: &[u8], inner: Span, quoting: Quoting) -> Embedded {
    let (mut text, mut places) = (Vec::new(), Vec::new());
    let (mut at, end) = (inner.start as usize, inner.end as usize);
    while at < end {
        places.push(at as u32);
        let escaped = bytes.get(at + 1).filter(|_| bytes[at] == b'\\' && !quoting.raw);
        let byte = match escaped {
            Some(b'n') => Some(b'\n'),
            Some(b't') => Some(b'\t'),
            Some(&mark @ (b'\\' | b'"' | b'\'')) => Some(mark),
            Some(b'\n') => {
                // A line that goes on: nothing stands for it.
                places.pop();
                at += 2;
                continue;
            }
            _ => None,
        };
        text.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 2 } else { 1 };
    }
    places.push(inner.end);
    Embedded { text, places }
}

impl Embedded {
    fn place(&self, span: Span) -> Span {
        let at = |offset: u32| self.places[(offset as usize).min(self.places.len() - 1)];
        Span::new(at(span.start), at(span.end))
    }

    /// The finding in the offsets of the file. A change that the string cannot hold is left to a person.
    fn carry(&self, finding: Finding, quoting: Quoting) -> Finding {
        let span = self.place(finding.span);
        let edits: Option<Vec<Edit>> =
            finding.fix.edits().iter().map(|edit| self.edit(edit, quoting)).collect();
        if let Some(edits) = edits {
            return Finding { span, fix: Fix::Many(edits), ..finding };
        }
        let lost = Finding { span, fix: Fix::None, level: Level::Manual, ..finding };
        lost.advising("write the change by hand: it does not fit into this string")
    }

    fn edit(&self, edit: &Edit, quoting: Quoting) -> Option<Edit> {
        // Helpers stand in a header that a compiler at run time does not find.
        let fits = |text: &str| {
            let breaks = text.contains('\n') && !quoting.triple;
            let escapes = text.contains('\\') && !quoting.raw;
            !breaks && !escapes && !text.contains(char::from(quoting.quote)) && !text.contains("tranship")
        };
        let with = match &edit.with {
            Replacement::Text(text) => fits(text).then(|| Replacement::Text(text.clone()))?,
            Replacement::Pieces(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => fits(text).then(|| Piece::Text(text.clone())),
                    Piece::Span(span) => Some(Piece::Span(self.place(*span))),
                };
                Replacement::Pieces(pieces.iter().map(piece).collect::<Option<_>>()?)
            }
        };
        Some(Edit { span: self.place(edit.span), with })
    }
}
