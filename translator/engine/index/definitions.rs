//! Definitions of CUDA's names that a file has for HIP, and names of CUDA that a file declares because it includes no header of
//! CUDA.
//!
//! It reads only the file: the index decides for which other files these definitions count.

use tranship_rules::{Kind, Rules};

use super::facts::{Word, is_row};
use crate::cpp::conditions::is_for_hip_alone;
use crate::cpp::fallbacks::is_without_header;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};

/// The names of CUDA that are functions, aliases or constants of the project in branches that only HIP compiles. Each is at the
/// scope of the file.
pub(super) fn hip_definitions(unit: &Unit, rules: &Rules) -> Vec<Word> {
    let is_for_hip = |index: usize| {
        let token = &unit.tokens()[index];
        token.is(Token::FROZEN)
            && is_row(unit.text(token), rules)
            && is_for_hip_alone(&unit.regions, token.start)
    };
    let functions = unit.functions().iter().map(|function| function.name);
    let aliases = (0..unit.tokens().len()).filter(|&index| defines_alias(unit, index));
    let all = functions.chain(aliases).filter(|&index| is_for_hip(index));
    all.filter(|&index| scope_at(unit, index) == Scope::File)
        .map(|index| unit.text(&unit.tokens()[index]).into())
        .collect()
}

/// Whether token `index` is the name that `using name = other;`, `typedef other name;` or `constexpr auto name = other;` defines.
fn defines_alias(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let token = &tokens[index];
    if token.kind != TokenKind::Identifier || !token.is(Token::FROZEN) || token.is(Token::DIRECTIVE) {
        return false;
    }
    let start = unit.text(&tokens[statement_start(unit, index)]);
    match tokens.get(index + 1) {
        Some(next) if next.is_punct(b'=') => {
            matches!(start, b"using" | b"constexpr" | b"static" | b"const" | b"inline")
        }
        Some(next) if next.is_punct(b';') => start == b"typedef",
        _ => false,
    }
}

/// The names of CUDA's interface that `unit` declares, if it declares enumerators of CUDA and includes no header of CUDA: a
/// program that opens CUDA's library at run time does so. Such a file cannot share a translation unit with CUDA's header.
pub(super) fn declared_interface(unit: &Unit, rules: &Rules) -> Vec<Word> {
    let includes_cuda = || {
        unit.includes().any(|(_, token)| {
            let text = unit.slice(token.span());
            rules.header(text.trim_matches(['"', '<', '>']).as_bytes()).is_some()
        })
    };
    let is_own = |index: &usize| {
        let token = &unit.tokens()[*index];
        !token.is(Token::FROZEN) && !is_without_header(unit, *index, rules)
    };
    let row = |index: usize| rules.name(unit.text(&unit.tokens()[index])).map(|row| row.kind);
    let is_enumerator = |index: &usize| {
        names_enumerator(unit, *index)
            && row(*index) == Some(Kind::Value)
            && scope_at(unit, *index) == Scope::Enum
    };
    let words = 1..unit.tokens().len();
    let enumerators: Vec<usize> = words.clone().filter(is_enumerator).filter(is_own).collect();
    if enumerators.is_empty() || includes_cuda() {
        return Vec::new();
    }
    // The statement can name another type: `typedef struct CUctx_st *CUcontext;`.
    let typedefs = words.filter(|&index| ends_typedef(unit, index));
    let types = typedefs.flat_map(|index| statement_start(unit, index)..index + 1);
    let types = types.filter(|&index| row(index) == Some(Kind::Type)).filter(is_own);
    enumerators.into_iter().chain(types).map(|index| unit.text(&unit.tokens()[index]).into()).collect()
}

/// Whether token `index` is between `{` or `,` and `,`, `=` or `}`.
fn names_enumerator(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    tokens[index].kind == TokenKind::Identifier
        && matches!(tokens[index - 1].byte, b'{' | b',')
        && tokens.get(index + 1).is_some_and(|next| matches!(next.byte, b',' | b'=' | b'}'))
}

/// Whether token `index` is the name that a `typedef` at the scope of the file defines.
fn ends_typedef(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    tokens[index].kind == TokenKind::Identifier
        && tokens.get(index + 1).is_some_and(|next| next.is_punct(b';'))
        && unit.text(&tokens[statement_start(unit, index)]) == b"typedef"
}

/// The first token of the statement around token `index`, behind a directive before it.
pub(super) fn statement_start(unit: &Unit, index: usize) -> usize {
    let start = unit.lexed.statement_start(index);
    let directive = (start..index).rev().find(|&at| unit.tokens()[at].is(Token::DIRECTIVE));
    directive.map_or(start, |at| at + 1)
}
