//! Evaluates the conditions of `#if` and similar directives as true, false or unknown.
//!
//! It refuses to expand macros or to evaluate arithmetic beyond comparisons.

use tranship_rules::{Release, list};

use super::{ASSUMED_CUDA_ARCH, Always, Guards, RECENT_CUDA, Settled};
use crate::cpp::constants::{Constant, number};

use crate::cpp::switches::{Switch, names_nvidia};
use crate::cpp::{Directive, DirectiveKind, Lexed, Token, TokenKind};

/// Three-valued truth: `None` is unknown.
pub(in crate::cpp) type Truth = Option<bool>;

pub(super) fn not(a: Truth) -> Truth {
    a.map(|a| !a)
}

pub(super) fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn or(a: Truth, b: Truth) -> Truth {
    not(and(not(a), not(b)))
}

/// The value of a subexpression: its truth, and its number if that is known.
#[derive(Copy, Clone)]
struct Value {
    truth: Truth,
    number: Option<i64>,
}

impl Value {
    const UNKNOWN: Self = Self { truth: None, number: None };

    fn truth(truth: Truth) -> Self {
        Self { truth, number: truth.map(i64::from) }
    }

    fn number(number: i64) -> Self {
        Self { truth: Some(number != 0), number: Some(number) }
    }
}

/// The compilation that a condition is evaluated for.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum World {
    Cuda,
    Hip,
    /// The device pass of HIP, with `__CUDA_ARCH__` as [`ASSUMED_CUDA_ARCH`] and the macros of a recent release of CUDA. All other
    /// macros are unknown.
    Device,
    /// HIP by clang, where the macros of nvcc are all defined or all undefined.
    HipCompiler {
        nvcc: bool,
    },
    /// A compiler that defines neither the macros of nvcc nor the project's macros for NVIDIA. All others are unknown.
    WithoutNvcc,
}

impl World {
    fn is_hip(self) -> bool {
        matches!(self, Self::Hip | Self::HipCompiler { .. })
    }
}

/// A recursive-descent reader of one `#if` expression.
struct Condition<'a> {
    bytes: &'a [u8],
    tokens: &'a [Token],
    at: usize,
    world: World,
    guards: &'a Guards,
    /// The offset of the condition.
    start: u32,
    mentions_hip: bool,
    depth: u32,
}

/// A condition that is nested deeper is unknown; real code does not nest so deeply.
const MAX_DEPTH: u32 = 64;

