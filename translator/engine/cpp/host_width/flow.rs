//! The use of a value of the host, as far as tokens show it: sizes and launches, printing, or other code.
//!
//! It follows a value through local variables, a few steps deep. What it does not recognise is other code.

use std::ops::Range;

use crate::cpp::call_site as site;
use crate::cpp::declared::declared;
use crate::cpp::keywords::precedes_expression;
use crate::cpp::{TokenKind, Unit};

/// The use of a value.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// It is only printed.
    Printed,
    /// Launches, arguments of kernels and sizes are computed from it.
    Sizes,
    /// Other code gets it.
    Elsewhere,
}

impl Flow {
    /// The larger of both, unless the value is only printed.
    pub(super) fn max_unless_printed(self, other: Flow) -> Flow {
        if self == Flow::Printed { self } else { self.max(other) }
    }
}

/// How deep values are followed through variables.
const DEEPEST: usize = 2;
/// The most uses of a variable that are looked at.
const MOST_USES: usize = 64;

/// The use of the value in the tokens `value`.
pub(super) fn flow(unit: &Unit, value: Range<usize>, depth: usize) -> Flow {
    if in_launch(unit, value.start) {
        return Flow::Sizes;
    }
    if is_streamed(unit, value.start) {
        return Flow::Printed;
    }
    let start = unit.lexed.statement_start(value.start);
    let mut is_size = is_operand(unit, &value);
    let mut inner = value.start;
    while let Some(open) = site::enclosing_open(unit, start, inner) {
        inner = open;
        match Around::of(unit, open) {
            Around::Grouping => {}
            Around::Size => is_size = true,
            Around::Index => return Flow::Sizes,
            Around::Print => return Flow::Printed,
            Around::Call => return if is_size { Flow::Sizes } else { Flow::Elsewhere },
        }
    }
    if is_size {
        return Flow::Sizes;
    }
    assigned(unit, &value, depth).unwrap_or(Flow::Elsewhere)
}

/// The bracket around a value.
enum Around {
    /// Parentheses, a cast, or the head of a statement.
    Grouping,
    /// A function that computes sizes, or dimensions of a launch.
    Size,
    /// An index or a bound.
    Index,
    /// A function that prints.
    Print,
    /// Another function.
    Call,
}

impl Around {
    /// What the bracket at token `open` is.
    fn of(unit: &Unit, open: usize) -> Self {
        let tokens = unit.tokens();
        if tokens[open].is_punct(b'[') {
            return Self::Index;
        }
        let callee = open.checked_sub(1).map_or(&b""[..], |at| unit.text(&tokens[at]));
        let is_name = callee.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        if is_print(callee) {
            Self::Print
        } else if (open >= 2 && unit.is_word(open - 2, "dim3")) || computes_size(callee) {
            Self::Size
        } else if !is_name || is_cast(callee) || ends_cast(unit, open) {
            Self::Grouping
        } else {
            Self::Call
        }
    }
}

/// The use of the local variable that gets the value in the tokens `value`; `None` where there is none.
fn assigned(unit: &Unit, value: &Range<usize>, depth: usize) -> Option<Flow> {
    let tokens = unit.tokens();
    let name = value.start.checked_sub(2)?;
    let is_variable = tokens[name + 1].is_punct(b'=')
        && tokens[name].kind == TokenKind::Identifier
        && tokens.get(value.end).is_some_and(|t| t.is_punct(b';'))
        && !unit.is_member(name);
    if is_variable && depth < DEEPEST { variable_uses(unit, name, value.end, depth + 1) } else { None }
}

/// Whether `<<` of a stream is before the token at `at`.
fn is_streamed(unit: &Unit, at: usize) -> bool {
    at > 1 && unit.tokens()[at - 1].is_punct(b'<') && unit.tokens()[at - 2].is_punct(b'<')
}

