//! Decides whether a name of CUDA refers to a declaration of the same name in the file.
//!
//! It reads only the file: `Pass::is_own` does the same for the project.

use std::ops::Range;

use tranship_rules::Kind;

use super::Pass;
use crate::cpp::call_site;
use crate::cpp::fallbacks::{fallback_at, is_without_header};
use crate::cpp::keywords::{is_class_key, is_no_type};
use crate::cpp::scopes::{Scope, brace_around, namespaces_around, scope_at};
use crate::cpp::shadows::visible_ranges;
use crate::cpp::{Token, TokenKind, Unit};
use crate::index::sights::is_host_prototype;

/// Where uses of a name refer to a declaration in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// In these tokens, if the use is unqualified.
    Tokens(Range<usize>),
    /// In these ranges of tokens, if the use is unqualified.
    Apart(Vec<Range<usize>>),
    /// In every namespace with this name, if the use is unqualified.
    Namespace(String),
}

impl Extent {
    /// Whether the name at token `index` refers to the declaration.
    pub(crate) fn has(&self, unit: &Unit, index: usize) -> bool {
        match self {
            Self::Tokens(tokens) => tokens.contains(&index),
            Self::Apart(parts) => parts.iter().any(|tokens| tokens.contains(&index)),
            Self::Namespace(name) => namespaces_around(unit, index).any(|around| around == name.as_str()),
        }
    }
}

/// Whether the name at token `index` is written `::name`, and so refers to CUDA's definition.
pub(crate) fn is_global(unit: &Unit, index: usize) -> bool {
    index > 0 && unit.tokens()[index - 1].is_double(b':')
}

/// Each declaration of `word` in the file as a function, variable, parameter, field, enumerator or type: its token and
/// its extent. CUDA defines `word` as a `kind`.
pub(super) fn declarations(pass: &Pass, word: &[u8], kind: Kind) -> Vec<(usize, Extent)> {
    let unit = pass.unit;
    if kind == Kind::Namespace {
        return Vec::new();
    }
    let places = unit.places(word, 0..unit.tokens().len()).iter().map(|&at| at as usize);
    let is_named = |at: &usize| {
        !unit.tokens()[*at].is(Token::FROZEN)
            && call_site::is_free(unit, *at)
            && call_site::scope_before(unit, *at).is_none()
    };
    places.filter(is_named).filter_map(|at| Some((at, declaration(pass, at, kind)?))).collect()
}

/// The extent of the declaration at token `at`; `None` where nothing is declared there.
fn declaration(pass: &Pass, at: usize, kind: Kind) -> Option<Extent> {
    let unit = pass.unit;
    if at == 0 {
        return None;
    }
    if matches!(kind, Kind::Type | Kind::DeviceType) {
        let declares = declares_type(pass, at) && !is_without_header(unit, at, &pass.context.rules);
        return declares.then(|| extent(unit, at)).or_else(|| enumerator(unit, at));
    }
    if unit.functions().binary_search_by_key(&at, |function| function.name).is_ok() {
        // A function that is defined only for older GPUs is the owner of its name only in its branch.
        return Some(fallback_at(unit, at).map_or_else(|| extent(unit, at), Extent::Tokens));
    }
    if let Some(namespace) = prototype_in_namespace(unit, at) {
        return Some(Extent::Namespace(namespace));
    }
    if kind == Kind::DeviceFunction && is_host_prototype(unit, at) {
        return Some(extent(unit, at));
    }
    if !declares_variable(pass, at, kind) && !declares_pointer(unit, at) {
        return enumerator(unit, at).or_else(|| variable_elsewhere(unit, at));
    }
    let function = unit.function_at(unit.tokens()[at].start);
    Some(match function.filter(|function| function.parameters.contains(&at)) {
        Some(function) => Extent::Tokens(function.head.start..function.body.end),
        None if is_parameter_elsewhere(unit, at) => Extent::Tokens(at..at + 1),
        None => extent(unit, at),
    })
}

/// The extent of a variable in a place that `declares_variable` does not read, such as a template parameter. A name
/// before `(` is a call or a prototype of CUDA's function. A variable at file scope has no extent, because other files
/// may use it under CUDA's name.
fn variable_elsewhere(unit: &Unit, at: usize) -> Option<Extent> {
    let is_called = unit.tokens().get(at + 1).is_some_and(|next| next.is_punct(b'('));
    let parts = if is_called { Vec::new() } else { visible_ranges(unit, at) };
    let is_local = parts.first().is_some_and(|first| first.end != unit.tokens().len());
    is_local.then_some(Extent::Apart(parts))
}

/// The extent of a declaration at token `index`, from the braces around it.
fn extent(unit: &Unit, index: usize) -> Extent {
    let whole = Extent::Tokens(0..unit.tokens().len());
    match scope_at(unit, index) {
        Scope::File => whole,
        Scope::Namespace => {
            namespaces_around(unit, index).next().map_or(whole, |name| Extent::Namespace(name.into_owned()))
        }
        Scope::ScopedEnum => Extent::Tokens(index..index + 1),
        Scope::Enum => brace_around(unit, index).map_or(whole, |brace| extent(unit, brace)),
        Scope::Record | Scope::Body => brace_around(unit, index).map_or(whole, |brace| {
            let close = unit.lexed.close_of(brace, unit.tokens().len());
            Extent::Tokens(brace..close.unwrap_or(unit.tokens().len()))
        }),
    }
}

