//! Conditions that test the release of CUDA or of nvcc: HIP compiles what a recent release of CUDA compiles.
//!
//! The comparison stays in the source for CUDA, and gets an alternative for HIP beside it. If the branch for the newer
//! release uses something that HIP lacks, the condition stays and HIP compiles the branch for the older release. Versions of
//! libraries are not answered.

use std::ops::Range;

use tranship_rules::{Level, Release, list, rule};

use super::lacking;
use crate::cpp::conditions::{RECENT_CUDA, release_number};
use crate::cpp::constants::{Constant, evaluate};
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The macro that HIP's compilers define.
const HIP_COMPILER: &str = "__HIPCC__";

/// A condition that is nested deeper is not answered; real code does not nest so deeply.
const MAX_DEPTH: u32 = 64;

/// A part of a condition that only tests versions, as large as possible.
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
struct Leaf {
    tokens: Range<usize>,
    /// Whether it is all that is between two parentheses, or the whole condition.
    is_alone: bool,
    /// Whether the condition negates it.
    is_negated: bool,
    /// The macro that HIP defines where CUDA defines the macros of the part.
    hip: &'static str,
    /// Its truth for the assumed release of CUDA.
    assumed: bool,
    /// Its truth for HIP, which defines none of CUDA's macros.
    undefined: bool,
    /// Whether another operand beside it tests nvcc, so that both would ask for the same macro of HIP.
    is_beside_nvcc: bool,
    /// The bytes to remove instead of an alternative for HIP, because the test of nvcc beside it becomes one of HIP.
    removed: Option<Span>,
}

impl Leaf {
    /// Whether HIP gets another result than from undefined macros.
    fn changes(&self) -> bool {
        self.assumed != self.undefined
    }
}

/// Answers the condition of directive `at`, which has a macro of `list::CUDA_VERSION_MACROS`. Returns the tokens whose macros are
/// part of the answer and keep their names.
pub(super) fn condition(pass: &mut Pass, at: usize) -> Vec<Range<usize>> {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let span = directive.span;
    let Some(Parts { leaves, kept }) = leaves(pass, at) else {
        pass.report_rule(rule::LIBRARY_VERSION_GUARD, span);
        return Vec::new();
    };
    let changed: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.changes()).collect();
    let newer = changed.iter().any(|leaf| leaf.assumed != leaf.is_negated);
    let older = changed.iter().any(|leaf| leaf.assumed == leaf.is_negated);
    if let Some(obstacle) = lacking::in_branches(pass, at, newer, older) {
        let keeps_older = changed.iter().all(|leaf| compares(unit, leaf))
            && lacking::in_branches(pass, at, older, newer).is_none();
        if keeps_older {
            never_compiled(pass, at);
        }
        // Code that is HIP already was written for the branch that HIP compiles.
        if keeps_older && unit.is_hip() {
            return Vec::new();
        }
        let finding = pass.finding(rule::CUDA_VERSION_OLDER, span).map(|finding| {
            let finding = finding.saying(format!("the branch of a recent release of CUDA {obstacle}"));
            if keeps_older { finding } else { finding.at(Level::Manual).assuming("") }
        });
        pass.report_all(finding);
        return Vec::new();
    }
    if changed.is_empty() {
        never_compiled(pass, at);
        if unit.is_hip() {
            return Vec::new();
        }
    }
    // With a macro of nvcc in a part, only the answer for HIP decides which branches HIP never compiles.
    let tests_nvcc = |leaf: &Leaf| leaf.tokens.clone().any(|index| is_nvcc(unit, index));
    let edits: Vec<Edit> = if is_ifdef(directive.kind) {
        changed.iter().flat_map(|leaf| of_ifdef(unit, at, leaf)).collect()
    } else {
        let answered = leaves.iter().filter(|leaf| leaf.changes() || leaf.is_beside_nvcc || tests_nvcc(leaf));
        answered.flat_map(|leaf| with_hip(unit, leaf)).collect()
    };
    // Without CUDA's macros HIP already compiles what a recent release compiles.
    if !edits.is_empty() {
        pass.report_fix(rule::CUDA_VERSION_GUARD, span, Fix::Many(edits));
    }
    leaves.into_iter().map(|leaf| leaf.tokens).chain(kept).collect()
}

