//! Parses the new text of a file, and drops the fixes after which a file that parsed before no longer parses.
//!
//! One table lists the parser for each kind of file. A file that does not parse before its conversion, such as a template or
//! a file in an old dialect, is not checked.

use std::ops::Range;
use std::path::PathBuf;

use saphyr_parser::{Event, Parser};

use crate::cpp::tree::parsed::Trees;
use crate::cpp::{DirectiveKind, Token, Unit};
use crate::lang::Lang;
use crate::pass::Context;
use crate::readers::{cmake, python_tree};
use crate::source::Source;
use crate::text::{Edit, Edits, Replacement, Span};

/// A parser for some files.
struct Row {
    lang: Lang,
    /// The endings of the file names, in lower case; if there are none, all files of the language.
    endings: &'static [&'static str],
    /// Whether bytes are free of faults.
    parses: fn(&[u8]) -> bool,
}

/// The parsers of the files around the code. C++ is read chunk by chunk: see [`code`].
const PARSERS: &[Row] = &[
    Row { lang: Lang::Python, endings: &[], parses: python_tree::is_sound },
    Row { lang: Lang::Cmake, endings: &[], parses: |bytes| cmake::read(bytes).broken.is_none() },
    Row { lang: Lang::Yaml, endings: &[], parses: yaml },
    Row { lang: Lang::Packages, endings: &[".toml", "pipfile"], parses: toml },
    Row { lang: Lang::Build, endings: &[".toml"], parses: toml },
    Row { lang: Lang::Build, endings: &[".json"], parses: json },
];

/// After this number of dropped fixes, all other fixes are dropped as well.
const MOST_DROPPED: usize = 16;

fn toml(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<toml::Table>().is_ok())
}

fn json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

fn yaml(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::StreamEnd, _)) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    true
}

/// Whether the file parses after `edits`, or did not parse before.
pub(crate) fn file(source: &Source, edits: &Edits) -> bool {
    let name = source.path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let fits = |row: &&Row| {
        row.lang == source.lang
            && (row.endings.is_empty() || row.endings.iter().any(|ending| name.ends_with(ending)))
    };
    let Some(row) = PARSERS.iter().find(fits) else { return true };
    edits.is_empty() || (row.parses)(&edits.apply(&source.bytes)) || !(row.parses)(&source.bytes)
}

/// A part of a file of C++ that edits change by more than names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The start and end of its bytes.
    start: u32,
    end: u32,
    /// Whether it is what is between the braces of a function.
    is_body: bool,
    /// The first token of its chunk, and the bytes of the chunk.
    first: usize,
    chunk: (u32, u32),
}

