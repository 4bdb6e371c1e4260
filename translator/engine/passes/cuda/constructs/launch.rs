//! Launches and bounds that mean something else in HIP: launches from device code, bounds with a second argument, and
//! dimensions that do not convert.

use std::ops::Range;

use rustc_hash::FxHashSet;
use tranship_rules::{Rule, rule};

use super::contracts;
use crate::cpp::call_site as site;
use crate::cpp::declared::declared;
use crate::cpp::functions::Space;
use crate::cpp::launches::Launch;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Piece, Span};

/// SIMD units that the waves of a block share: those of a compute unit on gfx9, and of a work-group processor on newer
/// GPUs (LLVM `AMDGPUBaseInfo.cpp`, `getEUsPerCU`).
const EUS_PER_CU: u32 = 4;
/// Lanes of a wave on gfx9.
const WIDE_WAVE: u32 = 64;

/// Checks `__maxnreg__`, which is removed with its argument and the white space behind it.
pub(crate) fn register_limit(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let finding = Finding::of(rule, tokens[index].span());
    let close = site::call_open(unit, index).and_then(|open| unit.lexed.close_of(open, tokens.len()));
    let Some(close) = close.filter(|_| !tokens[index].is(Token::DIRECTIVE)) else {
        return pass.report(finding.saying("HIP has no `__maxnreg__`"));
    };
    let end = tokens[close].end as usize;
    let blank = unit.source.bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let edit = Edit::remove(Span::new(tokens[index].start, (end + blank) as u32));
    pass.report(finding.with(Fix::One(edit)));
}

/// Checks `__launch_bounds__`. The first argument has the same meaning, the second has another one, and HIP does not
/// parse a third.
pub(crate) fn bounds(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    let span = unit.tokens()[index].span();
    if template_comma(pass, index, &arguments) {
        return;
    }
    let [threads, blocks, clusters @ ..] = arguments.as_slice() else { return };
    let has_name = |word: &[u8]| unit.tokens()[blocks.clone()].iter().any(|token| unit.text(token) == word);
    let is_right = has_name(WAVES.as_bytes()) || {
        let number = |tokens: &Range<usize>| {
            contracts::number(pass, tokens.clone()).and_then(|number| u32::try_from(number).ok())
        };
        let (threads, blocks) = (number(threads), number(blocks));
        let same = |(threads, blocks)| {
            pass.context.target.wave().is_some_and(|wave| waves_per_eu(threads, blocks, wave) == blocks)
        };
        // Every kernel has at least one wave, as every kernel has at least one block in CUDA.
        matches!(blocks, Some(0 | 1)) || threads.zip(blocks).is_some_and(same)
    };
    let first = unit.span_of(threads.clone());
    let second = unit.span_of(blocks.clone());
    let before = Span::new(first.start, second.start);
    let waves = || {
        vec![
            Piece::Span(before),
            Piece::Text(format!("tranship::{WAVES}(").into()),
            Piece::Span(first),
            Piece::Text(", ".into()),
            Piece::Span(second),
            Piece::Text(")".into()),
        ]
    };
    match clusters {
        [] if is_right => {}
        [] => {
            let edit = Edit::pieces(Span::new(first.start, second.end), waves());
            pass.report(Finding::of(rule, span).with(Fix::One(edit)));
        }
        [cluster] => {
            let end = unit.span_of(cluster.clone()).end;
            let edit = if is_right {
                Edit::remove(Span::new(second.end, end))
            } else {
                Edit::pieces(Span::new(first.start, end), waves())
            };
            let what = "`__launch_bounds__` has a third argument, which HIP does not parse";
            let finding = Finding::of(rule, span).saying(what).with(Fix::One(edit));
            pass.report(finding.assuming("the kernel is not launched in clusters"));
        }
        _ => {}
    }
}

/// The function of the support header that computes the second argument of HIP's `__launch_bounds__`.
const WAVES: &str = "waves_per_eu";