/// Notes the branches that HIP never compiles because the condition of directive `at` stays and has a result without CUDA's macros.
fn never_compiled(pass: &mut Pass, at: usize) {
    let unit = pass.unit;
    let tokens = unit.lexed.directives[at].tokens.clone();
    let is_if = !is_ifdef(unit.lexed.directives[at].kind);
    if !is_if || tokens.clone().any(|index| is_nvcc(unit, index)) {
        return;
    }
    let bodies = match truth(pass, tokens, None, 0) {
        Some(is_true) => lacking::branches(unit, at, !is_true, is_true),
        None => None,
    };
    pass.never_compiled(bodies.unwrap_or_default());
}

fn is_ifdef(kind: DirectiveKind) -> bool {
    matches!(
        kind,
        DirectiveKind::Ifdef | DirectiveKind::Ifndef | DirectiveKind::Elifdef | DirectiveKind::Elifndef
    )
}

/// Whether a part of a condition compares a version, and not only asks whether it is defined.
fn compares(unit: &Unit, leaf: &Leaf) -> bool {
    unit.tokens()[leaf.tokens.clone()].iter().any(|token| matches!(token.byte, b'<' | b'>' | b'='))
}

/// The parts of a condition that test a version.
#[derive(Default)]
struct Parts {
    leaves: Vec<Leaf>,
    /// Other operands, whose macros of nvcc keep their names because a part beside them asks for HIP.
    kept: Vec<Range<usize>>,
}

/// The parts of the condition that test a version; `None` if one of them has no answer.
fn leaves(pass: &Pass, at: usize) -> Option<Parts> {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let tokens = directive.tokens.clone();
    let mut found = Parts::default();
    match directive.kind {
        DirectiveKind::Elifdef | DirectiveKind::Elifndef => return None,
        DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
            let name = tokens.start..tokens.start + 1;
            let hip = counterpart(pass, name.clone())?;
            let is_negated = directive.kind == DirectiveKind::Ifndef;
            found.leaves.push(Leaf {
                tokens: name,
                is_alone: true,
                is_negated,
                hip,
                assumed: true,
                undefined: false,
                is_beside_nvcc: false,
                removed: None,
            });
        }
        _ => parts(pass, tokens, &mut found, Around { is_alone: true, is_negated: false, depth: 0 })?,
    }
    Some(found)
}

/// What is around a part of a condition.
#[derive(Copy, Clone)]
struct Around {
    is_alone: bool,
    is_negated: bool,
    depth: u32,
}

/// Adds the parts of `tokens` that test a version to `found`.
fn parts(pass: &Pass, tokens: Range<usize>, found: &mut Parts, around: Around) -> Option<()> {
    let unit = pass.unit;
    if around.depth > MAX_DEPTH || tokens.is_empty() {
        return None;
    }
    if !tokens.clone().any(|index| is_version(unit, index)) {
        return Some(());
    }
    if let Some(leaf) = leaf(pass, tokens.clone(), around) {
        found.leaves.push(leaf);
        return Some(());
    }
    let inside = Around { is_alone: false, depth: around.depth + 1, ..around };
    match shape(unit, tokens) {
        Shape::Any(operands) => chain(pass, &operands, false, found, inside),
        Shape::All(operands) => chain(pass, &operands, true, found, inside),
        Shape::Not(operand) => {
            parts(pass, operand, found, Around { is_negated: !around.is_negated, ..inside })
        }
        Shape::Parentheses(inner) => parts(pass, inner, found, Around { is_alone: true, ..inside }),
        Shape::Other => None,
    }
}

