//! The include guard of a header: the `#ifndef` around all of its text.

use super::{Directive, DirectiveKind, Unit};

/// Index of the region of the file's include guard: an `#ifndef` before all other tokens, followed by a `#define` of
/// the same name.
pub fn include_guard(unit: &Unit) -> Option<usize> {
    let first = unit.lexed.directives.iter().position(|d| d.kind != DirectiveKind::Pragma)?;
    let [guard, define] = unit.lexed.directives.get(first..first + 2)? else { return None };
    let name = |d: &Directive| unit.tokens().get(d.tokens.start).map(|t| unit.text(t));
    let is_guard = guard.kind == DirectiveKind::Ifndef
        && define.kind == DirectiveKind::Define
        && name(guard).is_some()
        && name(guard) == name(define);
    is_guard.then(|| unit.regions.iter().position(|r| r.directive == first)).flatten()
}
