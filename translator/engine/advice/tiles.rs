//! Arrays in shared memory: their size, and columns whose elements are in one memory bank.
//!
//! It refuses arrays whose type or size it does not know.

use std::ops::Range;

use tranship_rules::{architecture, rule};

use super::{constant_at, finding};
use crate::cpp::constants::evaluate;
use crate::cpp::functions::{Function, Space};
use crate::cpp::scopes::brace_around;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Context;
use crate::text::{Edit, Span};

/// The banks of shared memory; a bank is four bytes wide.
const BANKS: u32 = 32;
/// The least number of lanes that must wait for one bank.
const LEAST_CONFLICT: u32 = 8;

/// One array that a function declares in shared memory.
struct Array {
    name: usize,
    /// Bytes of an element.
    element: u32,
    /// The tokens of each dimension, and their values.
    dimensions: Vec<(Range<usize>, u32)>,
}

/// Bytes of the arrays that `kernel` declares in shared memory; `None` if one of them has an unknown size. Memory whose size
/// the launch gives is not counted.
pub fn shared_bytes(unit: &Unit, kernel: &Function, context: &Context) -> Option<u64> {
    let tokens = unit.tokens();
    if tokens[kernel.body.clone()].iter().any(|token| token.is(Token::DIRECTIVE)) {
        return None;
    }
    let mut bytes = 0;
    for at in kernel.body.clone().filter(|&at| unit.is_word(at, "__shared__")) {
        if is_extern(unit, at) {
            continue;
        }
        let array = array(unit, at, context)?;
        let count: u64 = array.dimensions.iter().map(|&(_, size)| u64::from(size)).product();
        bytes += count * u64::from(array.element);
    }
    Some(bytes)
}

fn is_extern(unit: &Unit, at: usize) -> bool {
    unit.is_word(at + 1, "extern") || at.checked_sub(1).is_some_and(|before| unit.is_word(before, "extern"))
}

/// The only array of the declaration whose `__shared__` is token `at`. A single variable has no dimension.
fn array(unit: &Unit, at: usize, context: &Context) -> Option<Array> {
    let tokens = unit.tokens();
    let end = (at..tokens.len().min(at + 64)).find(|&at| tokens[at].is_punct(b';'))?;
    let words = (at + 1..end).take_while(|&at| tokens[at].kind == TokenKind::Identifier);
    let words: Vec<usize> = words.collect();
    let (&name, kind) = words.split_last()?;
    let names: Vec<&[u8]> = kind.iter().map(|&at| unit.text(&tokens[at])).collect();
    let element = bytes_of(&names)?;
    let mut dimensions = Vec::new();
    let mut next = name + 1;
    while next < end {
        if !tokens[next].is_punct(b'[') {
            return None;
        }
        let close = unit.lexed.close_of(next, end)?;
        let lookup = |word: &[u8]| constant_at(unit, context, at, word);
        let size = evaluate(unit, next + 1..close, &lookup)?.value()?;
        dimensions.push((next + 1..close, u32::try_from(size).ok()?));
        next = close + 1;
    }
    Some(Array { name, element, dimensions })
}

/// Bytes of a value of the type `words`.
fn bytes_of(words: &[&[u8]]) -> Option<u32> {
    let mut bytes = None;
    for word in words {
        let size = match *word {
            b"volatile" | b"const" | b"static" | b"unsigned" | b"signed" => continue,
            b"char" | b"uchar" | b"uint8_t" | b"int8_t" | b"bool" => 1,
            b"short" | b"ushort" | b"half" | b"__half" | b"uint16_t" | b"int16_t" | b"__nv_bfloat16" => 2,
            b"float" | b"int" | b"uint" | b"uint32_t" | b"int32_t" | b"half2" | b"__half2" => 4,
            b"double" | b"float2" | b"int2" | b"uint2" | b"uint64_t" | b"int64_t" => 8,
            b"float4" | b"int4" | b"uint4" | b"double2" => 16,
            _ => return None,
        };
        if bytes.replace(size).is_some() {
            return None;
        }
    }
    let is_unsigned = words.iter().any(|&word| word == b"unsigned" || word == b"signed");
    bytes.or(is_unsigned.then_some(4))
}

