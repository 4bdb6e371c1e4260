//! The width of a warp as a number: `warpSize` where a constant is needed, and 32, 31 or 5 as the width of a warp.
//!
//! `tid % 32` alone is often only tiling. So numbers count only in functions that use a warp function, and only in an
//! expression with a thread or lane index.

use rustc_hash::FxHashSet;
use tranship_rules::{Level, Release, Rule, rule};

use super::native;
use crate::cpp::call_site as site;
use crate::cpp::constants::{Constant, number};
use crate::cpp::declared::declared;
use crate::cpp::functions::{Function, Space};
use crate::cpp::keywords::precedes_use;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::Finding;
use crate::pass::Pass;
use crate::text::Span;

/// Places where an object works like a number, except for its type.
const DEDUCED: &str = "an argument whose type a template deduces";
const VARIABLE: &str = "a variable argument";

/// Checks `warpSize` where C++ needs a constant or deduces a type.
pub(crate) fn constant(pass: &mut Pass, index: usize, rule: &'static Rule) {
    // It is `static constexpr int` in the headers of 5.2.3, and an object with a conversion in the headers of 7.1.
    if pass.context.target.rocm < Release::new(7, 0) {
        return;
    }
    let unit = pass.unit;
    let function = unit.function_at(unit.tokens()[index].start);
    let own = function.is_some_and(|function| {
        function.space == Space::Host || declared(unit, function, b"warpSize", index + 1).is_some()
    });
    let Some(place) = constant_place(unit, index).filter(|_| !own) else { return };
    let what = format!("`warpSize` is used as {place}");
    let finding = Finding::of(rule, unit.tokens()[index].span()).saying(what);
    let deduced = matches!(place, DEDUCED | VARIABLE);
    let finding = if deduced { finding } else { native::widened(pass, finding, index, "warpSize", false) };
    pass.report(finding);
}

