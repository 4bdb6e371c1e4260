//! Values in braces that are narrowed: `dim3 grid{n / 256}` with an `int`. The host compiler of nvcc warns, and clang
//! refuses them.
//!
//! It casts only to types that the code spells out, and says nothing about a value whose type it cannot read.

use std::ops::Range;

use rustc_hash::FxHashMap;
use tranship_rules::rule;

use super::contracts;
use crate::cpp::declared::declared_anywhere;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::text::Edit;

/// A built-in number type.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Number {
    /// An integer with its bits.
    Whole { bits: u32, signed: bool },
    /// A floating-point number with its bits.
    Float(u32),
}

/// The type of the members of `dim3`, and of the indices of a thread.
const UNSIGNED: Number = Number::Whole { bits: 32, signed: false };
const INT: Number = Number::Whole { bits: 32, signed: true };

/// Checks every list of values in braces of the file.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    if unit.is_hip() || unit.is_c() {
        return;
    }
    let mut structures = FxHashMap::default();
    for brace in 1..unit.tokens().len() {
        let token = &unit.tokens()[brace];
        if !token.is_punct(b'{') || token.is(Token::FROZEN) || token.is(Token::DIRECTIVE) {
            continue;
        }
        if let Some((to, spelled)) = target(unit, brace) {
            let mut edits = Vec::new();
            elements(pass, brace, to, &spelled, &mut edits);
            if let (Some(first), Some(last)) = (edits.first(), edits.last()) {
                let span = crate::text::Span::new(first.span.start, last.span.end);
                pass.report_fix(rule::NARROWED_IN_BRACES, span, Fix::Many(edits));
            }
        } else if let Some(class) = structure(unit, brace)
            && let Some(members) = structures.entry(class).or_insert_with(|| members(unit, class))
        {
            let mut edits = Vec::new();
            values(pass, brace, members, &mut edits);
            if let (Some(first), Some(last)) = (edits.first(), edits.last()) {
                let span = crate::text::Span::new(first.span.start, last.span.end);
                pass.report_fix(rule::NARROWED_IN_BRACES, span, Fix::Many(edits));
            }
        }
    }
}

/// The type of the values in the braces at token `brace`, and how the code spells it.
fn target(unit: &Unit, brace: usize) -> Option<(Number, String)> {
    let tokens = unit.tokens();
    let before = brace - 1;
    let is_dim3 = |at: usize| unit.is_word(at, "dim3");
    if is_dim3(before) || returned_type(unit, brace).is_some_and(is_dim3) {
        return Some((UNSIGNED, "unsigned".to_owned()));
    }
    let mut name = if tokens[before].is_punct(b'=') { before.checked_sub(1)? } else { before };
    let is_list = tokens[name].is_punct(b']');
    while tokens[name].is_punct(b']') {
        name = unit.lexed.open_of(name, 0)?.checked_sub(1)?;
    }
    if tokens[name].kind != TokenKind::Identifier {
        return None;
    }
    let kind = unit.variable_at(name)?;
    if kind.end == name && unit.is_word(kind.end - 1, "dim3") && !is_list {
        return Some((UNSIGNED, "unsigned".to_owned()));
    }
    let words = type_words(unit, kind)?;
    number_type(&words).map(|number| (number, words.join(" ")))
}

/// Words before a type that do not change its values.
const QUALIFIERS: &[&str] =
    &["const", "static", "volatile", "__shared__", "__device__", "__constant__", "std"];

/// The words of a type without qualifiers; `None` for a pointer, a reference or a template.
fn type_words(unit: &Unit, kind: Range<usize>) -> Option<Vec<String>> {
    let tokens = &unit.tokens()[kind];
    let is_number = tokens.iter().all(|t| t.kind == TokenKind::Identifier || t.is_double(b':'));
    let words = tokens.iter().map(|t| unit.slice(t.span()).into_owned());
    is_number.then(|| words.filter(|word| !QUALIFIERS.contains(&word.as_str()) && word != ":").collect())
}

/// Words that a number type consists of.
const PARTS: &[&str] = &["unsigned", "signed", "int", "short", "long", "char"];