/// Tiles that one kernel reads or writes by rows and by columns, and whose columns are in few banks.
pub(super) fn bank_conflicts(unit: &Unit, context: &Context) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in unit.functions().iter().filter(|function| function.space != Space::Host) {
        for at in function.body.clone().filter(|&at| unit.is_word(at, "__shared__")) {
            let tile = (!is_extern(unit, at)).then(|| array(unit, at, context)).flatten();
            found.extend(tile.and_then(|tile| conflict(unit, function, &tile, context)));
        }
    }
    found
}

/// The blocks in a compute unit from which on one block less is no loss, because the waves of these blocks fill the unit.
const ENOUGH_BLOCKS: u64 = 4;

/// Whether an element more in each row of `tile` leaves fewer blocks in a compute unit of some GPU.
fn costs_blocks(unit: &Unit, function: &Function, tile: &Array, context: &Context) -> bool {
    let count: u64 = tile.dimensions.iter().map(|&(_, size)| u64::from(size)).product();
    let own = count * u64::from(tile.element);
    let before = shared_bytes(unit, function, context).unwrap_or(own).max(1);
    let after = before + own / u64::from(tile.dimensions[1].1.max(1));
    let costs = |arch: &String| {
        let memory = architecture(arch).map_or(0, |known| u64::from(known.lds) * 1024);
        memory / after < (memory / before).min(ENOUGH_BLOCKS)
    };
    context.target.archs.iter().any(costs)
}

fn conflict(unit: &Unit, function: &Function, tile: &Array, context: &Context) -> Option<Finding> {
    let [(_, rows), (last, columns)] = tile.dimensions.as_slice() else { return None };
    // Wider elements are read in several steps, and narrower ones share a bank.
    if !matches!(tile.element, 4 | 8) {
        return None;
    }
    let stride = columns * tile.element / 4;
    let lanes = common_divisor(stride, BANKS).min(*rows);
    if lanes < LEAST_CONFLICT {
        return None;
    }
    if costs_blocks(unit, function, tile, context) {
        return None;
    }
    let name = unit.text(&unit.tokens()[tile.name]);
    let (mut has_rows, mut column) = (false, None);
    for &at in unit.places(name, function.body.clone()) {
        let at = at as usize;
        if at == tile.name {
            continue;
        }
        // Any other use, such as a pointer to the tile, may depend on its layout.
        let (first, second) = subscripts(unit, at)?;
        match (lane(unit, function, first.clone()), lane(unit, function, second)) {
            (Lane::Whole, Lane::None) if !is_for_one_lane(unit, function, at) => column = column.or(Some(at)),
            (Lane::None, Lane::Whole) => has_rows = true,
            _ => {}
        }
    }
    let column = column.filter(|_| has_rows)?;
    let tokens = unit.tokens();
    let shown = String::from_utf8_lossy(name).into_owned();
    let what = format!(
        "neighbouring threads use a column of `{shown}`, and {lanes} elements of a column are in one memory bank"
    );
    let end = tokens[last.end - 1].end;
    let size = unit.slice(unit.span_of(last.clone())).into_owned();
    let todo = format!("add one element to each row: `[{size} + 1]`");
    let fix = Fix::One(Edit::insert(end, " + 1".to_owned()));
    let span: Span = tokens[column].span();
    finding(rule::BANK_CONFLICT, span, context).map(|found| found.saying(what).advising(todo).with(fix))
}