/// The kind of constant expression or type deduction that contains the `warpSize` at `index`.
fn constant_place(unit: &Unit, index: usize) -> Option<&'static str> {
    let tokens = unit.tokens();
    let start = statement_start(unit, index);
    let words = || tokens[start..index].iter().map(|t| unit.text(t));
    if words().any(|word| word == b"constexpr") {
        return Some("the value of a `constexpr`");
    }
    if words().next() == Some(b"case") {
        return Some("a case label");
    }
    if words().any(|word| word == b"static_assert") {
        return Some("a static assertion");
    }
    let in_function = unit.function_at(tokens[index].start).is_some();
    if !in_function && !tokens[index].is(Token::DIRECTIVE) && words().any(|word| word == b"const") {
        return Some("the value of a constant outside of functions");
    }
    if is_template_argument(unit, start, index) {
        return Some("a template argument");
    }
    let call = site::enclosing_open(unit, start, index)?;
    match tokens[call].byte {
        b'[' => is_array_bound(unit, start, call).then_some("an array bound"),
        b'(' => {
            let function = call.checked_sub(1).map(|at| unit.text(&tokens[at]))?;
            let is_argument = |at: usize| {
                tokens[at].is_punct(b',') || tokens[at].is_punct(b'(') || tokens[at].is_punct(b')')
            };
            let alone =
                is_argument(index - 1) && tokens.get(index + 1).is_some_and(|_| is_argument(index + 1));
            match function {
                b"min" | b"max" if alone && is_standard(unit, call) => Some(DEDUCED),
                b"printf" if alone => Some(VARIABLE),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the function called at `(` has the qualifier `std::`. HIP's own `min` and `max` take `int`.
fn is_standard(unit: &Unit, open: usize) -> bool {
    open.checked_sub(3).is_some_and(|at| unit.text(&unit.tokens()[at]) == b"std")
}

/// Where the statement around `index` begins.
fn statement_start(unit: &Unit, index: usize) -> usize {
    let floor = unit.directive_of(index).map_or(0, |directive| directive.tokens.start);
    unit.lexed.statement_start(index).max(floor)
}

/// Whether the `[` at `open` is the bound of a declared array: a type is before the name.
fn is_array_bound(unit: &Unit, start: usize, open: usize) -> bool {
    let tokens = unit.tokens();
    let mut name = open;
    while name > start && tokens[name - 1].is_punct(b']') {
        let Some(before) = site::last_before(unit, name, b'[').filter(|&at| at >= start) else {
            return false;
        };
        name = before;
    }
    let Some(of_type) = name.checked_sub(2).filter(|&at| at >= start) else { return false };
    let token = &tokens[of_type];
    tokens[name - 1].kind == TokenKind::Identifier
        && ((token.kind == TokenKind::Identifier && !precedes_use(unit.text(token))) || token.is_punct(b'>'))
}

fn is_template_argument(unit: &Unit, start: usize, index: usize) -> bool {
    let tokens = unit.tokens();
    (start..index).rev().filter(|&at| tokens[at].is_punct(b'<')).any(|open| {
        let close = unit.lexed.angle_close(open, site::end_of_part(unit, index));
        close.is_some_and(|close| close > index)
    })
}

/// Checks the definition of a constant for the width of a warp.
pub(crate) fn definition(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_32 = |at: usize| tokens.get(at).is_some_and(|t| has_value(unit, t, 32));
    let next_is = |byte| tokens.get(index + 1).is_some_and(|t| t.is_punct(byte));
    let value = match unit.directive_of(index) {
        Some(directive) => {
            let defines = directive.kind == DirectiveKind::Define && directive.tokens.start == index;
            defines.then_some(if next_is(b'(') { index + 2 } else { index + 1 })
        }
        None => (next_is(b'=') || next_is(b'{')).then_some(index + 2),
    };
    let is_32_lanes = pass.context.target.wave() == Some(32);
    let Some(value) = value.filter(|&at| is_32(at) && !is_32_lanes) else { return };
    let name = unit.slice(tokens[index].span());
    let what = format!("`{name}` fixes the width of a warp to 32 lanes");
    let finding = Finding::of(rule, tokens[index].span()).saying(what);
    let is_constant = tokens[index].is(Token::DIRECTIVE)
        || tokens[statement_start(unit, index)..index]
            .iter()
            .any(|t| matches!(unit.text(t), b"const" | b"constexpr"));
    let stays = !is_constant || counts_on_32(pass);
    let finding = native::widened(pass, finding, value, &name, stays);
    pass.report(finding);
}

fn has_value(unit: &Unit, token: &Token, value: i64) -> bool {
    token.kind == TokenKind::Number && number(unit.text(token)).and_then(Constant::value) == Some(value)
}

/// Reports, once for each of these functions, numbers for the width of a warp in expressions with thread indices.
pub(crate) fn literals(pass: &mut Pass, functions: &FxHashSet<usize>) {
    let unit = pass.unit;
    let warp = unit.functions().iter().filter(|function| functions.contains(&function.name));
    for function in warp {
        let places: Vec<Span> = function.body.clone().filter_map(|at| width_at(unit, function, at)).collect();
        let Some(&first) = places.first() else { continue };
        let rest = places.len() - 1;
        let tail = match rest {
            0 => String::new(),
            1 => ", and so does one more number".to_owned(),
            _ => format!(", and so do {rest} more numbers"),
        };
        let (number, name) = (site_text(unit, first), unit.slice(unit.tokens()[function.name].span()));
        let width = unit.tokens()[function.body.clone()].iter().map(|t| unit.text(t));
        let (rule, what) = match width.clone().find(|word| native::is_width(pass, word)) {
            Some(word) => {
                let word = String::from_utf8_lossy(word);
                (
                    rule::MIXED_WIDTH,
                    format!("`{name}` uses both `{word}` and `{number}`, which assumes 32 lanes{tail}"),
                )
            }
            None => {
                (rule::WARP_SIZE_LITERAL, format!("`{number}` in `{name}` assumes 32 lanes in a warp{tail}"))
            }
        };
        if let Some(finding) = pass.finding(rule, first) {
            pass.report(finding.at(Level::Manual).saying(what));
        }
    }
}

/// Whether a function that uses warp functions relies on 32 lanes by numbers.
pub(crate) fn counts_on_32(pass: &Pass) -> bool {
    let unit = pass.unit;
    let mixes = |function: &Function| {
        let mut words = unit.tokens()[function.body.clone()].iter().map(|t| unit.text(t));
        let is_warp_function = |word: &[u8]| {
            word.starts_with(b"__") && (word.ends_with(b"_sync") || word.starts_with(b"__shfl"))
        };
        words.any(is_warp_function) && function.body.clone().any(|at| width_at(unit, function, at).is_some())
    };
    pass.counts_on_32(|| unit.functions().iter().any(mixes))
}

/// These functions and all device functions of the file that call one of them.
pub(crate) fn with_callers(unit: &Unit, functions: &FxHashSet<usize>) -> FxHashSet<usize> {
    let tokens = unit.tokens();
    let mut found = functions.clone();
    let mut seen = FxHashSet::default();
    let mut next: Vec<usize> = found.iter().copied().collect();
    while let Some(name) = next.pop() {
        let word = unit.text(&tokens[name]);
        let uses = if seen.insert(word) { unit.places(word, 0..tokens.len()) } else { &[] };
        for at in uses.iter().map(|&at| at as usize) {
            let caller = unit.function_at(tokens[at].start).filter(|function| function.body.contains(&at));
            if let Some(function) = caller.filter(|function| function.space != Space::Host)
                && found.insert(function.name)
            {
                next.push(function.name);
            }
        }
    }
    found
}

fn site_text(unit: &Unit, span: Span) -> String {
    unit.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The limit of tokens in the operand of such a number. Operands written by hand have fewer.
const LONGEST_OPERAND: usize = 256;

/// The expression at operator `at` that computes a lane or warp index with 32 lanes: `tid & 31`, `tid % 32`, `tid >>
/// 5`, `tid / 32`; or a loop that halves a distance of 16.
fn width_at(unit: &Unit, function: &Function, at: usize) -> Option<Span> {
    let tokens = unit.tokens();
    let token = &tokens[at];
    if token.kind != TokenKind::Punct || token.is(Token::FROZEN) || at + 1 >= function.body.end {
        return None;
    }
    if token.is_punct(b'=') {
        return halving(unit, at);
    }
    let (value, number, first) = match token.byte {
        b'&' => (31, at + 1, at),
        b'%' | b'/' => (32, at + 1, at),
        b'>' if tokens[at + 1].is_punct(b'>') => (5, at + 2, at),
        _ => return None,
    };
    let operand = first.checked_sub(1)?;
    let number = tokens.get(number).filter(|t| has_value(unit, t, value))?;
    let start = operand_start(unit, function, operand);
    let counts_threads = tokens[start..=operand]
        .iter()
        .take(LONGEST_OPERAND)
        .any(|t| t.kind == TokenKind::Identifier && is_thread(unit.text(t)));
    counts_threads.then(|| tokens[start].span().to(number.span()))
}

/// The beginning of a loop over distances at the `=` at token `at`: `for (int d = 16; d > 0; d /= 2)`.
fn halving(unit: &Unit, at: usize) -> Option<Span> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    let opens =
        (at.saturating_sub(5)..at).any(|open| is(open, b'(') && unit.is_word(open.wrapping_sub(1), "for"));
    let from_16 = tokens.get(at + 1).is_some_and(|t| has_value(unit, t, 16)) && is(at + 2, b';');
    let step = (at + 3..tokens.len().min(at + 16)).find(|&end| is(end, b';'))?;
    let halves =
        (step + 1..tokens.len().min(step + 5)).any(|at| is(at, b'/') || (is(at, b'>') && is(at + 1, b'>')));
    (opens && from_16 && halves).then(|| tokens[at - 1].span().to(tokens[at + 1].span()))
}

/// The beginning of the operand that ends at `last`: a name with members, or a bracket.
fn operand_start(unit: &Unit, function: &Function, last: usize) -> usize {
    let tokens = unit.tokens();
    if tokens[last].is_punct(b')') {
        return unit.lexed.open_of(last, function.body.start).unwrap_or(last);
    }
    let mut start = last;
    while start >= function.body.start + 2 && unit.is_member(start) {
        start -= 2;
    }
    start
}

/// Words for the index or the number of threads.
fn is_thread(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    matches!(word.as_str(), "tx" | "tidx" | "idx")
        || ["thread", "tid", "lane", "warp", "blockdim"].iter().any(|part| word.contains(part))
}
