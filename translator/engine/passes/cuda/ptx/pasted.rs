//! Macros in the template and the constraints of an asm statement that expand to text.
//!
//! It refuses a macro that expands to anything but strings. If all definitions are hints to caches, the macro expands to
//! nothing, because such hints have no effect on AMD's GPUs. Of a macro with several other definitions, as in the
//! branches of an `#if`, the caller chooses one.

use std::ops::Range;

use crate::cpp::call_site as site;
use crate::cpp::{DirectiveKind, TokenKind, Unit};
use crate::embedded::{Embedded, Literal};

/// The text of a macro.
pub(super) struct Pasted {
    /// The strings of the definition.
    pub(super) literals: Vec<Literal>,
    /// The last token of the macro and its arguments.
    pub(super) last: usize,
    /// The number of definitions.
    pub(super) definitions: usize,
}

/// The strings that the macro at token `at` expands to by its definition number `choice`, or by its last one if there
/// are fewer. The macro ends before token `end`.
pub(super) fn literals(unit: &Unit, at: usize, end: usize, choice: usize) -> Option<Pasted> {
    let tokens = unit.tokens();
    let is_call = tokens.get(at + 1).is_some_and(|next| at + 1 < end && next.is_punct(b'('));
    let last = if is_call { unit.lexed.close_of(at + 1, end)? } else { at };
    let bodies = bodies(unit, unit.text(&tokens[at]));
    if bodies.is_empty() {
        return None;
    }
    if bodies.iter().all(|body| is_hint(unit, body.clone())) {
        return Some(Pasted { literals: Vec::new(), last, definitions: 1 });
    }
    let body = bodies.get(choice).or(bodies.last())?;
    let strings: Option<Vec<Literal>> = tokens[body.clone()]
        .iter()
        .map(|token| if token.kind == TokenKind::String { Literal::of(unit, token) } else { None })
        .collect();
    Some(Pasted { literals: strings?, last, definitions: bodies.len() })
}

/// The constraint of an operand: the string at token `at`, or the string that the macro there expands to. A macro that
/// is `"l"` or `"r"` by the size of a pointer is `"l"`, because pointers have 64 bits on AMD's GPUs.
pub(super) fn constraint<'a>(unit: &Unit<'a>, at: usize) -> Option<&'a [u8]> {
    let token = unit.tokens().get(at)?;
    match token.kind {
        TokenKind::String => Some(unit.text(token)),
        // The headers of cooperative groups define this macro.
        TokenKind::Identifier if unit.text(token) == b"_CG_ASM_PTR_CONSTRAINT" => Some(b"\"l\""),
        TokenKind::Identifier => {
            let bodies = bodies(unit, unit.text(token));
            let texts: Option<Vec<&[u8]>> = bodies
                .into_iter()
                .map(|body| match &unit.tokens()[body] {
                    [only] if only.kind == TokenKind::String => Some(unit.text(only)),
                    _ => None,
                })
                .collect();
            match texts?.as_slice() {
                [only] => Some(only),
                several if several.iter().all(|text| matches!(*text, b"\"l\"" | b"\"r\"")) => {
                    several.iter().copied().find(|text| *text == b"\"l\"").or(several.first().copied())
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The bodies of all `#define`s of `name` in the file.
fn bodies(unit: &Unit, name: &[u8]) -> Vec<Range<usize>> {
    let places = unit.places(name, 0..unit.tokens().len()).iter().map(|&at| at as usize);
    let define = |at: usize| unit.directive_of(at).filter(|found| found.kind == DirectiveKind::Define);
    places
        .filter_map(|at| define(at).filter(|found| found.tokens.start == at))
        .map(|directive| {
            let start = match site::macro_parameters(unit, directive) {
                Some(parameters) => parameters.end + 1,
                None => directive.tokens.start + 1,
            };
            start..directive.tokens.end.max(start)
        })
        .collect()
}

/// Whether a macro expands to a hint to a cache, or to nothing.
fn is_hint(unit: &Unit, body: Range<usize>) -> bool {
    let strings = unit.tokens()[body].iter().filter(|token| token.kind == TokenKind::String);
    let Some(literals) = strings.map(|token| Literal::of(unit, token)).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let text = Embedded::new(&unit.source.bytes, literals).text;
    text.is_empty() || text.starts_with(b".L2::") || text.starts_with(b".L1::")
}