/// The number type with these words.
fn number_type(words: &[String]) -> Option<Number> {
    let whole = |bits, signed| Some(Number::Whole { bits, signed });
    let [first, ..] = words else { return None };
    if let [word] = words {
        match word.as_str() {
            "float" => return Some(Number::Float(32)),
            "double" => return Some(Number::Float(64)),
            "bool" => return whole(1, false),
            "uint" | "uint32_t" => return whole(32, false),
            "int8_t" => return whole(8, true),
            "int16_t" => return whole(16, true),
            "int32_t" => return whole(32, true),
            "int64_t" | "ptrdiff_t" | "ssize_t" => return whole(64, true),
            "uint8_t" | "uchar" => return whole(8, false),
            "uint16_t" | "ushort" => return whole(16, false),
            "uint64_t" | "size_t" => return whole(64, false),
            _ => {}
        }
    }
    if !words.iter().all(|word| PARTS.contains(&word.as_str())) {
        return None;
    }
    let has = |part: &str| words.iter().any(|word| word == part);
    let signed = !has("unsigned");
    match first.as_str() {
        _ if has("char") => whole(8, signed),
        _ if has("short") => whole(16, signed),
        _ if has("long") => whole(64, signed),
        _ => whole(32, signed),
    }
}

/// A member of a structure: its type and how the code spells it, if it is a number.
type Member = Option<(Number, String)>;

/// The name of the structure that the values in the braces at token `brace` initialize: `Range{a, b}`, `Range r{a, b}` or
/// `Range r = {a, b}`.
fn structure<'a>(unit: &Unit<'a>, brace: usize) -> Option<&'a [u8]> {
    let tokens = unit.tokens();
    let before = brace - 1;
    if let Some(kind) = returned_type(unit, brace) {
        return Some(unit.text(&tokens[kind]));
    }
    let name = if tokens[before].is_punct(b'=') { before.checked_sub(1)? } else { before };
    let is_name = tokens[name].kind == TokenKind::Identifier && !tokens[name].is(Token::DIRECTIVE);
    if !is_name || name.checked_sub(1).is_none_or(|at| is_keyword(unit, at)) {
        return None;
    }
    match unit.variable_at(name) {
        Some(kind) => {
            let is_type = |token: &&Token| {
                token.kind == TokenKind::Identifier && !QUALIFIERS.contains(&&*unit.slice(token.span()))
            };
            let words = &tokens[kind];
            let mut types = words.iter().filter(is_type);
            let one =
                types.next().filter(|_| words.iter().all(|token| token.kind == TokenKind::Identifier))?;
            types.next().is_none().then(|| unit.text(one))
        }
        None => (name == before).then(|| unit.text(&tokens[name])),
    }
}

/// The token of the type that the function around token `brace` returns by value, if a `return` statement has the braces.
/// `None` behind a lambda, which has a type of its own.
fn returned_type(unit: &Unit, brace: usize) -> Option<usize> {
    let tokens = unit.tokens();
    if !unit.is_word(brace - 1, "return") {
        return None;
    }
    let function = unit.function_at(tokens[brace].start)?;
    let is_lambda = |at: usize| {
        tokens[at].is_punct(b']')
            && matches!(tokens[at + 1].byte, b'(' | b'{')
            && tokens[at + 1].kind == TokenKind::Punct
    };
    let kind = function.name.checked_sub(1).filter(|kind| function.head.contains(kind))?;
    let is_type = tokens[kind].kind == TokenKind::Identifier && !unit.is_word(kind, "auto");
    (is_type && !(function.body.start..brace).any(is_lambda)).then_some(kind)
}

/// The members of the structure `class`, if the file defines it once, and as a plain structure.
fn members(unit: &Unit, class: &[u8]) -> Option<Vec<Member>> {
    let tokens = unit.tokens();
    let opens = |&at: &u32| {
        let at = at as usize;
        let is_struct = at.checked_sub(1).is_some_and(|at| unit.is_word(at, "struct"));
        (is_struct && tokens.get(at + 1).is_some_and(|token| token.is_punct(b'{'))).then_some(at + 1)
    };
    let mut defined = unit.places(class, 0..tokens.len()).iter().filter_map(opens);
    let (open, None) = (defined.next()?, defined.next()) else { return None };
    let close = unit.lexed.close_of(open, (open + LONGEST).min(tokens.len()))?;
    members_of(unit, open + 1..close)
}

/// The most tokens of a structure; a longer one is not read.
const LONGEST: usize = 512;

/// Whether token `at` begins a definition, so that the braces behind its name are no values.
fn is_keyword(unit: &Unit, at: usize) -> bool {
    matches!(
        unit.text(&unit.tokens()[at]),
        b"struct" | b"class" | b"union" | b"enum" | b"namespace" | b":" | b"new"
    )
}

