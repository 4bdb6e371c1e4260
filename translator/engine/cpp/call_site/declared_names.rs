//! Names that declare a function or a test, told by their place.

use super::call_open;
use crate::cpp::Unit;
use crate::cpp::scopes::{Scope, scope_at};

/// Whether token `index` is the name of a function that is declared outside of functions, or of a test: `TEST(suite, name)`.
pub fn is_function_or_test(unit: &Unit, index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|at| &unit.tokens()[at]) else { return false };
    let follows_type = before.is_punct(b'>') || before.is_punct(b'*') || before.is_punct(b'&');
    let is_outside = || matches!(scope_at(unit, index), Scope::File | Scope::Namespace);
    if follows_type && call_open(unit, index).is_some() && is_outside() {
        return true;
    }
    let suite = index.checked_sub(4).map(|start| &unit.tokens()[start..index]);
    suite.is_some_and(|suite| {
        let is_test = unit.text(&suite[0]).starts_with(b"TEST") || unit.text(&suite[0]) == b"TYPED_TEST";
        is_test && suite[1].is_punct(b'(') && suite[3].is_punct(b',')
    })
}
