//! Managed variables that code uses between their declaration and their definition: clang emits such a variable twice.
//!
//! It reads one file. It moves a definition only if its type is written as in the declaration, and if it has no value or
//! a literal one.

use std::ops::Range;

use tranship_rules::{Level, rule};

use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The limit for tokens of a declaration.
const MOST: usize = 64;

/// A variable with its declaration and its definition in one file.
struct Variable {
    /// The token `extern`.
    word: usize,
    /// The tokens of the declaration behind `extern`, without the `;`.
    declared: Range<usize>,
    /// The tokens of the definition, without the `;`.
    defined: Range<usize>,
    /// The name in the declaration.
    name: usize,
}

/// Checks the managed variables of the file.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let all = 0..unit.tokens().len();
    if unit.places(b"__managed__", all.clone()).len() < 2 {
        return;
    }
    let Some(rule) = pass.context.rules.named(rule::MANAGED_DECLARATION) else { return };
    let words: Vec<usize> = unit.places(b"extern", all).iter().map(|&at| at as usize).collect();
    for variable in words.into_iter().filter_map(|word| variable(unit, word)) {
        let token = &unit.tokens()[variable.name];
        let what = format!(
            "code uses the managed variable `{}` between its declaration and its definition",
            unit.slice(token.span())
        );
        let finding = Finding::of(rule, token.span()).saying(what);
        pass.report(match moved(unit, &variable) {
            Some(edits) => finding.with(Fix::Many(edits)),
            None => finding.at(Level::Manual),
        });
    }
}

/// The variable that the token `extern` declares, if it is managed and if a function uses it before its definition.
fn variable(unit: &Unit, word: usize) -> Option<Variable> {
    let tokens = unit.tokens();
    let declared = word + 1..end_of_declaration(unit, word + 1)?;
    let name = declared.clone().rev().find(|&at| tokens[at].kind == TokenKind::Identifier)?;
    if !has_word(unit, &declared, "__managed__") || tokens[word].is(Token::FROZEN) {
        return None;
    }
    let text = unit.text(&tokens[name]);
    let later = unit.places(text, declared.end..tokens.len());
    let places = || later.iter().map(|&at| at as usize);
    let is_use = |at: usize| unit.function_at(tokens[at].start).is_some() && !unit.is_member(at);
    let used = places().find(|&at| is_use(at))?;
    let defined = places().filter(|&at| at > used).find_map(|at| definition(unit, at))?;
    Some(Variable { word, declared, defined, name })
}

/// The definition of the managed variable whose name is token `at`.
fn definition(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let first = unit.lexed.statement_start(at);
    let start =
        (first..at).rev().find(|&at| unit.tokens()[at].is(Token::DIRECTIVE)).map_or(first, |at| at + 1);
    let end = (at..unit.tokens().len().min(at + MOST)).find(|&at| unit.tokens()[at].is_punct(b';'))?;
    let head = start..at;
    let is_outside = unit.function_at(unit.tokens()[at].start).is_none();
    let is_definition = has_word(unit, &head, "__managed__") && !has_word(unit, &head, "extern");
    (is_outside && is_definition).then_some(start..end)
}

/// The edits that make the declaration the definition. `None` if that may change the variable.
fn moved(unit: &Unit, variable: &Variable) -> Option<Vec<Edit>> {
    let tokens = unit.tokens();
    let is_value = |&at: &usize| tokens[at].is_punct(b'=') || tokens[at].is_punct(b'{');
    let value = variable.defined.clone().find(is_value).unwrap_or(variable.defined.end);
    let texts = |range: Range<usize>| range.map(|at| unit.text(&tokens[at])).collect::<Vec<_>>();
    let is_same = texts(variable.declared.clone()) == texts(variable.defined.start..value);
    let is_literal = (value..variable.defined.end).all(|at| tokens[at].kind != TokenKind::Identifier);
    let is_plain =
        !tokens[variable.word..variable.defined.end].iter().any(|token| token.is(Token::DIRECTIVE));
    if !is_same || !is_literal || !is_plain {
        return None;
    }
    let word = Span { start: tokens[variable.word].start, end: tokens[variable.word + 1].start };
    let mut edits = vec![Edit::remove(word)];
    if value < variable.defined.end {
        let text = unit.slice(unit.span_of(value..variable.defined.end));
        edits.push(Edit::insert(tokens[variable.declared.end].start, format!(" {text}")));
    }
    edits.push(Edit::remove(unit.span_of(variable.defined.start..variable.defined.end + 1)));
    Some(edits)
}

/// The `;` behind a declaration of one variable without a value.
fn end_of_declaration(unit: &Unit, start: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let end = (start..tokens.len().min(start + MOST)).find(|&at| tokens[at].is_punct(b';'))?;
    let is_other = |token: &Token| b"(){}=,".iter().any(|&byte| token.is_punct(byte));
    (!tokens[start..end].iter().any(is_other)).then_some(end)
}

fn has_word(unit: &Unit, range: &Range<usize>, word: &str) -> bool {
    range.clone().any(|at| unit.is_word(at, word))
}
