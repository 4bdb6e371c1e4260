//! Sums and differences of device pointers of the driver API, computed with `char *`.
//!
//! A use has an edit only if its expression consists of `+` and `-`, and if the code around takes a pointer or a size.

use std::ops::Range;

use crate::cpp::declared::{declared, declared_anywhere};
use crate::cpp::functions::Function;
use crate::cpp::{Token, TokenKind, Unit};
use crate::text::Edit;

/// The edit for the device pointer at token `index`, which is an operand; `None` where `char *` may not have the same
/// effect.
pub(super) fn in_bytes(unit: &Unit, function: &Function, index: usize) -> Option<Edit> {
    let tokens = unit.tokens();
    let token = &tokens[index];
    if token.is(Token::FROZEN) || token.is(Token::DIRECTIVE) || unit.is_member(index) {
        return None;
    }
    let word = unit.text(token);
    if !declared(unit, function, word, index).is_some_and(|kind| is_device_pointer(unit, kind)) {
        return None;
    }
    let name = unit.slice(token.span());
    let cast = if unit.is_c() { format!("(char *){name}") } else { format!("static_cast<char*>({name})") };
    let [sign, equals] = [tokens.get(index + 1)?, tokens.get(index + 2)?];
    if equals.is_punct(b'=') && matches!(sign.byte, b'+' | b'-') {
        let starts = tokens[index - 1].kind == TokenKind::Punct
            && matches!(tokens[index - 1].byte, b';' | b'{' | b'}');
        let value = index + 3..terms(unit, index + 3, index + 3)?.end;
        let ends =
            starts && tokens.get(value.end)?.is_punct(b';') && pointers(unit, function, value) == Some(0);
        let text = format!("= {cast} {}", char::from(sign.byte));
        return ends.then(|| Edit::replace(sign.span().to(equals.span()), text));
    }
    let value = terms(unit, index, index)?;
    let pointers = pointers(unit, function, value.clone())?;
    let takes = match pointers {
        1 => takes_pointer(unit, function, &value),
        0 => takes_size(unit, &value),
        _ => false,
    };
    takes.then(|| Edit::replace(token.span(), cast))
}

/// Whether the tokens of a type are those of a device pointer itself.
fn is_device_pointer(unit: &Unit, kind: Range<usize>) -> bool {
    let tokens = &unit.tokens()[kind];
    let is_type = |t: &Token| matches!(unit.text(t), b"CUdeviceptr" | b"hipDeviceptr_t");
    tokens.iter().any(is_type)
        && !tokens.iter().any(|t| t.kind == TokenKind::Punct && matches!(t.byte, b'*' | b'<'))
}

/// The tokens of the expression around `first..=last` up to its brackets, commas, `=` and `;`; `None` if it has operators
/// other than `+`, `-`, `*` and `/`.
fn terms(unit: &Unit, first: usize, last: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let mut start = first;
    while start > 0 {
        let token = &tokens[start - 1];
        match token.byte {
            _ if token.kind != TokenKind::Punct && unit.text(token) == b"return" => break,
            _ if token.kind != TokenKind::Punct => {}
            b'(' | b',' | b'{' | b'}' | b';' | b'=' => break,
            b')' | b']' => start = unit.lexed.open_of(start - 1, 0)? + 1,
            _ if !is_arithmetic(token) => return None,
            _ => {}
        }
        start -= 1;
    }
    let mut end = last;
    loop {
        let token = tokens.get(end)?;
        match token.byte {
            _ if token.kind != TokenKind::Punct => {}
            b')' | b',' | b';' | b'}' => break,
            b'(' | b'[' => end = unit.lexed.close_of(end, tokens.len())?,
            _ if !is_arithmetic(token) => return None,
            _ => {}
        }
        end += 1;
    }
    Some(start..end)
}

/// Whether a token between the operands of a sum is one of its operators, or part of a name.
fn is_arithmetic(token: &Token) -> bool {
    let is_operator = token.end - token.start == 1 && matches!(token.byte, b'+' | b'-' | b'*' | b'/' | b'.');
    is_operator || token.is_double(b'-') || token.is_double(b':')
}

