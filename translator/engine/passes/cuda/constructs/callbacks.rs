//! Host functions of a stream that call the runtime, which the documentation of HIP forbids.
//!
//! It reads lambdas and functions of the same file, and does not follow calls and destructors.

use std::ops::Range;

use tranship_rules::Rule;

use crate::cpp::call_site as site;
use crate::cpp::{TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;

/// Checks a call that adds a host function to a stream. The function is the second argument.
pub(crate) fn host_function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(argument) = site::arguments(unit, index).and_then(|all| all.into_iter().nth(1)) else { return };
    let body = match &tokens[argument.clone()] {
        [name] if name.kind == TokenKind::Identifier => body_of(unit, unit.text(name)),
        [first, ..] if first.is_punct(b'[') => Some(argument),
        _ => None,
    };
    let waits = body.into_iter().flatten().find(|&at| is_waiting_call(unit, at));
    if let Some(waits) = waits {
        let what = format!("a host function of a stream calls `{}`", unit.slice(tokens[waits].span()));
        pass.report(Finding::of(rule, tokens[waits].span()).saying(what));
    }
}

/// The body of the only function of the file with this name.
fn body_of(unit: &Unit, name: &[u8]) -> Option<Range<usize>> {
    let mut all = unit.functions().iter().filter(|function| unit.text(&unit.tokens()[function.name]) == name);
    let first = all.next()?;
    all.next().is_none().then(|| first.body.clone())
}

/// Whether the name at token `at` is called, and is a function of the runtime or the driver that can wait for a stream.
fn is_waiting_call(unit: &Unit, at: usize) -> bool {
    const RUNTIMES: &[&str] = &["cuda", "cu", "hip"];
    const WAITING: &[&str] =
        &["Free", "Malloc", "MemAlloc", "Synchronize", "Memcpy", "Memset", "Destroy", "Unregister"];
    if unit.tokens()[at].kind != TokenKind::Identifier
        || unit.is_member(at)
        || site::call_open(unit, at).is_none()
    {
        return false;
    }
    let name = unit.slice(unit.tokens()[at].span());
    let is_function = |prefix: &&str| {
        name.strip_prefix(*prefix)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    RUNTIMES.iter().any(is_function) && WAITING.iter().any(|part| name.contains(part))
}
