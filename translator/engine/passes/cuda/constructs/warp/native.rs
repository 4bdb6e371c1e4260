//! Where a warp becomes the whole wave: constants that mean the width of a warp, and the shuffles that hang on them.
//!
//! It refuses what counts lanes in any other way: numbers, masks and stored ballots are found and left to a person.

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

/// How many tokens before a call the head of its loop is looked for.
const NEAR: usize = 400;

/// Whether `word` is a name for the width of a warp.
pub(crate) fn is_width(pass: &Pass, word: &[u8]) -> bool {
    let watching = pass.context.rules.watching(word);
    word == b"warpSize" || watching.is_some_and(|rule| rule.name == rule::WARP_SIZE_LITERAL)
}

/// Makes a finding about a constant at the tokens `place` one that replaces it by the constant of the target, where all
/// GPUs of the target have waves of 64 lanes: host code knows no other width. Where the file counts on 32 by numbers, as
/// `mixed` says, it stays.
pub(crate) fn widened(pass: &Pass, finding: Finding, place: usize, name: &str, mixed: bool) -> Finding {
    let unit = pass.unit;
    if pass.context.target.wave() != Some(64) || mixed || is_tested(unit, name) {
        return finding.at(Level::Manual);
    }
    let fix = Fix::One(Edit::replace(unit.tokens()[place].span(), WAVE_SIZE));
    let assumption = format!("all that counts lanes comes from `{name}`, and the program runs on gfx9 alone");
    finding.at(Level::Review).with(fix).advising("").assuming(assumption)
}

/// Whether a directive asks for the value of the macro `name`.
fn is_tested(unit: &Unit, name: &str) -> bool {
    let asks = |kind| matches!(kind, DirectiveKind::If | DirectiveKind::Elif);
    unit.lexed.directives.iter().filter(|directive| asks(directive.kind)).any(|directive| {
        let mut tokens = directive.tokens.clone();
        tokens.any(|at| unit.is_word(at, name))
    })
}

/// Drops the mask of the shuffle at token `index` if it is all lanes and the distance hangs on the width of a warp;
/// `false` where nothing shows that, or where the constant for it stays 32 because the code is `mixed`.
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
        hangs_on_width(unit, index, lane.clone(), &is_wide_word)
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

/// Whether the distance in `lane` is the variable of a loop whose head names the width of a warp.
fn hangs_on_width(unit: &Unit, index: usize, lane: Range<usize>, is_width: &dyn Fn(&[u8]) -> bool) -> bool {
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
