//! The part of the code that can mean a definition of the project, where CUDA has the same name.
//!
//! A member alias is visible in its class, a type of a namespace in the namespace, and a host function cannot be called by device
//! code. Where it is not certain, a definition is for all code.

use serde::{Deserialize, Serialize};

use super::code::Index;
use super::definitions::statement_start;
use super::facts::Word;
use crate::cpp::functions::{Function, Space};
use crate::cpp::keywords::is_no_type;
use crate::cpp::members::class_at;
use crate::cpp::scopes::{Scope, brace_around, namespaces_around, scope_at};
use crate::cpp::{Token, TokenKind, Unit};

/// The part of the code that can mean one definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// The namespace with this name, in any file.
    Namespace(String),
    /// The class with this name, and classes that may be derived from it.
    Class(Word),
    /// Host code.
    Host,
}

impl Sight {
    /// Whether the name at token `index` may mean the definition.
    fn has(&self, unit: &Unit, index: usize) -> bool {
        let tokens = unit.tokens();
        if tokens[index].is(Token::DIRECTIVE) {
            return true;
        }
        let function = unit.function_at(tokens[index].start);
        let is_qualified_by = |name: &dyn Fn(&[u8]) -> bool| {
            function.is_some_and(|function| {
                let mut scopes = function.head.clone().filter(|&at| tokens[at + 1].is_double(b':'));
                scopes.any(|at| name(unit.text(&tokens[at])))
            })
        };
        match self {
            Self::Host => function.is_none_or(|function| function.space == Space::Host),
            Self::Namespace(name) => {
                namespaces_around(unit, index).any(|around| around == name.as_str())
                    || is_qualified_by(&|word| word == name.as_bytes())
            }
            Self::Class(name) => is_qualified_by(&|_| true) || is_in_class(unit, index, name),
        }
    }
}

impl Index {
    /// Whether the name at token `index` may mean a definition of the project. `true` where no definition is for a part of the code
    /// alone.
    pub(crate) fn sees(&self, name: &[u8], unit: &Unit, index: usize) -> bool {
        let Some(sights) = self.own_scopes.get(name) else { return true };
        let all = self.definers(name).map_or(0, |definers| definers.own.len());
        let is_open =
            |sight: &Sight| matches!(sight, Sight::Namespace(name) if self.opened.contains(name.as_bytes()));
        sights.len() < all || sights.iter().any(|sight| is_open(sight) || sight.has(unit, index))
    }
}

/// Whether token `index` is in the class `name`, or in a class with a base.
fn is_in_class(unit: &Unit, index: usize, name: &[u8]) -> bool {
    let mut at = index;
    while let Some(brace) = brace_around(unit, at) {
        if scope_at(unit, brace + 1) == Scope::Record {
            let start = unit.lexed.statement_start(brace);
            let has_base = unit.tokens()[start..brace].iter().any(|token| token.is_punct(b':'));
            if has_base || class_at(unit, brace).is_none_or(|class| class == name) {
                return true;
            }
        }
        at = brace;
    }
    false
}

/// The part of the code that can mean the type defined at token `index`; `None` if that is all code.
pub(super) fn of_definition(unit: &Unit, index: usize) -> Option<Sight> {
    let brace = brace_around(unit, index)?;
    match scope_at(unit, index) {
        Scope::Namespace => {
            let is = |back: usize, word| brace.checked_sub(back).is_some_and(|at| unit.is_word(at, word));
            let is_named = is(2, "namespace") && !is(3, "inline");
            let name = is_named.then(|| namespaces_around(unit, index).next()).flatten()?;
            Some(Sight::Namespace(name.into_owned()))
        }
        Scope::Record => class_at(unit, brace).map(|name| Sight::Class(name.into())),
        _ => None,
    }
}

/// The namespace that `using namespace a::b;` or `using b::name;` at token `index` opens.
pub(super) fn opened_namespace(unit: &Unit, index: usize) -> Option<Word> {
    let tokens = unit.tokens();
    if !unit.is_word(index, "using") {
        return None;
    }
    let end = (index..tokens.len()).take(FAR).find(|&at| tokens[at].is_punct(b';'))?;
    let statement = &tokens[index + 1..end];
    if statement.iter().any(|token| token.is_punct(b'=')) {
        return None;
    }
    let identifiers = statement.iter().filter(|token| token.kind == TokenKind::Identifier);
    let names: Vec<&[u8]> = identifiers.map(|token| unit.text(token)).collect();
    let ([b"namespace", .., opened] | [.., opened, _]) = names.as_slice() else { return None };
    Some((*opened).into())
}

