//! Reads and writes the operands of instructions: operands of the asm statement, registers, special registers and numbers.

use super::{Lowered, Lowering, Plan, Refusal, not, variable_type};
use crate::pass::Warp;
use crate::passes::cuda::ptx::arguments::Argument;
use crate::passes::cuda::ptx::statement::Access;
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Part, Shape, Value, double, float, integer};
use crate::readers::ptx::Operand;

/// The assumption for a block that writes to an input.
const CHANGED_INPUT: &str = "the block writes to an operand that it declares as an input; the variable keeps its value, as compilers assume";

impl Lowering<'_> {
    /// The condition in the register `name`, inverted if `negated`.
    pub(in crate::passes::cuda::ptx) fn predicate(&mut self, name: &str, negated: bool) -> Lowered<Value> {
        let value = self.name(name)?;
        if value.kind != Type::Predicate {
            return Err(Refusal::new(format!("`{name}`, which is not a predicate")));
        }
        Ok(if negated { not(value) } else { value })
    }

    /// The value of `operand`, converted to the type `to`.
    pub(super) fn read(&mut self, operand: &Operand, to: Type) -> Lowered<Value> {
        let value = match operand {
            Operand::Integer(number) if matches!(to, Type::Integer { .. }) => {
                return Ok(integer(*number, to));
            }
            Operand::Integer(number) if to == Type::Predicate => {
                return Ok(Value::of(if *number == 0 { "false" } else { "true" }, to));
            }
            Operand::Integer(number) => integer(*number, to.unsigned()),
            Operand::Part(inner, at, bits) => {
                let whole = self.read(inner, Type::U32)?;
                return Ok(part(whole, *at, *bits, to));
            }
            Operand::Double(bits) if to == Type::Float => float((f64::from_bits(*bits) as f32).to_bits()),
            Operand::Negative(inner) => {
                let inner = self.read(inner, to)?;
                let code = inner.operand().between("-", "");
                Value { code, kind: to, shape: Shape::Prefix }
            }
            other => self.bits(other)?,
        };
        value.to(to).ok_or_else(|| Refusal::new("an operand of another size"))
    }

    /// The value of `operand` in its own type.
    pub(super) fn bits(&mut self, operand: &Operand) -> Lowered<Value> {
        Ok(match operand {
            Operand::Argument(at) => self.argument(*at)?,
            Operand::Name(name) => self.name(name)?,
            Operand::Float(bits) => float(*bits),
            Operand::Double(bits) => double(*bits),
            Operand::Integer(number) => integer(*number, Type::S32),
            Operand::Not(inner) => not(self.read(inner, Type::Predicate)?),
            Operand::Pasted(at) => {
                let span = *self.pasted.get(*at).ok_or_else(|| Refusal::new("a macro parameter"))?;
                let code = Code {
                    parts: vec![
                        Part::Text("(".into()),
                        Part::Argument(usize::MAX, span),
                        Part::Text(")".into()),
                    ],
                };
                Value { code, kind: Type::Unknown { bits: 32 }, shape: Shape::Simple }
            }
            _ => return Err(Refusal::new("an operand of an unusual form")),
        })
    }

    fn argument(&mut self, at: usize) -> Lowered<Value> {
        let Some(argument) = self.arguments.get(at) else {
            return Err(Refusal::new(format!("the operand `%{at}`, which the statement does not have")));
        };
        if let Some(Plan::Variable(name)) = self.plans.get(at) {
            let is_pointer = argument.access == Access::Read && argument.pointee.is_some();
            let kind = if is_pointer { argument.kind } else { variable_type(argument) };
            return Ok(Value::of(name.clone(), kind));
        }
        let parts = vec![Part::Argument(at, argument.span)];
        Ok(Value { code: Code { parts }, kind: argument.kind, shape: argument.shape })
    }

    fn name(&mut self, name: &str) -> Lowered<Value> {
        if let Some(local) = self.local(name) {
            let value = Value::of(local.cpp.clone(), local.kind);
            if !local.is_declared {
                local.is_declared = true;
                // PTX gives an unknown value to a register that is read first. In C++, reading it would be undefined.
                let declaration = format!("{} {} = {{}}", local.kind.cpp(), local.cpp);
                self.declarations.push(Code::of(declaration));
            }
            return Ok(value);
        }
        if name == "WARP_SZ" && self.warp == Warp::Logical32 {
            return Ok(Value::of("32u", Type::U32));
        }
        let Some(register) = self.rules.ptx_register(name) else {
            return Err(Refusal::new(format!("the name `{name}`, which the block does not declare")));
        };
        if !register.bound.is_empty() {
            self.bounds.insert(register.bound);
        }
        let text = if self.warp == Warp::Native { register.native } else { register.cpp };
        if text.is_empty() {
            let what = format!("the register `%{name}`");
            return Err(Refusal { what, todo: register.refuse.to_owned() });
        }
        Ok(Value::of(text, Type::of(register.kind).unwrap_or(Type::U32)))
    }

    /// Writes `value` to `target`.
    pub(super) fn write(&mut self, target: &Operand, value: Value) -> Lowered<()> {
        match target {
            Operand::Argument(at) => self.write_argument(*at, value),
            Operand::Name(name) => self.write_local(name, value),
            Operand::Sink => Ok(()),
            _ => Err(Refusal::new("a result of an unusual form")),
        }
    }

    fn write_argument(&mut self, at: usize, value: Value) -> Lowered<()> {
        let refusal = || Refusal::new(format!("a write to `%{at}`, which is no output"));
        let argument = self.arguments.get(at).ok_or_else(refusal)?;
        if argument.access == Access::Read {
            if !self.has_own_register(at) {
                return Err(refusal());
            }
            self.changed_inputs.insert(at);
            self.bounds.insert(CHANGED_INPUT);
        }
        let is_pointer = argument.pointee.as_deref();
        let target = self.argument(at)?;
        let value = fitted(value, target.kind).ok_or_else(|| Refusal::new("a result of another size"))?;
        let value = match is_pointer {
            Some(pointee) if matches!(self.plans.get(at), Some(Plan::Inline)) => {
                value.operand().between(format!("({pointee} *)"), "")
            }
            _ => value.code,
        };
        let target = if target.shape == Shape::Open { target.code.between("(", ")") } else { target.code };
        let mut code = target;
        code.text(" = ").code(value);
        self.emit(code, vec![at]);
        Ok(())
    }

    /// Whether no other operand can share the register of the input `at`: it is a variable of a number, and no other operand
    /// is the same variable.
    fn has_own_register(&self, at: usize) -> bool {
        let input = &self.arguments[at];
        let is_shared = |(other, argument): (usize, &Argument)| {
            other != at && (argument.variable == input.variable || argument.tied == Some(at))
        };
        input.variable.is_some()
            && input.tied.is_none()
            && input.pointee.is_none()
            && !self.arguments.iter().enumerate().any(is_shared)
    }

    fn write_local(&mut self, name: &str, value: Value) -> Lowered<()> {
        let declares_here = self.guard.is_none() && self.depth == 0;
        let Some(local) = self.local(name) else {
            return Err(Refusal::new(format!("the register `{name}`, which the block does not declare")));
        };
        let (cpp, kind, was_declared) = (local.cpp.clone(), local.kind, local.is_declared);
        local.is_declared = true;
        let value = fitted(value, kind).ok_or_else(|| Refusal::new("a result of another size"))?;
        let mut code = match (was_declared, declares_here) {
            (false, true) => Code::of(format!("{} {cpp}", kind.cpp())),
            (false, false) => {
                self.declarations.push(Code::of(format!("{} {cpp}", kind.cpp())));
                Code::of(cpp)
            }
            (true, _) => Code::of(cpp),
        };
        code.text(" = ").code(value.code);
        self.emit(code, Vec::new());
        Ok(())
    }
}

/// The `bits` bits from bit `at` of a word, extended as the type `to` says.
fn part(whole: Value, at: u32, bits: u32, to: Type) -> Value {
    let narrow = Type::Integer { bits, signed: to == Type::S32 };
    let mut code = whole.operand();
    if at > 0 {
        code.text(format!(" >> {at}"));
        code = code.between("(", ")");
    }
    let code = code.between(format!("({})({})", to.cpp(), narrow.cpp()), "");
    Value { code, kind: to, shape: Shape::Prefix }
}

/// `value` for an assignment to a variable of type `kind`; `None` if its size is too large. C++ converts integers in
/// the assignment and extends smaller ones, as PTX does.
fn fitted(value: Value, kind: Type) -> Option<Value> {
    match (value.kind, kind) {
        (
            Type::Integer { bits: from, .. } | Type::Unknown { bits: from },
            Type::Integer { bits, .. } | Type::Unknown { bits },
        ) if from <= bits => Some(value),
        (from, to) if from.bits() > to.bits() => None,
        _ => value.to(kind),
    }
}
