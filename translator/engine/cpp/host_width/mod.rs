//! Reads of the width of a warp from the device: the property `warpSize`, and the attribute of the device.
//!
//! It looks at the use of each value by tokens, and follows a value through one local variable. A value that is only
//! printed describes the device and is no read.

mod flow;

use std::ops::Range;

use memchr::memmem;

use super::call_site as site;
use super::declared::declared_anywhere;
use super::keywords::precedes_expression;
use super::scopes::{Scope, scope_at};
use super::{Token, TokenKind, Unit};
pub use flow::Flow;
use flow::{flow, takes_address, variable_flow};

/// One read of the width of the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidthRead {
    /// The token of the property or of the attribute.
    pub token: usize,
    /// How the value becomes 32.
    pub form: Form,
    /// What the value is used for.
    pub flow: Flow,
}

/// The form of a read, which decides how its value can become 32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// An expression, `prop.warpSize`: these tokens.
    Value(Range<usize>),
    /// A statement that stores the width: the tokens of the variable, and the token `;` at its end.
    Stored {
        /// The tokens of the variable; a pointer if `is_pointer`.
        variable: Range<usize>,
        /// Whether the variable is a pointer to the value.
        is_pointer: bool,
        /// The token `;`.
        end: usize,
    },
    /// Another one.
    Other,
}

/// All reads of `unit`, in order. Frozen branches, writes, and values that are only printed are left out.
pub fn width_reads(unit: &Unit) -> Vec<WidthRead> {
    let mut reads = Vec::new();
    let words: [&[u8]; 5] = [
        b"warpSize",
        b"cudaDevAttrWarpSize",
        b"CU_DEVICE_ATTRIBUTE_WARP_SIZE",
        b"hipDeviceAttributeWarpSize",
        b"warp_size",
    ];
    // Most files have none of the words, and finding the places of words reads every token.
    for word in words.into_iter().filter(|word| memmem::find(&unit.source.bytes, word).is_some()) {
        let places = unit.places(word, 0..unit.tokens().len());
        let places = places.iter().map(|&at| at as usize).filter(|&at| !unit.tokens()[at].is(Token::FROZEN));
        reads.extend(places.filter_map(|at| match word {
            _ if scope_at(unit, at) == Scope::Enum => None,
            b"warpSize" => property(unit, at),
            b"warp_size" => function_of_torch(unit, at),
            _ => Some(attribute(unit, at)),
        }));
    }
    reads.retain(|read| read.flow != Flow::Printed);
    reads.sort_by_key(|read| read.token);
    reads
}

/// The read of the property at token `at`.
fn property(unit: &Unit, at: usize) -> Option<WidthRead> {
    let tokens = unit.tokens();
    if !unit.is_member(at) || at < 2 || is_written(unit, at + 1) {
        return None;
    }
    let object = is_property(unit, at - 2);
    if object == Some(false) {
        return None;
    }
    let start = object_start(unit, at - 2);
    let is_simple = |start: &usize| {
        !start
            .checked_sub(1)
            .is_some_and(|before| tokens[before].is_punct(b'&') && takes_address(unit, before))
            && !tokens[*start..at].iter().any(|t| is_renamed(unit.text(t)))
    };
    let form = start.filter(is_simple).map_or(Form::Other, |start| Form::Value(start..at + 1));
    let flow = flow(unit, start.unwrap_or(at)..at + 1, 0);
    let flow = if object.is_none() { flow.max_unless_printed(Flow::Elsewhere) } else { flow };
    Some(WidthRead { token: at, form, flow })
}

/// Whether a table may rename `word`: an edit that drops it would conflict.
fn is_renamed(word: &[u8]) -> bool {
    word.starts_with(b"cuda") && word.get(4).is_some_and(u8::is_ascii_uppercase)
}

/// Whether the tokens from `at` on assign to the value before them.
fn is_written(unit: &Unit, at: usize) -> bool {
    let is = |at: usize, byte: u8| unit.tokens().get(at).is_some_and(|t| t.is_punct(byte));
    is(at, b'=') && !is(at + 1, b'=')
}

/// `at::cuda::warp_size()` of PyTorch at token `at`.
fn function_of_torch(unit: &Unit, at: usize) -> Option<WidthRead> {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    let scope = site::scope_before(unit, at).filter(|&scope| unit.is_word(scope, "cuda"))?;
    let outer = site::scope_before(unit, scope).filter(|&outer| unit.is_word(outer, "at"))?;
    let start = if outer > 0 && tokens[outer - 1].is_double(b':') { outer - 1 } else { outer };
    if !is(at + 1, b'(') || !is(at + 2, b')') {
        return None;
    }
    let value = start..at + 3;
    Some(WidthRead { token: at, flow: flow(unit, value.clone(), 0), form: Form::Value(value) })
}

/// The read of the attribute at token `at`.
fn attribute(unit: &Unit, at: usize) -> WidthRead {
    if unit.tokens()[at].is(Token::DIRECTIVE) {
        return WidthRead { token: at, form: Form::Other, flow: Flow::Elsewhere };
    }
    let stored = stored(unit, at);
    let flow = match &stored {
        Some(Form::Stored { variable, is_pointer: false, end }) => {
            variable_flow(unit, variable.clone(), *end).unwrap_or(Flow::Elsewhere)
        }
        _ => Flow::Elsewhere,
    };
    WidthRead { token: at, form: stored.unwrap_or(Form::Other), flow }
}

