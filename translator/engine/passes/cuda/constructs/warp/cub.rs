//! CUB's classes for warps and its loads and stores through warps, with `--warp logical32`.
//!
//! Their default width is the width of the wave in hipCUB. It changes only names that are CUB's: names with its namespace,
//! or names that a `using` of the file brings in.

use std::ops::Range;

use tranship_rules::{Level, Rule, rule};

use crate::cpp::call_site as site;
use crate::cpp::constants::evaluate;
use crate::cpp::keywords::{is_class_key, is_no_scope};
use crate::cpp::launches::split_arguments;
use crate::cpp::{TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::index::lanes::width_place;
use crate::pass::{Pass, Warp};
use crate::text::Edit;

/// Lanes of a wave on gfx9, which rocPRIM's blocks must be a multiple of.
const WAVE: i64 = 64;

/// More `using` of a file are not looked at.
const MOST_USINGS: usize = 256;

/// Gives the warp class of CUB at token `index` the width 32.
pub(crate) fn class(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(start) = name_of_cub(pass, index) else { return };
    let tokens = unit.tokens();
    let end = site::end_of_part(unit, index);
    let open = index + 1;
    let close = tokens.get(open).filter(|t| t.is_punct(b'<')).and_then(|_| unit.lexed.angle_close(open, end));
    let Some(close) = close else { return without_arguments(pass, start, index) };
    let arguments = split_arguments(&unit.lexed, open + 1..close);
    let width = width_place(unit.text(&tokens[index]));
    let is_pack = |part: &Range<usize>| tokens[part.clone()].last().is_some_and(|t| t.is_punct(b'.'));
    if arguments.len() <= width && arguments.iter().any(is_pack) {
        let what = format!(
            "`{}` gets a pack of arguments, which may lack the width",
            site::shown(unit, start..index + 1)
        );
        return mixed(pass, start, index, what);
    }
    let missing = match width.checked_sub(arguments.len()) {
        _ if arguments.len() > width || arguments.is_empty() => return,
        Some(0) => ", 32".to_owned(),
        // Only the algorithm of a load or store has a default before the width.
        Some(1) if width == 3 => {
            let kind = if unit.is_word(index, "WarpLoad") { "LOAD" } else { "STORE" };
            format!(", hipcub::WARP_{kind}_DIRECT, 32")
        }
        _ => return,
    };
    let edit = Edit::insert(tokens[close - 1].end, missing);
    let span = unit.span_of(start..close + 1);
    pass.report(Finding::of(rule, span).at(Level::Safe).with(Fix::One(edit)));
}

/// Reports a warp class that is used as a template, so that other code gives its arguments.
fn without_arguments(pass: &mut Pass, start: usize, index: usize) {
    let unit = pass.unit;
    let next = unit.tokens().get(index + 1);
    let is_argument = next.is_some_and(|t| t.is_punct(b',') || t.is_punct(b'>'));
    if start < index && is_argument {
        let name = site::shown(unit, start..index + 1);
        mixed(pass, start, index, format!("`{name}` is used as a template, with the width of the wave"));
    }
}

fn mixed(pass: &mut Pass, start: usize, index: usize, what: String) {
    // Without code for 32 lanes, HIP code may count on the width of the wave.
    if !keeps_32_lanes(pass) {
        return;
    }
    let span = pass.unit.span_of(start..index + 1);
    let todo = "give it the width 32, as in `hipcub::WarpReduce<T, 32>`";
    let finding = pass.finding(rule::MIXED_WIDTH, span);
    pass.report_all(finding.map(|finding| finding.at(Level::Manual).saying(what).advising(todo)));
}

/// Replaces an algorithm that loads or stores a block through warps, unless the block is a multiple of the wave.
pub(crate) fn transpose(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    if pass.context.target.wave() == Some(32) || name_of_cub(pass, index).is_none() {
        return;
    }
    let token = &unit.tokens()[index];
    let threads = block_threads(pass, index);
    if threads.is_some_and(|threads| threads % WAVE == 0) {
        return;
    }
    let kind = if unit.text(token).starts_with(b"BLOCK_LOAD") { "LOAD" } else { "STORE" };
    let edit = Edit::replace(token.span(), format!("BLOCK_{kind}_TRANSPOSE"));
    let finding = Finding::of(rule, token.span()).with(Fix::One(edit));
    let finding = match threads {
        None => finding,
        Some(threads) => {
            let what = format!(
                "a block of {threads} threads loads or stores through warps, and is no multiple of the wave"
            );
            finding.at(Level::Safe).saying(what).assuming("")
        }
    };
    pass.report(finding);
}

/// The number of threads of the `BlockLoad` or `BlockStore` with the argument at token `index`, if it is a constant.
fn block_threads(pass: &Pass, index: usize) -> Option<i64> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let end = site::end_of_part(unit, index);
    let start = unit.lexed.statement_start(index);
    let is_class =
        |open: usize| open > 0 && matches!(unit.text(&tokens[open - 1]), b"BlockLoad" | b"BlockStore");
    let open = (start..index).rev().find(|&at| tokens[at].is_punct(b'<') && is_class(at))?;
    let close = unit.lexed.angle_close(open, end).filter(|&close| close > index)?;
    let arguments = split_arguments(&unit.lexed, open + 1..close);
    // The sizes in y and z are behind the algorithm.
    let sizes = [1, 4, 5].into_iter().filter_map(|place| arguments.get(place));
    sizes.into_iter().try_fold(1_i64, |all, size| {
        let value = evaluate(unit, size.clone(), &|word: &[u8]| pass.constant(word))?.value()?;
        all.checked_mul(value)
    })
}

