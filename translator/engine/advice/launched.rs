//! Launches that leave most of a GPU idle, and hosts that wait for each launch of a loop.
//!
//! It refuses sizes that can change, and waits that may have a purpose.

use std::ops::Range;

use tranship_rules::{PRODUCTS, rule};

use super::{constant_at, finding};
use crate::cpp::blocks::{block_of, grid_of};
use crate::cpp::call_site::is_free;
use crate::cpp::functions::Space;
use crate::cpp::launches::Launch;
use crate::cpp::scopes::brace_around;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Context;

/// Launches with fewer blocks than half of the compute units. One block is meant as the last step of a computation.
pub(super) fn idle_units(unit: &Unit, context: &Context) -> Vec<Finding> {
    let one = |launch: &Launch| {
        let lookup = |word: &[u8]| constant_at(unit, context, launch.open.start, word);
        let (grid, block) = (grid_of(unit, launch, &lookup)?, block_of(unit, launch, &lookup)?);
        let product = |sizes: [u32; 3]| sizes.iter().try_fold(1_u32, |all, &size| all.checked_mul(size));
        let (blocks, threads) = (product(grid)?, product(block)?);
        // Launches in several streams can run at the same time.
        if blocks < 2 || threads < 32 || launch.config.len() > 3 {
            return None;
        }
        let few: Vec<String> = context.target.archs.iter().filter_map(|arch| few(arch, blocks)).collect();
        if few.is_empty() {
            return None;
        }
        let what = format!("the grid has {blocks} blocks, and {}", few.join(", "));
        finding(rule::IDLE_UNITS, unit.span_of(launch.config.first()?.clone()), context)
            .map(|finding| finding.saying(what))
    };
    unit.all_launches().iter().filter_map(one).collect()
}

/// The smallest product of `arch`, if `blocks` occupy less than half of its compute units.
fn few(arch: &str, blocks: u32) -> Option<String> {
    let products = PRODUCTS.iter().filter(|product| product.target == arch && product.units > 0);
    let smallest = products.min_by_key(|product| product.units)?;
    (blocks * 2 <= smallest.units).then(|| format!("{} has {} compute units", smallest.name, smallest.units))
}

const WAITS: [&str; 3] = ["cudaDeviceSynchronize", "cudaThreadSynchronize", "hipDeviceSynchronize"];

/// Parts of names, in lower case, that show that the host needs the wait: it measures, copies, allocates, frees, or reads
/// memory that it shares with the GPU.
const PURPOSES: [&str; 17] = [
    "free",
    "alloc",
    "time",
    "clock",
    "chrono",
    "event",
    "memcpy",
    "copy",
    "managed",
    "mapped",
    "hostalloc",
    "mallochost",
    "hostmalloc",
    "print",
    "measure",
    "metric",
    "profil",
];

/// Loops in which the host launches a kernel and waits for the whole GPU in each turn.
pub(super) fn waits_in_loops(unit: &Unit, context: &Context) -> Vec<Finding> {
    let tokens = unit.tokens();
    let is_wait = |&at: &usize| WAITS.iter().any(|wait| unit.is_word(at, wait)) && is_free(unit, at);
    let one = |at: usize| {
        let body = loop_around(unit, at)?;
        let launches = unit.all_launches().iter().filter(|launch| body.contains(&launch.open.start)).count();
        let function = unit.function_at(tokens[at].start).filter(|function| function.space == Space::Host)?;
        let has_purpose = PURPOSES.iter().any(|word| {
            let within = if matches!(*word, "managed" | "mapped" | "hostalloc" | "mallochost" | "hostmalloc")
            {
                0..tokens.len()
            } else {
                body.clone()
            };
            unit.mentions(word, &within)
        });
        let has_directive = tokens[body.clone()].iter().any(|token| token.is(Token::DIRECTIVE));
        let decides = ["break", "return"].iter().any(|word| body.clone().any(|at| unit.is_word(at, word)));
        if launches == 0 || has_purpose || has_directive || decides || function.body.is_empty() {
            return None;
        }
        let what = format!(
            "the loop launches {} in each turn, and `{}` lets the host wait for {}",
            if launches == 1 { "a kernel".to_owned() } else { format!("{launches} kernels") },
            unit.slice(tokens[at].span()),
            if launches == 1 { "it" } else { "them" }
        );
        finding(rule::SYNC_IN_LOOP, tokens[at].span(), context).map(|finding| finding.saying(what))
    };
    (0..tokens.len()).filter(is_wait).filter_map(one).collect()
}

/// Loops of which each turn launches only kernels of one block, one after the other.
pub(super) fn small_launches(unit: &Unit, context: &Context) -> Vec<Finding> {
    let tokens = unit.tokens();
    // Launches in several streams can run at the same time.
    let is_small = |launch: &Launch| {
        let lookup = |word: &[u8]| constant_at(unit, context, launch.open.start, word);
        let threads = block_of(unit, launch, &lookup)
            .map(|block| block.iter().map(|&size| u64::from(size)).product::<u64>());
        launch.config.len() <= 3 && grid_of(unit, launch, &lookup) == Some([1; 3]) && threads != Some(1)
    };
    let mut seen: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for launch in unit.all_launches() {
        let at = launch.open.start;
        let Some(body) = loop_around(unit, at) else { continue };
        let is_host =
            unit.function_at(tokens[at].start).is_some_and(|function| function.space == Space::Host);
        if !is_host || seen.contains(&body.start) {
            continue;
        }
        seen.push(body.start);
        let mut inside = unit.all_launches().iter().filter(|launch| body.contains(&launch.open.start));
        let has_purpose = PURPOSES.iter().chain(&["graph", "capture"]).any(|word| unit.mentions(word, &body));
        let has_directive = tokens[body.clone()].iter().any(|token| token.is(Token::DIRECTIVE));
        let decides = ["break", "return"].iter().any(|word| body.clone().any(|at| unit.is_word(at, word)));
        if has_purpose || has_directive || decides || !inside.all(is_small) {
            continue;
        }
        let span = launch.config.first().map_or(tokens[at].span(), |grid| unit.span_of(grid.clone()));
        found.extend(finding(rule::SMALL_LAUNCHES, span, context));
    }
    found
}

/// The tokens of the loop whose body is the innermost block around token `at`. A wait in a branch is not in each turn.
fn loop_around(unit: &Unit, at: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let open = brace_around(unit, at)?;
    let before = open.checked_sub(1)?;
    let is_loop = if tokens[before].is_punct(b')') {
        let start = unit.lexed.open_of(before, 0)?;
        let word = start.checked_sub(1)?;
        tokens[word].kind == TokenKind::Identifier
            && (unit.is_word(word, "for") || unit.is_word(word, "while"))
    } else {
        unit.is_word(before, "do")
    };
    is_loop.then_some(())?;
    Some(open..unit.lexed.close_of(open, tokens.len())?)
}
