//! Macros in the template of an asm statement that expand to text.
//!
//! It refuses a macro that the file defines in several ways, and a macro that expands to anything but strings. If all
//! definitions are hints to caches, the macro is accepted, because such hints have no effect on AMD's GPUs.

use std::ops::Range;

use crate::cpp::call_site as site;
use crate::cpp::{DirectiveKind, TokenKind, Unit};
use crate::embedded::{Embedded, Literal};

/// The strings that the macro at token `at` expands to, and its last token before `end`.
pub(super) fn literals(unit: &Unit, at: usize, end: usize) -> Option<(Vec<Literal>, usize)> {
    let tokens = unit.tokens();
    let is_call = tokens.get(at + 1).is_some_and(|next| at + 1 < end && next.is_punct(b'('));
    let last = if is_call { unit.lexed.close_of(at + 1, end)? } else { at };
    let bodies = bodies(unit, unit.text(&tokens[at]));
    if bodies.is_empty() {
        return None;
    }
    if bodies.iter().all(|body| is_hint(unit, body.clone())) {
        return Some((Vec::new(), last));
    }
    let [body] = bodies.as_slice() else { return None };
    let strings: Option<Vec<Literal>> = tokens[body.clone()]
        .iter()
        .map(|token| if token.kind == TokenKind::String { Literal::of(unit, token) } else { None })
        .collect();
    Some((strings?, last))
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