/// Whether a condition with `==` decides about the access at token `at`: few lanes of a wave make it.
fn is_for_one_lane(unit: &Unit, function: &Function, at: usize) -> bool {
    let tokens = unit.tokens();
    let selects = |from: usize, to: usize| {
        let has_if = (from..to).any(|at| unit.is_word(at, "if"));
        has_if && (from + 1..to).any(|at| tokens[at].is_punct(b'=') && tokens[at - 1].is_punct(b'='))
    };
    if selects(unit.lexed.statement_start(at), at) {
        return true;
    }
    let mut inner = at;
    while let Some(open) = brace_around(unit, inner).filter(|open| function.body.contains(open)) {
        let close = open.saturating_sub(1);
        if tokens[close].is_punct(b')')
            && let Some(start) = unit.lexed.open_of(close, function.body.start)
            && selects(start.saturating_sub(1), close)
        {
            return true;
        }
        inner = open;
    }
    false
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The tokens inside of the two subscripts behind the name at token `at`.
fn subscripts(unit: &Unit, at: usize) -> Option<(Range<usize>, Range<usize>)> {
    let tokens = unit.tokens();
    let open = |at: usize| tokens.get(at).is_some_and(|token| token.is_punct(b'['));
    let first = open(at + 1).then(|| unit.lexed.close_of(at + 1, tokens.len())).flatten()?;
    let second = open(first + 1).then(|| unit.lexed.close_of(first + 1, tokens.len())).flatten()?;
    Some((at + 2..first, first + 2..second))
}

/// How an index depends on `threadIdx.x`.
#[derive(PartialEq, Eq)]
enum Lane {
    /// Neighbouring threads have the same index.
    None,
    /// Neighbouring threads have neighbouring indices.
    Whole,
    /// Unknown.
    Other,
}

fn lane(unit: &Unit, function: &Function, index: Range<usize>) -> Lane {
    let tokens = unit.tokens();
    let mut uses = 0;
    for at in index.clone() {
        let token = &tokens[at];
        if token.kind == TokenKind::Identifier && !unit.is_member(at) {
            let (value, is_certain) = value_of(unit, function, at);
            let x = value.clone().filter(|&at| is_thread_index(unit, at)).count();
            if x > 0 && !(is_certain && value.len() == 3) {
                return Lane::Other;
            }
            // An element of an array can differ from thread to thread.
            let is_element = |at: usize| tokens[at].is_punct(b'[') || tokens[at].is_punct(b'(');
            if x == 0 && value.clone().any(is_element) {
                return Lane::Other;
            }
            uses += x;
        } else if token.kind == TokenKind::Punct && !b"+-.()".contains(&token.byte) && uses > 0 {
            return Lane::Other;
        }
    }
    let scales = index
        .clone()
        .any(|at| tokens[at].kind == TokenKind::Punct && b"*/%<>&|^?[".contains(&tokens[at].byte));
    match uses {
        0 => Lane::None,
        1 if !scales => Lane::Whole,
        _ => Lane::Other,
    }
}

/// Whether `threadIdx.x` begins at token `at`.
fn is_thread_index(unit: &Unit, at: usize) -> bool {
    unit.is_word(at, "threadIdx")
        && unit.tokens().get(at + 1).is_some_and(|token| token.is_punct(b'.'))
        && unit.is_word(at + 2, "x")
}

/// The tokens of the value of the name at token `at`: of its only declaration in `function`, or else the name itself. The
/// second part is whether nothing else in the function assigns to the name.
fn value_of(unit: &Unit, function: &Function, at: usize) -> (Range<usize>, bool) {
    let tokens = unit.tokens();
    if is_thread_index(unit, at) {
        return (at..at + 3, true);
    }
    let name = unit.text(&tokens[at]);
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|token| token.is_punct(byte));
    let places = unit.places(name, function.body.clone());
    let mut values = Vec::new();
    let mut is_certain = true;
    for place in places.iter().map(|&place| place as usize) {
        if is(place + 1, b'=') && !is(place + 2, b'=') {
            let end = (place + 2..function.body.end).find(|&at| is(at, b';') || is(at, b','));
            values.push(place + 2..end.unwrap_or(place + 2));
        }
        let changes = tokens
            .get(place + 1)
            .is_some_and(|token| token.kind == TokenKind::Punct && b"+-*/%|&^<>".contains(&token.byte))
            && is(place + 2, b'=');
        is_certain &= !changes;
    }
    is_certain &= values.len() == 1;
    let with_index = values.iter().find(|value| (*value).clone().any(|at| is_thread_index(unit, at)));
    (with_index.or(values.first()).cloned().unwrap_or(at..at + 1), is_certain)
}