/// Adds the parts of the chain of `operands` to `found`. The operands are joined by `&&` if `is_all`, else by `||`.
fn chain(
    pass: &Pass,
    operands: &[Range<usize>],
    is_all: bool,
    found: &mut Parts,
    around: Around,
) -> Option<()> {
    let unit = pass.unit;
    let first = found.leaves.len();
    // Operands in a row that are one part, if one of them tests a version.
    let mut run: Option<Range<usize>> = None;
    let mut close = |run: Option<Range<usize>>| {
        found.leaves.extend(run.and_then(|tokens| leaf(pass, tokens, around)));
    };
    let mut others = Vec::new();
    for operand in operands {
        let longer = run.as_ref().map_or(operand.start, |run| run.start)..operand.end;
        if is_readable(pass, &longer, around.depth) {
            run = Some(longer);
            continue;
        }
        close(run.take());
        if is_readable(pass, operand, around.depth) {
            run = Some(operand.clone());
        } else {
            others.push(operand.clone());
        }
    }
    close(run);
    for operand in others {
        parts(pass, operand, found, around)?;
    }
    let own: Vec<Range<usize>> = found.leaves[first..].iter().map(|leaf| leaf.tokens.clone()).collect();
    let is_same = |operand: &&Range<usize>| {
        let is_in = own.iter().any(|tokens| tokens.start <= operand.start && operand.end <= tokens.end);
        !is_in && tests_nvcc_alone(unit, (*operand).clone()) == Some(is_all)
    };
    let same: Vec<Range<usize>> = operands.iter().filter(is_same).cloned().collect();
    if same.is_empty() {
        return Some(());
    }
    for leaf in found.leaves[first..].iter_mut().filter(|leaf| leaf.hip == HIP_COMPILER) {
        let Some(at) = operands.iter().position(|operand| operand.start == leaf.tokens.start) else {
            continue;
        };
        if leaf.assumed != is_all {
            leaf.is_beside_nvcc = true;
            found.kept.extend(same.iter().cloned());
        } else if leaf.changes() {
            let span = unit.span_of(leaf.tokens.clone());
            let behind = operands.iter().find(|operand| operand.start >= leaf.tokens.end);
            leaf.removed = match at.checked_sub(1) {
                Some(before) => Some(Span::new(unit.span_of(operands[before].clone()).end, span.end)),
                None => behind.map(|next| Span::new(span.start, unit.span_of(next.clone()).start)),
            };
        }
    }
    Some(())
}

/// Whether all of `tokens` test versions and nvcc.
fn is_readable(pass: &Pass, tokens: &Range<usize>, depth: u32) -> bool {
    let release = pass.context.target.cuda.unwrap_or(RECENT_CUDA);
    truth(pass, tokens.clone(), Some(release), depth).is_some()
        && truth(pass, tokens.clone(), None, depth).is_some()
        && counterpart(pass, tokens.clone()).is_some()
}

/// Whether `tokens` are `defined(NAME)` or `!defined(NAME)` with a macro of nvcc; `false` for the second.
fn tests_nvcc_alone(unit: &Unit, tokens: Range<usize>) -> Option<bool> {
    let is_negated = unit.tokens()[tokens.start].is_punct(b'!');
    let mut names = tokens.clone().filter(|&index| unit.tokens()[index].kind == TokenKind::Identifier);
    let is_defined = names.next().is_some_and(|index| unit.is_word(index, "defined"));
    let is_nvcc = names.next().is_some_and(|index| is_nvcc(unit, index));
    (is_defined && is_nvcc && names.next().is_none()).then_some(!is_negated)
}

/// `tokens` as a part that only tests versions, and perhaps nvcc.
fn leaf(pass: &Pass, tokens: Range<usize>, around: Around) -> Option<Leaf> {
    if !tokens.clone().any(|index| is_version(pass.unit, index)) {
        return None;
    }
    let release = pass.context.target.cuda.unwrap_or(RECENT_CUDA);
    let assumed = truth(pass, tokens.clone(), Some(release), around.depth)?;
    let undefined = truth(pass, tokens.clone(), None, around.depth)?;
    let hip = counterpart(pass, tokens.clone())?;
    let Around { is_alone, is_negated, .. } = around;
    Some(Leaf { tokens, is_alone, is_negated, hip, assumed, undefined, is_beside_nvcc: false, removed: None })
}