/// Where the qualified name that ends at token `index` begins, if it is a name of CUB.
pub(super) fn name_of_cub(pass: &Pass, index: usize) -> Option<usize> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !site::is_free(unit, index)
        || index.checked_sub(1).is_some_and(|at| is_class_key(unit.text(&tokens[at])))
    {
        return None;
    }
    let is_scope = |at: usize| tokens[at].is_double(b':');
    let Some(scope) = index.checked_sub(2).filter(|_| is_scope(index - 1)) else {
        let is_cub = brings_in(unit, unit.text(&tokens[index])) && !unit.is_shadowed(index);
        return (is_cub && !pass.is_own_function(index)).then_some(index);
    };
    let is_outer = |at: usize| {
        let word = unit.text(&tokens[at]);
        tokens[at].kind == TokenKind::Identifier && !is_no_scope(word)
    };
    let leading = scope.checked_sub(1).filter(|&at| is_scope(at));
    let is_nested = leading.is_some_and(|at| at.checked_sub(1).is_some_and(is_outer));
    let is_own = || pass.context.index.is_own_namespace(b"cub", unit, scope);
    (is_cub(unit, unit.text(&tokens[scope])) && !is_nested && !is_own()).then_some(leading.unwrap_or(scope))
}

/// Whether `word` is the namespace of CUB, or an alias for it in this file.
fn is_cub(unit: &Unit, word: &[u8]) -> bool {
    let is_alias = |target: &String| target.trim_start_matches("::") == "cub";
    word == b"cub"
        || (word == b"hipcub" && unit.is_hip())
        || unit.namespace_aliases().get(word).is_some_and(is_alias)
}

/// Whether `using namespace cub` or `using cub::word` is in the file.
fn brings_in(unit: &Unit, word: &[u8]) -> bool {
    let tokens = unit.tokens();
    unit.places(b"using", 0..tokens.len()).iter().take(MOST_USINGS).map(|&at| at as usize).any(|at| {
        let mut next = at + 1;
        let is_directive = unit.is_word(next, "namespace");
        next += usize::from(is_directive);
        next += usize::from(tokens.get(next).is_some_and(|t| t.is_double(b':')));
        let Some(scope) = tokens.get(next).filter(|t| is_cub(unit, unit.text(t))) else { return false };
        let names = || tokens.get(next + 2).is_some_and(|t| unit.text(t) == word);
        scope.kind == TokenKind::Identifier
            && if is_directive { tokens.get(next + 1).is_some_and(|t| t.is_punct(b';')) } else { names() }
    })
}

/// Whether `--warp` keeps warps of 32 lanes. In code that is HIP already, other code of the project for 32 lanes has to show it.
pub(super) fn keeps_32_lanes(pass: &Pass) -> bool {
    let is_shown = || !pass.context.index.warp_code().is_empty();
    pass.context.warp == Warp::Logical32 && (!pass.unit.is_hip() || is_shown())
}
