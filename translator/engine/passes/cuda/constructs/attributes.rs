//! The order of attributes in a declaration, where clang accepts less than nvcc.
//!
//! It moves an attribute only if all words before it are specifiers, so that the beginning of the declaration is certain.

use tranship_rules::Rule;

use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Piece, Span};

/// Checks `alignas`: behind an attribute of CUDA it moves to the beginning of the declaration.
pub(crate) fn order(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(open) = tokens.get(index + 1).filter(|t| t.is_punct(b'(')).map(|_| index + 1) else { return };
    let Some(mut close) = unit.lexed.close_of(open, tokens.len()) else { return };
    while let Some(next) =
        unit.is_word(close + 1, "alignas").then(|| unit.lexed.close_of(close + 2, tokens.len()))
    {
        let Some(next) = next else { return };
        close = next;
    }
    let start = first_specifier(unit, index);
    if !(start..index).any(|at| is_attribute(unit.text(&tokens[at]))) {
        return;
    }
    let finding = Finding::of(rule, unit.span_of(index..close + 1));
    let is_beginning = start == 0 || begins_declaration(unit, start);
    let gap = |next: &&Token| {
        unit.source.bytes[tokens[close].end as usize..next.start as usize].trim_ascii().is_empty()
    };
    let Some(next) = tokens.get(close + 1).filter(gap).filter(|_| is_beginning) else {
        return pass.report(finding);
    };
    let whole = Span::new(tokens[start].start, next.start);
    let pieces = vec![
        Piece::Span(unit.span_of(index..close + 1)),
        Piece::Text(" ".into()),
        Piece::Span(Span::new(whole.start, tokens[index].start)),
    ];
    pass.report(finding.with(Fix::One(Edit::pieces(whole, pieces))));
}

/// The first of the specifiers in front of token `index`.
fn first_specifier(unit: &Unit, index: usize) -> usize {
    let mut start = index;
    while let Some(before) = start.checked_sub(1).filter(|&at| is_specifier(unit, at)) {
        start = before;
    }
    start
}

fn is_specifier(unit: &Unit, at: usize) -> bool {
    let word = unit.text(&unit.tokens()[at]);
    is_attribute(word)
        || matches!(word, b"extern" | b"static" | b"inline" | b"const" | b"volatile" | b"constexpr")
}

/// Whether `word` is an attribute of CUDA for variables.
fn is_attribute(word: &[u8]) -> bool {
    matches!(word, b"__shared__" | b"__device__" | b"__constant__" | b"__managed__" | b"__grid_constant__")
}

/// Whether a declaration begins at token `start`: the token before it ends a statement, a block, a list of template
/// parameters or the name of a macro.
fn begins_declaration(unit: &Unit, start: usize) -> bool {
    let tokens = unit.tokens();
    let before = &tokens[start - 1];
    let is_line = before.is(Token::DIRECTIVE) && !tokens[start].is(Token::DIRECTIVE);
    let is_end = matches!(before.byte, b';' | b'{' | b'}' | b'>') && before.kind == TokenKind::Punct;
    is_line || is_end
}
