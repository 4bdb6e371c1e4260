//! Overloads whose parameters have different types in CUDA and the same type in HIP: `cudaError_t` and `CUresult` are both
//! `hipError_t`. HIP compiles only one of them.
//!
//! It compares definitions of one file. Templates, and definitions of which HIP compiles at most one anyway, are left out.

use std::ops::Range;

use rustc_hash::FxHashMap;
use tranship_rules::{Level, rule};

use crate::cpp::functions::Function;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::pass::cuda_only::{guards, lines};

/// The most definitions of one name that are compared.
const MOST: usize = 32;

/// Words of a parameter that are neither its type nor its name.
const QUALIFIERS: &[&[u8]] =
    &[b"const", b"volatile", b"struct", b"enum", b"unsigned", b"signed", b"register"];

/// One definition.
struct Overload {
    function: usize,
    /// Its parameters in CUDA and in HIP, without their names.
    cuda: Vec<Vec<u8>>,
    hip: Vec<Vec<u8>>,
    /// How many conditions are around it.
    depth: usize,
}

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let functions = unit.functions();
    if unit.is_hip() || functions.len() < 2 {
        return;
    }
    let mut names: FxHashMap<&[u8], Vec<usize>> = FxHashMap::default();
    for (index, function) in functions.iter().enumerate() {
        let name = &unit.tokens()[function.name];
        let is_template = unit.tokens()[function.head.clone()].iter().any(|t| unit.text(t) == b"template");
        if !name.is(Token::FROZEN) && !is_template {
            names.entry(unit.text(name)).or_default().push(index);
        }
    }
    let mut groups: Vec<Vec<usize>> = names.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    for group in groups {
        let overloads: Vec<Overload> =
            group.into_iter().take(MOST).map(|index| overload(pass, index)).collect();
        clashes(pass, &overloads);
    }
}

/// Reports the overloads that HIP must not compile.
fn clashes(pass: &mut Pass, overloads: &[Overload]) {
    let unit = pass.unit;
    let functions = unit.functions();
    let mut left_out = vec![false; overloads.len()];
    for second in 1..overloads.len() {
        for first in 0..second {
            let (one, other) = (&overloads[first], &overloads[second]);
            let (a, b) = (&functions[one.function], &functions[other.function]);
            let clash =
                one.hip == other.hip && one.cuda != other.cuda && !left_out[first] && !left_out[second];
            if !clash || scope(unit, a) != scope(unit, b) || is_exclusive(unit, a, b) {
                continue;
            }
            let drops_first = one.depth > other.depth;
            left_out[if drops_first { first } else { second }] = true;
            if drops_first { report(pass, (other, b), (one, a)) } else { report(pass, (one, a), (other, b)) }
        }
    }
}

/// Reports that HIP compiles `kept`, and not `dropped`.
fn report(pass: &mut Pass, kept: (&Overload, &Function), dropped: (&Overload, &Function)) {
    let unit = pass.unit;
    let name = unit.slice(unit.tokens()[dropped.1.name].span());
    let shown = |overload: &Overload| {
        let parameters: Vec<_> =
            overload.cuda.iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect();
        format!("`{name}({})`", parameters.join(", "))
    };
    let (kept_shown, dropped_shown) = (shown(kept.0), shown(dropped.0));
    let what = format!("{dropped_shown} has the same parameters as {kept_shown} in HIP");
    let Some(finding) = pass.finding(rule::SAME_OVERLOAD, unit.tokens()[dropped.1.name].span()) else {
        return;
    };
    let finding = finding.saying(what);
    let text = |function: &Function| converted(pass, function.body.clone());
    let is_same = text(kept.1) == text(dropped.1);
    let Some(place) = lines(unit, dropped.1.head.start..dropped.1.body.end + 1) else {
        return pass.report(finding.at(Level::Manual));
    };
    let finding = finding.with(Fix::Many(guards(unit, &[place])));
    let assumption = format!("{kept_shown} does for each value what {dropped_shown} does");
    pass.report(if is_same { finding.at(Level::Safe).assuming("") } else { finding.assuming(assumption) });
}

fn overload(pass: &Pass, index: usize) -> Overload {
    let unit = pass.unit;
    let function = &unit.functions()[index];
    let parameters: Vec<Range<usize>> = split_arguments(&unit.lexed, function.parameters.clone())
        .into_iter()
        .map(|parameter| without_name(unit, parameter))
        .collect();
    let text = |range: &Range<usize>| {
        unit.tokens()[range.clone()].iter().map(|t| unit.text(t)).collect::<Vec<_>>().join(&b' ')
    };
    Overload {
        function: index,
        cuda: parameters.iter().map(text).collect(),
        hip: parameters.iter().map(|range| converted(pass, range.clone())).collect(),
        depth: around(unit, function).len(),
    }
}

/// The tokens of a parameter without its name and its default value.
fn without_name(unit: &Unit, parameter: Range<usize>) -> Range<usize> {
    let tokens = unit.tokens();
    let end = parameter.clone().find(|&at| tokens[at].is_punct(b'=')).unwrap_or(parameter.end);
    let is_word = |at: &usize| {
        tokens[*at].kind == TokenKind::Identifier && !QUALIFIERS.contains(&unit.text(&tokens[*at]))
    };
    let words = (parameter.start..end).filter(is_word).count();
    let last = end.checked_sub(1).filter(|last| *last > parameter.start && is_word(last));
    let is_qualified = |last: usize| tokens[last - 1].is_double(b':');
    match last.filter(|&last| words > 1 && !is_qualified(last)) {
        Some(last) => parameter.start..last,
        None => parameter.start..end,
    }
}

/// The text of `range` with the names that it has in HIP.
fn converted(pass: &Pass, range: Range<usize>) -> Vec<u8> {
    let unit = pass.unit;
    let word = |token: &Token| {
        let text = unit.text(token);
        let row = pass.context.rules.name(text).filter(|_| token.kind == TokenKind::Identifier);
        row.and_then(|row| pass.spelling(row)).map_or(text, str::as_bytes)
    };
    unit.tokens()[range].iter().map(word).collect::<Vec<_>>().join(&b' ')
}

/// The token of the brace around the definition.
fn scope(unit: &Unit, function: &Function) -> Option<usize> {
    let tokens = unit.tokens();
    let mut at = function.head.start;
    while let Some(before) = at.checked_sub(1) {
        at = before;
        if tokens[at].is_punct(b'}') {
            at = unit.lexed.open_of(at, 0)?;
        } else if tokens[at].is_punct(b'{') {
            return Some(at);
        }
    }
    None
}

/// The regions around the definition, from the inside.
fn around(unit: &Unit, function: &Function) -> Vec<usize> {
    let start = unit.tokens()[function.name].start;
    let mut inside: Vec<usize> = (0..unit.regions.len())
        .filter(|&region| unit.regions[region].body.start <= start && start < unit.regions[region].body.end)
        .collect();
    inside.reverse();
    inside
}

/// Whether the two definitions are in different branches of one group.
fn is_exclusive(unit: &Unit, one: &Function, other: &Function) -> bool {
    let (mine, its) = (around(unit, one), around(unit, other));
    mine.iter().any(|&a| its.iter().any(|&b| a != b && unit.regions[a].first == unit.regions[b].first))
}