/// Whether an operator of arithmetic or a comparison is beside the tokens `value`.
fn is_operand(unit: &Unit, value: &Range<usize>) -> bool {
    let tokens = unit.tokens();
    let text = |at: Option<usize>| {
        at.and_then(|at| tokens.get(at)).map_or(b' ', |t| {
            if t.kind == TokenKind::Punct && !t.is_double(b':') && !t.is_double(b'-') { t.byte } else { b' ' }
        })
    };
    let (before, after) = (text(value.start.checked_sub(1)), text(Some(value.end)));
    let is_equal = |at: Option<usize>| {
        at.is_some_and(|at| tokens[at].is_punct(b'=') && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'=')))
    };
    matches!(before, b'*' | b'/' | b'%' | b'+' | b'-' | b'>')
        || (before == b'<' && text(value.start.checked_sub(2)) != b'<')
        || matches!(after, b'*' | b'/' | b'%' | b'+' | b'-' | b'<' | b'>' | b'!')
        || is_equal(Some(value.end))
        || is_equal(value.start.checked_sub(2))
}

/// Whether the token at `at` is in the configuration or the arguments of a launch.
fn in_launch(unit: &Unit, at: usize) -> bool {
    let launches = unit.all_launches();
    let after = launches.partition_point(|launch| launch.open.start <= at);
    let launch = after.checked_sub(1).map(|last| &launches[last]);
    launch.is_some_and(|launch| {
        launch.config.iter().chain(launch.arguments.iter()).any(|part| part.contains(&at))
    })
}

/// Whether a function called `word` prints its arguments.
fn is_print(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    word.contains("print") || word == "log" || word.starts_with("log_") || word.ends_with("_log")
}

/// Whether a function called `word` computes sizes from its arguments.
fn computes_size(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase();
    word == "dim3"
        || word == "ceil"
        || ["min", "max", "div", "round", "align", "multiple"].iter().any(|part| word.contains(part))
}

/// Whether `word` is a keyword before a parenthesis, or a type as in `int(x)`.
fn is_cast(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"while"
            | b"for"
            | b"switch"
            | b"return"
            | b"int"
            | b"unsigned"
            | b"long"
            | b"float"
            | b"double"
            | b"size_t"
            | b"uint32_t"
            | b"int32_t"
            | b"uint64_t"
            | b"int64_t"
    )
}

/// Whether the parenthesis at token `open` is the operand of `static_cast<T>`.
fn ends_cast(unit: &Unit, open: usize) -> bool {
    let tokens = unit.tokens();
    let Some(close) = open.checked_sub(1).filter(|&at| tokens[at].is_punct(b'>')) else { return false };
    (close.saturating_sub(8)..close).rev().any(|at| unit.is_word(at, "static_cast"))
}

/// The use of the variable in the tokens `variable` behind token `from`: one word, declared in the function around it.
pub(super) fn variable_flow(unit: &Unit, variable: Range<usize>, from: usize) -> Option<Flow> {
    (variable.len() == 1).then(|| variable_uses(unit, variable.start, from, 1)).flatten()
}

/// The use of the local variable with its name at token `name` behind token `from`; `None` where it is no local variable.
fn variable_uses(unit: &Unit, name: usize, from: usize, depth: usize) -> Option<Flow> {
    let word = unit.text(&unit.tokens()[name]);
    let function = unit.function_at(unit.tokens()[name].start)?;
    declared(unit, function, word, name + 2)?;
    let uses = unit.places(word, from..function.body.end);
    if uses.len() > MOST_USES {
        return None;
    }
    let flows = uses.iter().map(|&at| at as usize).filter(|&at| !unit.is_member(at));
    let takes = |at: usize| at > 0 && unit.tokens()[at - 1].is_punct(b'&') && takes_address(unit, at - 1);
    flows
        .map(|at| if takes(at) { Flow::Elsewhere } else { flow(unit, at..at + 1, depth) })
        .max()
        .or(Some(Flow::Printed))
}

/// Whether the `&` at token `at` takes an address, and is no operator between two values.
pub(super) fn takes_address(unit: &Unit, at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let token = &unit.tokens()[before];
        match token.kind {
            TokenKind::Punct => !token.is_punct(b')') && !token.is_punct(b']'),
            TokenKind::Identifier => precedes_expression(unit.text(token)),
            _ => false,
        }
    })
}
