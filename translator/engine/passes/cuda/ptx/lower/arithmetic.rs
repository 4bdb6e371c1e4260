//! Comparisons, shifts, bit fields and chains of additions with carry.

use super::{Case, Lowered, Lowering, not};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

/// The carry of a chain.
#[derive(Clone, Debug, Default)]
pub(in crate::passes::cuda::ptx) struct Carry {
    /// The variable that contains the carry, and its type; `None` before the first instruction that sets the carry.
    variable: Option<(String, Type)>,
    /// Whether no instruction has used the last carry yet.
    pub(in crate::passes::cuda::ptx) is_open: bool,
}

impl Lowering<'_> {
    /// `setp.CMP[.BOOL].T p[|q], a, b[, c]` and `set.CMP[.BOOL].D.T d, a, b[, c]`
    pub(super) fn compare(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let kind = if matches!(case.word('C'), "lo" | "ls" | "hi" | "hs") { kind.unsigned() } else { kind };
        let (a, b) = (self.read(case.operand(1)?, kind)?, self.read(case.operand(2)?, kind)?);
        let mut found = comparison(case.word('C'), a, b).ok_or_else(|| case.refusal())?;
        let mut opposite = not(Value { shape: Shape::Open, ..found.clone() });
        if case.has('B') {
            let also = self.read(case.operand(3)?, Type::Predicate)?;
            let join =
                |value: Value, also: Value| joined(case.word('B'), value, also).ok_or_else(|| case.refusal());
            (found, opposite) = (join(found, also.clone())?, join(opposite, also)?);
        }
        let target = case.operand(0)?.clone();
        if !case.has('D') {
            return match target {
                Operand::Pair(first, second) => {
                    // The second result is computed first, because the first result can be an operand of it.
                    let second_value = if matches!(*second, Operand::Sink) {
                        opposite
                    } else {
                        self.keep("other", opposite)
                    };
                    self.write(&first, found)?;
                    self.write(&second, second_value)
                }
                target => self.write(&target, found),
            };
        }
        let kind = case.kind('D')?;
        let (yes, no) =
            if kind == Type::Float { (" ? 1.0f : 0.0f", "") } else { (" ? 0xffffffffu : 0u", "") };
        let code = found.operand().between("", format!("{yes}{no}"));
        let kind = if kind == Type::Float { kind } else { kind.unsigned() };
        self.write(&target, Value { code, kind, shape: Shape::Open })
    }

    /// `shl`, `shr`: a PTX shift by the width or more gives zero, or copies of the sign.
    pub(super) fn shift(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let is_left = case.instruction.name.starts_with("shl");
        let by = case.operand(2)?.clone();
        let constant = self.constant(&by);
        let value = self.read(case.operand(1)?, kind)?;
        let bits = kind.bits();
        let operator = if is_left { " << " } else { " >> " };
        // C++ converts smaller types to `int`, and a shift into the sign of an `int` is undefined before C++20.
        let value =
            if bits == 16 && is_left { value.to(Type::U32).ok_or_else(|| case.refusal())? } else { value };
        let is_signed = matches!(kind, Type::Integer { signed: true, .. }) && !is_left;
        let mut code = match constant {
            Some(amount) if amount < u64::from(bits) => {
                let mut code = value.operand();
                code.text(format!("{operator}{amount}"));
                code
            }
            Some(_) if !is_signed => Code::of("0u"),
            Some(_) => {
                let mut code = value.operand();
                code.text(format!(" >> {}", bits - 1));
                code
            }
            None => {
                let by = self.read(&by, Type::U32)?;
                let by = self.settled("shift", by);
                let shifted = value.operand();
                let limit = by.clone().operand().between("", format!(" < {bits}u ? "));
                let mut code = limit;
                if is_signed {
                    let amount = code.code(by.operand()).text(format!(" : {}u", bits - 1)).clone();
                    let mut signed = shifted;
                    signed.text(operator).code(amount.between("(", ")"));
                    signed
                } else {
                    code.code(shifted).text(operator).code(by.operand()).text(if bits == 64 {
                        " : 0ull"
                    } else {
                        " : 0u"
                    });
                    code
                }
            }
        };
        if bits == 16 {
            code = code.between(format!("({})(", kind.cpp()), ")");
        }
        let target = case.operand(0)?.clone();
        self.write(&target, Value { code, kind, shape: Shape::Open })
    }

    /// The value of `operand`, if it is a literal number.
    pub(super) fn constant(&self, operand: &Operand) -> Option<u64> {
        match operand {
            Operand::Integer(number) => Some(*number),
            Operand::Argument(at) => self.arguments.get(*at)?.number,
            _ => None,
        }
    }

    /// A value that can be written twice. Unless `value` is a single name or number, a new variable keeps it.
    pub(super) fn settled(&mut self, wish: &str, value: Value) -> Value {
        let is_plain = value.shape == Shape::Simple && value.code.parts.len() == 1;
        let is_argument =
            |value: &Value| value.code.parts.iter().any(|part| matches!(part, super::Part::Argument(..)));
        // The plan of the block already gives a variable to each operand that needs one.
        if is_plain || is_argument(&value) && value.shape != Shape::Open {
            value
        } else {
            self.keep(wish, value)
        }
    }

    /// `bfe` and `bfi`: a mask and a shift if position and length are constants within the word, otherwise a helper.
    pub(super) fn bit_field(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let operands = case.instruction.operands.clone();
        let is_extract = case.instruction.name.starts_with("bfe");
        let at = if is_extract { 2 } else { 3 };
        let place = self.constant(case.operand(at)?).zip(self.constant(case.operand(at + 1)?));
        let bits = u64::from(kind.bits());
        let inside = place
            .filter(|&(from, length)| length > 0 && length < bits && from < bits && from + length <= bits);
        let unsigned = kind == kind.unsigned();
        if let Some((from, length)) = inside.filter(|_| is_extract && unsigned) {
            let value = self.read(&operands[1], kind)?;
            let mut code = value.operand();
            if from > 0 {
                code.text(format!(" >> {from}"));
            }
            if from + length < bits {
                code.text(format!(" & {}", super::integer((1 << length) - 1, kind).code_text()));
            }
            return self.write(&operands[0], Value { code, kind, shape: Shape::Open });
        }
        let helper = if is_extract { "tranship::bfe" } else { "tranship::bfi" };
        let mut code = Code::of(format!("{helper}("));
        let last = if is_extract { 1..2 } else { 1..3 };
        for operand in &operands[last] {
            code.code(self.read(operand, kind)?.code).text(", ");
        }
        let from = self.read(case.operand(at)?, Type::U32)?;
        let length = self.read(case.operand(at + 1)?, Type::U32)?;
        code.code(from.code).text(", ").code(length.code).text(")");
        self.write(&operands[0], Value { code, kind, shape: Shape::Simple })
    }

    /// `add`, `sub`, `mul`, `fma`, `div`, `rcp` and `sqrt` of single precision with a rounding direction.
    pub(super) fn directed(&mut self, case: &Case) -> Lowered<()> {
        let direction = match case.word('R') {
            "rm" => "-1",
            "rz" => "0",
            _ => "1",
        };
        if case.instruction.name.rsplit('.').next() == Some("f64") {
            return self.directed_double(case);
        }
        let (function, before) = match case.instruction.name.split('.').next() {
            Some("add" | "sub") => ("add", ""),
            Some("mul") => ("mul", ""),
            Some("fma" | "mad") => ("fma", ""),
            Some("div") => ("div", ""),
            Some("rcp") => ("div", "1.0f, "),
            Some("sqrt") => ("sqrt", ""),
            _ => return Err(case.refusal()),
        };
        let is_difference = case.instruction.name.starts_with("sub");
        let mut code = Code::of(format!("tranship::{function}_directed({before}"));
        for (at, operand) in case.instruction.operands.iter().enumerate().skip(1) {
            let value = self.read(operand, Type::Float)?;
            let is_negated = is_difference && at == 2;
            code.code(if is_negated { value.operand().between("-", "") } else { value.code }).text(", ");
        }
        code.text(format!("{direction})"));
        if case.has('A') {
            code = code.between("tranship::unit(", ")");
        }
        let target = case.operand(0)?.clone();
        self.write(&target, Value { code, kind: Type::Float, shape: Shape::Simple })
    }

    /// The same with `double`, for which HIP's functions without the rounding to nearest are in the support header.
    fn directed_double(&mut self, case: &Case) -> Lowered<()> {
        let root = case.instruction.name.split('.').next().unwrap_or_default();
        let (prefix, root) = match root {
            "fma" | "mad" => ("", "fma"),
            root => ("d", root),
        };
        let ending = match case.word('R') {
            "rm" => "rd",
            "rz" => "rz",
            _ => "ru",
        };
        let mut code = Code::of(format!("tranship::{prefix}{root}_{ending}("));
        for (at, operand) in case.instruction.operands.iter().enumerate().skip(1) {
            code.text(if at == 1 { "" } else { ", " }).code(self.read(operand, Type::Double)?.code);
        }
        code.text(")");
        let target = case.operand(0)?.clone();
        self.write(&target, Value { code, kind: Type::Double, shape: Shape::Simple })
    }

    /// `add.cc`, `addc`, `sub.cc`, `subc`, `mad.cc`, `madc`. All instructions of a chain must be in one function.
    pub(super) fn carry(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?.unsigned();
        let name = case.instruction.name.as_str();
        let takes = name.split('.').next().is_some_and(|root| root.ends_with('c'));
        let sets = name.contains(".cc");
        let is_wide = kind.bits() == 64;
        let variable = self.carry.variable.clone();
        if takes && variable.is_none() {
            return Err(case.refusal_because(crate::passes::cuda::ptx::chains::WRITE_WHOLE));
        }
        // The last sum of a chain converts the carry by value.
        if sets && variable.as_ref().is_some_and(|(_, known)| *known != kind) {
            return Err(case.refusal_because("write the chain with integers of one size"));
        }
        let before = match variable.as_ref().filter(|_| takes) {
            Some((name, known)) if *known != kind => format!("({}){name}", kind.cpp()),
            Some((name, _)) => name.clone(),
            None => "0".to_owned(),
        };
        let is_multiply = name.starts_with("mad");
        let first = if is_multiply {
            let (a, b) = (self.read(case.operand(1)?, kind)?, self.read(case.operand(2)?, kind)?);
            product(name.contains(".hi"), is_wide, case.kind('T')?, a, b).ok_or_else(|| case.refusal())?
        } else {
            self.read(case.operand(1)?, kind)?
        };
        let second = self.read(case.operand(if is_multiply { 3 } else { 2 })?, kind)?;
        self.carry.is_open = (self.carry.is_open && !takes) || sets;
        let is_difference = name.starts_with("sub");
        let target = case.operand(0)?.clone();
        if !sets {
            return self.write(
                &target,
                Value { code: last_sum(is_difference, first, second, &before), kind, shape: Shape::Open },
            );
        }
        let after = if let Some((name, _)) = variable {
            name
        } else {
            let name = self.fresh(if is_difference { "borrow" } else { "carry" });
            let declaration = Code::of(format!("{} {name}", kind.cpp()));
            if self.sharing.is_some() {
                self.shared.push(declaration);
            } else {
                self.declarations.push(declaration);
            }
            self.carry.variable = Some((name.clone(), kind));
            name
        };
        let function = format!(
            "__builtin_{}c{}(",
            if is_difference { "sub" } else { "add" },
            if is_wide { "ll" } else { "" }
        );
        let mut code = Code::of(function);
        code.code(first.code).text(", ").code(second.code).text(format!(", {before}, &{after})"));
        self.write(&target, Value { code, kind, shape: Shape::Simple })
    }
}

