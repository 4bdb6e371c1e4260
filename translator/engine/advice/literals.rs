//! Literals without `f` beside values of type `float`: their arithmetic is of double precision.
//!
//! It refuses functions that have doubles of their own, and literals of which the compiler can make exact single ones.

use tranship_rules::rule;

use super::finding;
use crate::cpp::declared::declared;
use crate::cpp::functions::{Function, Space};
use crate::cpp::{TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Context;
use crate::text::Edit;

/// One finding for each function on the GPU with such literals.
pub(super) fn double_literals(unit: &Unit, context: &Context) -> Vec<Finding> {
    let functions = unit.functions().iter().filter(|function| function.space != Space::Host);
    functions.filter_map(|function| in_function(unit, function, context)).collect()
}

fn in_function(unit: &Unit, function: &Function, context: &Context) -> Option<Finding> {
    let tokens = unit.tokens();
    let all = function.head.start..function.body.end;
    if unit.mentions("double", &all) {
        return None;
    }
    let places: Vec<(usize, usize)> =
        function.body.clone().filter_map(|at| Some((at, operand(unit, function, at)?))).collect();
    let &(first, name) = places.first()?;
    let text = |at: usize| unit.slice(tokens[at].span()).into_owned();
    let what = match places.len() {
        1 => format!(
            "`{}` has no `f`, so its arithmetic with the `float` `{}` is of double precision",
            text(first),
            text(name)
        ),
        count => format!(
            "{count} literals have no `f`, so their arithmetic with values of type `float` is of double precision; the first is `{}`",
            text(first)
        ),
    };
    let mut literals: Vec<usize> =
        places.iter().flat_map(|&(at, _)| in_statement(unit, function, at)).collect();
    literals.sort_unstable();
    literals.dedup();
    let edits = literals.into_iter().map(|at| Edit::insert(tokens[at].end, "f")).collect();
    finding(rule::DOUBLE_LITERAL, tokens[first].span(), context)
        .map(|finding| finding.saying(what).with(Fix::Many(edits)))
}

/// The literals of type `double` in the statement around token `at`: one that is left would make the others double again.
fn in_statement(unit: &Unit, function: &Function, at: usize) -> Vec<usize> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(at).max(function.body.start);
    let end = (at..function.body.end).find(|&at| tokens[at].is_punct(b';')).unwrap_or(function.body.end);
    let is_literal =
        |&at: &usize| tokens[at].kind == TokenKind::Number && is_double(&unit.slice(tokens[at].span()));
    (start..end).filter(is_literal).collect()
}

/// The name of the `float` with which the literal at token `at` is added, subtracted, multiplied or divided.
fn operand(unit: &Unit, function: &Function, at: usize) -> Option<usize> {
    let tokens = unit.tokens();
    if tokens[at].kind != TokenKind::Number || !is_inexact_double(&unit.slice(tokens[at].span())) {
        return None;
    }
    let operator = |at: usize| {
        let is_one = tokens.get(at).is_some_and(|token| {
            token.kind == TokenKind::Punct && token.end - token.start == 1 && b"+-*/".contains(&token.byte)
        });
        is_one.then_some(at)
    };
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let before = at.checked_sub(1).and_then(operator).and_then(|operator| operator.checked_sub(1));
    let name_before = before.and_then(|end| {
        let name =
            if is(end, b']') { unit.lexed.open_of(end, function.body.start)?.checked_sub(1)? } else { end };
        Some(name).filter(|&name| !unit.is_member(name))
    });
    let name_behind = operator(at + 1).map(|operator| operator + 1).filter(|&name| {
        let end = if is(name + 1, b'[') {
            unit.lexed.close_of(name + 1, tokens.len()).unwrap_or(name)
        } else {
            name
        };
        let next = tokens.get(end + 1);
        !next.is_some_and(|next| {
            next.is_punct(b'.')
                || next.is_punct(b'(')
                || next.is_punct(b'[')
                || next.is_double(b'-')
                || next.is_double(b':')
        })
    });
    [name_before, name_behind].into_iter().flatten().find(|&name| is_float(unit, function, name))
}

/// Whether the name at token `name` is a `float` or, with a subscript, an element of `float`.
fn is_float(unit: &Unit, function: &Function, name: usize) -> bool {
    let tokens = unit.tokens();
    if tokens[name].kind != TokenKind::Identifier {
        return false;
    }
    let Some(kind) = declared(unit, function, unit.text(&tokens[name]), name) else { return false };
    let mut has_float = false;
    for token in &tokens[kind] {
        match unit.text(token) {
            b"float" => has_float = true,
            b"const" | b"volatile" | b"__restrict__" | b"__restrict" | b"__shared__" | b"static"
            | b"register" | b"*" | b"&" => {}
            _ => return false,
        }
    }
    has_float
}

/// Whether `text` is a decimal literal of type `double` that no `float` has exactly.
pub(super) fn is_inexact_double(text: &str) -> bool {
    let text = text.replace('\'', "");
    let is_decimal = !text.starts_with("0x") && !text.starts_with("0X");
    let is_floating = is_decimal && text.contains(['.', 'e', 'E']);
    let value = text.parse::<f64>().ok().filter(|_| is_floating);
    value.is_some_and(|value| f64::from(value as f32).to_bits() != value.to_bits())
}

/// Whether `text` is a decimal literal of type `double`.
pub(super) fn is_double(text: &str) -> bool {
    let is_decimal = !text.starts_with("0x") && !text.starts_with("0X");
    is_decimal && text.contains(['.', 'e', 'E']) && text.replace('\'', "").parse::<f64>().is_ok()
}
