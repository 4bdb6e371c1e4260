//! Conditions that test the release of CUDA or of nvcc: HIP compiles what a recent release of CUDA compiles.
//!
//! The comparison stays in the source for CUDA, and gets an alternative for HIP beside it. If the branch for the newer
//! release uses something that HIP lacks, the condition stays and HIP compiles the branch for the older release. Versions of
//! libraries are not answered.

use std::ops::Range;

use tranship_rules::{Level, Release, list, rule};

use super::lacking;
use crate::cpp::constants::{Constant, evaluate};
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::text::{Edit, Span};

/// The release of CUDA that is assumed for ROCm if `--cuda` states none.
const RECENT: Release = Release::new(12, 9);

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
}

/// Answers the condition of directive `at`, which has a macro of `list::CUDA_VERSION_MACROS`.
pub(super) fn condition(pass: &mut Pass, at: usize) {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let span = directive.span;
    let Some(leaves) = leaves(pass, at) else {
        return pass.report_rule(rule::LIBRARY_VERSION_GUARD, span);
    };
    let changed: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.assumed != leaf.undefined).collect();
    let newer = changed.iter().any(|leaf| leaf.assumed != leaf.is_negated);
    let older = changed.iter().any(|leaf| leaf.assumed == leaf.is_negated);
    if let Some(obstacle) = lacking::in_branches(pass, at, newer, older) {
        let keeps_older = changed.iter().all(|leaf| compares(unit, leaf))
            && lacking::in_branches(pass, at, older, newer).is_none();
        // Code that is HIP already was written for the branch that HIP compiles.
        if keeps_older && unit.is_hip() {
            return;
        }
        let finding = pass.finding(rule::CUDA_VERSION_OLDER, span).map(|finding| {
            let finding = finding.saying(format!("the branch for newer releases of CUDA {obstacle}"));
            if keeps_older { finding } else { finding.at(Level::Manual).assuming("") }
        });
        return pass.report_all(finding);
    }
    if changed.is_empty() && unit.is_hip() {
        return;
    }
    let edits: Vec<Edit> = if is_ifdef(directive.kind) {
        changed.iter().flat_map(|leaf| of_ifdef(unit, at, leaf)).collect()
    } else {
        changed.iter().flat_map(|leaf| with_hip(unit, leaf)).collect()
    };
    let fix = if edits.is_empty() { Fix::None } else { Fix::Many(edits) };
    pass.report_fix(rule::CUDA_VERSION_GUARD, span, fix);
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

