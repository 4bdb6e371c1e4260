//! Classes of words that tell a macro from a type and a statement from a declaration.
//!
//! It refuses to know more than spelling: what a name means is for its reader to find out.

use tranship_rules::list;

/// A name as macros have it: three or more capitals, digits and underscores.
pub(super) fn is_macro_like(name: &[u8]) -> bool {
    name.len() >= 3
        && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && name.iter().any(u8::is_ascii_uppercase)
}

pub(super) fn is_specifier(word: &[u8]) -> bool {
    matches!(
        word,
        b"static" | b"inline" | b"__inline" | b"extern" | b"constexpr" | b"virtual" | b"explicit" | b"friend"
    )
}

pub(super) fn is_builtin_type(word: &[u8]) -> bool {
    matches!(
        word,
        b"void"
            | b"int"
            | b"float"
            | b"double"
            | b"bool"
            | b"char"
            | b"short"
            | b"long"
            | b"unsigned"
            | b"signed"
            | b"auto"
    )
}

/// The types that tree-sitter's C++ grammar keeps apart from names.
pub(super) fn is_primitive(word: &[u8]) -> bool {
    let sized = |rest: &[u8]| matches!(rest, b"8_t" | b"16_t" | b"32_t" | b"64_t" | b"ptr_t");
    is_builtin_type(word)
        || matches!(word, b"size_t" | b"ssize_t" | b"ptrdiff_t" | b"nullptr_t" | b"max_align_t")
        || word.strip_prefix(b"uint").is_some_and(sized)
        || word.strip_prefix(b"int").is_some_and(sized)
}

/// Words that begin a declaration, so that a name right before them is no type.
pub(super) fn starts_declaration(word: &[u8]) -> bool {
    is_specifier(word)
        || is_builtin_type(word)
        || matches!(
            word,
            b"template" | b"typename" | b"struct" | b"class" | b"enum" | b"union" | b"typedef" | b"using"
        )
        || list::has(list::CUDA_ATTRIBUTES, word)
}

/// Words before `(` at the start of a statement that are no macro.
pub(super) fn is_statement_head(word: &[u8]) -> bool {
    super::functions::is_keyword(word)
        || matches!(
            word,
            b"typeid"
                | b"else"
                | b"do"
                | b"case"
                | b"goto"
                | b"throw"
                | b"delete"
                | b"co_return"
                | b"operator"
        )
}

/// Words that carry on a function's head behind its parameters.
pub(super) fn is_trailing(word: &[u8]) -> bool {
    matches!(
        word,
        b"const"
            | b"noexcept"
            | b"override"
            | b"final"
            | b"volatile"
            | b"requires"
            | b"throw"
            | b"try"
            | b"mutable"
            | b"and"
            | b"or"
            | b"xor"
    )
}