/// Whether the name at token `index`, outside of every function, ends a parameter of a prototype or pointer. The name of a
/// pointer to a function has brackets around it too: `int (*name)(int);`.
fn is_parameter_elsewhere(unit: &Unit, index: usize) -> bool {
    let ends = unit.tokens().get(index + 1).is_some_and(|next| next.is_punct(b')'));
    let is_pointer =
        || declares_pointer(unit, index) && call_site::enclosing_open(unit, 0, index - 2).is_none();
    ends && scope_at(unit, index) != Scope::Body && !is_pointer()
}

/// The namespace whose function the prototype at token `at` declares: a name between a type and `(` that is directly in a
/// namespace with a name. CUDA's functions are in none.
fn prototype_in_namespace(unit: &Unit, at: usize) -> Option<String> {
    let tokens = unit.tokens();
    let before = &tokens[at - 1];
    let follows_type = (before.kind == TokenKind::Identifier && !is_no_type(unit.text(before)))
        || matches!(before.byte, b'*' | b'&' | b'>') && before.kind == TokenKind::Punct;
    let is_prototype = follows_type
        && !before.is(Token::DIRECTIVE)
        && tokens.get(at + 1).is_some_and(|next| next.is_punct(b'('))
        && scope_at(unit, at) == Scope::Namespace;
    // A function with C linkage is CUDA's in every namespace.
    let is_c = || unit.text(&tokens[unit.lexed.statement_start(at)]) == b"extern";
    let name = (is_prototype && !is_c()).then(|| namespaces_around(unit, at).next()).flatten()?;
    (!name.is_empty()).then(|| name.into_owned())
}

/// The extent of an enumerator: a name between `{` or `,` and `,`, `=` or `}` in an `enum`.
fn enumerator(unit: &Unit, at: usize) -> Option<Extent> {
    let tokens = unit.tokens();
    let opens = matches!(tokens[at - 1].byte, b'{' | b',');
    let ends = tokens.get(at + 1).is_some_and(|t| matches!(t.byte, b',' | b'=' | b'}'));
    let is_enumerator = opens && ends && matches!(scope_at(unit, at), Scope::Enum | Scope::ScopedEnum);
    is_enumerator.then(|| extent(unit, at))
}

/// Whether token `at` declares a pointer to a function: `(*name)(`.
fn declares_pointer(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte| tokens.get(at).is_some_and(|t: &Token| t.is_punct(byte));
    at >= 3
        && is(at - 1, b'*')
        && is(at - 2, b'(')
        && is(at + 1, b')')
        && is(at + 2, b'(')
        && tokens[at - 3].kind == TokenKind::Identifier
}

/// Whether token `at` declares a variable: `Type name` before `=`, `;`, `,`, `)`, `[` or `{`.
fn declares_variable(pass: &Pass, at: usize, kind: Kind) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !matches!(kind, Kind::Function | Kind::Value | Kind::DeviceFunction) {
        return false;
    }
    let before = &tokens[at - 1];
    let word = unit.text(before);
    let follows_type = before.kind == TokenKind::Identifier
        && !before.is(Token::DIRECTIVE)
        && !is_no_type(word)
        && !is_class_key(word)
        && !pass.context.index.is_macro(word);
    let ends = tokens.get(at + 1).is_some_and(|t| {
        t.kind == TokenKind::Punct
            && matches!(t.byte, b'=' | b';' | b',' | b')' | b'[' | b'{')
            && t.end - t.start == 1
    });
    follows_type && ends
}

/// Whether token `at` is behind the body of `typedef struct { ... }`.
fn is_class_typedef(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let close = at.checked_sub(1).filter(|&close| tokens[close].is_punct(b'}'));
    let Some(open) = close.and_then(|close| unit.lexed.open_of(close, 0)) else { return false };
    let text = |before: usize| open.checked_sub(before).map_or(&b""[..], |at| unit.text(&tokens[at]));
    (is_class_key(text(1)) && text(2) == b"typedef") || (is_class_key(text(2)) && text(3) == b"typedef")
}

/// The most tokens of an alias.
const FAR: usize = 512;

/// Whether token `at` declares a type: `typedef other name;` or `using name = other;` with no CUDA name in `other`.
fn declares_type(pass: &Pass, at: usize) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_punct = |at: usize, byte| tokens.get(at).is_some_and(|t: &Token| t.is_punct(byte));
    let start = unit.lexed.statement_start(at);
    let names_cuda = |range: Range<usize>| {
        tokens[range]
            .iter()
            .any(|t| t.kind == TokenKind::Identifier && pass.context.rules.name(unit.text(t)).is_some())
    };
    if is_punct(at + 1, b';') && is_class_typedef(unit, at) {
        return true;
    }
    if is_punct(at + 1, b';') && tokens.get(start).is_some_and(|t| unit.text(t) == b"typedef") {
        return !names_cuda(start..at);
    }
    let is_alias = at > 0 && unit.text(&tokens[at - 1]) == b"using" && is_punct(at + 1, b'=');
    let end = || {
        let rest = tokens[at..].iter().take(FAR);
        at + rest.take_while(|t| !t.is_punct(b';')).count()
    };
    is_alias && !names_cuda(at + 1..end())
}
