//! Ballots of up to 64 lanes that are used as 32 bits, or that are stored as data.
//!
//! It does not follow a ballot out of its function.

use std::ops::Range;

use tranship_rules::{RuleName, rule};

use crate::cpp::call_site as site;
use crate::cpp::declared::declared;
use crate::cpp::functions::Function;
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;
use crate::text::Span;

/// Reports the place where a ballot of up to 64 lanes loses its upper half, or is stored as data.
pub(crate) fn check(pass: &mut Pass, index: usize) {
    let unit = pass.unit;
    let Some(sink) = sink(unit, index) else { return };
    pass.report_saying(sink.rule, sink.span, sink.what);
}

/// The place where a 64-bit ballot is used as 32 bits or stored.
struct Sink {
    rule: RuleName,
    span: Span,
    what: String,
}

impl Sink {
    fn narrow(span: Span, what: String) -> Self {
        Self { rule: rule::BALLOT_TRUNCATED, span, what }
    }
}

fn sink(unit: &Unit, index: usize) -> Option<Sink> {
    let tokens = unit.tokens();
    let open = site::call_open(unit, index)?;
    let close = unit.lexed.close_of(open, site::end_of_part(unit, index))?;
    let first = if index > 0 && tokens[index - 1].is_double(b':') { index - 1 } else { index };
    let before = first.checked_sub(1)?;
    let call = unit.span_of(first..close + 1);
    let name = unit.slice(tokens[index].span());
    if tokens[before].is_punct(b'(')
        && let Some(counter) = before.checked_sub(1).filter(|&at| is_counter(unit.text(&tokens[at])))
    {
        let counter = &tokens[counter];
        let what = format!("`{}` gets the 64 bits of `{name}` and uses only 32", unit.slice(counter.span()));
        return Some(Sink::narrow(counter.span().to(call), what));
    }
    if let Some(cast) = narrow_cast(unit, before) {
        let what = format!("the 64 bits of `{name}` are cast to 32");
        return Some(Sink::narrow(unit.span_of(cast..close + 1), what));
    }
    if unit.text(&tokens[before]) == b"return" {
        let function = unit.function_at(tokens[index].start)?;
        let narrow = is_narrow(unit, function.head.clone());
        let what = format!("the 64 bits of `{name}` are returned as 32");
        return narrow.then(|| Sink::narrow(call, what));
    }
    assignment(unit, before, call, &name)
}

/// How many uses of a variable are checked.
const MOST_USES: usize = 1024;

/// Functions of 32 bits that count or find bits.
fn is_counter(word: &[u8]) -> bool {
    matches!(word, b"__popc" | b"__ffs" | b"__clz" | b"__brev")
}

/// The start of `(unsigned)` or `static_cast<unsigned>(` that ends at token `before`.
fn narrow_cast(unit: &Unit, before: usize) -> Option<usize> {
    let tokens = unit.tokens();
    if tokens[before].is_punct(b')') {
        let open = site::last_before(unit, before, b'(')?;
        let follows_name = open > 0 && tokens[open - 1].kind == TokenKind::Identifier;
        return (!follows_name && open + 1 < before && is_narrow(unit, open + 1..before)).then_some(open);
    }
    let is_open = tokens[before].is_punct(b'(') && before > 0 && tokens[before - 1].is_punct(b'>');
    let cast =
        (before.saturating_sub(7)..before).rev().find(|&at| unit.is_word(at, "static_cast") && is_open)?;
    (is_narrow(unit, cast + 2..before - 1)).then_some(cast)
}

/// `x = __ballot(...)` and similar assignments, if `x` has 32 bits, or if a 32-bit counter gets a wide `x` later.
fn assignment(unit: &Unit, before: usize, call: Span, name: &str) -> Option<Sink> {
    let tokens = unit.tokens();
    if !tokens[before].is_punct(b'=') {
        return None;
    }
    let mut target = before.checked_sub(1)?;
    if matches!(tokens[target].byte, b'&' | b'|' | b'^' | b'+') && tokens[target].kind == TokenKind::Punct {
        target = target.checked_sub(1)?;
    }
    let is_element = tokens[target].is_punct(b']');
    if is_element {
        target = site::last_before(unit, target, b'[')?.checked_sub(1)?;
    }
    if tokens[target].kind != TokenKind::Identifier {
        return None;
    }
    let function = unit.function_at(call.start)?;
    let word = unit.text(&tokens[target]);
    let declared = declared(unit, function, word, target + 1)?;
    let shown = String::from_utf8_lossy(word);
    let stored = |target: usize, into: &[u8]| {
        let what = format!(
            "the ballot of `{name}` is stored in `{}`, one bit for each lane",
            String::from_utf8_lossy(into)
        );
        Sink { rule: rule::STORED_BALLOT, span: tokens[target].span().to(call), what }
    };
    if is_element && is_pointer(unit, function, word, target) {
        return Some(stored(target, word));
    }
    if let Some(into) = stored_later(unit, function, target, word) {
        return Some(stored(target, into));
    }
    if is_narrow(unit, declared) {
        let what = format!("the 64 bits of `{name}` are stored in `{shown}`, which has 32");
        return Some(Sink::narrow(tokens[target].span().to(call), what));
    }
    counted_later(unit, function, target, word)
}

/// The pointer through which a later statement stores the variable `word` unchanged: `out[i] = word;`.
fn stored_later<'a>(unit: &Unit<'a>, function: &Function, from: usize, word: &[u8]) -> Option<&'a [u8]> {
    let tokens = unit.tokens();
    let later = unit.places(word, from + 1..function.body.end).iter().take(MOST_USES);
    later.map(|&at| at as usize).find_map(|at| {
        let ends = tokens.get(at + 1).is_some_and(|t| t.is_punct(b';'));
        let is_stored = ends && tokens[at - 1].is_punct(b'=') && tokens[at - 2].is_punct(b']');
        let open = is_stored.then(|| unit.lexed.open_of(at - 2, function.body.start)).flatten()?;
        let into = unit.text(&tokens[open.checked_sub(1)?]);
        is_pointer(unit, function, into, at).then_some(into)
    })
}

/// Whether `word` is declared as a pointer where token `at` uses it.
fn is_pointer(unit: &Unit, function: &Function, word: &[u8], at: usize) -> bool {
    let declared = declared(unit, function, word, at + 1);
    declared.is_some_and(|kind| unit.tokens()[kind].iter().any(|t| t.is_punct(b'*')))
}

fn counted_later(unit: &Unit, function: &Function, from: usize, word: &[u8]) -> Option<Sink> {
    let tokens = unit.tokens();
    let later = unit.places(word, from + 3..function.body.end).iter().take(MOST_USES);
    let at = later
        .map(|&at| at as usize - 2)
        .find(|&at| is_counter(unit.text(&tokens[at])) && tokens[at + 1].is_punct(b'('))?;
    let counter = unit.slice(tokens[at].span());
    let what = format!(
        "`{counter}` gets the ballot `{}` of 64 bits and uses only 32",
        String::from_utf8_lossy(word)
    );
    Some(Sink::narrow(unit.span_of(at..at + 3), what))
}

/// Whether a type is an integer of 32 bits.
fn is_narrow(unit: &Unit, tokens: Range<usize>) -> bool {
    let words = || unit.tokens()[tokens.clone()].iter().map(|t: &Token| unit.text(t));
    words().any(|word| {
        matches!(word, b"unsigned" | b"int" | b"uint" | b"uint32_t" | b"int32_t" | b"u32" | b"signed")
    }) && !words().any(|word| matches!(word, b"long" | b"char" | b"short" | b"auto"))
}
