//! Operators of the project on CUDA's vectors, beside the operators of HIP's vector types.
//!
//! Only definitions that make a call ambiguous, or that repeat HIP's, count. A definition that does the same as HIP's is
//! compiled without HIP only. Another one is marked so that the compiler prefers it. Operators in macros, in classes
//! and in templates are reported.

use std::ops::Range;

use rustc_hash::FxHashMap;
use tranship_rules::{Level, Release, Rule};

use super::types::{is_for_gpus, vector_type};
use crate::cpp::componentwise::{Operator, is_componentwise};
use crate::cpp::launches::split_arguments;
use crate::cpp::scopes::{Scope, scope_at};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::pass::cuda_only::{guards, lines};
use crate::text::Edit;

/// The attribute that makes clang prefer a function to functions that fit equally well.
pub(super) const PREFERRED: &str = "__attribute__((enable_if(true, \"preferred to HIP's\"))) ";

/// The most operators of one file.
const LONGEST: usize = 1024;

/// A declaration of an operator that clashes with one of HIP's headers.
struct OwnOperator {
    /// Index of the token `operator`.
    at: usize,
    /// Index of the first token of the declaration.
    head: usize,
    /// Index of its last token, `;` or `}`.
    end: usize,
    /// The operator, such as `+=`.
    symbol: Vec<u8>,
    /// The type of both operands, such as `float2`.
    vector: String,
    parameters: [Range<usize>; 2],
    /// The tokens between the braces; `None` for a prototype.
    body: Option<Range<usize>>,
}

/// What becomes of a declaration.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Way {
    /// HIP does not compile it.
    Guarded,
    /// It is compiled, and the compiler prefers it to HIP's.
    Preferred,
    /// A person decides.
    Manual,
}

/// Checks `operator`: the file declares an operator for two CUDA vectors that HIP's headers have too. The first of them
/// checks all of the file, so that each way is one finding.
pub(crate) fn operator(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let rocm = pass.context.target.rocm;
    let own = |within: Range<usize>| {
        let places = unit.places(b"operator", within).iter().take(LONGEST);
        places.filter_map(|&at| own_operator(unit, at as usize, rocm))
    };
    if own_operator(unit, index, rocm).is_none() || own(0..index).next().is_some() {
        return;
    }
    let all: Vec<_> = own(index..unit.tokens().len()).collect();
    // Operators of one name on one type share the answer, so that many of them do not cost their square.
    let mut defined: FxHashMap<(&[u8], &str), Option<Way>> = FxHashMap::default();
    let mut way_of = |own| *defined.entry(name(own)).or_insert_with(|| way_of_definition(unit, own, &all));
    let ways: Vec<_> = all.iter().map(|own| way(unit, own, way_of(own))).collect();
    for way in [Way::Guarded, Way::Preferred, Way::Manual] {
        let of_way: Vec<_> =
            all.iter().zip(&ways).filter(|(_, its)| **its == way).map(|(own, _)| own).collect();
        if let Some(first) = of_way.first() {
            let span = unit.tokens()[first.at].span();
            pass.report(finding(unit, way, &of_way, Finding::of(rule, span)));
        }
    }
}

/// The finding about the operators of one way.
fn finding(unit: &Unit, way: Way, operators: &[&OwnOperator], finding: Finding) -> Finding {
    let first = operators[0];
    let which = format!("`operator{}` of `{}`", String::from_utf8_lossy(&first.symbol), first.vector);
    let more = match operators.len() - 1 {
        0 => String::new(),
        1 => "; the same is true for one more operator of this file".to_owned(),
        more => format!("; the same is true for {more} more operators of this file"),
    };
    match way {
        Way::Guarded => {
            let what = format!("{which} does the same as HIP's, so only CUDA compiles it{more}");
            let lines: Vec<_> =
                operators.iter().filter_map(|own| lines(unit, own.head..own.end + 1)).collect();
            finding.saying(what).with(Fix::Many(guards(unit, &lines)))
        }
        Way::Preferred => {
            let edits =
                operators.iter().map(|own| Edit::insert(unit.tokens()[own.head].start, PREFERRED)).collect();
            let what = format!("{which} is marked as preferred to HIP's{more}");
            let assumption = "clang compiles every file with this operator for HIP";
            finding.saying(what).at(Level::Review).assuming(assumption).with(Fix::Many(edits))
        }
        Way::Manual => {
            let what = format!("{which} is also in HIP's headers{more}");
            finding.saying(what).at(Level::Manual)
        }
    }
}

