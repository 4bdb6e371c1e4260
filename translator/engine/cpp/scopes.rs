//! The scope of a token, from the braces around it and from tokens alone.

use std::borrow::Cow;

use super::{Token, TokenKind, Unit};

/// What the innermost braces around a token enclose.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// No braces, or the braces of `extern "C"`.
    File,
    /// A namespace.
    Namespace,
    /// A class, structure or union.
    Record,
    /// An `enum`, with names that are visible outside of it.
    Enum,
    /// An `enum class`.
    ScopedEnum,
    /// A function, a block or an initialiser.
    Body,
}

/// The scope of token `index`.
pub fn scope_at(unit: &Unit, index: usize) -> Scope {
    let scopes = unit.scopes();
    let before = scopes.partition_point(|&(brace, _)| (brace as usize) < index);
    before.checked_sub(1).map_or(Scope::File, |last| scopes[last].1)
}

/// Each brace outside of directives, and the scope behind it.
pub(super) fn scopes(unit: &Unit) -> Vec<(u32, Scope)> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for (index, token) in unit.tokens().iter().enumerate() {
        if token.is(Token::DIRECTIVE) {
            continue;
        }
        let around = open.last().copied().unwrap_or(Scope::File);
        if token.is_punct(b'{') {
            open.push(opened_by(unit, index, around));
        } else if token.is_punct(b'}') {
            open.pop();
        } else {
            continue;
        }
        found.push((index as u32, open.last().copied().unwrap_or(Scope::File)));
    }
    found
}

/// The most blocks before a declaration in the same block. A longer search would make broken files slow.
const SIBLINGS: usize = 256;

/// The `{` of the innermost braces around token `index`; `None` at file scope, and where more than `SIBLINGS` blocks
/// are between them.
pub fn brace_around(unit: &Unit, index: usize) -> Option<usize> {
    let scopes = unit.scopes();
    let before = |index: usize| scopes.partition_point(|&(brace, _)| (brace as usize) < index).checked_sub(1);
    let mut last = before(index)?;
    for _ in 0..SIBLINGS {
        let (brace, behind) = scopes[last];
        let brace = brace as usize;
        if unit.tokens()[brace].is_punct(b'{') {
            return Some(brace);
        }
        if behind == Scope::File {
            return None;
        }
        last = before(unit.lexed.open_of(brace, 0)?)?;
    }
    None
}

/// The names of the namespaces around token `index`, the innermost first. A namespace without a name is `namespace`.
pub fn namespaces_around<'a>(unit: &Unit<'a>, index: usize) -> impl Iterator<Item = Cow<'a, str>> {
    let mut open = Vec::new();
    for &(brace, scope) in unit.scopes().iter().take_while(|&&(brace, _)| (brace as usize) < index) {
        if unit.tokens()[brace as usize].is_punct(b'{') {
            open.push((brace as usize, scope));
        } else {
            open.pop();
        }
    }
    let name = |(brace, scope): (usize, Scope)| {
        (scope == Scope::Namespace).then(|| unit.slice(unit.tokens()[brace - 1].span()))
    };
    open.into_iter().rev().filter_map(name)
}

/// The scope that the `{` at token `brace` opens, by the words before it; `around` is the scope outside.
fn opened_by(unit: &Unit, brace: usize, around: Scope) -> Scope {
    let tokens = unit.tokens();
    let ends = |token: &Token| !token.is(Token::DIRECTIVE) && token.ends_statement();
    let start = tokens[..brace].iter().rposition(ends).map_or(0, |at| at + 1);
    let head: Vec<&Token> = tokens[start..brace].iter().filter(|token| !token.is(Token::DIRECTIVE)).collect();
    let has = |word: &[u8]| head.iter().any(|t| unit.text(t) == word);
    if head.iter().any(|t| t.is_punct(b'=')) {
        return Scope::Body;
    }
    let is_record = has(b"struct") || has(b"class") || has(b"union");
    if has(b"enum") {
        if is_record { Scope::ScopedEnum } else { Scope::Enum }
    } else if has(b"namespace") {
        Scope::Namespace
    } else if has(b"extern") && head.last().is_some_and(|t| t.kind == TokenKind::String) {
        around
    } else if is_record && !head.last().is_some_and(|t| t.is_punct(b')')) {
        Scope::Record
    } else {
        Scope::Body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Checks the scope of the token `here` in `code`.
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
        check("#define F(x) ((x) == 0)\nenum A { b, here }", Scope::Enum);
        check("enum class A : int { here }", Scope::ScopedEnum);
        check("void f(struct A *a) { here }", Scope::Body);
    }
}
