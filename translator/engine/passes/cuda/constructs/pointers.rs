//! Pointers, integers and launch variables that have another type in HIP, and volatile vectors.

use std::ops::Range;

use tranship_rules::Rule;

use super::warp::divergence::condition_before;
use crate::cpp::call_site as site;
use crate::cpp::declared::{declared, declared_anywhere};
use crate::cpp::functions::Space;
use crate::cpp::launches::split_arguments;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Checks the declaration of a device pointer of the driver API: an integer in CUDA, `void *` in HIP.
pub(crate) fn device_pointer(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(name) = tokens.get(index + 1).filter(|t| t.kind == TokenKind::Identifier) else { return };
    let word = unit.text(name);
    let Some(function) = unit.function_at(name.start).filter(|_| scope_at(unit, index) != Scope::Record)
    else {
        return member_pointer(pass, index, rule);
    };
    let places = unit.places(word, index + 2..function.body.end).iter().map(|&at| at as usize);
    let used: Vec<usize> = places.take(MOST_USES).filter(|&at| is_operand(unit, at)).collect();
    let Some(&first) = used.first() else { return };
    let what = format!("arithmetic uses the device pointer `{}`", String::from_utf8_lossy(word));
    let finding = Finding::of(rule, tokens[first].span()).saying(what);
    let edits: Option<Vec<Edit>> =
        used.iter().map(|&at| super::addresses::in_bytes(unit, function, at)).collect();
    pass.report(match edits {
        Some(edits) if !tokens[index].is(Token::FROZEN) => finding.with(Fix::Many(edits)),
        _ => finding,
    });
}

/// Checks the member with its type at token `index`, which member functions name alone or behind `this->`.
fn member_pointer(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let ends = tokens.get(index + 2).is_some_and(|token| matches!(token.byte, b';' | b'=' | b'{' | b','));
    if scope_at(unit, index) != Scope::Record || !ends {
        return;
    }
    let word = unit.text(&tokens[index + 1]);
    let is_its = |at: &usize| {
        let is_named = !unit.is_member(*at) || at.checked_sub(2).is_some_and(|at| unit.is_word(at, "this"));
        let function = unit.function_at(tokens[*at].start);
        is_named && function.is_some_and(|function| declared(unit, function, word, *at).is_none())
    };
    let places = unit.places(word, 0..tokens.len()).iter().map(|&at| at as usize).take(MOST_USES);
    let used = places.filter(|at| is_operand(unit, *at)).find(is_its);
    if let Some(first) = used {
        let what = format!("arithmetic uses the device pointer `{}`", String::from_utf8_lossy(word));
        pass.report(Finding::of(rule, tokens[first].span()).saying(what));
    }
}

/// How many uses of a pointer are searched for arithmetic.
const MOST_USES: usize = 1024;

/// Whether the variable at `index` is an operand of arithmetic on integers.
fn is_operand(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let single = |at: usize| {
        tokens.get(at).filter(|t| t.kind == TokenKind::Punct && t.end - t.start == 1).map_or(0, |t| t.byte)
    };
    let (before, after, second) =
        (index.checked_sub(1).map_or(0, single), single(index + 1), single(index + 2));
    // `(float *)base + 1` counts in elements of the type, in CUDA as in HIP.
    if before == b')' && index.checked_sub(2).is_some_and(|at| tokens[at].is_punct(b'*')) {
        return false;
    }
    let follows_operand = index.checked_sub(2).is_some_and(|at| {
        matches!(tokens[at].kind, TokenKind::Identifier | TokenKind::Number)
            || matches!(tokens[at].byte, b')' | b']')
    });
    matches!(after, b'+' | b'-' | b'%' | b'|' | b'^')
        || (after == b'&' && second != b'&')
        || (matches!(before, b'+' | b'-' | b'%' | b'|' | b'^') && follows_operand)
}

/// Checks `__ffsll` of a `long`, which fits both of HIP's overloads equally well. The argument gets a cast that keeps
/// every bit.
pub(crate) fn find_first_set(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(arguments) = site::arguments(unit, index) else { return };
    let [argument] = arguments.as_slice() else { return };
    let Some(first) = argument.clone().next().filter(|&at| tokens[at].kind == TokenKind::Identifier) else {
        return;
    };
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let Some(declared) = declared(unit, function, unit.text(&tokens[first]), first) else {
        return;
    };
    let words: Vec<&[u8]> = tokens[declared].iter().map(|t| unit.text(t)).collect();
    let longs = words.iter().filter(|word| **word == b"long").count();
    let is_long =
        longs == 1 || words.iter().any(|word| matches!(*word, b"int64_t" | b"uint64_t" | b"size_t"));
    if is_long && !words.contains(&&b"double"[..]) {
        let edit = Edit::wrap(unit.span_of(argument.clone()), "static_cast<unsigned long long>(", ")");
        pass.report(Finding::of(rule, tokens[index].span()).with(Fix::One(edit)));
    }
}

