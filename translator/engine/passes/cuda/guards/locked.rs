//! Calls of functions that only NVIDIA's GPUs can have, because their branch cannot be translated.

use super::lacking;
use crate::cpp::conditions::token_range;
use crate::cpp::scopes::{Scope, brace_around, scope_at};
use crate::cpp::{TokenKind, Unit};
use crate::index::Index;
use crate::pass::Pass;

/// Such a function, or a class of this file that calls one, in the branch of directive `at` if `own`, or in those that
/// follow it if `following`.
pub(super) fn call(pass: &Pass, at: usize, (own, following): (bool, bool)) -> Option<String> {
    let (unit, index) = (pass.unit, &pass.context.index);
    if !index.has_locked() {
        return None;
    }
    let classes = classes(unit, index);
    let is_locked = |name: &[u8]| index.is_locked(name) || classes.contains(&name);
    let bodies = lacking::branches(unit, at, own, following)?.into_iter();
    let mut tokens = bodies.flat_map(|body| token_range(unit.tokens(), body)).map(|at| &unit.tokens()[at]);
    let call = tokens.find(|token| token.kind == TokenKind::Identifier && is_locked(unit.text(token)))?;
    Some(unit.slice(call.span()).into_owned())
}

/// The classes of the file whose members call such a function.
fn classes<'a>(unit: &Unit<'a>, index: &Index) -> Vec<&'a [u8]> {
    let tokens = unit.tokens();
    let calls = (0..tokens.len())
        .filter(|&at| tokens[at].kind == TokenKind::Identifier && index.is_locked(unit.text(&tokens[at])));
    let around = |call: usize| std::iter::successors(Some(call), |&at| brace_around(unit, at));
    let braces = calls
        .flat_map(around)
        .filter(|&brace| tokens[brace].is_punct(b'{') && scope_at(unit, brace + 1) == Scope::Record);
    let name = |brace: usize| {
        let head = unit.lexed.statement_start(brace)..brace;
        let key = head.clone().rev().find(|&at| matches!(unit.text(&tokens[at]), b"struct" | b"class"))?;
        tokens.get(key + 1).filter(|token| token.kind == TokenKind::Identifier).map(|token| unit.text(token))
    };
    let mut names: Vec<&[u8]> = braces.filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}
