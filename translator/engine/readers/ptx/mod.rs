//! Reads PTX text: statements, registers, labels, scopes and instructions with their operands, each with its place.
//!
//! The reader implements the grammar of PTX and has no list of instructions. Text that it cannot read is an
//! [`Unreadable`] with its place.

mod lexer;
mod parser;

pub(crate) use parser::read;

use crate::text::Span;

/// A text of PTX, statement by statement.
pub(crate) type Statements = Vec<Statement>;

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// `.reg .TYPE names;`
    Registers {
        /// The type, without its dot.
        kind: String,
        /// The names; `r<3>` declares `r0`, `r1` and `r2`.
        names: Vec<String>,
    },
    /// `name:`
    Label(String),
    /// `{` opens a scope of names.
    Open,
    /// `}`
    Close,
    /// An instruction.
    Instruction(Instruction),
}

/// One instruction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instruction {
    /// The predicate: the register after `@`, and whether the instruction runs when the register is false.
    pub(crate) predicate: Option<(String, bool)>,
    /// The name with all its parts after dots.
    pub(crate) name: String,
    /// The operands, in order.
    pub(crate) operands: Vec<Operand>,
    /// Its place in the text, without the semicolon.
    pub(crate) span: Span,
}

/// One operand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `%N`: an operand of the asm statement.
    Argument(usize),
    /// A register, special register (without its `%`), label or constant.
    Name(String),
    /// An integer; negative numbers are in two's complement.
    Integer(u64),
    /// The bits of a single-precision number.
    Float(u32),
    /// The bits of a double-precision number.
    Double(u64),
    /// `{a, b}`
    Vector(Vec<Operand>),
    /// `[base+offset]`
    Address(Box<Operand>, i64),
    /// `a|b`: two destinations.
    Pair(Box<Operand>, Box<Operand>),
    /// `!p`
    Not(Box<Operand>),
    /// `a.b1`, `a.h0`: a part of a word, with its first bit and its number of bits.
    Part(Box<Operand>, u32, u32),
    /// `-a`
    Negative(Box<Operand>),
    /// `_`: a result that is not used.
    Sink,
    /// The text of a macro parameter; the number is the index of the parameter.
    Pasted(usize),
}

/// Text that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// Its place in the text.
    pub(crate) span: Span,
}
