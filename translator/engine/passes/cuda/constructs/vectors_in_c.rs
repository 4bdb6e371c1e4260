//! Vectors in headers that C and C++ share. HIP declares them for C with the alignment of an element, and for C++ with that of CUDA,
//! so both languages see structures with them in other layouts.

use std::path::Path;

use tranship_rules::{list, rule};

use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::Pass;

/// Checks the members and types of a header that are vectors.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    let is_vector = |at: &usize| is_vector(unit, *at);
    let words = (0..unit.tokens().len()).filter(is_vector);
    let places: Vec<usize> = words.filter(|&at| !pass.is_own(unit.text(&unit.tokens()[at]))).collect();
    let Some((&first, others)) = places.split_first() else { return };
    let Some(reader) = pass.context.index.reader_in_c(&unit.source.path).map(Path::to_owned) else { return };
    let tokens = unit.tokens();
    let word = unit.slice(tokens[first].span());
    let what = format!("`{word}` is laid out in another way where `{}` reads it", reader.display());
    if let Some(mut finding) = pass.finding(rule::VECTORS_IN_C, tokens[first].span()) {
        finding.also = others.iter().map(|&at| tokens[at].span()).collect();
        pass.report(finding.saying(what));
    }
}

/// Whether token `at` is a vector type whose alignment differs, in a structure or as another name of the type. The layout of a
/// pointer does not depend on it.
fn is_vector(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let token = &tokens[at];
    token.kind == TokenKind::Identifier
        && !token.is(Token::DIRECTIVE)
        && list::has(list::ALIGNED_VECTORS, unit.text(token))
        && tokens.get(at + 1).is_some_and(|next| !next.is_punct(b'*'))
        && (scope_at(unit, at) == Scope::Record || at > 0 && unit.is_word(at - 1, "typedef"))
}
