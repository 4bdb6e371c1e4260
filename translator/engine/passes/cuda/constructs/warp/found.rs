//! Warp functions: masks, votes and ballots that count on 32 lanes.
//!
//! It refuses to follow masks beyond the file: what a literal or a constant of this file does not settle is reported
//! as computed.

use std::ops::Range;

use tranship_rules::{Release, Rule, rule};

use super::{ballots, native, width};
use crate::cpp::call_site as site;
use crate::cpp::{Directive, DirectiveKind, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;

/// The first release whose headers have the functions with a mask, behind a macro (HIP changelog, ROCm 6.2).
const WITH_MACRO: Release = Release::new(6, 2);
/// The first release that has them without one (HIP changelog, ROCm 7.0; header of 7.1).
const BY_DEFAULT: Release = Release::new(7, 0);

/// Looks at a shuffle with a mask: a literal full mask is one rule, any other mask another.
pub(crate) fn shuffle(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let name = unit.slice(token.span());
    let Some(mask) =
        site::arguments(unit, index).and_then(|list| list.first().cloned()).filter(|m| !m.is_empty())
    else {
        let what = format!("`{name}` is used without a call that shows its mask");
        let what = what + release(pass, BY_DEFAULT);
        pass.report(Finding::of(rule, token.span()).saying(what));
        return;
    };
    let shown = site::shown(unit, mask.clone());
    if is_full_mask(unit, mask, 3) {
        let what = format!("`{name}` is called with the full mask `{shown}` of 32 lanes");
        let Some(rule) = pass.context.rules.named(rule::SHUFFLE_FULL_MASK) else { return };
        if !native::shuffle(pass, index, rule, width::counts_on_32(pass)) {
            let what = what + release(pass, BY_DEFAULT);
            pass.report(Finding::of(rule, token.span()).saying(what));
        }
        return;
    }
    let what = format!("the mask of `{name}` is computed: `{shown}`");
    let what = what + release(pass, BY_DEFAULT);
    pass.report(Finding::of(rule, token.span()).saying(what));
}

/// Looks at a vote with a mask, and at what becomes of a ballot.
pub(crate) fn vote(pass: &mut Pass, index: usize, rule: &'static Rule) {
    function(pass, index, rule);
    if pass.unit.is_word(index, "__ballot_sync") {
        ballots::check(pass, index);
    }
}

/// Looks at what becomes of a ballot.
pub(crate) fn ballot(pass: &mut Pass, index: usize, _rule: &'static Rule) {
    ballots::check(pass, index);
}

/// Reports a use of a function with a mask that the headers have since ROCm 6.2, behind a macro.
pub(crate) fn function(pass: &mut Pass, index: usize, rule: &'static Rule) {
    by_release(pass, index, rule, WITH_MACRO);
}

/// Reports a use of a reduction with a mask, which the headers have since ROCm 7.0.
pub(crate) fn reduction(pass: &mut Pass, index: usize, rule: &'static Rule) {
    by_release(pass, index, rule, BY_DEFAULT);
}

/// Reports a use, with what the target release lacks; `first` is the first release with the function.
fn by_release(pass: &mut Pass, index: usize, rule: &'static Rule, first: Release) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let rocm = pass.context.target.rocm;
    let absent = if rocm < first {
        format!(", which ROCm {rocm} does not have")
    } else if rocm < BY_DEFAULT {
        format!(", which ROCm {rocm} declares only under `HIP_ENABLE_WARP_SYNC_BUILTINS`")
    } else {
        String::new()
    };
    let what = format!("`{}`{absent}: {}", unit.slice(token.span()), rule.what);
    pass.report(Finding::of(rule, token.span()).saying(what));
}

/// Looks at `__syncwarp`: absent before ROCm 7.0, and with a mask of 32 bits it does not compile after.
pub(crate) fn syncwarp(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let token = &unit.tokens()[index];
    let rocm = pass.context.target.rocm;
    if rocm < BY_DEFAULT {
        let what = format!("ROCm {rocm} has no `__syncwarp`");
        pass.report(Finding::of(rule, token.span()).saying(what));
        return;
    }
    let Some(mask) = site::arguments(unit, index).and_then(|list| list.first().cloned()) else { return };
    let what = format!("`__syncwarp` gets the mask `{}` of 32 lanes", site::shown(unit, mask));
    let todo =
        "write `__syncwarp()` where all lanes of the wave arrive, else a 64-bit mask of the lanes that do";
    pass.report(Finding::of(rule, token.span()).saying(what).advising(todo));
}

fn release(pass: &Pass, by_default: Release) -> &'static str {
    let rocm = pass.context.target.rocm;
    if rocm < WITH_MACRO {
        "; the target release has no shuffle with a mask"
    } else if rocm < by_default {
        "; the target release declares it only under `HIP_ENABLE_WARP_SYNC_BUILTINS`"
    } else {
        ""
    }
}