/// Reports and wraps arguments with a comma between angle brackets. `__launch_bounds__` is a macro in HIP, and the
/// comma would end its argument.
fn template_comma(pass: &mut Pass, index: usize, arguments: &[Range<usize>]) -> bool {
    let unit = pass.unit;
    let has_comma = |argument: &Range<usize>| {
        let mut depth = 0;
        unit.tokens()[argument.clone()].iter().any(|token| {
            depth += i32::from(token.is_punct(b'(')) - i32::from(token.is_punct(b')'));
            depth == 0 && token.is_punct(b',')
        })
    };
    let split: Vec<Edit> = arguments
        .iter()
        .filter(|argument| has_comma(argument))
        .map(|argument| Edit::wrap(unit.span_of(argument.clone()), "(", ")"))
        .collect();
    if split.is_empty() {
        return false;
    }
    pass.report_fix(rule::LAUNCH_BOUNDS_COMMA, unit.tokens()[index].span(), Fix::Many(split));
    arguments.len() == 1
}

/// Reports launches of kernels that rely on warps, if 32 is part of the computed grid or block. `functions` contains
/// the tokens of the names of such kernels.
pub(crate) fn of_warps(pass: &mut Pass, functions: &FxHashSet<usize>) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let kernels: FxHashSet<&[u8]> = functions.iter().map(|&name| unit.text(&tokens[name])).collect();
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for launch in unit.launches() {
        let mut callee = launch.callee.clone();
        let Some(kernel) = callee.find(|&at| kernels.contains(unit.text(&tokens[at]))) else { continue };
        let sizes = launch.config.iter().take(2).flat_map(Clone::clone);
        let place = sizes.into_iter().find_map(|at| width_in(unit, at, launch.open.start));
        if let Some(place) = place.filter(|place| seen.insert(*place)) {
            let kernel = unit.slice(tokens[kernel].span());
            let what =
                format!("the launch of `{kernel}` is computed with 32, and the kernel relies on warps");
            found.push((tokens[place].span(), what));
        }
    }
    for (span, what) in found {
        pass.report_saying(rule::LAUNCH_WIDTH, span, what);
    }
}

/// The token of a 32 at `at` in a launch configuration, or in the value of the variable there.
fn width_in(unit: &Unit, at: usize, launch: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let is_32 = |at: usize| tokens[at].kind == TokenKind::Number && unit.text(&tokens[at]) == b"32";
    if tokens[at].kind != TokenKind::Identifier {
        return is_32(at).then_some(at);
    }
    let function = unit.function_at(tokens[at].start)?;
    let begins = |&at: &usize| {
        let is = |byte| tokens.get(at + 1).is_some_and(|t| t.is_punct(byte));
        let follows_type = tokens[at - 1].kind == TokenKind::Identifier;
        is(b'=') || (follows_type && (is(b'(') || is(b'{')))
    };
    let places = unit.places(unit.text(&tokens[at]), function.body.start + 1..launch);
    let given = places.iter().rev().take(MOST_USES).map(|&at| at as usize).find(begins)?;
    let end = (given..launch).find(|&at| tokens[at].is_punct(b';'))?;
    (given + 1..end).find(|&at| is_32(at))
}

/// How many uses of a variable are searched for its value.
const MOST_USES: usize = 256;

/// The waves per SIMD unit that keep `blocks` blocks of `threads` threads on one compute unit, as the function `WAVES` of
/// the support header computes them. A SIMD unit holds 8 waves of 64 lanes, or 16 of 32 (LLVM `AMDGPUBaseInfo.cpp`,
/// `getMaxWavesPerEU`: gfx90a and later; older GPUs hold more).
fn waves_per_eu(threads: u32, blocks: u32, wave: u32) -> u32 {
    let waves = blocks.saturating_mul(threads.div_ceil(wave));
    let most = if wave == WIDE_WAVE { 8 } else { 16 };
    waves.div_ceil(EUS_PER_CU).clamp(1, most)
}

