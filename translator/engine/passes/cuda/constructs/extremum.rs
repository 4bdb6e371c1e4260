//! CUDA's `min` and `max`, where HIP's header has no overload for the types and converts the arguments.
//!
//! It says nothing about a call whose argument types it cannot read unless they are members, and about functions of the same
//! name in a namespace.

use std::ops::Range;

use tranship_rules::Rule;

use super::narrowing::{Number, argument_type};
use crate::cpp::call_site as site;
use crate::cpp::functions::{Function, Space};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// Checks the call of `min` or `max` at token `index`.
pub(crate) fn overload(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_template = tokens.get(index + 1).is_none_or(|token| !token.is_punct(b'('));
    if is_template || tokens[index].is(Token::DIRECTIVE) {
        return;
    }
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let Some(arguments) = site::arguments(unit, index) else { return };
    let [first, second] = arguments.as_slice() else { return };
    let word = unit.slice(tokens[index].span()).into_owned();
    let types = [first, second].map(|argument| argument_type(pass, argument.clone()));
    let on_host = runs_on_host(unit, function);
    let is_unknown = || {
        let is_template = unit.is_word(function.head.start, "template");
        let unread = [first, second].into_iter().zip(types).filter(|(_, kind)| kind.is_none());
        let mut parts = unread.map(|(argument, _)| is_member(unit, argument.clone())).peekable();
        on_host && !is_template && parts.peek().is_some() && parts.all(|is_member| is_member)
    };
    let uses_std = || uses_std(unit, &word);
    let what = match conversion(types, on_host) {
        Some(_) if types[0] == types[1] && uses_std() => return,
        Some(becomes) => format!("HIP's `{word}` converts these arguments to `{becomes}`"),
        None if is_unknown() && !uses_std() => format!("HIP's `{word}` converts other numbers than `int`"),
        None => return,
    };
    let is_global = index > 0 && tokens[index - 1].is_double(b':');
    let start = tokens[if is_global { index - 1 } else { index }].start;
    let span = Span::new(start, tokens[index].end);
    let edit = Edit::replace(span, format!("tranship::{word}_of"));
    pass.report(Finding::of(rule, span).saying(what).with(Fix::One(edit)));
}

/// The type to which HIP's overloads convert arguments of these types, if CUDA has an overload of its own for them. On the
/// GPU, HIP has one overload for each two equal types.
fn conversion(types: [Option<Number>; 2], on_host: bool) -> Option<&'static str> {
    let is_wide = |number: Number| number != Number::Whole { bits: 32, signed: true };
    if on_host {
        return types.into_iter().flatten().any(is_wide).then_some("int");
    }
    match types {
        [
            Some(Number::Whole { bits: a, signed: a_signed }),
            Some(Number::Whole { bits: b, signed: b_signed }),
        ] => (a == b && a_signed != b_signed).then_some(if a == 64 { "double" } else { "int" }),
        _ => None,
    }
}

/// Whether the host runs the function too. A macro before its name can contain the attributes.
pub(super) fn runs_on_host(unit: &Unit, function: &Function) -> bool {
    let tokens = &unit.tokens()[function.head.clone()];
    let has = |part: &str| {
        let mut words = tokens.iter().map(|token| unit.slice(token.span()).to_ascii_lowercase());
        words.any(|word| word.contains(part))
    };
    match function.space {
        Space::Kernel => false,
        Space::Device => has("host"),
        Space::Host if has("device") => has("host"),
        // A file without code for the GPU may be compiled by the host compiler, where the standard library has `min`.
        Space::Host => {
            unit.source.path.extension().is_some_and(|ending| ending == "cu" || ending == "cuh")
                || unit.functions().iter().any(|one| one.space != Space::Host)
        }
    }
}

/// Whether the argument is only a member or an element: `work->nonces[0]`.
fn is_member(unit: &Unit, argument: Range<usize>) -> bool {
    let tokens = &unit.tokens()[argument];
    tokens.iter().any(|token| token.is_punct(b'.') || token.is_double(b'-'))
        && tokens.iter().all(|token| {
            token.kind != TokenKind::Punct
                || matches!(token.byte, b'.' | b'[' | b']')
                || token.is_double(b'-')
        })
}

/// Whether unqualified calls of `word` in the file also find the function of the standard library, which takes two numbers
/// of one type.
pub(super) fn uses_std(unit: &Unit, word: &str) -> bool {
    let tokens = unit.tokens();
    let is_used = |range: Range<usize>| {
        let words: Vec<&[u8]> = tokens[range].iter().map(|token| unit.text(token)).collect();
        words.starts_with(&[b"namespace", b"std", b";"])
            || (words.starts_with(&[b"std", b"::"]) && words.get(2) == Some(&word.as_bytes()))
    };
    unit.places(b"using", 0..tokens.len())
        .iter()
        .any(|&at| is_used(at as usize + 1..tokens.len().min(at as usize + 4)))
}
