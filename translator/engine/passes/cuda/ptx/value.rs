//! C++ expressions with a type, and their conversion to another type of the same or another size.

use std::borrow::Cow;

use super::types::Type;
use crate::text::{Piece, Span};

/// Whether an expression needs parentheses inside of another expression.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A name, a number or a call: never needs parentheses.
    Simple,
    /// A cast or another prefix: needs none as an operand of a binary operator.
    Prefix,
    /// Any other expression.
    Open,
}

/// New text and spans of the host file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// The parts, in order.
    pub(super) parts: Vec<Part>,
}

/// A part of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// New text.
    Text(Cow<'static, str>),
    /// The expression of an asm operand: its number, and its place in the file.
    Argument(usize, Span),
}

impl Code {
    /// Code of text without operands.
    pub(super) fn of(text: impl Into<Cow<'static, str>>) -> Self {
        Self { parts: vec![Part::Text(text.into())] }
    }

    /// Appends text.
    pub(super) fn text(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Appends other code.
    pub(super) fn code(&mut self, code: Code) -> &mut Self {
        self.parts.extend(code.parts);
        self
    }

    /// `before`, then this code, then `after`.
    pub(super) fn between(
        self,
        before: impl Into<Cow<'static, str>>,
        after: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut code = Code::of(before);
        code.code(self).text(after);
        code
    }

    /// How often the code contains the operand with the number `argument`.
    pub(super) fn count(&self, argument: usize) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Argument(at, _) if *at == argument)).count()
    }

    /// The pieces of an edit.
    pub(super) fn into_pieces(self) -> impl Iterator<Item = Piece> {
        self.parts.into_iter().map(|part| match part {
            Part::Text(text) => Piece::Text(text),
            Part::Argument(_, span) => Piece::Span(span),
        })
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) code: Code,
    pub(super) kind: Type,
    pub(super) shape: Shape,
}

impl Value {
    /// An expression of text alone.
    pub(super) fn of(text: impl Into<Cow<'static, str>>, kind: Type) -> Self {
        let text = text.into();
        let shape = shape(&text);
        Self { code: Code::of(text), kind, shape }
    }

    /// The code as an operand of a binary operator, in parentheses if it needs them.
    pub(super) fn operand(self) -> Code {
        if self.shape == Shape::Open { self.code.between("(", ")") } else { self.code }
    }

    fn call(self, function: &str, kind: Type) -> Self {
        Self { code: self.code.between(format!("{function}("), ")"), kind, shape: Shape::Simple }
    }

    fn cast(self, kind: Type) -> Self {
        let code = self.operand().between(format!("({})", kind.cpp()), "");
        Self { code, kind, shape: Shape::Prefix }
    }

    /// The value converted to the type `to`: integers by value, all other types by their bits, as PTX reads registers.
    /// `None` if PTX cannot read a register in that way.
    pub(super) fn to(self, to: Type) -> Option<Self> {
        use Type::{Bfloat, Bfloat2, Double, Float, Half, Half2, Integer, Predicate, Unknown};
        let wrong_size = self.kind.bits() != to.bits();
        Some(match (self.kind, to) {
            (from, to) if from == to => self,
            (Predicate, _) | (_, Predicate) => return None,
            (Integer { .. } | Unknown { .. }, Integer { .. }) => self.cast(to),
            (Integer { .. }, Unknown { .. }) => self,
            (_, Integer { .. } | Unknown { .. }) if wrong_size => {
                let bits = self.kind.unsigned();
                self.to(bits)?.to(to)?
            }
            _ if wrong_size => return None,
            (Integer { .. } | Unknown { .. }, Float) => self.call("__uint_as_float", to),
            (Integer { .. } | Unknown { .. }, Half) => self.call("tranship::as_half", to),
            (Integer { .. } | Unknown { .. }, Half2) => self.call("tranship::as_half2", to),
            (Integer { .. } | Unknown { .. }, Bfloat) => self.call("tranship::as_bfloat16", to),
            (Integer { .. } | Unknown { .. }, Bfloat2) => self.call("tranship::as_bfloat162", to),
            (Integer { .. } | Unknown { .. }, Double) => {
                self.to(Type::U64.signed())?.call("__longlong_as_double", to)
            }
            (Float, Integer { signed: true, .. }) => self.call("__float_as_int", to),
            (Float, Integer { .. } | Unknown { .. }) => self.call("__float_as_uint", to.unsigned()),
            (Double, Integer { signed: true, .. }) => self.call("__double_as_longlong", to),
            (Double, Integer { .. } | Unknown { .. }) => {
                self.call("__double_as_longlong", to.signed()).to(to)?
            }
            (Half | Half2, Integer { .. } | Unknown { .. }) => {
                self.call("tranship::half_bits", to.unsigned()).to(to)?
            }
            (Bfloat | Bfloat2, Integer { .. } | Unknown { .. }) => {
                self.call("tranship::bfloat16_bits", to.unsigned()).to(to)?
            }
            (from, to) => self.to(from.unsigned())?.to(to)?,
        })
    }
}

/// The shape of new text: text without spaces outside of brackets is simple.
pub(super) fn shape(text: &str) -> Shape {
    let mut depth = 0_u32;
    let mut has_space = false;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 => has_space = true,
            _ => {}
        }
    }
    match text.as_bytes().first() {
        _ if has_space => Shape::Open,
        Some(b'(' | b'-' | b'~' | b'!' | b'*' | b'&') => Shape::Prefix,
        _ => Shape::Simple,
    }
}

/// An integer constant of type `kind`.
pub(super) fn integer(value: u64, kind: Type) -> Value {
    let Type::Integer { bits, signed } = kind else { return integer(value, kind.unsigned()) };
    let kept = if bits < 64 { value & ((1 << bits) - 1) } else { value };
    if signed {
        let shift = 64 - bits;
        let number = (kept << shift).cast_signed() >> shift;
        let ending = if bits == 64 { "ll" } else { "" };
        let text = match number {
            i64::MIN => "(-0x7fffffffffffffffll - 1)".to_owned(),
            number if bits == 32 && number == i64::from(i32::MIN) => "(-0x7fffffff - 1)".to_owned(),
            number => format!("{number}{ending}"),
        };
        return Value::of(text, kind);
    }
    let ending = if bits == 64 { "ull" } else { "u" };
    let text = if kept < 1024 { format!("{kept}{ending}") } else { format!("0x{kept:x}{ending}") };
    Value::of(text, kind)
}

/// A single-precision constant.
pub(super) fn float(bits: u32) -> Value {
    let value = f32::from_bits(bits);
    if value.is_finite() {
        return Value::of(format!("{value:?}f"), Type::Float);
    }
    Value::of(format!("__uint_as_float(0x{bits:08x}u)"), Type::Float)
}

/// A double-precision constant.
pub(super) fn double(bits: u64) -> Value {
    let value = f64::from_bits(bits);
    if value.is_finite() {
        return Value::of(format!("{value:?}"), Type::Double);
    }
    Value::of(format!("__longlong_as_double(0x{bits:016x}ll)"), Type::Double)
}
