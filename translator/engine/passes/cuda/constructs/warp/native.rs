//! `--warp native`, where a warp becomes the whole wave: constants for the width of a warp, and shuffles that depend on
//! these constants.
//!
//! It does not change other counts of lanes. Numbers, masks and stored ballots become findings without a fix.

use std::ops::Range;

use tranship_rules::{Level, Rule, rule};

use super::value;
use crate::cpp::call_site as site;
use crate::cpp::{DirectiveKind, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The constant of the target.
const WAVE_SIZE: &str = "tranship::wave_size";

/// How many tokens before a call are searched for the head of its loop.
const NEAR: usize = 400;

/// Whether `word` is a name for the width of a warp.
pub(crate) fn is_width(pass: &Pass, word: &[u8]) -> bool {
    let watching = pass.context.rules.watching(word);
    word == b"warpSize" || watching.is_some_and(|rule| rule.name == rule::WARP_SIZE_LITERAL)
}

/// Adds a fix to a finding about the constant at token `place`: the target's constant replaces it. All GPUs of the
/// target must have waves of 64 lanes, because host code has only one width. If `mixed` is true, the file relies on 32
/// lanes by numbers, and the constant stays.
pub(crate) fn widened(pass: &Pass, finding: Finding, place: usize, name: &str, mixed: bool) -> Finding {
    let unit = pass.unit;
    if pass.context.target.wave() != Some(64) || mixed || is_tested(unit, name) {
        return finding.at(Level::Manual);
    }
    let fix = Fix::One(Edit::replace(unit.tokens()[place].span(), WAVE_SIZE));
    let assumption =
        format!("every count of lanes is computed from `{name}`, and the program runs only on gfx9");
    finding.at(Level::Review).with(fix).advising("").assuming(assumption)
}

/// Whether a condition of a directive uses the macro `name`.
fn is_tested(unit: &Unit, name: &str) -> bool {
    let is_condition = |kind| matches!(kind, DirectiveKind::If | DirectiveKind::Elif);
    unit.lexed.directives.iter().filter(|directive| is_condition(directive.kind)).any(|directive| {
        let mut tokens = directive.tokens.clone();
        tokens.any(|at| unit.is_word(at, name))
    })
}

/// Removes the mask of the shuffle at token `index` if the mask is all lanes and the distance depends on the width of a
/// warp. Returns `false` if the code does not show that, or if the constant for the width stays 32 because the code is
/// `mixed`.
pub(crate) fn shuffle(pass: &mut Pass, index: usize, rule: &'static Rule, mixed: bool) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(arguments) = site::arguments(unit, index) else { return false };
    let [mask, shuffled, lane, width @ ..] = arguments.as_slice() else { return false };
    let is_wide_word = |word: &[u8]| word == b"warpSize" || (!mixed && is_width(pass, word));
    let is_wide =
        |part: &Range<usize>| matches!(&tokens[part.clone()], [one] if is_wide_word(unit.text(one)));
    let whole = width.first().is_none_or(is_wide);
    let is_full = !mask.is_empty() && pass.mask_origin(index, mask.clone()).is_full();
    let comments = &unit.lexed.comments;
    let dropped = Span::new(tokens[mask.start].start, tokens[shuffled.start].start);
    let next = comments.partition_point(|comment| comment.start < dropped.start);
    let keeps_all = !comments.get(next).is_some_and(|comment| dropped.contains(*comment));
    let hangs = || {
        depends_on_width(unit, index, lane.clone(), &is_wide_word)
            && value::is_number(unit, index, shuffled.clone())
    };
    if !whole || !is_full || !keeps_all || !hangs() {
        return false;
    }
    let name = tokens[index].span();
    let suffix = Span::new(name.end - "_sync".len() as u32, name.end);
    let fix = Fix::Many(vec![Edit::remove(suffix), Edit::remove(dropped)]);
    let finding = Finding::of(rule, name).at(Level::Review).with(fix).advising("");
    pass.report(finding.assuming("all lanes of a wave, 64 on gfx9, reach this call together"));
    true
}

/// Whether the distance in `lane` is the variable of a loop with the width of a warp in its head.
fn depends_on_width(unit: &Unit, index: usize, lane: Range<usize>, is_width: &dyn Fn(&[u8]) -> bool) -> bool {
    let tokens = unit.tokens();
    let [name] = &tokens[lane] else { return false };
    let Some(function) = unit.function_at(tokens[index].start) else { return false };
    let floor = function.body.start.max(index.saturating_sub(NEAR));
    let heads = (floor..index).rev().filter(|&at| unit.is_word(at, "for"));
    let head = heads.filter_map(|at| Some(at + 2..unit.lexed.close_of(at + 1, index)?)).find(|head| {
        let is_name = |at: &usize| unit.text(&tokens[*at]) == unit.text(name);
        head.clone().filter(is_name).any(|at| tokens[at + 1].is_punct(b'='))
    });
    let is_word = |at: &usize| tokens[*at].kind == TokenKind::Identifier;
    head.is_some_and(|mut head| head.any(|at| is_word(&at) && is_width(unit.text(&tokens[at]))))
}