/// Whether these tokens are all 32 (or 64) lanes: a literal, its complement, or a constant of this file or of a
/// telling name. `depth` bounds how many constants are followed.
fn is_full_mask(unit: &Unit, tokens: Range<usize>, depth: u32) -> bool {
    let all = unit.tokens();
    let inner = strip(unit, tokens);
    let part = &all[inner.clone()];
    match part {
        [one] if one.kind == TokenKind::Number => is_all_ones(unit.text(one)),
        [sign, one] if one.kind == TokenKind::Number => {
            let digits = digits(unit.text(one));
            (sign.is_punct(b'~') && digits == "0") || (sign.is_punct(b'-') && digits == "1")
        }
        [name] if name.kind == TokenKind::Identifier => {
            let word = unit.text(name);
            is_full_name(word)
                || (depth > 0
                    && constant_of(unit, word).is_some_and(|value| is_full_mask(unit, value, depth - 1)))
        }
        _ => false,
    }
}

/// Without parentheses and casts around the whole.
fn strip(unit: &Unit, mut tokens: Range<usize>) -> Range<usize> {
    let all = unit.tokens();
    while tokens.len() > 2 && all[tokens.start].is_punct(b'(') {
        match unit.lexed.close_of(tokens.start, tokens.end) {
            Some(close) if close + 1 == tokens.end => tokens = tokens.start + 1..close,
            Some(close) if all[tokens.start + 1..close].iter().all(|t| t.kind == TokenKind::Identifier) => {
                tokens.start = close + 1;
            }
            _ => break,
        }
    }
    tokens
}

fn digits(number: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(number).to_ascii_lowercase().replace('\'', "");
    text.trim_end_matches(['u', 'l']).to_owned()
}

fn is_all_ones(number: &[u8]) -> bool {
    matches!(digits(number).as_str(), "0xffffffff" | "0xffffffffffffffff" | "4294967295")
}

/// Names that say that they are all lanes, wherever they are defined.
fn is_full_name(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase().replace('_', "");
    matches!(
        word.as_str(),
        "fullmask"
            | "kfullmask"
            | "fullwarpmask"
            | "kfullwarpmask"
            | "warpfullmask"
            | "cudafullmask"
            | "uintmax"
            | "uint32max"
    )
}

/// A name is looked for among this many of its uses: a constant is defined before most of them.
const MOST_USES: usize = 1024;

/// The value of a macro or initialised constant of this file.
fn constant_of(unit: &Unit, word: &[u8]) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let places =
        || unit.places(word, 1..tokens.len().saturating_sub(2)).iter().map(|&at| at as usize).take(MOST_USES);
    let define = places().find_map(|at| {
        let is_name = |d: &&Directive| d.kind == DirectiveKind::Define && d.tokens.start == at;
        unit.directive_of(at).filter(is_name)
    });
    if let Some(define) = define {
        return Some(define.tokens.start + 1..define.tokens.end);
    }
    let at = places().find(|&at| {
        tokens[at + 1].is_punct(b'=')
            && !tokens[at + 2].is_punct(b'=')
            && tokens[at - 1].kind == TokenKind::Identifier
    })?;
    let end = (at..tokens.len())
        .take(MOST_USES)
        .find(|&end| tokens[end].is_punct(b';') || tokens[end].is_punct(b','))?;
    let is_constant = tokens[unit.lexed.statement_start(at)..at]
        .iter()
        .any(|t| matches!(unit.text(t), b"const" | b"constexpr"));
    is_constant.then_some(at + 2..end)
}
