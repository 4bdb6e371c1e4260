//! The labels `case VALUE:` of values that HIP lacks. HIP never returns such a value, so only CUDA compiles them.

use std::ops::Range;

use tranship_rules::rule;

use super::uses::Hit;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::pass::cuda_only::{guards, lines};
use crate::text::Span;

/// Longer code behind a label stays.
const LONGEST: usize = 64;

/// A label of a value that HIP lacks.
pub(super) struct Label {
    span: Span,
    /// Its lines, with the code behind it if no other label needs that code.
    lines: (u32, u32),
}

/// The label whose value is `hit`, if it can be left out.
pub(super) fn label(unit: &Unit, hit: &Hit) -> Option<Label> {
    let tokens = unit.tokens();
    let case = hit.tokens.start.checked_sub(1)?;
    let colon = hit.tokens.end;
    let is_label = unit.is_word(case, "case")
        && !tokens[case].is(Token::DIRECTIVE)
        && tokens.get(colon).is_some_and(|token| token.is_punct(b':') && !token.is_double(b':'));
    if !is_label {
        return None;
    }
    let alone = case..colon + 1;
    let whole = || Some(case..end_of_code(unit, colon + 1)?).filter(|_| nothing_falls_in(unit, case));
    let lines = whole().and_then(|whole| lines(unit, whole)).or_else(|| lines(unit, alone));
    Some(Label { span: unit.span_of(hit.tokens.clone()), lines: lines? })
}

/// Reports the labels of a file, which are sorted.
pub(super) fn report(pass: &mut Pass, labels: &[Label]) {
    let Some((first, rule)) = labels.first().zip(pass.context.rules.named(rule::CASE_OF_MISSING_VALUE))
    else {
        return;
    };
    let lines: Vec<_> = labels.iter().map(|label| label.lines).collect();
    let mut finding = Finding::of(rule, first.span).with(Fix::Many(guards(pass.unit, &lines)));
    finding.also = labels[1..].iter().map(|label| label.span).collect();
    pass.report(finding);
}

/// The end of the code behind a label, which begins at token `start`: the next label or the end of the block.
fn end_of_code(unit: &Unit, start: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut at = start;
    while at < tokens.len() && at - start < LONGEST {
        let token = &tokens[at];
        if token.is(Token::DIRECTIVE) || unit.is_word(at, "goto") {
            return None;
        }
        if token.is_punct(b'}') || unit.is_word(at, "case") || unit.is_word(at, "default") {
            return (at > start).then_some(at);
        }
        at = match token.byte {
            b'(' | b'[' | b'{' if token.kind == TokenKind::Punct => {
                unit.lexed.close_of(at, tokens.len())? + 1
            }
            _ => at + 1,
        };
    }
    None
}

/// Whether no code reaches the label at token `case` from above: it is the first one, or a jump is before it.
fn nothing_falls_in(unit: &Unit, case: usize) -> bool {
    let tokens = unit.tokens();
    let Some(before) = case.checked_sub(1) else { return false };
    let ends = |at: usize| {
        matches!(tokens[at].byte, b';' | b'{' | b'}' | b':') && tokens[at].kind == TokenKind::Punct
    };
    let statement = |end: usize| -> Range<usize> {
        let first = (end.saturating_sub(LONGEST)..end).rev().find(|&at| ends(at)).map_or(end, |at| at + 1);
        first..end
    };
    let jumps =
        |at: usize| ["return", "break", "continue", "throw"].iter().any(|word| unit.is_word(at, word));
    tokens[before].is_punct(b'{') || (tokens[before].is_punct(b';') && jumps(statement(before).start))
}