/// The parts of the condition that test a version; `None` if one of them has no answer.
fn leaves(pass: &Pass, at: usize) -> Option<Vec<Leaf>> {
    let unit = pass.unit;
    let directive = &unit.lexed.directives[at];
    let tokens = directive.tokens.clone();
    let mut found = Vec::new();
    match directive.kind {
        DirectiveKind::Elifdef | DirectiveKind::Elifndef => return None,
        DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
            let name = tokens.start..tokens.start + 1;
            let hip = counterpart(pass, name.clone())?;
            let is_negated = directive.kind == DirectiveKind::Ifndef;
            found.push(Leaf {
                tokens: name,
                is_alone: true,
                is_negated,
                hip,
                assumed: true,
                undefined: false,
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
fn parts(pass: &Pass, tokens: Range<usize>, found: &mut Vec<Leaf>, around: Around) -> Option<()> {
    let unit = pass.unit;
    if around.depth > MAX_DEPTH || tokens.is_empty() {
        return None;
    }
    if !tokens.clone().any(|index| is_version(unit, index)) {
        return Some(());
    }
    if let Some(leaf) = leaf(pass, tokens.clone(), around) {
        found.push(leaf);
        return Some(());
    }
    let inside = Around { is_alone: false, depth: around.depth + 1, ..around };
    match shape(unit, tokens) {
        Shape::Any(operands) | Shape::All(operands) => {
            let mut run: Option<Leaf> = None;
            for operand in operands {
                let longer = run.as_ref().map_or(operand.start, |run| run.tokens.start)..operand.end;
                if let Some(leaf) = leaf(pass, longer, inside) {
                    run = Some(leaf);
                    continue;
                }
                found.extend(run.take());
                match leaf(pass, operand.clone(), inside) {
                    Some(leaf) => run = Some(leaf),
                    None => parts(pass, operand, found, inside)?,
                }
            }
            found.extend(run);
            Some(())
        }
        Shape::Not(operand) => {
            parts(pass, operand, found, Around { is_negated: !around.is_negated, ..inside })
        }
        Shape::Parentheses(inner) => parts(pass, inner, found, Around { is_alone: true, ..inside }),
        Shape::Other => None,
    }
}

/// `tokens` as a part that only tests versions.
fn leaf(pass: &Pass, tokens: Range<usize>, around: Around) -> Option<Leaf> {
    let release = pass.context.target.cuda.unwrap_or(RECENT);
    let assumed = truth(pass, tokens.clone(), Some(release), around.depth)?;
    let undefined = truth(pass, tokens.clone(), None, around.depth)?;
    let hip = counterpart(pass, tokens.clone())?;
    let Around { is_alone, is_negated, .. } = around;
    Some(Leaf { tokens, is_alone, is_negated, hip, assumed, undefined })
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

/// The truth of the condition in `tokens`, with the macros of `release`, or without any. `None` unless all operands test
/// versions.
fn truth(pass: &Pass, tokens: Range<usize>, release: Option<Release>, depth: u32) -> Option<bool> {
    let unit = pass.unit;
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = |tokens| truth(pass, tokens, release, depth + 1);
    match shape(unit, tokens.clone()) {
        Shape::Any(operands) => {
            let truths: Option<Vec<bool>> = operands.into_iter().map(inner).collect();
            return Some(truths?.contains(&true));
        }
        Shape::All(operands) => {
            let truths: Option<Vec<bool>> = operands.into_iter().map(inner).collect();
            return Some(!truths?.contains(&false));
        }
        Shape::Not(operand) => return inner(operand).map(|truth| !truth),
        Shape::Parentheses(operand) => return inner(operand),
        Shape::Other => {}
    }
    if !tokens.clone().any(|index| is_version(unit, index)) {
        return None;
    }
    if unit.is_word(tokens.start, "defined") {
        let is_name = |index: usize| unit.tokens()[index].kind == TokenKind::Identifier;
        let names = tokens.start + 1..tokens.end;
        return (names.filter(|&index| is_name(index)).count() == 1).then_some(release.is_some());
    }
    let resolve = |word: &[u8]| {
        if list::has(list::CUDA_VERSION_MACROS, word) {
            return release.map_or(Some(Constant::of(0)), |release| number(word, release));
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

/// The number that the macro `word` has in `release`; `None` for a library.
fn number(word: &[u8], release: Release) -> Option<Constant> {
    let (major, minor) = (u64::from(release.major), u64::from(release.minor));
    match word {
        b"CUDA_VERSION" | b"CUDART_VERSION" | b"__CUDA_API_VERSION" => {
            Some(Constant::of(major * 1000 + minor * 10))
        }
        b"__CUDACC_VER_MAJOR__" => Some(Constant::of(major)),
        b"__CUDACC_VER_MINOR__" => Some(Constant::of(minor)),
        _ => None,
    }
}

/// The macro that HIP defines where CUDA defines the versions in `tokens`: the header of the runtime, or the compiler.
fn counterpart(pass: &Pass, tokens: Range<usize>) -> Option<&'static str> {
    let unit = pass.unit;
    let mut hip = None;
    for index in tokens.filter(|&index| is_version(unit, index)) {
        let word = unit.text(&unit.tokens()[index]);
        number(word, RECENT)?;
        let of_word = if word.starts_with(b"__CUDACC") { "__HIPCC__" } else { "HIP_VERSION" };
        if *hip.get_or_insert(of_word) != of_word {
            return None;
        }
    }
    hip
}

fn is_version(unit: &Unit, index: usize) -> bool {
    list::has(list::CUDA_VERSION_MACROS, unit.text(&unit.tokens()[index]))
}

/// The part with an alternative for HIP.
fn with_hip(unit: &Unit, leaf: &Leaf) -> Vec<Edit> {
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
