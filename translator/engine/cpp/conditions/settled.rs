//! Macros that a file defines in several branches, of which HIP compiles one: `#define WITH_GRAPHS 1` behind
//! `#if CUDART_VERSION >= 10000 || defined(HIP_VERSION)`, and 0 behind its `#else`.
//!
//! It refuses macros without a number, and macros that the file undefines or defines for HIP where another condition decides.

use std::collections::BTreeMap;

use super::{Branch, Region, Settled, Truth, around};
use crate::cpp::constants::{Constant, number};

use crate::cpp::{Directive, DirectiveKind, Lexed};

/// The macros of the file with their values for HIP. `compiled` is, for each of `regions`, whether HIP compiles it.
pub(super) fn macros(bytes: &[u8], lexed: &Lexed, regions: &[Region], compiled: &[Truth]) -> Vec<Settled> {
    if !regions.iter().any(|region| region.branch == Branch::CudaOnly) {
        return Vec::new();
    }
    let mut definitions: BTreeMap<&[u8], Vec<&Directive>> = BTreeMap::new();
    for directive in &lexed.directives {
        if matches!(directive.kind, DirectiveKind::Define | DirectiveKind::Undef)
            && let Some(name) = lexed.tokens.get(directive.tokens.clone()).and_then(|tokens| tokens.first())
        {
            definitions.entry(&bytes[name.span().range()]).or_default().push(directive);
        }
    }
    let is_dead = |directive: &Directive| {
        around(regions, directive.span.start).any(|region| regions[region].branch == Branch::CudaOnly)
    };
    let is_certain = |directive: &Directive| {
        around(regions, directive.span.start).all(|region| compiled[region] == Some(true))
    };
    let settled = |(name, places): (&[u8], Vec<&Directive>)| {
        let (dead, alive): (Vec<&Directive>, Vec<&Directive>) =
            places.into_iter().partition(|directive| is_dead(directive));
        let [one] = alive.as_slice() else { return None };
        let is_one = !dead.is_empty() && one.kind == DirectiveKind::Define && is_certain(one);
        let value = if is_one { value(bytes, lexed, one) } else { None };
        value.map(|value| Settled { name: name.into(), value, from: one.span.end })
    };
    definitions.into_iter().filter_map(settled).collect()
}

/// The number that `directive` defines its macro as.
fn value(bytes: &[u8], lexed: &Lexed, directive: &Directive) -> Option<i64> {
    let [_, value] = lexed.tokens.get(directive.tokens.clone())? else { return None };
    number(&bytes[value.span().range()]).and_then(Constant::value)
}
