//! Types of a class that depends on a template parameter, in `sizeof`, `alignof` and conversions: clang wants `typename` before
//! them.
//!
//! It changes nothing if the file does not show that the name is a type, and reads no other places, where nvcc refuses the name.

use std::ops::Range;

use tranship_rules::rule;

use super::templates::{depends, scope, template_parameters};
use super::types;
use crate::cpp::call_site as site;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::text::Edit;

/// Checks all names of the forms `sizeof(Class<T>::type)` and `Class<T>::type(value)`.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !types::is_cuda(unit) || unit.places(b"template", 0..tokens.len()).is_empty() {
        return;
    }
    let parameters = template_parameters(unit, 0..tokens.len());
    let is_scope =
        |&at: &usize| tokens[at].is_double(b':') && !tokens[at].is(Token::FROZEN | Token::DIRECTIVE);
    for colons in (1..tokens.len().saturating_sub(2)).filter(is_scope) {
        let Some(class) = dependent_class(unit, colons, &parameters) else { continue };
        let span = unit.span_of(class.start..colons + 2);
        let is_type = |by_name: bool| is_type(unit, colons + 1, by_name);
        let edit = if is_size(unit, &class, colons + 1) && is_type(true) {
            Edit::insert(span.start, "typename ")
        } else if is_conversion(unit, &class, colons + 1) && is_type(false) {
            Edit::wrap(span, "(typename ", ")")
        } else {
            continue;
        };
        pass.report_fix(rule::DEPENDENT_TYPENAME, span, Fix::One(edit));
    }
}

/// The tokens of the class in front of the `::` at token `colons`, if it depends on a template parameter.
fn dependent_class(unit: &Unit, colons: usize, parameters: &[&[u8]]) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let arguments = scope(unit, colons - 1)?;
    let mut start =
        if tokens[colons - 1].is_punct(b'>') { arguments.start.checked_sub(1)? } else { arguments.start };
    let is_name = tokens[start].kind == TokenKind::Identifier;
    if !is_name || !depends(unit, start..colons, parameters) {
        return None;
    }
    while start >= 2 && tokens[start - 1].is_double(b':') && tokens[start - 2].kind == TokenKind::Identifier {
        start -= 2;
    }
    Some(start..colons)
}

/// Whether the member of `class` at token `name` is the operand of `sizeof` or `alignof`.
fn is_size(unit: &Unit, class: &Range<usize>, name: usize) -> bool {
    let tokens = unit.tokens();
    let Some(word) = class.start.checked_sub(2) else { return false };
    let ends = tokens.get(name + 1).is_some_and(|next| next.is_punct(b')') || next.is_punct(b'['));
    ends && tokens[word + 1].is_punct(b'(') && matches!(unit.text(&tokens[word]), b"sizeof" | b"alignof")
}

/// Whether the member of `class` at token `name` converts one value: `Class<T>::type(value)`. A conversion in parentheses has the
/// same value if nothing that binds more strongly follows.
fn is_conversion(unit: &Unit, class: &Range<usize>, name: usize) -> bool {
    let tokens = unit.tokens();
    let Some(before) = class.start.checked_sub(1).map(|at| unit.text(&tokens[at])) else { return false };
    let is_value = site::arguments(unit, name).is_some_and(|arguments| arguments.len() == 1);
    let close = || unit.lexed.close_of(name + 1, tokens.len());
    let is_whole = |close: usize| {
        let next = tokens.get(close + 1);
        next.is_none_or(|t| {
            !matches!(t.byte, b'.' | b'[' | b'(' | b'{') && !t.is_double(b'+') && !t.is_double(b'-')
        })
    };
    is_value
        && !matches!(before, b"typename" | b"template" | b"new" | b"class" | b"struct" | b"~")
        && unit.function_at(tokens[name].start).is_some_and(|function| function.body.contains(&name))
        && close().is_some_and(is_whole)
}

/// Whether the file shows that the word at token `name` is a type: a declaration, or `typename` in front of it elsewhere. For
/// `by_name`, a usual name of types is enough.
fn is_type(unit: &Unit, name: usize, by_name: bool) -> bool {
    let tokens = unit.tokens();
    let word = unit.text(&tokens[name]);
    let mut is_declared = by_name && (word == b"type" || word.ends_with(b"_type") || word.ends_with(b"_t"));
    for &at in unit.places(word, 0..tokens.len()) {
        let at = at as usize;
        let (Some(before), Some(next)) = (at.checked_sub(1).map(|at| &tokens[at]), tokens.get(at + 1)) else {
            continue;
        };
        if before.is_double(b':') {
            let class = scope(unit, at - 2).map(|class| class.start);
            let words = class.map(|start| start.saturating_sub(2)..start).unwrap_or_default();
            is_declared |= words.into_iter().any(|at| unit.is_word(at, "typename"));
            continue;
        }
        let is_alias = unit.text(before) == b"using" && next.is_punct(b'=');
        let is_typedef = next.is_punct(b';') && unit.is_word(unit.lexed.statement_start(at), "typedef");
        let is_value = next.is_punct(b'=') || next.is_punct(b';') || next.is_punct(b'(');
        if is_alias || is_typedef {
            is_declared = true;
        } else if is_value && before.kind == TokenKind::Identifier {
            return false;
        }
    }
    is_declared
}
