//! Groups of the active threads, and the algorithms of cooperative groups that HIP lacks.
//!
//! An unqualified name counts as a function of cooperative groups only if an argument is declared as a group.

use std::ops::Range;

use tranship_rules::{Level, Rule};

use super::tile::Group;
use crate::cpp::call_site as site;
use crate::cpp::{TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Operations of cooperative groups, and their helpers.
const OPERATIONS: &[&[u8]] = &[b"plus", b"less", b"greater", b"bit_and", b"bit_or", b"bit_xor"];

/// Replaces a name of coalesced groups at token `index` by the helper for at most the 32 lanes of a warp.
pub(crate) fn coalesced(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let start = qualifier(unit, index);
    if start == index && !uses_namespace(unit) && !takes_group(unit, index) {
        return;
    }
    if is_handed_on(unit) {
        let what = "code takes a group of the active threads as a group of any kind, and the helper has a type of its own";
        let finding = Finding::of(rule, unit.tokens()[index].span());
        return pass.report(finding.at(Level::Manual).saying(what));
    }
    let edit = replaced(unit, start, index);
    let finding = Finding::of(rule, unit.tokens()[index].span());
    pass.report(finding.at(Level::Safe).with(Fix::One(edit)));
}

/// Replaces an unqualified call of an algorithm at token `index`, and the operation among its arguments. Names with a
/// qualifier are in the tables.
pub(crate) fn algorithm(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index).filter(|_| qualifier(unit, index) == index) else {
        return;
    };
    if !takes_group(unit, index) {
        if uses_namespace(unit) && arguments.len() > 1 {
            let name = unit.slice(unit.tokens()[index].span());
            let what = format!("`{name}` may be the function of cooperative groups, which HIP lacks");
            pass.report(Finding::of(rule, unit.tokens()[index].span()).at(Level::Manual).saying(what));
        }
        return;
    }
    let tokens = unit.tokens();
    let is_operation = |at: &usize| {
        let opens = tokens.get(at + 1).is_some_and(|t| t.is_punct(b'<'));
        opens && OPERATIONS.contains(&unit.text(&tokens[*at])) && qualifier(unit, *at) == *at
    };
    let mut edits = vec![replaced(unit, index, index)];
    for argument in arguments.into_iter().skip(2) {
        let free = |at: &usize| !tokens[at - 1].is_double(b':') && uses_namespace(unit);
        edits.extend(argument.filter(is_operation).filter(free).map(|at| replaced(unit, at, at)));
    }
    let finding = Finding::of(rule, tokens[index].span());
    pass.report(finding.at(Level::Safe).with(Fix::Many(edits)));
}

/// Whether the file may pass a group of the active threads to code for groups of any kind, or partition one. The answer
/// is for the whole file, so that all its groups have the same kind.
fn is_handed_on(unit: &Unit) -> bool {
    let places = |word: &[u8]| unit.places(word, 0..unit.tokens().len());
    let is_coalesced = |&at: &u32| {
        let arguments = site::arguments(unit, at as usize).unwrap_or_default();
        let Some(first) = arguments.first() else { return false };
        let group = Group::of(unit, first.start, at as usize);
        matches!(group, Some(Group::Coalesced)) || makes_coalesced(unit, first)
    };
    !places(b"thread_group").is_empty() || places(b"tiled_partition").iter().any(is_coalesced)
}

/// Whether an argument is a call that makes a group of active threads.
fn makes_coalesced(unit: &Unit, argument: &Range<usize>) -> bool {
    const MAKERS: &[&[u8]] = &[b"coalesced_threads", b"binary_partition", b"labeled_partition"];
    MAKERS.iter().any(|maker| !unit.places(maker, argument.clone()).is_empty())
}

/// Replaces the name at token `index`, with its qualifier from `start` on, by the name of the helper.
fn replaced(unit: &Unit, start: usize, index: usize) -> Edit {
    let name = unit.slice(unit.tokens()[index].span());
    Edit::replace(unit.span_of(start..index + 1), format!("tranship::{name}"))
}

/// The beginning of the qualified name that ends at token `index`.
fn qualifier(unit: &Unit, index: usize) -> usize {
    let tokens = unit.tokens();
    let is_scope = |at: usize| tokens[at].is_double(b':');
    match index.checked_sub(2) {
        Some(scope) if is_scope(index - 1) && tokens[scope].kind == TokenKind::Identifier => {
            if scope > 0 && is_scope(scope - 1) { scope - 1 } else { scope }
        }
        _ => index,
    }
}

/// Whether the first argument of the call at token `index` is a variable that is declared as a group.
fn takes_group(unit: &Unit, index: usize) -> bool {
    let first = || -> Option<Range<usize>> { site::arguments(unit, index)?.into_iter().next() };
    first()
        .filter(|first| first.len() == 1)
        .is_some_and(|first| Group::of(unit, first.start, index).is_some())
}

/// Whether the file has `using namespace` for cooperative groups.
fn uses_namespace(unit: &Unit) -> bool {
    let tokens = unit.tokens();
    unit.places(b"namespace", 1..tokens.len().saturating_sub(1)).iter().map(|&at| at as usize).any(|at| {
        let word = unit.text(&tokens[at + 1]);
        let is_alias =
            || unit.namespace_aliases().get(word).is_some_and(|target| target == "cooperative_groups");
        unit.is_word(at - 1, "using") && (word == b"cooperative_groups" || is_alias())
    })
}