/// The sum or difference at the end of a chain, without terms that are zero.
fn last_sum(is_difference: bool, first: Value, second: Value, carry: &str) -> Code {
    let is_zero = |value: &Value| matches!(value.code_text().as_str(), "0u" | "0ull");
    let operator = if is_difference { " - " } else { " + " };
    let mut code = Code::default();
    let mut has_term = false;
    for (at, value) in [first, second].into_iter().enumerate() {
        // A difference with zero on its left side keeps the zero.
        if is_zero(&value) && !(is_difference && at == 0) {
            continue;
        }
        code.text(if has_term { operator } else { "" }).code(value.operand());
        has_term = true;
    }
    code.text(if has_term { operator } else { "" }).text(carry.to_owned());
    code
}

impl Value {
    /// The text of a value that contains no operand.
    fn code_text(&self) -> String {
        let text = |part: &super::Part| match part {
            super::Part::Text(text) => text.clone().into_owned(),
            super::Part::Argument(..) => String::new(),
        };
        self.code.parts.iter().map(text).collect()
    }
}

fn product(is_high: bool, is_wide: bool, kind: Type, a: Value, b: Value) -> Option<Value> {
    let unsigned = kind.unsigned();
    if !is_high {
        let mut code = a.operand();
        code.text(" * ").code(b.operand());
        return Some(Value { code, kind: unsigned, shape: Shape::Open });
    }
    let is_signed = kind != unsigned;
    let function = match (is_wide, is_signed) {
        (false, false) => "__umulhi(",
        (false, true) => "__mulhi(",
        (true, false) => "__umul64hi(",
        (true, true) => "__mul64hi(",
    };
    let mut code = Code::of(function);
    code.code(a.code).text(", ").code(b.code).text(")");
    Value { code, kind, shape: Shape::Simple }.to(unsigned)
}