/// The declaration of an operator at token `at`, if it clashes with HIP's headers.
fn own_operator(unit: &Unit, at: usize, rocm: Release) -> Option<OwnOperator> {
    let tokens = unit.tokens();
    if tokens[at].is(Token::FROZEN) {
        return None;
    }
    let open = (at + 1..(at + 4).min(tokens.len())).find(|&open| tokens[open].is_punct(b'('))?;
    let symbol: Vec<u8> = tokens[at + 1..open].iter().map(|t| t.byte).collect();
    let clashes = match symbol.as_slice() {
        [b'+' | b'-' | b'*' | b'/', b'='] => true,
        // These operators are friends of the vector types in the headers of 6.3 and 7.1, and templates in the headers
        // of 5.2.3.
        [b'*' | b'/'] => rocm >= Release::new(6, 0),
        _ => false,
    };
    let close = unit.lexed.close_of(open, tokens.len()).filter(|_| clashes && is_for_gpus(unit, at))?;
    let parameters = split_arguments(&unit.lexed, open + 1..close);
    let [first, second] = parameters.as_slice() else { return None };
    let vector = operand(unit, first.clone())?;
    operand(unit, second.clone()).filter(|other| *other == vector)?;
    let head = head_of(unit, at);
    if is_preferred(unit, head, at) || is_call(unit, at) {
        return None;
    }
    let (body, end) = body(unit, close)?;
    Some(OwnOperator { at, head, end, symbol, vector, parameters: [first.clone(), second.clone()], body })
}

/// The first token of the declaration of the function that token `at` names.
pub(super) fn head_of(unit: &Unit, at: usize) -> usize {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(at);
    let is_line = |before: &usize| tokens[*before].is(Token::DIRECTIVE) && !tokens[at].is(Token::DIRECTIVE);
    (start..at).rev().find(is_line).map_or(start, |before| before + 1)
}

/// Whether the declaration from token `head` of the name at token `at` is marked as preferred already.
pub(super) fn is_preferred(unit: &Unit, head: usize, at: usize) -> bool {
    unit.tokens()[head..at].iter().any(|t| unit.text(t) == b"enable_if")
}

/// The vector type of a parameter that is passed by value or by reference. HIP's operators take no volatile vector.
fn operand(unit: &Unit, parameter: Range<usize>) -> Option<String> {
    let tokens = &unit.tokens()[parameter.clone()];
    let is_other = |t: &Token| {
        matches!(unit.text(t), b"volatile")
            || (t.kind == TokenKind::Punct && matches!(t.byte, b'*' | b'<' | b'['))
    };
    if tokens.iter().any(is_other) { None } else { vector_type(unit, parameter) }
}

/// The tokens of the body behind the parameters that end at `close`, and the last token of the declaration.
fn body(unit: &Unit, close: usize) -> Option<(Option<Range<usize>>, usize)> {
    let tokens = unit.tokens();
    let mut end = close + 1;
    while tokens.get(end).is_some_and(|t| t.kind == TokenKind::Identifier) {
        end += 1;
    }
    let last = tokens.get(end)?;
    if last.is_punct(b';') {
        return Some((None, end));
    }
    let brace = unit.lexed.close_of(end, tokens.len()).filter(|_| last.is_punct(b'{'))?;
    Some((Some(end + 1..brace), brace))
}

/// Whether the operator at token `at` is called by its name.
fn is_call(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let mut before = at;
    while before > 0
        && matches!(tokens[before - 1].byte, b'&' | b'*')
        && tokens[before - 1].kind == TokenKind::Punct
    {
        before -= 1;
    }
    let Some(kind) = before.checked_sub(1).map(|before| &tokens[before]) else { return true };
    let is_type = kind.kind == TokenKind::Identifier && unit.text(kind) != b"return";
    !is_type && !kind.is_punct(b'>')
}

/// The operator and its type.
fn name(own: &OwnOperator) -> (&[u8], &str) {
    (&own.symbol, &own.vector)
}

