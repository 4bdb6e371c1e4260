//! Reads of the width of a warp from the device: the property `warpSize`, and the attribute of the device.
//!
//! It looks at the use of each value by tokens, and follows a value through one local variable. A value that is only
//! printed describes the device and is no read.

use std::ops::Range;

use super::call_site as site;
use super::declared::{declared, declared_anywhere};
use super::keywords::precedes_expression;
use super::{Token, TokenKind, Unit};

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

/// All reads of `unit`, in order. Frozen branches, writes, and values that are only printed are left out.
pub fn width_reads(unit: &Unit) -> Vec<WidthRead> {
    let mut reads = Vec::new();
    let words: [&[u8]; 4] =
        [b"warpSize", b"cudaDevAttrWarpSize", b"CU_DEVICE_ATTRIBUTE_WARP_SIZE", b"warp_size"];
    for word in words {
        let places = unit.places(word, 0..unit.tokens().len());
        let places = places.iter().map(|&at| at as usize).filter(|&at| !unit.tokens()[at].is(Token::FROZEN));
        reads.extend(places.filter_map(|at| match word {
            b"warpSize" => property(unit, at),
            b"warp_size" => function_of_torch(unit, at),
            _ => attribute(unit, at),
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

impl Flow {
    fn max_unless_printed(self, other: Flow) -> Flow {
        if self == Flow::Printed { self } else { self.max(other) }
    }
}

/// Whether a table may rename `word`: an edit that drops it would conflict.
fn is_renamed(word: &[u8]) -> bool {
    word.starts_with(b"cuda") && word.get(4).is_some_and(u8::is_ascii_uppercase)
}

/// Whether the `&` at token `at` takes an address, and is no operator between two values.
fn takes_address(unit: &Unit, at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let token = &unit.tokens()[before];
        match token.kind {
            TokenKind::Punct => !token.is_punct(b')') && !token.is_punct(b']'),
            TokenKind::Identifier => precedes_expression(unit.text(token)),
            _ => false,
        }
    })
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
fn attribute(unit: &Unit, at: usize) -> Option<WidthRead> {
    if unit.tokens()[at].is(Token::DIRECTIVE) {
        return Some(WidthRead { token: at, form: Form::Other, flow: Flow::Elsewhere });
    }
    let stored = stored(unit, at);
    let flow = match &stored {
        Some(Form::Stored { variable, is_pointer: false, end }) => {
            variable_flow(unit, variable.clone(), *end).unwrap_or(Flow::Elsewhere)
        }
        _ => Flow::Elsewhere,
    };
    Some(WidthRead { token: at, form: stored.unwrap_or(Form::Other), flow })
}

/// The variable that a call with the attribute at token `at` writes, if the call is a statement of its own.
fn stored(unit: &Unit, at: usize) -> Option<Form> {
    let tokens = unit.tokens();
    let start = unit.lexed.statement_start(at);
    let open = site::enclosing_open(unit, start, at)?;
    let callee = open.checked_sub(1)?;
    if !matches!(
        unit.text(&tokens[callee]),
        b"cudaDeviceGetAttribute" | b"cuDeviceGetAttribute" | b"hipDeviceGetAttribute"
    ) {
        return None;
    }
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
        precedes_expression(word) || matches!(word, b"if" | b"for" | b"while" | b"switch" | b"auto")
    };
    if is_control(&tokens[start]) || start.checked_sub(1).is_some_and(|at| tokens[at].is(Token::DIRECTIVE)) {
        return None;
    }
    let end = (at..tokens.len()).find(|&at| tokens[at].is_punct(b';') || tokens[at].is_punct(b'{'))?;
    let ends = tokens[end].is_punct(b';') && !is_head(unit, start);
    ends.then_some(Form::Stored { variable, is_pointer: !is_address, end })
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

/// How deep values are followed through variables.
const DEEPEST: usize = 2;
/// The most uses of a variable that are looked at.
const MOST_USES: usize = 64;

/// The use of the value in the tokens `value`.
fn flow(unit: &Unit, value: Range<usize>, depth: usize) -> Flow {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    let before = |byte: u8| value.start > 0 && is(value.start - 1, byte);
    let mut inner = value.start;
    let start = unit.lexed.statement_start(value.start);
    let mut is_size = is_operand(unit, &value);
    if value.start > 1
        && is(value.start - 1, b'<')
        && is(value.start - 2, b'<')
        && !in_launch(unit, value.start)
    {
        return Flow::Printed;
    }
    while let Some(open) = site::enclosing_open(unit, start, inner) {
        if in_launch(unit, value.start) {
            return Flow::Sizes;
        }
        inner = open;
        if is(open, b'[') {
            return Flow::Sizes;
        }
        let callee = open.checked_sub(1).map_or(&b""[..], |at| unit.text(&tokens[at]));
        if is_print(callee) {
            return Flow::Printed;
        }
        let is_type_before = open >= 2 && unit.is_word(open - 2, "dim3");
        if is_type_before || computes_size(callee) {
            is_size = true;
        } else if !callee.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') || is_cast(callee) {
            continue;
        } else if callee_is_template_cast(unit, open) {
            continue;
        } else if !is_size {
            return Flow::Elsewhere;
        } else {
            return Flow::Sizes;
        }
    }
    if is_size || in_launch(unit, value.start) {
        return Flow::Sizes;
    }
    if before(b'=') && !(value.start > 1 && matches!(tokens[value.start - 2].byte, b'=' | b'!' | b'<' | b'>'))
    {
        let name = value.start - 2;
        if depth < DEEPEST
            && is(value.end, b';')
            && tokens[name].kind == TokenKind::Identifier
            && !unit.is_member(name)
        {
            return variable_uses(unit, name, value.end, depth + 1).unwrap_or(Flow::Elsewhere);
        }
        return Flow::Elsewhere;
    }
    Flow::Elsewhere
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
    unit.launches()
        .any(|launch| launch.config.iter().chain(launch.arguments.iter()).any(|part| part.contains(&at)))
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
fn callee_is_template_cast(unit: &Unit, open: usize) -> bool {
    let tokens = unit.tokens();
    let Some(close) = open.checked_sub(1).filter(|&at| tokens[at].is_punct(b'>')) else { return false };
    (close.saturating_sub(8)..close).rev().any(|at| unit.is_word(at, "static_cast"))
}

/// The use of the variable in the tokens `variable` behind token `from`: one word, declared in the function around it.
fn variable_flow(unit: &Unit, variable: Range<usize>, from: usize) -> Option<Flow> {
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
