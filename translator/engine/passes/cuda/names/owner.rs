//! Whose name it is: CUDA's, or one that the file or the project declares itself.

use std::ops::Range;

use tranship_rules::Kind;

use super::{Hit, Pass};
use crate::cpp::fallbacks::fallback_at;
use crate::cpp::keywords::{is_class_key, is_no_type};
use crate::cpp::scopes::{Scope, brace_around, namespaces_around, scope_at};
use crate::cpp::{Token, TokenKind, Unit};

/// Whose name a hit is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// CUDA's, unless the file or the project says otherwise elsewhere.
    Cuda,
    /// Declared here, so the user's wherever it is used unqualified among these tokens.
    Tokens(Range<usize>),
    /// Declared here in a namespace of this name, so the user's wherever it is used unqualified in there.
    Namespace(String),
}

impl Owner {
    /// Whether the name at token `index` is the declared one.
    pub(crate) fn has(&self, unit: &Unit, index: usize) -> bool {
        match self {
            Self::Cuda => false,
            Self::Tokens(tokens) => tokens.contains(&index),
            Self::Namespace(name) => namespaces_around(unit, index).any(|around| around == name.as_str()),
        }
    }
}

/// Whether a hit is written `::name`: CUDA's, whatever a namespace of the user calls the same.
pub(crate) fn is_global(unit: &Unit, hit: &Hit) -> bool {
    hit.token > 0 && unit.tokens()[hit.token - 1].is_double(b':')
}

/// Whether a hit declares the user's own function, variable, parameter, field, enumerator or type.
pub(crate) fn owner(pass: &Pass, hit: &Hit) -> Owner {
    let unit = pass.unit;
    if hit.token == 0 || hit.tokens.len() > 1 {
        return Owner::Cuda;
    }
    if matches!(hit.name.kind, Kind::Type | Kind::DeviceType) {
        return if declares_type(pass, hit) { declared(unit, hit.token) } else { Owner::Cuda };
    }
    if unit.functions().binary_search_by_key(&hit.token, |function| function.name).is_ok() {
        // What is defined for older GPUs alone is nobody's elsewhere.
        return fallback_at(unit, hit.token).map_or_else(|| declared(unit, hit.token), Owner::Tokens);
    }
    if !declares_variable(pass, hit) && !declares_pointer(unit, hit) {
        return enumerator(unit, hit);
    }
    let function = unit.function_at(unit.tokens()[hit.token].start);
    match function.filter(|function| function.parameters.contains(&hit.token)) {
        Some(function) => Owner::Tokens(function.head.start..function.body.end),
        None if is_parameter_elsewhere(unit, hit.token) => Owner::Tokens(hit.token..hit.token + 1),
        None => declared(unit, hit.token),
    }
}

/// Where a name is seen that is declared at token `index`.
fn declared(unit: &Unit, index: usize) -> Owner {
    let whole = Owner::Tokens(0..unit.tokens().len());
    match scope_at(unit, index) {
        Scope::File => whole,
        Scope::Namespace => {
            namespaces_around(unit, index).next().map_or(whole, |name| Owner::Namespace(name.into_owned()))
        }
        Scope::ScopedEnum => Owner::Tokens(index..index + 1),
        Scope::Enum => brace_around(unit, index).map_or(whole, |brace| declared(unit, brace)),
        Scope::Record | Scope::Body => brace_around(unit, index).map_or(whole, |brace| {
            let close = unit.lexed.close_of(brace, unit.tokens().len());
            Owner::Tokens(brace..close.unwrap_or(unit.tokens().len()))
        }),
    }
}

/// Whether the name at token `index`, outside of every function, ends a parameter of a prototype or pointer.
fn is_parameter_elsewhere(unit: &Unit, index: usize) -> bool {
    let ends = unit.tokens().get(index + 1).is_some_and(|next| next.is_punct(b')'));
    ends && scope_at(unit, index) != Scope::Body
}

/// An enumerator of the user: between `{` or `,` and `,`, `=` or `}` in an `enum`.
fn enumerator(unit: &Unit, hit: &Hit) -> Owner {
    let tokens = unit.tokens();
    let opens = matches!(tokens[hit.token - 1].byte, b'{' | b',');
    let ends = tokens.get(hit.token + 1).is_some_and(|t| matches!(t.byte, b',' | b'=' | b'}'));
    if !opens || !ends {
        return Owner::Cuda;
    }
    match scope_at(unit, hit.token) {
        Scope::Enum | Scope::ScopedEnum => declared(unit, hit.token),
        _ => Owner::Cuda,
    }
}

/// `(*name)(`: a pointer to a function.
fn declares_pointer(unit: &Unit, hit: &Hit) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte| tokens.get(at).is_some_and(|t: &Token| t.is_punct(byte));
    let at = hit.token;
    at >= 3
        && is(at - 1, b'*')
        && is(at - 2, b'(')
        && is(at + 1, b')')
        && is(at + 2, b'(')
        && tokens[at - 3].kind == TokenKind::Identifier
}

/// `Type name` before `=`, `;`, `,`, `)`, `[` or `{`.
fn declares_variable(pass: &Pass, hit: &Hit) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !matches!(hit.name.kind, Kind::Function | Kind::Value | Kind::DeviceFunction) {
        return false;
    }
    let before = &tokens[hit.token - 1];
    let word = unit.text(before);
    let follows_type = before.kind == TokenKind::Identifier
        && !before.is(Token::DIRECTIVE)
        && !is_no_type(word)
        && !is_class_key(word)
        && !pass.context.index.is_macro(word);
    let ends = tokens.get(hit.token + 1).is_some_and(|t| {
        t.kind == TokenKind::Punct
            && matches!(t.byte, b'=' | b';' | b',' | b')' | b'[' | b'{')
            && t.end - t.start == 1
    });
    follows_type && ends
}

/// No alias has so many tokens.
const FAR: usize = 512;

/// Whether a hit is the user's own type: `typedef other name;` or `using name = other;` with no CUDA name in `other`.
fn declares_type(pass: &Pass, hit: &Hit) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_punct = |at: usize, byte| tokens.get(at).is_some_and(|t: &Token| t.is_punct(byte));
    let start = unit.lexed.statement_start(hit.token);
    let names_cuda = |range: Range<usize>| {
        tokens[range]
            .iter()
            .any(|t| t.kind == TokenKind::Identifier && pass.context.rules.name(unit.text(t)).is_some())
    };
    if is_punct(hit.token + 1, b';') && tokens.get(start).is_some_and(|t| unit.text(t) == b"typedef") {
        return !names_cuda(start..hit.token);
    }
    let is_alias =
        hit.token > 0 && unit.text(&tokens[hit.token - 1]) == b"using" && is_punct(hit.token + 1, b'=');
    let end = || {
        let rest = tokens[hit.token..].iter().take(FAR);
        hit.token + rest.take_while(|t| !t.is_punct(b';')).count()
    };
    is_alias && !names_cuda(hit.token + 1..end())
}