/// The outermost operator of a condition.
pub(super) enum Shape {
    Any(Vec<Range<usize>>),
    All(Vec<Range<usize>>),
    Not(Range<usize>),
    Parentheses(Range<usize>),
    Other,
}

/// The outermost operator of the condition `tokens`, with its operands.
pub(super) fn shape(unit: &Unit, tokens: Range<usize>) -> Shape {
    let any = split(unit, tokens.clone(), b'|');
    if any.len() > 1 {
        return Shape::Any(any);
    }
    let all = split(unit, tokens.clone(), b'&');
    if all.len() > 1 {
        return Shape::All(all);
    }
    let Some(first) = unit.tokens().get(tokens.start).filter(|_| !tokens.is_empty()) else {
        return Shape::Other;
    };
    if first.is_punct(b'!') && operator(unit, tokens.clone()).is_none() {
        return Shape::Not(tokens.start + 1..tokens.end);
    }
    let is_closed = || unit.lexed.close_of(tokens.start, tokens.end) == Some(tokens.end - 1);
    if first.is_punct(b'(') && is_closed() {
        return Shape::Parentheses(tokens.start + 1..tokens.end - 1);
    }
    Shape::Other
}

/// `tokens` at each double `byte` outside of parentheses.
fn split(unit: &Unit, tokens: Range<usize>, byte: u8) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let is = |at: usize| at < tokens.end && unit.tokens()[at].is_punct(byte);
    let (mut start, mut at) = (tokens.start, tokens.start);
    while at < tokens.end {
        if unit.tokens()[at].is_punct(b'(') {
            at = unit.lexed.close_of(at, tokens.end).unwrap_or(at);
        } else if is(at) && is(at + 1) {
            parts.push(start..at);
            at += 1;
            start = at + 1;
        }
        at += 1;
    }
    parts.push(start..tokens.end);
    parts
}

/// The place and the length in tokens of the comparison in `tokens`, outside of parentheses.
fn operator(unit: &Unit, tokens: Range<usize>) -> Option<(usize, usize)> {
    let is = |at: usize, byte| at < tokens.end && unit.tokens()[at].is_punct(byte);
    let mut at = tokens.start;
    while at < tokens.end {
        if is(at, b'(') {
            at = unit.lexed.close_of(at, tokens.end)?;
        } else if (is(at, b'=') || is(at, b'!')) && is(at + 1, b'=') {
            return Some((at, 2));
        } else if is(at, b'<') || is(at, b'>') {
            return Some((at, 1 + usize::from(is(at + 1, b'='))));
        }
        at += 1;
    }
    None
}

/// The truth of the condition in `tokens`, with the macros of `release`, or without any. `None` if it depends on other macros.
fn truth(pass: &Pass, tokens: Range<usize>, release: Option<Release>, depth: u32) -> Option<bool> {
    let unit = pass.unit;
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = |tokens| truth(pass, tokens, release, depth + 1);
    match shape(unit, tokens.clone()) {
        Shape::Any(operands) => return any(operands.into_iter().map(inner)),
        Shape::All(operands) => {
            let negated = operands.into_iter().map(|operand| inner(operand).map(|truth| !truth));
            return any(negated).map(|truth| !truth);
        }
        Shape::Not(operand) => return inner(operand).map(|truth| !truth),
        Shape::Parentheses(operand) => return inner(operand),
        Shape::Other => {}
    }
    if !tokens.clone().any(|index| is_version(unit, index) || is_nvcc(unit, index)) {
        return None;
    }
    if unit.is_word(tokens.start, "defined") {
        let is_name = |index: usize| unit.tokens()[index].kind == TokenKind::Identifier;
        let names = tokens.start + 1..tokens.end;
        return (names.filter(|&index| is_name(index)).count() == 1).then_some(release.is_some());
    }
    let resolve = |word: &[u8]| {
        if list::has(list::NVCC_MACROS, word) {
            return Some(Constant::of(u64::from(release.is_some())));
        }
        if list::has(list::CUDA_VERSION_MACROS, word) {
            let number =
                |release| release_number(word, release).map(|number| Constant::of(number.unsigned_abs()));
            return release.map_or(Some(Constant::of(0)), number);
        }
        pass.constant(word)
    };
    let value = |tokens: Range<usize>| evaluate(unit, tokens, &resolve)?.value();
    let Some((at, length)) = operator(unit, tokens.clone()) else {
        return value(tokens).map(|value| value != 0);
    };
    let (left, right) = (value(tokens.start..at)?, value(at + length..tokens.end)?);
    let or_equal = length == 2;
    match unit.tokens()[at].byte {
        b'>' => Some(left > right || (or_equal && left == right)),
        b'<' => Some(left < right || (or_equal && left == right)),
        b'=' => Some(left == right),
        _ => Some(left != right),
    }
}

