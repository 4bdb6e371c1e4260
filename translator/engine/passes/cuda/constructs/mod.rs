//! Hazards: CUDA constructs that renaming does not solve, each under a rule of its own.
//!
//! A rule's `identifiers` raise it. Most need nothing more; the rules in [`STRUCTURAL`] look at what stands around
//! the identifier first. This pass proposes no edits but those of `warp`: it says what a person has to decide. Names that a table
//! lists without a counterpart are reported by the pass for names, in the words of the rule that watches them.

mod includes;
mod launch;
mod libraries;
mod memory;
mod pointers;
mod ptx;
mod types;
mod warp;

use std::cell::OnceCell;

use rustc_hash::FxHashSet;
use tranship_rules::{Level, Resolution, Rule};

use crate::cpp::call_site as site;
use crate::cpp::{Token, TokenKind};
use crate::finding::Fix;
use crate::index::Owners;
use crate::index::facts::{self, Facts};
use crate::pass::{Pass, Warp};
use warp::{self as logical32, divergence, found, steps, width};

/// Looks at the identifier at a token index that raised a rule, and reports what it finds.
type Look = fn(&mut Pass, usize, &'static Rule);

/// What a rule does with the identifiers that it watches.
enum Trigger {
    /// Looks at uses: members, names of other scopes, definitions and the project's own names are left out.
    Use(Look),
    /// Looks at members that are not the project's own.
    Member(Look),
    /// Looks at every occurrence, keywords and members too.
    Word(Look),
}

use Trigger::{Member, Use, Word};

/// The rules that need a look at the code around their identifiers. All other rules speak of each use.
const STRUCTURAL: &[(&str, Trigger)] = &[
    ("activemask", Use(found::by_release)),
    ("ballot-truncated", Use(found::ballot)),
    ("coalesced-threads", Use(libraries::coalesced)),
    ("device-pointer-arithmetic", Use(pointers::device_pointer)),
    ("device-property-logic", Word(libraries::capability)),
    ("find-first-set", Use(pointers::find_first_set)),
    ("fp8-range", Use(types::fp8)),
    ("group-algorithm", Use(logical32::algorithm)),
    ("half-pair-extremum", Use(types::half_extremum)),
    ("index-as-vector", Word(pointers::launch_variable)),
    ("inline-ptx", Word(ptx::statement)),
    ("launch-bounds", Use(launch::bounds)),
    ("libcudacxx", Use(libraries::libcudacxx)),
    ("match-sync", Use(found::by_release)),
    ("reduce-sync", Use(found::by_release)),
    ("register-keyword", Word(types::register)),
    ("shuffle-mask", Use(found::shuffle)),
    ("spin-lock", Use(pointers::spin_lock)),
    ("string-header", Word(includes::string_function)),
    ("surface", Use(memory::surface)),
    ("syncwarp", Use(found::syncwarp)),
    ("texture-object", Use(memory::texture_object)),
    ("texture-reference", Use(memory::texture_reference)),
    ("tile-function", Member(libraries::tile_function)),
    ("user-atomic-clash", Word(types::atomic)),
    ("vector-constructor", Use(types::constructor)),
    ("vector-operator-clash", Word(types::operator)),
    ("vote-sync", Use(found::vote)),
    ("warp-size-constant", Use(width::constant)),
    ("warp-size-literal", Word(width::definition)),
    ("volatile-vector", Word(pointers::volatile_vector)),
];

/// Rules whose identifiers show that a function counts on warps.
const OF_WARPS: &[&str] = &[
    "activemask",
    "ballot-truncated",
    "match-sync",
    "reduce-sync",
    "shuffle-mask",
    "shuffle-width",
    "syncwarp",
    "vote-sync",
    "vote-width",
];

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let keeps_32_lanes = pass.context.warp == Warp::Logical32;
    let own = OnceCell::new();
    let mut warp_functions = FxHashSet::default();
    let mut warp_sizes = Vec::new();
    let mut calls = Vec::new();
    for (index, token) in unit.tokens().iter().enumerate() {
        if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) {
            continue;
        }
        let word = unit.text(token);
        let Some(rule) = pass.context.rules.watching(word) else { continue };
        let trigger = trigger(rule);
        if keeps_32_lanes && rule.name == "warp-size-literal" {
            continue;
        }
        if let Some(Word(look)) = trigger {
            look(pass, index, rule);
            continue;
        }
        let is_member = matches!(trigger, Some(Member(_)));
        if (!is_member && !site::is_use(unit, index)) || unit.is_shadowed(index) || is_own(pass, word, &own) {
            continue;
        }
        if OF_WARPS.contains(&rule.name) {
            calls.push(index);
        }
        if keeps_32_lanes && OF_WARPS.contains(&rule.name) {
            logical32::rewrite(pass, index, rule);
            continue;
        }
        if keeps_32_lanes && rule.name == "warp-size-constant" && !pass.knows_waves() {
            warp_sizes.push((index, rule));
            continue;
        }
        if OF_WARPS.contains(&rule.name)
            && let Some(function) = unit.function_at(token.start)
        {
            warp_functions.insert(function.name);
        }
        if matches!(rule.name, "shuffle-width" | "vote-width") {
            // Without a mask they are for the whole wave, as a warp is there.
            continue;
        }
        let first = pass.count();
        match trigger {
            Some(Use(look) | Member(look)) => look(pass, index, rule),
            _ => generic(pass, index, rule),
        }
        if OF_WARPS.contains(&rule.name) || rule.name == "warp-size-constant" {
            // The levels of the tables are those of rewrites; where none was made, a person decides.
            let open = pass.findings_from(first).iter_mut().filter(|finding| finding.fix == Fix::None);
            open.for_each(|finding| finding.level = Level::Manual);
        }
    }
    if let Some(&(_, rule)) = warp_sizes.first() {
        let found: Vec<usize> = warp_sizes.iter().map(|&(index, _)| index).collect();
        logical32::warp_size(pass, &found, rule);
    }
    divergence::check(pass, &calls);
    if !warp_functions.is_empty() && pass.context.target.wave() != Some(32) {
        let functions = width::with_callers(unit, &warp_functions);
        width::literals(pass, &functions);
        launch::of_warps(pass, &functions);
    }
    steps::check(pass);
    launch::check(pass);
}

fn trigger(rule: &Rule) -> Option<&'static Trigger> {
    STRUCTURAL.iter().find(|(name, _)| *name == rule.name).map(|(_, trigger)| trigger)
}

/// A use of an identifier whose mere presence is the hazard. A name that a table lists without a counterpart is left
/// to the pass for names, and a call that is rewritten to the pass for calls.
fn generic(pass: &mut Pass, index: usize, rule: &'static Rule) {
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

/// What this file defines itself, functions of namespaces and classes included. What the project's index knows of the
/// file is left to the index.
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

#[cfg(test)]
mod tests {
    use super::STRUCTURAL;
    use crate::pass::voice::{SELECTIVE, SPEAKING};

    #[test]
    fn every_structural_rule_has_a_voice() {
        let mut voices: Vec<&str> = SPEAKING.iter().chain(SELECTIVE).copied().collect();
        voices.sort_unstable();
        let mut structural: Vec<&str> = STRUCTURAL.iter().map(|(name, _)| *name).collect();
        structural.sort_unstable();
        assert_eq!(voices, structural);
    }
}