/// The parts of C++ that `edits` change by more than names.
fn changed_parts(unit: &Unit, edits: &Edits) -> Vec<Part> {
    let tokens = unit.tokens();
    let chunks = unit.trees().chunks(unit);
    if chunks.whole.is_some() {
        return Vec::new();
    }
    let is_in_code = |index: usize| {
        let is_directive = tokens.get(index).is_some_and(|token| token.is(Token::DIRECTIVE));
        !is_directive || unit.directive_of(index).is_some_and(|found| found.kind == DirectiveKind::Define)
    };
    let part = |edit: &Edit| {
        let index = tokens.partition_point(|token| token.end <= edit.span.start);
        let declaration = chunks.declaration(index).map(|at| &chunks.declarations[at]);
        let macro_body = || chunks.macro_body(index).map(|at| &chunks.macro_bodies[at]);
        let chunk = declaration.or_else(macro_body).filter(|_| is_in_code(index))?;
        let (first, bytes) = (chunk.start, (tokens[chunk.start].start, tokens[chunk.end - 1].end));
        let body = declaration.and_then(|_| body_around(unit, edit.span, chunk));
        let (start, end) = body.unwrap_or(bytes);
        Some(Part { start, end, is_body: body.is_some(), first, chunk: bytes })
    };
    let structural = edits.iter().filter(|edit| is_structural(edit, &unit.source.bytes));
    let mut parts: Vec<Part> = structural.filter_map(part).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The bytes between the braces of the function in `chunk` with all of `span` in its body. A change right behind the `{`
/// is not in it, because its place in the new text is not certain.
fn body_around(unit: &Unit, span: Span, chunk: &Range<usize>) -> Option<(u32, u32)> {
    let body = &unit.function_at(span.start)?.body;
    let (open, close) = (body.start.checked_sub(1)?, body.end);
    let (start, end) = (unit.tokens()[open].end, unit.tokens().get(close)?.start);
    let is_inside = chunk.contains(&open) && chunk.contains(&close);
    (is_inside && start < span.start && span.end <= end).then_some((start, end))
}

/// Whether `edits` bring no new fault into a chunk of C++ that they change by more than names.
///
/// A body or chunk that is sound by itself is sound in the file. One that is not may need a macro of the file. Most new
/// parts are sound, so the old chunk is parsed after them.
pub(crate) fn code(unit: &Unit, edits: &Edits, context: &Context) -> bool {
    let parts = changed_parts(unit, edits);
    if parts.is_empty() {
        return true;
    }
    let ends = |part: &Part| [part.start, part.end, part.chunk.0, part.chunk.1];
    let mut offsets: Vec<u32> = parts.iter().flat_map(ends).collect();
    offsets.sort_unstable();
    let places = edits.places(&unit.source.bytes, &offsets);
    let place = |offset: u32| places[offsets.partition_point(|&other| other < offset)] as usize;
    let new = edits.apply(&unit.source.bytes);
    let source = |bytes: Vec<u8>| Source { bytes, lang: unit.source.lang, path: PathBuf::new() };
    let is_plain = |part: &Part| {
        let own = &new[place(part.start)..place(part.end)];
        let text = if part.is_body { [b"void f(){", own, b"\n}"].concat() } else { own.to_vec() };
        is_sound(&source(text), context, Trees::is_plain_sound)
    };
    let was_sound = |part: &Part| unit.trees().is_sound(unit, part.first) == Some(true);
    let is_alone = |part: &Part| {
        let chunk = new[place(part.chunk.0)..place(part.chunk.1)].to_vec();
        is_sound(&source(chunk), context, Trees::is_sound)
    };
    let is_doubtful = |part: &&Part| !is_plain(part) && was_sound(part) && !is_alone(part);
    let doubtful: Vec<usize> = parts.iter().filter(is_doubtful).map(|part| place(part.chunk.0)).collect();
    doubtful.is_empty() || are_sound(&source(new), &doubtful, context)
}

/// Whether all chunks of `source` are free of faults.
fn is_sound(source: &Source, context: &Context, of: fn(&Trees, &Unit, usize) -> Option<bool>) -> bool {
    let unit = Unit::new(source, &context.guards);
    let chunks = unit.trees().chunks(&unit);
    let mut starts = chunks.declarations.iter().map(|chunk| chunk.start);
    chunks.whole.is_none() && starts.all(|start| of(unit.trees(), &unit, start) == Some(true))
}

/// Whether the chunks at `offsets` of `source` have no fault.
fn are_sound(source: &Source, offsets: &[usize], context: &Context) -> bool {
    let unit = Unit::new(source, &context.guards);
    let is_sound = |&offset: &usize| {
        let index = unit.tokens().partition_point(|token| (token.start as usize) < offset);
        unit.trees().is_sound(&unit, index) != Some(false)
    };
    unit.trees().chunks(&unit).whole.is_none() && offsets.iter().all(is_sound)
}

/// Whether an edit does more than rename.
fn is_structural(edit: &Edit, bytes: &[u8]) -> bool {
    let is_name = |text: &[u8]| {
        !text.is_empty()
            && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
    };
    match &edit.with {
        Replacement::Text(text) => !(is_name(text.as_bytes()) && is_name(&bytes[edit.span.range()])),
        Replacement::Pieces(_) => true,
    }
}

/// The indices of a few fixes to drop, so that `parses` is true for the edits of the others. If `parses` is true for all
/// edits, none is dropped.
pub(crate) fn offending(fixes: &[&[Edit]], parses: &dyn Fn(&Edits) -> bool) -> Vec<usize> {
    let holds = |kept: &[usize]| parses(&Edits::compose(kept.iter().map(|&fix| fixes[fix])).0);
    let mut kept: Vec<usize> = (0..fixes.len()).filter(|&fix| !fixes[fix].is_empty()).collect();
    let mut dropped = Vec::new();
    while !holds(&kept) {
        if dropped.len() == MOST_DROPPED || kept.is_empty() {
            dropped.append(&mut kept);
            break;
        }
        // The file parses with the first `whole` fixes, and does not parse with the first `broken` fixes.
        let (mut whole, mut broken) = (0, kept.len());
        while broken - whole > 1 {
            let middle = usize::midpoint(whole, broken);
            if holds(&kept[..middle]) { whole = middle } else { broken = middle }
        }
        dropped.push(kept.remove(broken - 1));
    }
    if dropped.len() > MOST_DROPPED {
        return dropped;
    }
    // The bisection can drop a fix that is sound. If one dropped fix alone is at fault, only that fix is dropped.
    let all: Vec<usize> = (0..fixes.len()).filter(|&fix| !fixes[fix].is_empty()).collect();
    let without = |lost: usize| all.iter().copied().filter(|&fix| fix != lost).collect::<Vec<_>>();
    if let Some(&alone) = dropped.iter().find(|&&fix| holds(&without(fix))) {
        return vec![alone];
    }
    let mut lost = Vec::new();
    for fix in dropped {
        let at = kept.partition_point(|&other| other < fix);
        kept.insert(at, fix);
        if !holds(&kept) {
            kept.remove(at);
            lost.push(fix);
        }
    }
    lost
}

/// The place of a finding with a dropped fix: its own span, or the span of its first edit if its own is empty.
pub(crate) fn place(span: Span, edits: &[Edit]) -> Span {
    if span.is_empty() { edits.first().map_or(span, |edit| edit.span) } else { span }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks which of `fixes` are dropped in the file `name` with the content `text`. Each fix replaces one text by
    /// another.
    #[track_caller]
    fn check(name: &str, text: &str, fixes: &[(&str, &str)], dropped: &[usize]) {
        let source = Source::new(name, text);
        let edit = |&(from, to): &(&str, &str)| {
            let at = text.find(from).expect("the text is there") as u32;
            vec![Edit::replace(Span::new(at, at + from.len() as u32), to.to_owned())]
        };
        let fixes: Vec<Vec<Edit>> = fixes.iter().map(edit).collect();
        let slices: Vec<&[Edit]> = fixes.iter().map(Vec::as_slice).collect();
        let mut found = if source.lang.is_cpp() {
            let context = Context::new(tranship_rules::Rules::builtin());
            let unit = Unit::new(&source, &context.guards);
            offending(&slices, &|edits| code(&unit, edits, &context))
        } else {
            offending(&slices, &|edits| file(&source, edits))
        };
        found.sort_unstable();
        assert_eq!(found, dropped, "{text}");
    }

    #[test]
    fn fixes_that_break_a_file_are_dropped() {
        check("a.py", "a = b\nc = d\n", &[("b", "["), ("d", "e")], &[0]);
        check("a.py", "a = b\nc = d\n", &[("a", "x"), ("b", ")"), ("d", "]")], &[1, 2]);
        check("CMakeLists.txt", "set(a b)\nset(c d)\n", &[("b)", "b"), ("d", "e")], &[0]);
        check("pyproject.toml", "a = 'b'\nc = 'd'\n", &[("'b'", "b'"), ("'d'", "'e'")], &[0]);
        check("a.yaml", "a: [b]\nc: d\n", &[("b]", "b"), ("d", "e")], &[0]);
        check("a.json", "{\"a\": 1, \"b\": 2}", &[("1", "3"), ("2}", "2")], &[1]);
    }

    #[test]
    fn what_broke_before_is_not_judged() {
        check("a.py", "a = (\nc = d\n", &[("d", "]")], &[]);
        check("a.yaml", "a: {{ b }}: [\n", &[("b", "[")], &[]);
        check("Makefile", "a: b\n", &[("b", "(")], &[]);
    }

    #[test]
    fn fixes_that_only_hold_together_stay() {
        check("a.py", "a = b + c\n", &[("b", "(b"), ("c", "c)")], &[]);
        check("a.py", "a = b + c\nd = e\n", &[("b", "(b"), ("c", "c)"), ("e", "]")], &[2]);
    }

    #[test]
    fn chunks_of_code_are_parsed_again() {
        let text = "void f(int a) { g(a); }\nvoid h(int b) { g(b); }\n";
        check("a.cu", text, &[("g(a)", "g(a"), ("g(b)", "k(b, 1)")], &[0]);
        check("a.cu", text, &[("g", "hipG")], &[]);
    }
}
