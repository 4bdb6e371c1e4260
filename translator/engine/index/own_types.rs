//! The types that a file defines with names of the tables.
//!
//! It reads declarations by their keywords; `facts` decides which branches count.

use tranship_rules::{Kind, Rules, list};

use super::facts::{Word, is_listed};
use crate::cpp::fallbacks::is_without_header;
use crate::cpp::keywords::is_class_key;
use crate::cpp::{Token, TokenKind, Unit};

/// The most tokens of an alias of one of CUDA's types.
const LONGEST_ALIAS: usize = 16;

/// The name of the tables that the declaration with its keyword at token `index` defines as a type or alias.
pub(super) fn own_type(unit: &Unit, rules: &Rules, index: usize) -> Option<Word> {
    let [keyword, name, next] = unit.tokens().get(index..index + 3)? else { return None };
    let word = unit.text(name);
    // `using X = ::X` makes CUDA's name visible in a scope.
    let is_same = || unit.tokens()[index + 3..].iter().take(3).any(|token| unit.text(token) == word);
    // `using cudaStream_t = struct CUstream_st *` declares CUDA's own type again.
    let names_cuda = || {
        let value =
            unit.tokens()[index + 3..].iter().take(LONGEST_ALIAS).take_while(|token| !token.is_punct(b';'));
        value.into_iter().any(|token| rules.name(unit.text(token)).is_some_and(|row| row.kind == Kind::Type))
    };
    let defines = name.kind == TokenKind::Identifier
        && !name.is(Token::FROZEN)
        && match unit.text(keyword) {
            b"enum" => next.is_punct(b'{') || next.is_punct(b':') && has_enumerators(unit, index + 2),
            b"struct" | b"class" | b"union" => next.is_punct(b'{') || next.is_punct(b':'),
            b"using" => next.is_punct(b'=') && !is_same() && !names_cuda(),
            _ => false,
        };
    // HIP spells these names as CUDA does, so not all of them are in a table.
    let is_half = || list::HALF_NAMES.iter().any(|name| name.as_bytes() == word);
    let is_own = defines && (is_listed(word, rules) || is_half()) && !is_without_header(unit, index, rules);
    is_own.then(|| word.into())
}

/// Whether braces follow the `:` of an enumeration at token `colon`. `enum cudaMemcpyKind : unsigned;` only announces CUDA's type.
fn has_enumerators(unit: &Unit, colon: usize) -> bool {
    let behind = unit.tokens()[colon..].iter().take(LONGEST_ALIAS);
    behind
        .into_iter()
        .find(|token| token.is_punct(b'{') || token.is_punct(b';'))
        .is_some_and(|t| t.is_punct(b'{'))
}

/// The name of the tables that `typedef struct { ... } name;` at token `index` defines.
pub(super) fn own_typedef(unit: &Unit, rules: &Rules, index: usize) -> Option<Word> {
    let tokens = unit.tokens();
    if unit.text(&tokens[index]) != b"typedef" || !is_class_key(unit.text(tokens.get(index + 1)?)) {
        return None;
    }
    let open = (index + 2..index + 4).find(|&at| tokens.get(at).is_some_and(|token| token.is_punct(b'{')))?;
    let name = tokens.get(unit.lexed.close_of(open, tokens.len())? + 1)?;
    let word = unit.text(name);
    let defines = name.kind == TokenKind::Identifier && !name.is(Token::FROZEN);
    (defines && is_listed(word, rules) && !is_without_header(unit, index, rules)).then(|| word.into())
}
