//! Half precision and bfloat16, where clang with HIP's types refuses code that nvcc accepts.
//!
//! It reports nothing for a value whose declaration it does not find.

use std::ops::Range;

use tranship_rules::{Release, Rule, list, rule};

use super::{contracts, narrowing};
use crate::cpp::call_site as site;
use crate::cpp::declared::declared_anywhere;
use crate::cpp::functions::Space;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Types of half precision and bfloat16, and of pairs of them.
const TYPES: &[&[u8]] = &[
    b"half",
    b"half2",
    b"__half",
    b"__half2",
    b"nv_half",
    b"nv_half2",
    b"__nv_bfloat16",
    b"__nv_bfloat162",
    b"nv_bfloat16",
    b"nv_bfloat162",
];

/// Checks `isnan` and its kin: an argument of half precision is converted to `float`.
pub(crate) fn classification(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some([argument]) = site::arguments(unit, index)
        .as_deref()
        .map(<[_]>::to_vec)
        .and_then(|all| <[_; 1]>::try_from(all).ok())
    else {
        return;
    };
    let tokens = unit.tokens();
    let is_part = argument.len() > 2
        && tokens[argument.end - 2].is_punct(b'.')
        && (unit.is_word(argument.end - 1, "x") || unit.is_word(argument.end - 1, "y"));
    let end = if is_part { argument.end - 2 } else { argument.end };
    let Some(kind) = half_type(unit, argument.start, end, index) else { return };
    let kind = unit.text(&tokens[kind]);
    if kind.ends_with(b"2") != is_part || kind.contains(&b'b') {
        return;
    }
    let edit = Edit::wrap(unit.span_of(argument), "static_cast<float>(", ")");
    pass.report(Finding::of(rule, unit.tokens()[index].span()).with(Fix::One(edit)));
}

/// Checks a cast to bfloat16, and a variable that its declaration gives a value: an integer of 64 bits is converted to `double`.
pub(crate) fn bfloat16_from_long(pass: &mut Pass, index: usize, rule: &'static Rule) {
    if let Some(value) =
        value_of_type(pass.unit, index).filter(|value| narrowing::is_long(pass, value.clone()))
    {
        let unit = pass.unit;
        let edit = Edit::wrap(unit.span_of(value), "static_cast<double>(", ")");
        pass.report(Finding::of(rule, unit.tokens()[index].span()).with(Fix::One(edit)));
    }
}

/// Checks the same places of 8-bit floats. CUDA converts an integer of 64 bits to `float` there.
pub(crate) fn check_small_floats(pass: &mut Pass) {
    let unit = pass.unit;
    for word in list::SMALL_FLOAT_TYPES {
        for &index in unit.places(word.as_bytes(), 0..unit.tokens().len()) {
            let index = index as usize;
            let value = value_of_type(unit, index).filter(|value| narrowing::is_long(pass, value.clone()));
            if let Some(value) = value.filter(|_| !unit.tokens()[index].is(Token::FROZEN)) {
                let edit = Edit::wrap(unit.span_of(value), "static_cast<float>(", ")");
                pass.report_fix(rule::SMALL_FLOAT_FROM_LONG, unit.tokens()[index].span(), Fix::One(edit));
            }
        }
    }
}

/// Checks conversions to several 8-bit floats on the GPU.
pub(crate) fn check_small_float_groups(pass: &mut Pass) {
    let unit = pass.unit;
    if !pass
        .context
        .target
        .archs
        .iter()
        .any(|arch| WITH_SMALL_FLOATS.iter().any(|known| arch.starts_with(known)))
    {
        return;
    }
    for word in list::SMALL_FLOAT_GROUPS {
        for &index in unit.places(word.as_bytes(), 0..unit.tokens().len()) {
            let token = &unit.tokens()[index as usize];
            let is_on_gpu =
                unit.function_at(token.start).is_some_and(|function| function.space != Space::Host);
            if is_on_gpu && !token.is(Token::FROZEN) && contracts::operand(unit, index as usize).is_some() {
                let what = format!("numbers become `{word}` on the GPU");
                pass.report_saying(rule::SMALL_FLOAT_GROUP, token.span(), what);
            }
        }
    }
}

/// The beginnings of the names of GPUs with instructions for 8-bit floats.
const WITH_SMALL_FLOATS: &[&str] = &["gfx94", "gfx95", "gfx12"];

/// The tokens of a value that the type at token `index` converts: in a cast, or in the declaration of a variable.
fn value_of_type(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    contracts::operand(unit, index).or_else(|| {
        let is_set = tokens.get(index + 2).is_some_and(|token| token.is_punct(b'='))
            && tokens[index + 1].kind == TokenKind::Identifier;
        let rest = if is_set { tokens[index + 3..].iter().take(LONGEST_VALUE) } else { return None };
        let end = index + 3 + rest.take_while(|token| !matches!(token.byte, b';' | b',' | b'{')).count();
        (end > index + 3).then_some(index + 3..end)
    })
}

/// The most tokens of the value of a variable.
const LONGEST_VALUE: usize = 64;