impl Condition<'_> {
    fn byte(&self) -> u8 {
        self.tokens.get(self.at).filter(|t| t.kind == TokenKind::Punct).map_or(0, |t| t.byte)
    }

    /// Moves behind the operator `text` if it is next.
    fn take(&mut self, text: &[u8]) -> bool {
        let here = self.tokens.get(self.at..self.at + text.len());
        let matches = here.is_some_and(|tokens| {
            tokens.iter().zip(text).all(|(token, &byte)| token.is_punct(byte))
                && tokens.windows(2).all(|pair| pair[0].end == pair[1].start)
        });
        self.at += if matches { text.len() } else { 0 };
        matches
    }

    /// Moves behind the operator `text`, or its name `word`, if it is next.
    fn take_or_word(&mut self, text: &[u8], word: &[u8]) -> bool {
        let is_word =
            |token: &Token| token.kind == TokenKind::Identifier && &self.bytes[token.span().range()] == word;
        let named = self.tokens.get(self.at).is_some_and(is_word);
        self.at += usize::from(named);
        named || self.take(text)
    }

    fn or_expression(&mut self) -> Value {
        let mut left = self.and_expression();
        while self.take_or_word(b"||", b"or") {
            let right = self.and_expression();
            left = Value::truth(or(left.truth, right.truth));
        }
        if self.byte() == b'?' {
            self.at = self.tokens.len();
            return Value::UNKNOWN;
        }
        left
    }

    fn and_expression(&mut self) -> Value {
        let mut left = self.comparison();
        while self.take_or_word(b"&&", b"and") {
            let right = self.comparison();
            left = Value::truth(and(left.truth, right.truth));
        }
        left
    }

    fn comparison(&mut self) -> Value {
        let left = self.unary();
        let compare: Option<fn(&i64, &i64) -> bool> = if self.take(b"==") {
            Some(i64::eq)
        } else if self.take(b"!=") {
            Some(i64::ne)
        } else if self.take(b">=") {
            Some(i64::ge)
        } else if self.take(b"<=") {
            Some(i64::le)
        } else if self.take(b">") {
            Some(i64::gt)
        } else if self.take(b"<") {
            Some(i64::lt)
        } else {
            None
        };
        let Some(compare) = compare else { return self.arithmetic(left) };
        let right = self.unary();
        let right = self.arithmetic(right);
        match (left.number, right.number) {
            (Some(left), Some(right)) => Value::truth(Some(compare(&left, &right))),
            _ => Value::UNKNOWN,
        }
    }

    /// Skips arithmetic operators behind `left` with their operands. The value is then unknown.
    fn arithmetic(&mut self, left: Value) -> Value {
        let mut value = left;
        while matches!(self.byte(), b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'<' | b'>')
            || (self.byte() == b'&' && !self.lookahead(b"&&"))
            || (self.byte() == b'|' && !self.lookahead(b"||"))
        {
            self.at += 1;
            self.unary();
            value = Value::UNKNOWN;
        }
        value
    }

    fn lookahead(&mut self, text: &[u8]) -> bool {
        let at = self.at;
        let found = self.take(text);
        self.at = at;
        found
    }

    fn unary(&mut self) -> Value {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { Value::UNKNOWN } else { self.unary_at_depth() };
        self.depth -= 1;
        value
    }

    fn unary_at_depth(&mut self) -> Value {
        if self.take_or_word(b"!", b"not") {
            return Value::truth(not(self.unary().truth));
        }
        if self.take(b"(") {
            let value = self.or_expression();
            return if self.take(b")") { value } else { Value::UNKNOWN };
        }
        let Some(token) = self.tokens.get(self.at) else { return Value::UNKNOWN };
        self.at += 1;
        match token.kind {
            TokenKind::Number => {
                let value = number(&self.bytes[token.span().range()]).and_then(Constant::value);
                value.map_or(Value::UNKNOWN, Value::number)
            }
            TokenKind::Identifier if &self.bytes[token.span().range()] == b"defined" => self.defined(),
            TokenKind::Identifier => self.macro_value(&self.bytes[token.span().range()]),
            _ => {
                self.unary();
                Value::UNKNOWN
            }
        }
    }

    fn defined(&mut self) -> Value {
        let parenthesised = self.take(b"(");
        let Some(name) = self.tokens.get(self.at) else { return Value::UNKNOWN };
        self.at += 1;
        let value = self.is_defined(&self.bytes[name.span().range()]);
        if parenthesised {
            self.take(b")");
        }
        Value::truth(value)
    }

    fn is_defined(&mut self, name: &[u8]) -> Truth {
        if self.world == World::Device {
            let is_known = name == b"__CUDA_ARCH__" || release_number(name, RECENT_CUDA).is_some();
            return is_known.then_some(true);
        }
        if self.settled(name).is_some() {
            return Some(true);
        }
        let is_nvc = list::has(list::NVC_MACROS, name);
        if self.world.is_hip() && (is_nvc || list::has(list::GUARDS_WITHOUT_COUNTERPART, name)) {
            return Some(false);
        }
        if self.world == World::WithoutNvcc {
            let is_nvidia = is_nvc || list::has(list::NVCC_MACROS, name) || names_nvidia(name);
            return is_nvidia.then_some(false);
        }
        if let World::HipCompiler { nvcc } = self.world {
            match name {
                b"__clang__" => return Some(true),
                _ if list::has(list::NVCC_MACROS, name) => return Some(nvcc),
                _ => {}
            }
        }
        let switch = self.guards.switches.get(name);
        if list::has(list::HIP_MACROS_FOR_NVIDIA, name) || switch == Some(Switch::Nvidia) {
            self.mentions_hip = true;
            return self.world.is_hip().then_some(false);
        }
        let always = self.guards.hip_macro(name)?;
        self.mentions_hip = true;
        match (self.world, always) {
            (World::Cuda, _) => Some(false),
            (world, Always::Yes) if world.is_hip() => Some(true),
            _ => None,
        }
    }

    /// The value for HIP of a macro that the conditions of the file before this one decide.
    fn settled(&self, name: &[u8]) -> Option<i64> {
        let is_known = |known: &&Settled| *known.name == *name && known.from <= self.start;
        let known = self.guards.settled.iter().find(is_known).filter(|_| self.world.is_hip());
        known.map(|known| known.value)
    }

    /// The truth of the number of a macro that the project always defines, as 0 or 1 by the vendor.
    fn switch_value(&mut self, name: &[u8]) -> Truth {
        let for_hip = match self.guards.switches.get(name)? {
            Switch::HipValue => true,
            Switch::NvidiaValue => false,
            Switch::Hip | Switch::HipPerhaps | Switch::Nvidia => return None,
        };
        self.mentions_hip = true;
        match self.world {
            World::Cuda => Some(!for_hip),
            world if world.is_hip() => Some(for_hip),
            _ => None,
        }
    }

    /// The value of a macro: 0 if it is undefined; if it is defined, an unknown number that counts as true.
    fn macro_value(&mut self, name: &[u8]) -> Value {
        if self.take(b"(") {
            self.skip_call();
            return Value::UNKNOWN;
        }
        if let Some(value) = self.switch_value(name) {
            return if value { Value { truth: Some(true), number: None } } else { Value::number(0) };
        }
        if let Some(value) = self.settled(name) {
            return Value::number(value);
        }
        match self.is_defined(name) {
            Some(false) => Value::number(0),
            Some(true) if self.world == World::Device => {
                let release = self.guards.cuda.unwrap_or(RECENT_CUDA);
                Value::number(release_number(name, release).unwrap_or(ASSUMED_CUDA_ARCH))
            }
            Some(true) => Value { truth: Some(true), number: None },
            None => Value::UNKNOWN,
        }
    }

    fn skip_call(&mut self) {
        let mut open = 1;
        while open > 0 && self.at < self.tokens.len() {
            match self.byte() {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

/// The number that the macro `word` of a release of CUDA has in `release`; `None` for any other macro.
pub fn release_number(word: &[u8], release: Release) -> Option<i64> {
    let (major, minor) = (i64::from(release.major), i64::from(release.minor));
    match word {
        b"CUDA_VERSION" | b"CUDART_VERSION" | b"__CUDA_API_VERSION" => Some(major * 1000 + minor * 10),
        b"__CUDACC_VER_MAJOR__" => Some(major),
        b"__CUDACC_VER_MINOR__" => Some(minor),
        _ => None,
    }
}

/// The truth of the condition of `directive` in `world`, and whether it tests a macro that is defined only for HIP.
pub(super) fn judge(
    bytes: &[u8],
    lexed: &Lexed,
    directive: &Directive,
    world: World,
    guards: &Guards,
) -> (Truth, bool) {
    let tokens = &lexed.tokens[directive.tokens.clone()];
    let mut condition = Condition {
        bytes,
        tokens,
        at: 0,
        world,
        guards,
        start: directive.span.start,
        mentions_hip: false,
        depth: 0,
    };
    let truth = match directive.kind {
        DirectiveKind::If | DirectiveKind::Elif => {
            let value = condition.or_expression();
            if condition.at == tokens.len() { value.truth } else { None }
        }
        DirectiveKind::Ifdef | DirectiveKind::Elifdef => {
            tokens.first().and_then(|name| condition.is_defined(&bytes[name.span().range()]))
        }
        DirectiveKind::Ifndef | DirectiveKind::Elifndef => {
            not(tokens.first().and_then(|name| condition.is_defined(&bytes[name.span().range()])))
        }
        _ => Some(true),
    };
    (truth, condition.mentions_hip)
}