/// What becomes of `own`, whose definition demands `by_definition`; `None` if the file has no definition.
fn way(unit: &Unit, own: &OwnOperator, by_definition: Option<Way>) -> Way {
    let tokens = unit.tokens();
    let head = || tokens[own.head..own.at].iter();
    let has = |words: &[&[u8]]| head().any(|t| words.contains(&unit.text(t)));
    let in_class = matches!(scope_at(unit, own.at), Scope::Record);
    let is_strange = has(&[b"friend", b"template"]) || head().any(|t| t.is_punct(b'['));
    if tokens[own.at].is(Token::DIRECTIVE) || in_class || is_strange {
        return Way::Manual;
    }
    // Without a definition here it is in a file that is not known, which a local declaration denies.
    by_definition.unwrap_or(if is_inline(unit, own) { Way::Manual } else { Way::Preferred })
}

/// What becomes of the declarations of `own`, one of `all` operators of the file that clash, by its definition.
fn way_of_definition(unit: &Unit, own: &OwnOperator, all: &[OwnOperator]) -> Option<Way> {
    let twins = || all.iter().filter(|other| name(other) == name(own));
    let definition = twins().find(|other| other.body.is_some())?;
    let is_local = twins().any(|twin| is_inline(unit, twin));
    let on_lines = twins().all(|twin| lines(unit, twin.head..twin.end + 1).is_some());
    let same = does_the_same(unit, definition, all);
    Some(if is_local && on_lines && same && !is_called(unit, &own.symbol) {
        Way::Guarded
    } else if !same && has_scalar_form(unit, own) {
        Way::Manual
    } else {
        Way::Preferred
    })
}

/// Whether the file also has `own` with a number as the second operand. In HIP's headers, `v *= 2.0` of a `float2` makes a
/// vector of the number, and then calls the operator on two vectors.
fn has_scalar_form(unit: &Unit, own: &OwnOperator) -> bool {
    let tokens = unit.tokens();
    let places = unit.places(b"operator", 0..tokens.len()).iter().map(|&at| at as usize).take(LONGEST);
    let mut others = places.filter(|&at| at != own.at && is_named(unit, at, &own.symbol));
    own.symbol.len() == 2
        && others.any(|at| {
            let open = at + 1 + own.symbol.len();
            let Some(close) = unit.lexed.close_of(open, tokens.len()) else { return false };
            let parameters = split_arguments(&unit.lexed, open + 1..close);
            let vectors: Vec<_> =
                parameters.into_iter().map(|parameter| vector_type(unit, parameter)).collect();
            matches!(vectors.as_slice(), [Some(first), None] if *first == own.vector)
        })
}

/// Whether the token `operator` at `at` begins the name `symbol` of a function.
fn is_named(unit: &Unit, at: usize, symbol: &[u8]) -> bool {
    let tokens = unit.tokens();
    let behind = &tokens[at + 1..(at + 2 + symbol.len()).min(tokens.len())];
    behind.len() == symbol.len() + 1
        && behind.iter().zip(symbol).all(|(token, &byte)| token.is_punct(byte))
        && behind[symbol.len()].is_punct(b'(')
}

/// Whether the declaration says that other files have a definition of their own.
fn is_inline(unit: &Unit, own: &OwnOperator) -> bool {
    let words: [&[u8]; 5] = [b"inline", b"__inline__", b"__forceinline__", b"static", b"constexpr"];
    unit.tokens()[own.head..own.at].iter().any(|t| words.contains(&unit.text(t)))
}

/// Whether `own` works on each component by itself, like HIP's operator.
fn does_the_same(unit: &Unit, own: &OwnOperator, all: &[OwnOperator]) -> bool {
    let Some(body) = own.body.clone() else { return false };
    let of = |own: &OwnOperator, body: Range<usize>, plain: bool| {
        let operator = Operator {
            symbol: own.symbol[0],
            assigns: own.symbol.len() == 2,
            vector: &own.vector,
            parameters: own.parameters.clone(),
            body,
        };
        is_componentwise(unit, &operator, plain)
    };
    let is_plain = |other: &&OwnOperator| other.symbol == own.symbol[..1] && other.vector == own.vector;
    let mut plain =
        all.iter().filter(is_plain).filter_map(|other| Some(of(other, other.body.clone()?, false)));
    let plain = plain.next().unwrap_or(false) && plain.all(|same| same);
    of(own, body, plain)
}

/// Whether the file calls `symbol` by the name of its function, which HIP's headers may have as a member.
fn is_called(unit: &Unit, symbol: &[u8]) -> bool {
    let tokens = unit.tokens();
    let places = unit.places(b"operator", 0..tokens.len()).iter().map(|&at| at as usize);
    places.take(LONGEST).any(|at| is_named(unit, at, symbol) && is_call(unit, at))
}
