//! Texture and surface objects that are used as numbers. They are integers in CUDA and pointers in HIP.
//!
//! It does not follow an object through functions and members.

use std::ops::Range;

use tranship_rules::Rule;

use crate::cpp::declared::{declared, declared_anywhere};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Piece, Span};

/// How many uses of an object are searched.
const MOST_USES: usize = 1024;

/// Checks the type of an object: the variable that it declares, or the cast that it is part of.
pub(crate) fn number(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let tokens = pass.unit.tokens();
    match tokens.get(index + 1) {
        Some(name) if name.kind == TokenKind::Identifier => variable(pass, index, rule),
        Some(close) if close.is_punct(b')') && index > 0 && tokens[index - 1].is_punct(b'(') => {
            cast(pass, index, rule);
        }
        _ => {}
    }
}

/// Casts each use of the variable behind the type at token `index` that is an operand of a shift or a mask.
fn variable(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let name = &tokens[index + 1];
    let Some(function) = unit.function_at(name.start) else { return };
    let word = unit.text(name);
    let is_object = |at: usize| {
        let same = |kind: Range<usize>| kind.end == index + 1;
        !unit.is_member(at) && declared(unit, function, word, at).is_some_and(same)
    };
    let places = unit.places(word, index + 2..function.body.end).iter().map(|&at| at as usize);
    let used: Vec<usize> =
        places.take(MOST_USES).filter(|&at| is_operand(unit, at) && is_object(at)).collect();
    let Some(&first) = used.first() else { return };
    let what = format!("`{}` is used as a number", unit.slice(name.span()));
    let finding = Finding::of(rule, tokens[first].span()).saying(what);
    if unit.is_c() || used.iter().any(|&at| tokens[at].is(Token::FROZEN)) {
        pass.report(finding);
        return;
    }
    let edits = used.iter().map(|&at| {
        let cast = format!("reinterpret_cast<unsigned long long>({})", unit.slice(tokens[at].span()));
        Edit::replace(tokens[at].span(), cast)
    });
    pass.report(finding.with(Fix::Many(edits.collect())));
}

/// Whether a mask or a shift to the right follows the variable at token `at`.
fn is_operand(unit: &Unit, at: usize) -> bool {
    let is = |at: usize, byte: u8| unit.tokens().get(at).is_some_and(|t| t.is_punct(byte));
    let behind = at + 1;
    let is_mask = [b'&', b'|', b'^']
        .iter()
        .any(|&mark| is(behind, mark) && !is(behind + 1, mark) && !is(behind + 1, b'='));
    is_mask || (is(behind, b'>') && is(behind + 1, b'>') && !is(behind + 2, b'='))
}

/// Casts the parts of a value that is put together from shifted words to numbers, and the whole value to an object.
fn cast(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let word = unit.text(&tokens[index]);
    let start = unit.lexed.statement_start(index);
    let end = (index..function.body.end).take(MOST_USES).find(|&at| tokens[at].is_punct(b';'));
    let Some(end) = end else { return };
    let is_cast = |&at: &usize| tokens[at - 1].is_punct(b'(') && tokens[at + 1].is_punct(b')');
    let casts: Vec<usize> =
        unit.places(word, start + 1..end).iter().map(|&at| at as usize).filter(is_cast).collect();
    if casts.first() != Some(&index) || !(start..end).any(|at| is_joint(unit, at)) {
        return;
    }
    let what = "a number becomes an object by shifts and masks";
    let finding = Finding::of(rule, unit.span_of(index - 1..index + 2)).saying(what);
    let same = |kind: Range<usize>| {
        let kind = &tokens[kind];
        kind.iter().any(|t| unit.text(t) == word) && !kind.iter().any(|t| t.is_punct(b'*'))
    };
    let value = if unit.text(&tokens[start]) == b"return" && same(function.head.clone()) {
        Some(start + 1..end)
    } else {
        let equals = (start..index).find(|&at| tokens[at].is_punct(b'='));
        let is_object =
            |&at: &usize| declared_anywhere(unit, unit.text(&tokens[at - 1]), at).is_some_and(same);
        equals.filter(|&at| at > start && !unit.is_member(at - 1)).filter(is_object).map(|at| at + 1..end)
    };
    let spelled = pass.context.rules.name(pass.cuda_name(word)).and_then(|name| pass.spelling(name));
    let (Some(value), Some(spelled)) = (value, spelled) else { return pass.report(finding) };
    let is_plain = tokens[value.clone()].iter().all(|t| {
        !t.is(Token::FROZEN)
            && !t.is(Token::DIRECTIVE)
            && !t.is_punct(b',')
            && !t.is_punct(b'?')
            && !t.is_punct(b'{')
    });
    if unit.is_c() || !is_plain {
        return pass.report(finding);
    }
    let span = unit.span_of(value.clone());
    let mut pieces = vec![Piece::Text(format!("reinterpret_cast<{spelled}>(").into())];
    let mut from = value.start;
    for &at in &casts {
        if from < at - 1 {
            pieces.push(Piece::Span(Span::new(tokens[from].start, tokens[at - 1].start)));
        }
        pieces.push(Piece::Text("(unsigned long long)".into()));
        from = at - 1;
    }
    pieces.push(Piece::Span(unit.span_of(from..value.end)));
    pieces.push(Piece::Text(")".into()));
    pass.report(finding.with(Fix::One(Edit::pieces(span, pieces))));
}

/// Whether the token at `at` begins a shift to the left, or is a mask between operands.
fn is_joint(unit: &Unit, at: usize) -> bool {
    let is = |at: usize, byte: u8| unit.tokens().get(at).is_some_and(|t| t.is_punct(byte));
    (is(at, b'<') && is(at + 1, b'<')) || (is(at, b'|') && !is(at + 1, b'|'))
}