/// Whether one of `truths` is true; `None` if that depends on one that is unknown.
fn any(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let truths: Vec<_> = truths.collect();
    let is_known = truths.contains(&Some(true)) || !truths.contains(&None);
    is_known.then(|| truths.contains(&Some(true)))
}

/// The macro that HIP defines where CUDA defines the versions in `tokens`: the header of the runtime, or the compiler.
fn counterpart(pass: &Pass, tokens: Range<usize>) -> Option<&'static str> {
    let unit = pass.unit;
    let mut hip = None;
    for index in tokens.filter(|&index| is_version(unit, index) || is_nvcc(unit, index)) {
        let word = unit.text(&unit.tokens()[index]);
        if is_version(unit, index) {
            release_number(word, RECENT_CUDA)?;
        }
        let of_word =
            if word.starts_with(b"__CUDACC") || is_nvcc(unit, index) { HIP_COMPILER } else { "HIP_VERSION" };
        if *hip.get_or_insert(of_word) != of_word {
            return None;
        }
    }
    hip
}

fn is_version(unit: &Unit, index: usize) -> bool {
    list::has(list::CUDA_VERSION_MACROS, unit.text(&unit.tokens()[index]))
}

/// Whether the word is a macro that nvcc defines and that becomes the macro of HIP's compilers.
fn is_nvcc(unit: &Unit, index: usize) -> bool {
    list::has(list::NVCC_MACROS, unit.text(&unit.tokens()[index]))
}

/// The part with an alternative for HIP.
fn with_hip(unit: &Unit, leaf: &Leaf) -> Vec<Edit> {
    if let Some(removed) = leaf.removed {
        return vec![Edit::remove(removed)];
    }
    let span = unit.span_of(leaf.tokens.clone());
    let is_chain = matches!(
        (shape(unit, leaf.tokens.clone()), leaf.assumed),
        (Shape::Any(_), false) | (Shape::All(_), true)
    );
    let hip = leaf.hip;
    let alternative =
        if leaf.assumed { format!(" || defined({hip})") } else { format!(" && !defined({hip})") };
    let count = usize::from(is_chain) + usize::from(!leaf.is_alone);
    let open = "(".repeat(count);
    let behind =
        format!("{}{alternative}{}", if is_chain { ")" } else { "" }, if leaf.is_alone { "" } else { ")" });
    let before = (count > 0).then(|| Edit::insert(span.start, open));
    before.into_iter().chain([Edit::insert(span.end, behind)]).collect()
}

/// `#ifdef NAME` as `#if defined(NAME) || defined(HIP)`.
fn of_ifdef(unit: &Unit, at: usize, leaf: &Leaf) -> Vec<Edit> {
    let directive = &unit.lexed.directives[at];
    let name: &Token = &unit.tokens()[leaf.tokens.start];
    let head = Span::new(directive.span.start, name.start);
    let text = unit.slice(head);
    let Some(keyword) = text.rfind("if") else { return Vec::new() };
    let keyword = Span::new(head.start + keyword as u32, head.start + text.trim_end().len() as u32);
    let name = unit.slice(name.span());
    let condition = if leaf.is_negated {
        format!("!defined({name}) && !defined({})", leaf.hip)
    } else {
        format!("defined({name}) || defined({})", leaf.hip)
    };
    let name_span = unit.tokens()[leaf.tokens.start].span();
    vec![Edit::replace(keyword, "if"), Edit::replace(name_span, condition)]
}