/// The comparison `word` of PTX between `a` and `b`.
fn comparison(word: &str, a: Value, b: Value) -> Option<Value> {
    let is_number = matches!(a.kind, Type::Float | Type::Double);
    let is_half = matches!(a.kind, Type::Half | Type::Bfloat);
    if is_half && !matches!(word, "eq" | "lt" | "le" | "gt" | "ge" | "neu") {
        return None;
    }
    let operator = match word {
        "eq" => " == ",
        "ne" if !is_number => " != ",
        "neu" => " != ",
        "lt" | "lo" => " < ",
        "le" | "ls" => " <= ",
        "gt" | "hi" => " > ",
        "ge" | "hs" => " >= ",
        // True for each order of two numbers, and false if one of them is not a number.
        "ne" => return Some(either_order(a, b)),
        "equ" => return Some(not(either_order(a, b))),
        "ltu" => return Some(not(compared(" >= ", a, b))),
        "leu" => return Some(not(compared(" > ", a, b))),
        "gtu" => return Some(not(compared(" <= ", a, b))),
        "geu" => return Some(not(compared(" < ", a, b))),
        "num" => return Some(not(unordered(a, b))),
        "nan" => return Some(unordered(a, b)),
        _ => return None,
    };
    Some(compared(operator, a, b))
}

fn compared(operator: &'static str, a: Value, b: Value) -> Value {
    let mut code = a.operand();
    code.text(operator).code(b.operand());
    Value { code, kind: Type::Predicate, shape: Shape::Open }
}

fn either_order(a: Value, b: Value) -> Value {
    let mut code = compared(" < ", a.clone(), b.clone()).code;
    code.text(" || ").code(compared(" > ", a, b).code);
    Value { code, kind: Type::Predicate, shape: Shape::Open }
}

fn unordered(a: Value, b: Value) -> Value {
    let mut code = Code::of("__builtin_isunordered(");
    code.code(a.code).text(", ").code(b.code).text(")");
    Value { code, kind: Type::Predicate, shape: Shape::Simple }
}

/// `value` and `also` joined by a boolean operator.
fn joined(word: &str, value: Value, also: Value) -> Option<Value> {
    let operator = match word {
        "and" => " && ",
        "or" => " || ",
        "xor" => " != ",
        _ => return None,
    };
    let mut code = value.operand();
    code.text(operator).code(also.operand());
    Some(Value { code, kind: Type::Predicate, shape: Shape::Open })
}
