//! CUDA constructs that need more than a new name. Each construct has its own rule.
//!
//! The tables define where the identifiers of a rule are looked for, and which function of [`checks`] checks the code
//! around them. A rule without a check reports every use. Most findings of this pass have no fix and need a person. The
//! pass for names reports names without a counterpart, unless the key `missing_names` of their rule names another
//! source.

mod addresses;
mod approximate;
mod arrays;
mod atomics;
mod attributes;
mod callbacks;
mod checks;
mod compared;
mod contracts;
mod copies;
mod dependent_types;
mod extremum;
mod fresh;
mod groups;
mod halves;
mod handles;
mod host_math;
mod includes;
mod launch;
mod libraries;
mod lifetimes;
mod managed;
mod memory;
mod narrowing;
mod operators;
mod own_functions;
mod pointers;
mod storage;
mod templates;
mod types;
mod vectors_in_c;
mod warp;
mod wide_tiles;

use std::cell::OnceCell;

use rustc_hash::FxHashSet;
use tranship_rules::{Group, Look, Resolution, Rule, WarpMode, rule};

use crate::cpp::call_site as site;
use crate::cpp::{Token, TokenKind};
use crate::finding::Fix;
use crate::index::Owners;
use crate::index::facts::{self, Facts};
use crate::pass::{Pass, Warp};
use warp::{divergence, steps, width};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let keeps_32_lanes = pass.context.warp == Warp::Logical32;
    let is_hip = unit.is_hip();
    let own = OnceCell::new();
    let mut found = WarpUses::default();
    for (index, token) in unit.tokens().iter().enumerate() {
        if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) {
            continue;
        }
        let word = pass.cuda_name(unit.text(token));
        if is_hip && warp::is_helper(pass, index) {
            found.calls.push(index);
        }
        let Some(rule) = pass.context.rules.watching(word) else { continue };
        if rule.look == Look::Word {
            let is_width = keeps_32_lanes && rule.name == rule::WARP_SIZE_LITERAL;
            if is_width && warp::mixed::is_use(unit, index) {
                found.kept.push(index);
            }
            report(pass, index, rule);
            continue;
        }
        let is_use = rule.look == Look::Member || site::is_use(unit, index);
        if !is_use || unit.is_shadowed(index) || is_own(pass, word, &own) {
            continue;
        }
        match rule.group {
            Some(Group::WarpFunctions) => {
                found.calls.push(index);
                if is_hip {
                    warp::in_hip(pass, index, rule);
                    continue;
                }
                if keeps_32_lanes {
                    warp::rewrite(pass, index, rule);
                    continue;
                }
                found.functions.extend(unit.function_at(token.start).map(|function| function.name));
            }
            Some(Group::WarpWidth) if is_hip => {
                found.kept.push(index);
                continue;
            }
            Some(Group::WarpWidth) if keeps_32_lanes && !pass.has_hip_warp_code() => {
                found.widths.push((index, rule));
                continue;
            }
            Some(Group::WarpWidth) if keeps_32_lanes => found.kept.push(index),
            Some(Group::WarpWidth) | None => {}
        }
        report(pass, index, rule);
    }
    found.check(pass);
    warp::host::check(pass);
    warp::shifts::check(pass);
    steps::check(pass);
    halves::check_braces(pass);
    halves::check_small_floats(pass);
    halves::check_small_float_groups(pass);
    narrowing::check(pass);
    arrays::check(pass);
    includes::check_thrust(pass);
    host_math::check_header(pass);
    storage::check(pass);
    memory::check_boundary_modes(pass);
    templates::check(pass);
    dependent_types::check(pass);
    managed::check(pass);
    vectors_in_c::check(pass);
    own_functions::check(pass);
    lifetimes::check(pass);
    launch::check(pass);
}

/// Uses in one file that are checked together.
#[derive(Default)]
struct WarpUses {
    /// The tokens of warp functions.
    calls: Vec<usize>,
    /// The functions that use warp functions with `--warp native`, by the tokens of their names.
    functions: FxHashSet<usize>,
    /// The tokens for the width of a warp with `--warp logical32`, each with its rule.
    widths: Vec<(usize, &'static Rule)>,
    /// The tokens for the width of a warp that may be the width of the wave in HIP, with `--warp logical32`.
    kept: Vec<usize>,
}

impl WarpUses {
    fn check(self, pass: &mut Pass) {
        if let Some(&(_, rule)) = self.widths.first() {
            let widths: Vec<usize> = self.widths.iter().map(|&(index, _)| index).collect();
            warp::warp_size(pass, &widths, rule);
        }
        warp::mixed::check(pass, &self.kept, &self.calls);
        divergence::check(pass, &self.calls);
        if !self.functions.is_empty() && pass.context.target.wave() != Some(32) {
            let functions = width::with_callers(pass.unit, &self.functions);
            width::literals(pass, &functions);
            launch::of_warps(pass, &functions);
        }
    }
}

/// Runs the check of `rule` for the identifier at token `index`. A rule without a check reports every use.
fn report(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let mode = match pass.context.warp {
        Warp::Logical32 => WarpMode::Logical32,
        Warp::Native => WarpMode::Native,
    };
    if rule.warp.is_some_and(|only| only != mode) {
        return;
    }
    let first = pass.count();
    match rule.check {
        Some(check) => checks::function(check)(pass, index, rule),
        None => every_use(pass, index, rule),
    }
    if let Some(level) = rule.level_without_fix {
        let without_fix = pass.findings_from(first).iter_mut().filter(|finding| finding.fix == Fix::None);
        without_fix.for_each(|finding| finding.level = level);
    }
}

/// Reports the use of an identifier. The pass for names reports names that a table lists without a counterpart, and the
/// pass for calls reports calls with changed arguments, so this function skips both.
fn every_use(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let token = &pass.unit.tokens()[index];
    let word = pass.unit.text(token);
    if pass.call_is_replaced(index, &String::from_utf8_lossy(word)) {
        return;
    }
    let row = pass.context.rules.name(word);
    let missing = |resolution| !matches!(resolution, Resolution::Spelling(_));
    if row.is_some_and(|name| missing(name.at(pass.context.target.rocm))) {
        return;
    }
    let what = format!("`{}`: {}", pass.unit.slice(token.span()), rule.what);
    pass.report(crate::finding::Finding::of(rule, token.span()).saying(what));
}

/// The names that this file defines, including functions of namespaces and classes. If the project's index contains the
/// file, the other names come from the index.
fn own_names(pass: &Pass) -> FxHashSet<facts::Word> {
    let unit = pass.unit;
    let indexed = pass.context.index.facts(&unit.source.path).is_some();
    let facts = if indexed { Vec::new() } else { Facts::of(unit, &pass.context.rules).own_names };
    let functions = unit.functions().iter().map(|f| unit.text(&unit.tokens()[f.name]).into());
    facts.into_iter().chain(functions).collect()
}

/// Whether the project or this file defines `word` itself.
fn is_own(pass: &Pass, word: &[u8], own: &OnceCell<FxHashSet<facts::Word>>) -> bool {
    let index = &pass.context.index;
    let owns = |owners: &Owners| owners.has(index, word) || owners.has_macro(index, word);
    pass.owners(word).is_some_and(owns) || own.get_or_init(|| own_names(pass)).contains(word)
}