/// The members that `body` of a structure declares; `None` if it has functions, arrays or other declarations.
fn members_of(unit: &Unit, body: Range<usize>) -> Option<Vec<Member>> {
    let tokens = unit.tokens();
    let mut members = Vec::new();
    let mut start = body.start;
    for end in body.clone().filter(|&at| tokens[at].is_punct(b';')) {
        let is_other = |token: &Token| {
            token.is(Token::DIRECTIVE)
                || matches!(token.byte, b'(' | b'{' | b'[' | b':' | b'=') && token.kind == TokenKind::Punct
                || matches!(
                    unit.text(token),
                    b"static" | b"using" | b"typedef" | b"friend" | b"struct" | b"enum"
                )
        };
        if tokens[start..end].iter().any(is_other) {
            return None;
        }
        let parts = split_arguments(&unit.lexed, start..end);
        let first = parts.first()?;
        let kind = first.start..first.end.checked_sub(1)?;
        let words = type_words(unit, kind).filter(|words| !words.is_empty());
        let number = words.and_then(|words| Some((number_type(&words)?, words.join(" "))));
        for part in &parts {
            let is_plain = part.len() == 1 || part == first;
            members.push(number.clone().filter(|_| is_plain));
        }
        start = end + 1;
    }
    (start == body.end && !members.is_empty()).then_some(members)
}

/// Casts the values in the braces at token `open` that are narrowed, each to the type of its member.
fn values(pass: &Pass, open: usize, members: &[Member], edits: &mut Vec<Edit>) {
    let unit = pass.unit;
    let Some(close) = unit.lexed.close_of(open, unit.tokens().len()) else { return };
    let parts = split_arguments(&unit.lexed, open + 1..close);
    // A member whose values have no braces of their own takes several values.
    if parts.len() > members.len()
        || parts.iter().zip(members).any(|(part, member)| part.is_empty() || member.is_none())
    {
        return;
    }
    for (part, (to, spelled)) in parts.into_iter().zip(members.iter().flatten()) {
        let is_value = !matches!(unit.tokens()[part.start].byte, b'{' | b'.');
        if is_value && is_narrowed(pass, part.clone(), *to) {
            edits.push(Edit::wrap(unit.span_of(part), format!("static_cast<{spelled}>("), ")"));
        }
    }
}

/// Casts the values in the braces at token `open` that are narrowed, and those of lists in it.
fn elements(pass: &Pass, open: usize, to: Number, spelled: &str, edits: &mut Vec<Edit>) {
    let unit = pass.unit;
    let Some(close) = unit.lexed.close_of(open, unit.tokens().len()) else { return };
    let parts = split_arguments(&unit.lexed, open + 1..close);
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if unit.tokens()[part.start].is_punct(b'{') {
            elements(pass, part.start, to, spelled, edits);
        } else if is_narrowed(pass, part.clone(), to) {
            edits.push(Edit::wrap(unit.span_of(part), format!("static_cast<{spelled}>("), ")"));
        }
    }
}

/// Whether the expression is no constant, and its type has values that `to` lacks.
fn is_narrowed(pass: &Pass, part: Range<usize>, to: Number) -> bool {
    if is_constant(pass, part.clone()) {
        return false;
    }
    let Some(from) = type_of(pass, part) else { return false };
    match (from, to) {
        (Number::Float(from), Number::Float(to)) => from > to,
        (Number::Float(_), Number::Whole { .. }) | (Number::Whole { .. }, Number::Float(_)) => true,
        (Number::Whole { bits: from, signed }, Number::Whole { bits, signed: to_signed }) => {
            if signed == to_signed { from > bits } else { signed || from >= bits }
        }
    }
}

/// Whether the value of the expression is a known number.
fn is_constant(pass: &Pass, part: Range<usize>) -> bool {
    contracts::number(pass, part.clone()).is_some() && !part.into_iter().any(|at| hides_constant(pass, at))
}

/// Whether token `at` is a variable or parameter that hides a constant which another file of the project defines.
fn hides_constant(pass: &Pass, at: usize) -> bool {
    let unit = pass.unit;
    let word = unit.text(&unit.tokens()[at]);
    let is_name = unit.tokens()[at].kind == TokenKind::Identifier;
    is_name && unit.constants().value(unit, word).is_none() && unit.is_shadowed(at)
}

/// Whether the expression is a variable integer of 64 bits.
pub(super) fn is_long(pass: &Pass, part: Range<usize>) -> bool {
    !is_constant(pass, part.clone()) && matches!(type_of(pass, part), Some(Number::Whole { bits: 64, .. }))
}

/// The type that an argument of a function has after the promotion of integers; `None` if a part of the argument cannot be
/// read.
pub(super) fn argument_type(pass: &Pass, part: Range<usize>) -> Option<Number> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| at < part.end && tokens[at].is_punct(byte);
    // A cast of the whole argument: `(size_t)n`, `(size_t)(a + b)`, `float(n)`.
    let open = part.start + usize::from(!is(part.start, b'('));
    if is(open, b'(')
        && let Some(close) = unit.lexed.close_of(open, part.end)
    {
        let is_group = |at: usize| is(at, b'(') && unit.lexed.close_of(at, part.end) == Some(part.end - 1);
        let is_cast = close + 2 == part.end || is_group(close + 1);
        let kind = if open == part.start {
            is_cast.then_some(open + 1..close)
        } else {
            (close + 1 == part.end).then_some(part.start..open)
        };
        if let Some(number) = kind.and_then(|kind| number_type(&type_words(unit, kind)?)) {
            return Some(promoted(number));
        }
    }
    expression_type(pass, part).map(|(number, _)| promoted(number))
}