/// No statement that reads the attribute has so many tokens behind it.
const FAR: usize = 64;

/// The variable that a call with the attribute at token `at` writes, if the call is a statement of its own.
fn stored(unit: &Unit, at: usize) -> Option<Form> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(at);
    let open = site::enclosing_open(unit, start, at)?;
    // The function of CUDA, or one of the project with the same arguments.
    let callee = callee_of(unit, open)?;
    let arguments = site::arguments(unit, callee)?;
    let [target, attribute, _] = arguments.as_slice() else { return None };
    if attribute.clone() != (at..at + 1) {
        return None;
    }
    let is_address = tokens[target.start].is_punct(b'&');
    let variable = if is_address { target.start + 1..target.end } else { target.clone() };
    let is_plain = |t: &Token| {
        t.kind == TokenKind::Identifier || t.is_punct(b'.') || t.is_double(b'-') || t.is_double(b':')
    };
    if variable.is_empty() || !tokens[variable.clone()].iter().all(is_plain) {
        return None;
    }
    // `if (x) f();` is one statement: a second one behind it would not be part of the branch.
    let is_control = |t: &Token| {
        let word = unit.text(t);
        precedes_expression(word) || matches!(word, b"if" | b"for" | b"while" | b"switch")
    };
    if is_control(&tokens[start]) || start.checked_sub(1).is_some_and(|at| tokens[at].is(Token::DIRECTIVE)) {
        return None;
    }
    let end = (at..tokens.len().min(at + FAR))
        .find(|&at| tokens[at].is_punct(b';') || tokens[at].is_punct(b'{'))?;
    let ends = tokens[end].is_punct(b';') && !is_head(unit, start);
    ends.then_some(Form::Stored { variable, is_pointer: !is_address, end })
}

/// The name of the function that is called at token `open`, before its template arguments.
fn callee_of(unit: &Unit, open: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let last = open.checked_sub(1)?;
    let is_list = |at: &usize| unit.lexed.angle_close(*at, open) == Some(last);
    let name = if tokens[last].is_punct(b'>') {
        (last.saturating_sub(LONGEST_VALUE)..last).rev().find(is_list)?.checked_sub(1)?
    } else {
        last
    };
    (tokens[name].kind == TokenKind::Identifier).then_some(name)
}

/// Whether a bracket that is open before token `start`, as in the head of a loop, contains the statement.
fn is_head(unit: &Unit, start: usize) -> bool {
    let tokens = unit.tokens();
    (start.saturating_sub(64)..start).rev().take_while(|&at| !matches!(tokens[at].byte, b'{' | b'}')).any(
        |at| {
            tokens[at].is_punct(b'(')
                && unit.lexed.close_of(at, tokens.len()).is_some_and(|close| close >= start)
        },
    )
}

/// Where the object that ends at token `last` begins: a name with members, indices and calls.
fn object_start(unit: &Unit, last: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut at = last;
    loop {
        if tokens[at].is_punct(b']') || tokens[at].is_punct(b')') {
            let open = unit.lexed.open_of(at, 0)?;
            let before = open.checked_sub(1)?;
            let is_callee = tokens[before].kind == TokenKind::Identifier
                && !precedes_expression(unit.text(&tokens[before]));
            if tokens[at].is_punct(b')') && !is_callee {
                return Some(open);
            }
            at = before;
            continue;
        }
        if tokens[at].kind != TokenKind::Identifier {
            return None;
        }
        while let Some(scope) =
            site::scope_before(unit, at).filter(|&scope| tokens[scope].kind == TokenKind::Identifier)
        {
            at = scope;
        }
        if at > 0 && tokens[at - 1].is_double(b':') {
            at -= 1;
        }
        if !unit.is_member(at) || at < 2 {
            return Some(at);
        }
        at -= 2;
    }
}

/// No initialiser that shows what it returns has so many tokens before that.
const LONGEST_VALUE: usize = 32;

/// Whether the object that ends at token `last` contains device properties: the file declares it with that type, or the
/// name of a called function says so. `None` where the file does not declare it.
pub fn is_property(unit: &Unit, last: usize) -> Option<bool> {
    let tokens = unit.tokens();
    let names_type = |token: &Token| {
        let word = unit.text(token);
        word.windows(10).any(|part| part.eq_ignore_ascii_case(b"DeviceProp"))
    };
    if tokens[last].is_punct(b')') {
        let open = site::last_before(unit, last, b'(')?;
        return (open > 0 && names_type(&tokens[open - 1])).then_some(true);
    }
    let name = if tokens[last].is_punct(b']') {
        site::last_before(unit, last, b'[')?.saturating_sub(1)
    } else {
        last
    };
    if tokens[name].kind != TokenKind::Identifier {
        return None;
    }
    if names_type(&tokens[name]) {
        return Some(true);
    }
    let declared = declared_anywhere(unit, unit.text(&tokens[name]), name)?;
    let value = declared.end + 1;
    let is_auto = tokens[declared.clone()].iter().any(|t| unit.text(t) == b"auto");
    let given = || tokens[value..].iter().take(LONGEST_VALUE).take_while(|t| !t.is_punct(b';'));
    let has_type = tokens[declared].iter().any(names_type);
    if is_auto && !has_type { given().any(names_type).then_some(true) } else { Some(has_type) }
}