/// Checks `threadIdx` and `blockIdx` without a component. They are `uint3` in CUDA. In HIP they have types that convert
/// only to `dim3`.
pub(crate) fn launch_variable(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let (Some(before), Some(behind)) = (index.checked_sub(1), tokens.get(index + 1)) else { return };
    if !matches!(behind.byte, b';' | b',' | b')' | b'}')
        || !site::is_use(unit, index)
        || unit.is_shadowed(index)
    {
        return;
    }
    let is_uint3 = |part: Range<usize>| tokens[part].iter().any(|t| unit.text(t) == b"uint3");
    let wants_uint3 = match tokens[before].byte {
        b'=' => before.checked_sub(1).is_some_and(|name| {
            declared_anywhere(unit, unit.text(&tokens[name]), before).is_some_and(is_uint3)
        }),
        b'(' | b'{' if before >= 2 && is_uint3(before - 2..before - 1) => true,
        b'(' | b',' => parameter(unit, index).is_some_and(is_uint3),
        _ => false,
    };
    if wants_uint3 {
        let name = unit.slice(tokens[index].span());
        let todo = format!("write `make_uint3({name}.x, {name}.y, {name}.z)`");
        let what = format!("`{name}` is used as a `uint3`");
        pass.report(Finding::of(rule, tokens[index].span()).saying(what).advising(todo));
    }
}

/// The parameter for the argument at `index`, if this file defines the called function.
fn parameter(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(index);
    let open = site::enclosing_open(unit, start, index)?;
    let callee = unit.text(&tokens[open.checked_sub(1)?]);
    let close = unit.lexed.close_of(open, tokens.len())?;
    let place = split_arguments(&unit.lexed, open + 1..close)
        .iter()
        .position(|argument| argument.contains(&index))?;
    let defines = |&at: &u32| unit.functions().binary_search_by_key(&(at as usize), |f| f.name).ok();
    let function =
        &unit.functions()[unit.places(callee, 0..tokens.len()).iter().take(MOST_USES).find_map(defines)?];
    split_arguments(&unit.lexed, function.parameters.clone()).get(place).cloned()
}

/// Checks `volatile`: a volatile vector that is copied as a whole.
pub(crate) fn volatile_vector(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some([vector, name, next]) = tokens.get(index + 1..index + 4) else { return };
    let is_copied = super::types::is_vector(&unit.slice(vector.span()))
        && name.kind == TokenKind::Identifier
        && next.is_punct(b'=')
        && !tokens.get(index + 4).is_some_and(|t| t.is_punct(b'{'));
    if is_copied && !vector.is(Token::FROZEN) {
        let what = format!("the volatile vector `{}` is copied as a whole", unit.slice(name.span()));
        pass.report(Finding::of(rule, unit.span_of(index..index + 3)).saying(what));
    }
}

/// Checks an atomic exchange in the condition of a loop. If the loop does not free the lock, threads spin on it.
pub(crate) fn spin_lock(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(arguments) = site::arguments(unit, index) else { return };
    let is_number = |at: usize| {
        arguments.get(at).is_some_and(
            |argument| matches!(&tokens[argument.clone()], [one] if one.kind == TokenKind::Number),
        )
    };
    let sets_flag =
        (unit.is_word(index, "atomicCAS") && arguments.len() == 3 && is_number(1) && is_number(2))
            || (unit.is_word(index, "atomicExch") && arguments.len() == 2 && is_number(1));
    let floor = index.saturating_sub(6);
    let loops = (floor..index).rev().find(|&at| unit.is_word(at, "while"));
    let Some(open) = loops.map(|at| at + 1).filter(|_| sets_flag) else { return };
    let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return };
    let in_host = unit.function_at(tokens[index].start).is_some_and(|function| function.space == Space::Host);
    if only_waits(unit, close + 1) && close > index && !in_host && !is_one_lane(unit, open - 1) {
        pass.report(Finding::of(rule, unit.span_of(open - 1..close + 1)));
    }
}

/// Whether only one lane runs the loop at token `at`: `if (threadIdx.x == 0)` is before it.
fn is_one_lane(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let branch = if tokens[at.saturating_sub(1)].is_punct(b'{') { at - 1 } else { at };
    condition_before(unit, branch, at.saturating_sub(MOST_USES)).is_some_and(|mut condition| {
        let is_equal = |at: usize| tokens[at].is_punct(b'=') && tokens[at + 1].is_punct(b'=');
        condition.any(|at| is_equal(at) && tokens[at + 2].kind == TokenKind::Number)
    })
}

/// Whether the loop body at token `body` neither frees a lock nor leaves the loop.
fn only_waits(unit: &Unit, body: usize) -> bool {
    const LEAVES: &[&[u8]] = &[b"break", b"return", b"atomicExch", b"atomicCAS", b"goto"];
    let tokens = unit.tokens();
    let end = match tokens.get(body) {
        Some(open) if open.is_punct(b'{') => unit.lexed.close_of(body, tokens.len()),
        _ => (body..tokens.len().min(body + MOST_USES)).find(|&at| tokens[at].is_punct(b';')),
    };
    let waits = |t: &Token| !LEAVES.contains(&unit.text(t)) && !t.is_punct(b'=');
    end.is_some_and(|end| tokens[body..end].iter().all(waits))
}