/// The type of an arithmetic expression. `None` if a part cannot be read, or no part is a variable.
fn type_of(pass: &Pass, part: Range<usize>) -> Option<Number> {
    expression_type(pass, part).filter(|&(_, is_variable)| is_variable).map(|(number, _)| number)
}

/// The type of an arithmetic expression, and whether a part is a variable. `None` if a part cannot be read.
fn expression_type(pass: &Pass, part: Range<usize>) -> Option<(Number, bool)> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let mut operands = Vec::new();
    let (mut is_variable, mut is_computed) = (false, false);
    let mut at = part.start;
    while at < part.end {
        let token = &tokens[at];
        match token.kind {
            TokenKind::Number => {
                operands.push(literal(unit.text(token))?);
                at += 1;
            }
            TokenKind::Identifier => {
                let (kind, end) = operand(pass, at, part.end)?;
                is_variable |= kind.1;
                operands.push(kind.0);
                at = end;
            }
            _ if matches!(token.byte, b'+' | b'-' | b'*' | b'/' | b'%' | b'(' | b')') => {
                is_computed |= !matches!(token.byte, b'(' | b')');
                at += 1;
            }
            _ => return None,
        }
    }
    let number = match operands.as_slice() {
        [only] if !is_computed => *only,
        _ => operands.into_iter().map(promoted).reduce(common)?,
    };
    Some((number, is_variable))
}

/// The type of the operand that begins at token `at`, whether it is a variable, and where the operand ends.
fn operand(pass: &Pass, at: usize, limit: usize) -> Option<((Number, bool), usize)> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let word = unit.text(&tokens[at]);
    let is = |at: usize, byte: u8| at < limit && tokens[at].is_punct(byte);
    if matches!(word, b"threadIdx" | b"blockIdx" | b"blockDim" | b"gridDim") {
        return is(at + 1, b'.').then_some(((UNSIGNED, true), at + 3));
    }
    if word == b"static_cast" && is(at + 1, b'<') {
        let close = unit.lexed.angle_close(at + 1, limit)?;
        let end = is(close + 1, b'(').then(|| unit.lexed.close_of(close + 1, limit)).flatten()?;
        return Some(((number_type(&type_words(unit, at + 2..close)?)?, true), end + 1));
    }
    if let Some(constant) = pass.constant(word).filter(|_| !hides_constant(pass, at)) {
        let fits = constant.value().is_some_and(|value| i32::try_from(value).is_ok());
        return (fits && !is(at + 1, b'(')).then_some(((INT, false), at + 1));
    }
    let kind = declared_anywhere(unit, word, at)?;
    let words = type_words(unit, kind)?;
    if words.iter().any(|word| word == "constexpr") || is(at + 1, b'(') || is(at + 1, b'.') {
        return None;
    }
    // The declaration must be that of a plain variable, not of an array or a function.
    let mut end = at + 1;
    while is(end, b'[') {
        end = unit.lexed.close_of(end, limit)? + 1;
    }
    Some(((number_type(&words)?, true), end))
}

fn literal(text: &[u8]) -> Option<Number> {
    let lower = text.to_ascii_lowercase();
    let is_hex = lower.starts_with(b"0x");
    if !is_hex && lower.iter().any(|byte| matches!(byte, b'.' | b'e')) {
        return Some(Number::Float(if lower.ends_with(b"f") { 32 } else { 64 }));
    }
    let long = lower.contains(&b'l');
    let signed = !lower.contains(&b'u');
    crate::cpp::constants::number(text).map(|_| Number::Whole { bits: if long { 64 } else { 32 }, signed })
}

/// The type after the promotion of integers.
fn promoted(number: Number) -> Number {
    match number {
        Number::Whole { bits, .. } if bits < 32 => INT,
        other => other,
    }
}

/// The common type of two operands by the usual arithmetic conversions.
fn common(a: Number, b: Number) -> Number {
    match (a, b) {
        (Number::Float(a), Number::Float(b)) => Number::Float(a.max(b)),
        (float @ Number::Float(_), _) | (_, float @ Number::Float(_)) => float,
        (Number::Whole { bits: a, signed: a_signed }, Number::Whole { bits: b, signed: b_signed }) => {
            let bits = a.max(b);
            let is_unsigned = (a == bits && !a_signed) || (b == bits && !b_signed);
            Number::Whole { bits, signed: !is_unsigned }
        }
    }
}