/// The most tokens of a using declaration.
const FAR: usize = 64;

/// Whether CUDA has `word` for device code alone, so that host code that calls it means another function.
fn is_for_device_alone(word: &[u8]) -> bool {
    let is_random = word
        .strip_prefix(b"curand")
        .is_some_and(|rest| rest.starts_with(b"_") || (rest.is_empty() || rest == b"4"));
    is_random || word.starts_with(b"__shfl") || word.strip_prefix(b"atomic").is_some_and(begins_word)
}

/// Whether `rest` begins with a capital letter.
fn begins_word(rest: &[u8]) -> bool {
    rest.first().is_some_and(u8::is_ascii_uppercase)
}

/// Whether words are those of a type in host code: no qualifier of device code, and no macro, which could be one.
fn is_host_head(unit: &Unit, head: std::ops::Range<usize>) -> bool {
    unit.tokens()[head].iter().all(|token| {
        let word = unit.text(token);
        let is_macro = word.len() > 1 && word.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
        token.kind != TokenKind::Identifier || !(is_macro || word.starts_with(b"__"))
    })
}

/// Whether `function` is one of the project for host code, with a name that CUDA has for device code alone.
pub(crate) fn is_host_function(unit: &Unit, function: &Function) -> bool {
    is_for_device_alone(unit.text(&unit.tokens()[function.name]))
        && function.space == Space::Host
        && is_host_head(unit, function.head.clone())
}

/// Whether token `index`, at the scope of the file, is the name in a prototype of such a function.
pub(crate) fn is_host_prototype(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    if index == 0 || !is(index + 1, b'(') || !is_for_device_alone(unit.text(&tokens[index])) {
        return false;
    }
    let before = &tokens[index - 1];
    let follows_type = (before.kind == TokenKind::Identifier && !is_no_type(unit.text(before)))
        || matches!(before.byte, b'*' | b'&' | b'>') && before.kind == TokenKind::Punct;
    let close = unit.lexed.close_of(index + 1, tokens.len());
    let start = statement_start(unit, index);
    follows_type
        && start < index
        && close.is_some_and(|close| is(close + 1, b';'))
        && scope_at(unit, index) == Scope::File
        && unit.function_at(tokens[index].start).is_none()
        && is_host_head(unit, start..index)
        && !tokens[start..index]
            .iter()
            .any(|token| token.is_punct(b'=') || token.is_punct(b'(') || token.kind == TokenKind::String)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Checks whether the `here` of `code` may mean a definition that only `sight` sees.
    fn check(code: &str, sight: &Sight, expected: bool) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let here = unit.tokens().iter().position(|t| unit.text(t) == b"here").expect("the code has `here`");
        assert_eq!(sight.has(&unit, here), expected, "{code}");
    }

    #[test]
    fn only_a_part_of_the_code_sees_a_definition() {
        let class = Sight::Class((*b"A").into());
        check("struct A { void f() { here; } };", &class, true);
        check("namespace n { template <> struct B<int> { using type = here; }; }", &class, false);
        check("struct B : A { here x; };", &class, true);
        check("void A::f() { here x; }", &class, true);
        check("void f() { here x; }", &class, false);
        let space = Sight::Namespace("n".to_owned());
        check("namespace n { namespace m { here x; } }", &space, true);
        check("namespace m { here x; }", &space, false);
        check("void n::f() { here x; }", &space, true);
        check("#define F here\n", &space, true);
        check("__device__ void f() { here(); }", &Sight::Host, false);
        check("void f() { here(); }", &Sight::Host, true);
    }

    #[test]
    fn prototypes_of_host_functions() {
        let check = |code: &str, expected: bool| {
            let source = Source::new("a.cu", code);
            let unit = Unit::new(&source, &Guards::default());
            let is_name = |token: &Token| unit.text(token).starts_with(b"curand_u");
            let name = unit.tokens().iter().position(is_name).expect("the code has the name");
            assert_eq!(is_host_prototype(&unit, name), expected, "{code}");
        };
        check("float *curand_uniform(curandGenerator_t &gen, size_t n);", true);
        check("template <class T> std::vector<T> curand_uniform(int n);", true);
        check("__device__ float curand_uniform(State *state);", false);
        check("DEVICE float curand_uniform(State *state);", false);
        check("void f() { float x = curand_uniform(&state); }", false);
        check("void f() { return curand_uniform(&state); }", false);
        check("float x = a * curand_uniform(&state);", false);
        check("namespace n { float *curand_uniform(int n); }", false);
    }
}