/// Checks a function that HIP has for half precision only, called with bfloat16.
pub(crate) fn bfloat16_overload(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(first) = site::arguments(unit, index).and_then(|all| all.into_iter().next()) else { return };
    let tokens = unit.tokens();
    let is_bfloat16 = |at: usize| {
        let is_variable = tokens[at].kind == TokenKind::Identifier && !unit.is_member(at);
        let kind = is_variable.then(|| declared_anywhere(unit, unit.text(&tokens[at]), at)).flatten();
        kind.is_some_and(|kind| kind.into_iter().any(|at| unit.slice(tokens[at].span()).contains("bfloat16")))
    };
    let is_cast = |at: usize| unit.slice(tokens[at].span()).contains("bfloat16");
    if !first.clone().any(|at| is_cast(at) || is_bfloat16(at)) {
        return;
    }
    let span = tokens[index].span();
    if unit.is_word(index, "__ldg") {
        let Some(close) =
            site::call_open(unit, index).and_then(|open| unit.lexed.close_of(open, tokens.len()))
        else {
            return;
        };
        let edits = vec![Edit::replace(span, "(*"), Edit::insert(tokens[close].end, ")")];
        return pass.report(Finding::of(rule, span).with(Fix::Many(edits)));
    }
    let name = unit.slice(span).trim_start_matches('_').to_owned();
    pass.report(Finding::of(rule, span).with(Fix::One(Edit::replace(span, format!("tranship::{name}")))));
}

/// Checks the halves of a `__half2_raw`, which are bits in CUDA and structures with bits in HIP.
pub(crate) fn raw_pair(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let name = index + 1;
    // Until ROCm 5.7 the members are numbers, as in CUDA.
    if unit.is_hip() || pass.context.target.rocm < Release::new(6, 0) {
        return;
    }
    if tokens.get(name).is_none_or(|name| name.kind != TokenKind::Identifier) || is(name + 1, b'(') {
        return;
    }
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let places = unit.places(unit.text(&tokens[name]), name..function.body.end.max(name + 1));
    let halves = places.iter().map(|&at| at as usize + 2).filter(|&half| {
        let is_half = unit.is_word(half, "x") || unit.is_word(half, "y");
        half < tokens.len()
            && is(half - 1, b'.')
            && is_half
            && !is(half + 1, b'.')
            && !unit.is_member(half - 2)
    });
    let edits: Vec<Edit> = halves.map(|half| Edit::insert(tokens[half].end, ".x")).collect();
    if !edits.is_empty() {
        pass.report(Finding::of(rule, unit.span_of(index..name + 1)).with(Fix::Many(edits)));
    }
}

/// Checks assignments of braces to variables of half precision.
pub(crate) fn check_braces(pass: &mut Pass) {
    let unit = pass.unit;
    let Some(rule) = pass.context.rules.named(rule::HALF_BRACES) else { return };
    if unit.is_hip() || !TYPES.iter().any(|word| !unit.places(word, 0..unit.tokens().len()).is_empty()) {
        return;
    }
    let tokens = unit.tokens();
    for brace in 2..tokens.len() {
        if !tokens[brace].is_punct(b'{') || !tokens[brace - 1].is_punct(b'=') {
            continue;
        }
        let mut name = brace - 2;
        if tokens[name].is_punct(b']') {
            let Some(open) = unit.lexed.open_of(name, 0).filter(|&open| open > 0) else { continue };
            name = open - 1;
        }
        if tokens[name].kind != TokenKind::Identifier || tokens[name].is(Token::FROZEN) {
            continue;
        }
        let kind = if name > 0 && unit.is_member(name) {
            member_type(unit, name)
        } else {
            // In `half2 v = {}` the token before the name is not the end of a statement.
            let begins = name > 0
                && tokens[name - 1].kind == TokenKind::Punct
                && matches!(tokens[name - 1].byte, b';' | b'{' | b'}' | b')');
            begins.then(|| half_type(unit, name, brace - 1, brace)).flatten()
        };
        let Some(kind) = kind else { continue };
        let edit = Edit::insert(tokens[brace].start, in_hip(unit.text(&tokens[kind])));
        pass.report(Finding::of(rule, unit.span_of(name..brace + 1)).with(Fix::One(edit)));
    }
}

/// The token of the type of half precision that all variables and members of the file with the name of the member at token
/// `name` have. `None` for pointers.
fn member_type(unit: &Unit, name: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let types = unit.types_of(unit.text(&tokens[name]));
    let half = |kind: Range<usize>| {
        let is_pointer = kind.clone().any(|at| tokens[at].is_punct(b'*'));
        kind.into_iter().find(|&at| !is_pointer && TYPES.contains(&unit.text(&tokens[at])))
    };
    let halves: Option<Vec<usize>> = types.into_iter().map(half).collect();
    let halves = halves?;
    let first = *halves.first()?;
    halves.iter().all(|&at| unit.text(&tokens[at]) == unit.text(&tokens[first])).then_some(first)
}

/// The name of a type of half precision in HIP.
fn in_hip(word: &[u8]) -> &'static str {
    match (word.contains(&b'b'), word.ends_with(b"2")) {
        (true, true) => "__hip_bfloat162",
        (true, false) => "__hip_bfloat16",
        (false, true) => "__half2",
        (false, false) => "__half",
    }
}

/// The token of the type of half precision with which the variable at token `name` is declared. The expression from
/// `name` to `end` must be the variable, or an element of it.
fn half_type(unit: &Unit, name: usize, end: usize, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    if tokens[name].kind != TokenKind::Identifier || (name > 0 && unit.is_member(name)) {
        return None;
    }
    let is_element = tokens.get(name + 1).is_some_and(|t| t.is_punct(b'['))
        && unit.lexed.close_of(name + 1, end).is_some_and(|close| close + 1 == end);
    if end != name + 1 && !is_element {
        return None;
    }
    let kind = declared_anywhere(unit, unit.text(&tokens[name]), name.max(1).min(index))?;
    let is_pointer = kind.clone().any(|at| tokens[at].is_punct(b'*'));
    if is_pointer && !is_element {
        return None;
    }
    kind.into_iter().find(|&at| TYPES.contains(&unit.text(&tokens[at])))
}