/// How many pointers more are added than subtracted in the terms `value`; `None` if a device pointer is a factor, or is in
/// brackets.
fn pointers(unit: &Unit, function: &Function, value: Range<usize>) -> Option<i32> {
    let tokens = unit.tokens();
    let mut sum = 0;
    let mut depth = 0_u32;
    for at in value.clone() {
        let token = &tokens[at];
        match token.byte {
            _ if token.kind != TokenKind::Punct => {}
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_pointer = token.kind == TokenKind::Identifier
            && !unit.is_member(at)
            && declared(unit, function, unit.text(token), at)
                .is_some_and(|kind| is_device_pointer(unit, kind));
        if !is_pointer {
            continue;
        }
        let sign = |at: usize, bytes: &[u8]| {
            tokens[at].kind == TokenKind::Punct
                && tokens[at].end - tokens[at].start == 1
                && bytes.contains(&tokens[at].byte)
        };
        let is_last = at + 1 == value.end;
        if depth > 0 || !(is_last || sign(at + 1, b"+-")) {
            return None;
        }
        sum += match () {
            () if at == value.start || sign(at - 1, b"+") => 1,
            () if sign(at - 1, b"-") => -1,
            () => return None,
        };
    }
    Some(sum)
}

/// Whether the code around takes a pointer: a device pointer, an argument of the driver API, or a cast.
fn takes_pointer(unit: &Unit, function: &Function, value: &Range<usize>) -> bool {
    let tokens = unit.tokens();
    let Some(before) = value.start.checked_sub(1) else { return false };
    match tokens[before].byte {
        b'=' if tokens[before].kind == TokenKind::Punct => {
            assigned(unit, before).is_some_and(|kind| is_device_pointer(unit, kind))
        }
        b'(' | b',' if tokens[before].kind == TokenKind::Punct => {
            is_driver_argument(unit, value) || is_cast(unit, before, value.end)
        }
        _ if unit.text(&tokens[before]) == b"return" => is_device_pointer(unit, function.head.clone()),
        _ => false,
    }
}

/// Whether the code around takes a size: a variable with a type of its own, or an argument of the driver API.
fn takes_size(unit: &Unit, value: &Range<usize>) -> bool {
    let tokens = unit.tokens();
    let Some(before) = value.start.checked_sub(1) else { return false };
    let is_size = |kind: Range<usize>| {
        tokens[kind]
            .iter()
            .all(|t| matches!(unit.text(t), b"size_t" | b"std" | b"const" | b":") || t.is_double(b':'))
    };
    match tokens[before].byte {
        b'=' => assigned(unit, before).is_some_and(is_size),
        b'(' | b',' => is_driver_argument(unit, value),
        _ => false,
    }
}

/// The type of the variable before the `=` at token `equals`.
fn assigned(unit: &Unit, equals: usize) -> Option<Range<usize>> {
    let name = equals.checked_sub(1)?;
    let token = &unit.tokens()[name];
    let is_name = token.kind == TokenKind::Identifier && !unit.is_member(name);
    is_name.then(|| declared_anywhere(unit, unit.text(token), equals))?
}

/// Whether the value is an argument of a function of the driver API.
fn is_driver_argument(unit: &Unit, value: &Range<usize>) -> bool {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(value.start);
    let open = crate::cpp::call_site::enclosing_open(unit, start, value.start);
    let Some(name) = open.and_then(|open| open.checked_sub(1)) else { return false };
    let name = unit.text(&tokens[name]);
    [b"cuMem".as_slice(), b"hipMem"].iter().any(|start| name.starts_with(start))
}

/// Whether the brackets around a value, opened at token `open` and closed at `close`, are those of a cast to a pointer.
fn is_cast(unit: &Unit, open: usize, close: usize) -> bool {
    let tokens = unit.tokens();
    let is_star = |at: Option<usize>| at.is_some_and(|at| tokens[at].is_punct(b'*'));
    let is_closed = tokens[open].is_punct(b'(') && tokens.get(close).is_some_and(|t| t.is_punct(b')'));
    let Some(before) = open.checked_sub(1).filter(|_| is_closed) else { return false };
    match tokens[before].byte {
        b')' | b'>' if tokens[before].kind == TokenKind::Punct => is_star(before.checked_sub(1)),
        _ => false,
    }
}