/// Checks every launch of the file.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    for launch in unit.launches() {
        let token = &unit.tokens()[launch.open.start];
        let in_device = unit
            .function_at(token.start)
            .is_some_and(|f| f.space != Space::Host && f.body.contains(&launch.open.start));
        if in_device && !token.is(Token::DIRECTIVE) {
            let span = unit.span_of(launch.callee.start.min(launch.open.start)..launch.close.end);
            pass.report_rule(rule::DYNAMIC_PARALLELISM, span);
        }
        dimensions(pass, launch);
        contracts::launch(pass, launch);
    }
}

/// Checks the grid and block of a launch.
fn dimensions(pass: &mut Pass, launch: &Launch) {
    let unit = pass.unit;
    for dimension in launch.config.iter().take(2) {
        match &unit.tokens()[dimension.clone()] {
            [brace, ..] if brace.is_punct(b'{') => {
                let edit = Edit::insert(brace.start, "dim3");
                pass.report_fix(rule::BRACED_LAUNCH_DIMS, unit.span_of(dimension.clone()), Fix::One(edit));
            }
            [name] if name.kind == TokenKind::Identifier && is_uint3(unit, name) => {
                let shown = unit.slice(name.span()).into_owned();
                let edit = Edit::replace(name.span(), format!("dim3({shown}.x, {shown}.y, {shown}.z)"));
                let what = format!("the launch dimension `{shown}` is a `uint3`");
                let finding = pass.finding(rule::UINT3_LAUNCH_DIMS, name.span());
                pass.report_all(finding.map(|finding| finding.saying(what).with(Fix::One(edit))));
            }
            [.., access, member]
                if access.kind == TokenKind::Punct && is_uint3_member(unit, dimension, member) =>
            {
                let span = unit.span_of(dimension.clone());
                let shown = unit.slice(span).into_owned();
                let edit = Edit::replace(span, format!("dim3({shown}.x, {shown}.y, {shown}.z)"));
                let what = format!("the launch dimension `{shown}` is a `uint3`");
                let finding = pass.finding(rule::UINT3_LAUNCH_DIMS, span);
                pass.report_all(finding.map(|finding| finding.saying(what).with(Fix::One(edit))));
            }
            [first, ..] if matches!(unit.text(first), b"make_uint3" | b"uint3") => {
                let edit = Edit::replace(first.span(), "dim3");
                pass.report_fix(rule::UINT3_LAUNCH_DIMS, unit.span_of(dimension.clone()), Fix::One(edit));
            }
            _ => {}
        }
    }
}

/// Whether the dimension is a member such as `plan.grid`, and all variables of the file with its name are `uint3`.
fn is_uint3_member(unit: &Unit, dimension: &Range<usize>, member: &Token) -> bool {
    let tokens = unit.tokens();
    let is_path = |t: &Token| t.kind == TokenKind::Identifier || matches!(t.byte, b'.' | b'-' | b'>');
    let types = unit.types_of(unit.text(member));
    tokens[dimension.clone()].iter().all(is_path)
        && unit.is_member(dimension.end - 1)
        && !types.is_empty()
        && types.into_iter().all(|mut kind| kind.any(|at| unit.is_word(at, "uint3")))
}

/// Whether the surrounding function declares this variable or parameter as `uint3`.
fn is_uint3(unit: &Unit, name: &Token) -> bool {
    let Some(function) = unit.function_at(name.start) else { return false };
    let tokens = unit.tokens();
    let at = tokens.partition_point(|token| token.start < name.start);
    declared(unit, function, unit.text(name), at)
        .is_some_and(|declared| tokens[declared].iter().any(|t| unit.text(t) == b"uint3"))
}

#[cfg(test)]
mod tests {
    use super::waves_per_eu;

    #[test]
    fn blocks_become_waves() {
        assert_eq!(waves_per_eu(256, 2, 64), 2);
        assert_eq!(waves_per_eu(1024, 1, 64), 4);
        assert_eq!(waves_per_eu(32, 1, 64), 1);
        assert_eq!(waves_per_eu(1024, 4, 64), 8);
        assert_eq!(waves_per_eu(256, 4, 64), 4);
        assert_eq!(waves_per_eu(128, 8, 64), 4);
        assert_eq!(waves_per_eu(128, 8, 32), 8);
        assert_eq!(waves_per_eu(1024, 4, 32), 16);
    }
}
