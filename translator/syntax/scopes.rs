//! What the braces around a place belong to, from tokens alone.

use super::{Token, TokenKind, Unit};

/// What the innermost braces around a token belong to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// None, or `extern "C"`.
    File,
    /// A namespace.
    Namespace,
    /// A class, structure or union.
    Record,
    /// An enumeration whose names are seen around it.
    Enum,
    /// An `enum class`.
    ScopedEnum,
    /// A function, a block or an initialiser.
    Body,
}

/// The scope of token `index`.
pub fn scope_at(unit: &Unit, index: usize) -> Scope {
    let tokens = unit.tokens();
    let mut depth = 0u32;
    for at in (0..index).rev() {
        let token = &tokens[at];
        if token.is(Token::DIRECTIVE) {
            continue;
        }
        if token.is_punct(b'}') {
            depth += 1;
        } else if token.is_punct(b'{') {
            if depth == 0 {
                return opened_by(unit, at);
            }
            depth -= 1;
        }
    }
    Scope::File
}

/// What the `{` at token `brace` opens, told by the words before it.
fn opened_by(unit: &Unit, brace: usize) -> Scope {
    let tokens = unit.tokens();
    let ends = |t: &Token| t.kind == TokenKind::Punct && matches!(t.byte, b';' | b'{' | b'}');
    let start = tokens[..brace].iter().rposition(ends).map_or(0, |at| at + 1);
    let head = &tokens[start..brace];
    let has = |word: &[u8]| head.iter().any(|t| unit.text(t) == word);
    let is_record = has(b"struct") || has(b"class") || has(b"union");
    if has(b"enum") {
        if is_record { Scope::ScopedEnum } else { Scope::Enum }
    } else if has(b"namespace") {
        Scope::Namespace
    } else if has(b"extern") && head.last().is_some_and(|t| t.kind == TokenKind::String) {
        scope_at(unit, brace)
    } else if is_record && !head.last().is_some_and(|t| t.is_punct(b')')) {
        Scope::Record
    } else {
        Scope::Body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::syntax::conditions::Guards;

    /// The scope of the token `here` in `code`.
    fn check(code: &str, expected: Scope) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let here = unit.tokens().iter().position(|t| unit.text(t) == b"here").expect("the code has `here`");
        assert_eq!(scope_at(&unit, here), expected, "{code}");
    }

    #[test]
    fn scopes() {
        check("int a; here", Scope::File);
        check("extern \"C\" { here }", Scope::File);
        check("namespace a { struct B {}; here }", Scope::Namespace);
        check("struct A : B { int x; here }", Scope::Record);
        check("enum A { b, here }", Scope::Enum);
        check("enum class A : int { here }", Scope::ScopedEnum);
        check("void f(struct A *a) { here }", Scope::Body);
    }
}
