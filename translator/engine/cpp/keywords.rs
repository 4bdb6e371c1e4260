//! Classes of words that separate macros from types, and statements from declarations.
//!
//! It reads only the spelling of one word; the callers read the words around it.

use tranship_rules::list;

/// Whether `name` is spelled like a macro: three or more capitals, digits and underscores.
pub(super) fn is_macro_like(name: &[u8]) -> bool {
    name.len() >= 3
        && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && name.iter().any(u8::is_ascii_uppercase)
}

/// Whether `word` is a keyword before an expression or a statement: `return`, `else`, `and`.
pub(crate) fn precedes_expression(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"else"
            | b"do"
            | b"case"
            | b"default"
            | b"throw"
            | b"delete"
            | b"goto"
            | b"co_return"
            | b"co_yield"
            | b"co_await"
            | b"and"
            | b"or"
            | b"xor"
            | b"not"
            | b"bitand"
            | b"bitor"
            | b"compl"
    )
}

/// Whether a name right behind the keyword `word` is a use and not a declaration: `return x`, `new x`, `sizeof x`.
pub(crate) fn precedes_use(word: &[u8]) -> bool {
    precedes_expression(word) || matches!(word, b"new" | b"sizeof" | b"alignof" | b"typeid")
}

/// Whether `word` is a keyword that cannot begin or end the type of a variable, parameter or function.
pub(crate) fn is_no_type(word: &[u8]) -> bool {
    precedes_use(word) || matches!(word, b"using" | b"namespace" | b"public" | b"private" | b"protected")
}

/// Whether `word` is a keyword, and so not the name of a scope: `::` behind it is the global scope.
pub(crate) fn is_no_scope(word: &[u8]) -> bool {
    is_no_type(word)
        || is_before_parenthesis(word)
        || is_specifier(word)
        || is_builtin_type(word)
        || is_class_key(word)
        || list::has(list::CUDA_ATTRIBUTES, word)
        || matches!(
            word,
            b"const"
                | b"volatile"
                | b"register"
                | b"mutable"
                | b"operator"
                | b"define"
                | b"ifdef"
                | b"ifndef"
                | b"elif"
                | b"undef"
                | b"pragma"
        )
}

/// Whether a name behind `word` is a type or a template, and not a variable.
pub(crate) fn is_class_key(word: &[u8]) -> bool {
    matches!(
        word,
        b"struct" | b"class" | b"enum" | b"union" | b"typename" | b"typedef" | b"template" | b"friend"
    )
}

/// Whether `word` is a keyword before `(`, and so not the name of a function.
pub(crate) fn is_before_parenthesis(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"for"
            | b"while"
            | b"switch"
            | b"return"
            | b"sizeof"
            | b"alignas"
            | b"alignof"
            | b"decltype"
            | b"catch"
            | b"__align__"
            | b"__attribute__"
            | b"__declspec"
            | b"noexcept"
            | b"static_assert"
            | b"typeof"
            | b"requires"
            | b"defined"
            | b"asm"
            | b"__asm__"
    )
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

/// Whether `word` is a primitive type, and not a name, in tree-sitter's C++ grammar.
pub(super) fn is_primitive(word: &[u8]) -> bool {
    let sized = |rest: &[u8]| matches!(rest, b"8_t" | b"16_t" | b"32_t" | b"64_t" | b"ptr_t");
    is_builtin_type(word)
        || matches!(word, b"size_t" | b"ssize_t" | b"ptrdiff_t" | b"nullptr_t" | b"max_align_t")
        || word.strip_prefix(b"uint").is_some_and(sized)
        || word.strip_prefix(b"int").is_some_and(sized)
}

/// Whether `word` begins a declaration, so that a name right before it is not a type.
pub(super) fn starts_declaration(word: &[u8]) -> bool {
    is_specifier(word)
        || is_builtin_type(word)
        || is_class_key(word)
        || word == b"using"
        || list::has(list::CUDA_ATTRIBUTES, word)
}

/// Whether `word` before `(` at the start of a statement is a keyword and not a macro.
pub(super) fn is_statement_head(word: &[u8]) -> bool {
    is_before_parenthesis(word) || precedes_use(word) || word == b"operator"
}

/// Whether `word` can follow the parameters of a function, before its body.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the classes of `word`: expression, use, no type, no scope, before a parenthesis.
    #[track_caller]
    fn check(word: &str, expected: &str) {
        let word = word.as_bytes();
        let classes = [
            (precedes_expression(word), 'e'),
            (precedes_use(word), 'u'),
            (is_no_type(word), 't'),
            (is_no_scope(word), 's'),
            (is_before_parenthesis(word), 'p'),
        ];
        let found: String = classes.iter().filter(|(is, _)| *is).map(|(_, class)| class).collect();
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(word));
    }

    #[test]
    fn every_word_is_in_its_classes() {
        check("return", "eutsp");
        check("else", "euts");
        check("co_await", "euts");
        check("and", "euts");
        check("new", "uts");
        check("sizeof", "utsp");
        check("using", "ts");
        check("if", "sp");
        check("const", "s");
        check("unsigned", "s");
        check("struct", "s");
        check("__device__", "s");
        check("cudaError_t", "");
        check("std", "");
    }
}
