//! Kernels and options of NVRTC in C++ strings. All passes run over the kernels, and NVRTC options become hipRTC
//! options.
//!
//! A string is code if it is passed to `nvrtcCreateProgram`, or if it contains device code and the project compiles
//! code at run time. Other strings stay as they are. A string that is assembled from parts becomes a finding.

mod options;

use std::ops::Range;

use memchr::memmem;
use rustc_hash::FxHashMap;

use tranship_rules::rule;

use crate::cpp::call_site as site;
use crate::cpp::keywords::precedes_expression;
use crate::cpp::{Token, TokenKind, Unit};
use crate::embedded::{DEVICE_HINTS, Embedded, Literal};
use crate::pass::Pass;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let index = &pass.context.index;
    // The index covers all files of a project. A file outside of a project is searched itself.
    let by_itself = || {
        index.facts(&unit.source.path).is_none()
            && ["CreateProgram", "CompileProgram"].iter().any(|name| uses(unit, name).next().is_some())
    };
    if !index.uses_nvrtc() && !by_itself() {
        return;
    }
    let runs = runs(unit);
    let mut found = false;
    for run in &runs {
        if holds_device_code(unit, run) {
            found = true;
            kernel(pass, run);
        }
    }
    let given = given(unit, &runs);
    for index in uses(unit, "CreateProgram") {
        source(pass, index, &runs, &given, found);
    }
    options::run(pass, &runs);
}

/// The uses of the function of NVRTC with this `name` after the prefix `nvrtc`, without frozen ones. In code that is
/// HIP already, the uses of hipRTC's function.
fn uses<'a>(unit: &'a Unit<'a>, name: &str) -> impl Iterator<Item = usize> + use<'a> {
    let prefix = if unit.is_hip() { "hiprtc" } else { "nvrtc" };
    let places = unit.places(format!("{prefix}{name}").as_bytes(), 0..unit.tokens().len());
    places.iter().map(|&at| at as usize).filter(|&at| !unit.tokens()[at].is(Token::FROZEN))
}

/// Runs of adjacent string literals, which C++ joins to one string.
fn runs(unit: &Unit) -> Vec<Range<usize>> {
    let is_text = |token: &Token| {
        matches!(token.kind, TokenKind::String | TokenKind::RawString)
            && !token.is(Token::FROZEN)
            && !token.is(Token::UNTERMINATED)
    };
    let tokens = unit.tokens();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in tokens.iter().enumerate().filter(|(_, token)| is_text(token)) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

fn embedded(unit: &Unit, run: &Range<usize>) -> Option<Embedded> {
    let literals = unit.tokens()[run.clone()].iter().map(|token| Literal::of(unit, token));
    Some(Embedded::new(&unit.source.bytes, literals.collect::<Option<_>>()?))
}

/// Whether a string contains a device function or kernel.
fn holds_device_code(unit: &Unit, run: &Range<usize>) -> bool {
    // In one literal, the words of device code are not split.
    let is_split = run.len() > 1 || unit.text(&unit.tokens()[run.start]).contains(&b'\\');
    let has_hint = |hint: &[u8]| memmem::find(unit.text(&unit.tokens()[run.start]), hint).is_some();
    (is_split || DEVICE_HINTS.iter().any(|hint| has_hint(hint)))
        && embedded(unit, run).is_some_and(|embedded| embedded.is_device_code())
}

/// Translates the code in a string.
fn kernel(pass: &mut Pass, run: &Range<usize>) {
    let unit = pass.unit;
    let Some(embedded) = embedded(unit, run) else { return };
    pass.embed(embedded, is_joined(unit, run).then(|| unit.span_of(run.clone())));
}

/// Whether the text has parts that are not literals: a macro, `+`, `+=`, `<<`.
fn is_joined(unit: &Unit, run: &Range<usize>) -> bool {
    let tokens = unit.tokens();
    let is = |index: usize, byte: u8| tokens.get(index).is_some_and(|token| token.is_punct(byte));
    let is_name = |index: usize| {
        tokens.get(index).is_some_and(|token| {
            token.kind == TokenKind::Identifier
                && !precedes_expression(unit.text(token))
                && !token.is(Token::LINE_START | Token::DIRECTIVE)
        })
    };
    let before = run.start.checked_sub(1);
    let named_before = before.is_some_and(|at| is_name(at) && !is_macro_name(unit, at));
    let added_before = before.is_some_and(|at| {
        is(at, b'+') || (is(at, b'=') && at > 0 && is(at - 1, b'+')) || (is(at, b'<') && is(at - 1, b'<'))
    });
    let after = run.end;
    named_before
        || added_before
        || is(after, b'+')
        || (is(after, b'<') && is(after + 1, b'<'))
        || (is_name(after) && unit.directive_of(after).is_none())
}

/// Whether the token at `index` is the name that a `#define` defines.
fn is_macro_name(unit: &Unit, index: usize) -> bool {
    unit.directive_of(index).is_some_and(|directive| directive.tokens.start == index)
}

/// Checks the source argument of `nvrtcCreateProgram`: a string, or a name that this file initialises with a string.
fn source(
    pass: &mut Pass,
    index: usize,
    runs: &[Range<usize>],
    given: &FxHashMap<&[u8], usize>,
    found: bool,
) {
    let unit = pass.unit;
    let Some(argument) = site::call(unit, index).and_then(|call| call.arguments.get(1).copied()) else {
        return;
    };
    let tokens = unit.tokens();
    let first = tokens.partition_point(|token| token.start < argument.start);
    let last = tokens.partition_point(|token| token.start < argument.end);
    let run_at = |at: usize| {
        let next = runs.partition_point(|run| run.end <= at);
        runs.get(next).filter(|run| run.contains(&at))
    };
    let name = tokens.get(first).filter(|token| token.kind == TokenKind::Identifier);
    let given = run_at(first).or_else(|| given.get(unit.text(name?)).copied().and_then(run_at));
    match given {
        Some(run) if holds_device_code(unit, run) => {}
        Some(run) => kernel(pass, &run.clone()),
        None if found => {}
        None => {
            let shown = site::shown(unit, first..last.max(first + 1));
            let what = format!("the source that hipRTC compiles is not a string of this file: `{shown}`");
            pass.report_saying(rule::RUNTIME_SOURCE, argument, what);
        }
    }
}

/// The names that are declared with a literal as their value, each with the literal's token: `name = "..."`,
/// `name[] = "..."`, `name{"..."}`.
fn given<'a>(unit: &Unit<'a>, runs: &[Range<usize>]) -> FxHashMap<&'a [u8], usize> {
    let tokens = unit.tokens();
    let mut given = FxHashMap::default();
    for run in runs {
        let is_between = |at: &usize| b"[]={(".iter().any(|&mark| tokens[*at].is_punct(mark));
        let count = (0..run.start).rev().take_while(is_between).take(MOST_MARKS).count();
        let name = run.start.checked_sub(count + 1).filter(|_| count > 0).map(|at| &tokens[at]);
        if let Some(name) = name.filter(|token| token.kind == TokenKind::Identifier) {
            given.entry(unit.text(name)).or_insert(run.start);
        }
    }
    given
}

/// The limit of marks between the name and the value of a declaration. Real declarations have fewer.
const MOST_MARKS: usize = 8;
