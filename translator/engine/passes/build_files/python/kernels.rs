//! Kernels in strings. All passes over C++ run over them, and their findings and edits are moved back to the Python
//! file.
//!
//! A string is code if it is passed to a call that compiles it, or if it is a value and contains device code. A string
//! that is assembled at run time, or that contains expressions, becomes a finding.

use tranship_rules::list;

use super::Python;
use crate::embedded::{Embedded, Literal};
use crate::pass::Reporter;
use crate::readers::python::Kind;

/// Checks every call that compiles code.
pub(crate) fn run(pass: &mut Reporter, python: &Python) {
    let mut done: Vec<usize> = Vec::new();
    for index in 0..python.tokens.len() {
        let is_call = list::PYTHON_COMPILE_CALLS.iter().any(|name| python.is_name(index, name))
            && python.is(index + 1, b'(');
        let defines = index > 0 && (python.is_name(index - 1, "def") || python.is_name(index - 1, "class"));
        if !is_call || defines || python.settled[index] {
            continue;
        }
        for value in code(python, index) {
            let text = literal(python, value);
            if !done.contains(&text) {
                done.push(text);
                one(pass, python, text, false);
            }
        }
    }
    for index in (0..python.tokens.len()).filter(|&index| python.is_text(index)) {
        if is_value(python, index) && !python.settled[index] && !done.contains(&index) {
            one(pass, python, index, true);
        }
    }
}

/// Whether the string at `index` begins a value. A string that is a whole statement is documentation.
fn is_value(python: &Python, index: usize) -> bool {
    index.checked_sub(1).is_some_and(|before| {
        python.is_name(before, "return")
            || [b'=', b'(', b',', b'[', b'+'].iter().any(|&mark| python.is(before, mark))
    })
}

/// For each piece of code that the call at `index` compiles, its first token.
fn code(python: &Python, index: usize) -> Vec<usize> {
    let (open, end) = (index + 1, python.behind(index + 1));
    let mut values = Vec::new();
    let inline = python.is_name(index, "load_inline");
    // The first argument of `load_inline` is a name. Host code is translated too.
    let mut position = 0;
    let mut at = open + 1;
    while at + 1 < end {
        let keyword = python.is(at + 1, b'=') && !python.is(at + 2, b'=');
        let value = if keyword { at + 2 } else { at };
        let wanted = if keyword {
            list::PYTHON_CODE_KEYWORDS.contains(&python.text(at))
                || (inline && python.text(at) == "cpp_sources")
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

/// The string at `index`, or the string that this file assigns to the name at `index`.
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

/// Translates the consecutive strings from `index` on. If `asks` is true, they are translated only if they contain
/// device code.
fn one(pass: &mut Reporter, python: &Python, index: usize, asks: bool) {
    let texts = python.tokens[index.min(python.tokens.len())..].iter().map_while(|token| match token.kind {
        Kind::Text(quoting) => Some((*token, quoting)),
        _ => None,
    });
    let texts: Vec<_> = texts.collect();
    let (Some((first, _)), Some((last, _))) = (texts.first(), texts.last()) else { return };
    let literals = texts.iter().map(|(token, quoting)| {
        let quote = char::from(quoting.quote).to_string();
        let end = if quoting.triple { quote.repeat(3) } else { quote };
        Literal { inner: token.inner, raw: quoting.raw, lines: quoting.triple, end }
    });
    let embedded = Embedded::new(python.bytes, literals.collect());
    if asks && !embedded.is_device_code() {
        return;
    }
    let is_part =
        is_joined(python, index, index + texts.len()) || texts.iter().any(|(_, quoting)| quoting.format);
    pass.embed(embedded, is_part.then(|| first.span.to(last.span)));
}

/// Whether an operator or method changes the text of the strings from `start` to `end`.
fn is_joined(python: &Python, start: usize, end: usize) -> bool {
    const HARMLESS: [&str; 4] = ["encode", "strip", "lstrip", "rstrip"];
    let is_added = start.checked_sub(1).is_some_and(|before| python.is(before, b'+'));
    let is_method = python.is(end, b'.') && !HARMLESS.contains(&python.text(end + 1));
    is_added || is_method || python.is(end, b'+') || python.is(end, b'%')
}
