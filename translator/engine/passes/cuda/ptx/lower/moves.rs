//! `mov`: registers, special registers, and vectors that are packed or unpacked.

use super::{Case, Lowered, Lowering, Plan};
use crate::passes::cuda::ptx::statement::Access;
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

impl Lowering<'_> {
    /// `mov.T d, a`
    pub(super) fn move_(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let (target, source) = (case.operand(0)?.clone(), case.operand(1)?.clone());
        match (&target, &source) {
            (Operand::Argument(to), Operand::Argument(from)) if self.are_one_variable(*to, *from, kind) => {
                Ok(())
            }
            (Operand::Vector(_), Operand::Vector(_)) => Err(case.refusal()),
            (_, Operand::Vector(parts)) => {
                let value = self.packed(case, kind, parts)?;
                self.write(&target, value)
            }
            (Operand::Vector(parts), _) => {
                let value = self.read(&source, kind.unsigned())?;
                self.unpack(case, kind, parts, value)
            }
            _ => {
                let source = match self.bits(&source) {
                    // A value of the same size needs no conversion, whatever its type is.
                    Ok(value)
                        if value.kind.bits() == kind.bits()
                            && !matches!(source, Operand::Integer(_) | Operand::Double(_)) =>
                    {
                        value
                    }
                    _ => self.read(&source, kind)?,
                };
                self.write(&target, source)
            }
        }
    }

    /// Whether both operands are the same variable of the function, with the size of `kind`.
    fn are_one_variable(&self, to: usize, from: usize, kind: Type) -> bool {
        let plain = |at: usize| {
            let argument = self.arguments.get(at).filter(|argument| argument.kind.bits() == kind.bits())?;
            let is_inline = matches!(self.plans.get(at), Some(Plan::Inline));
            argument.variable.as_deref().filter(|_| is_inline)
        };
        self.arguments.get(to).is_some_and(|argument| argument.access != Access::Read)
            && plain(to).is_some_and(|name| plain(from) == Some(name))
    }

    /// One number with the bits of all parts; the first part has the lowest bits.
    fn packed(&mut self, case: &Case, kind: Type, parts: &[Operand]) -> Lowered<Value> {
        let whole = kind.unsigned();
        let part = part_type(kind, parts.len()).ok_or_else(|| case.refusal())?;
        let mut code = Code::default();
        for (at, operand) in parts.iter().enumerate().rev() {
            let value = self.read(operand, part)?;
            let shift = part.bits() * at as u32;
            if shift > 0 {
                // Without the cast, C++ would shift a smaller type as an `int`.
                code.code(value.operand().between(format!("({})", whole.cpp()), format!(" << {shift} | ")));
            } else {
                code.code(value.operand());
            }
        }
        Ok(Value { code, kind: whole, shape: Shape::Open })
    }

    fn unpack(&mut self, case: &Case, kind: Type, parts: &[Operand], value: Value) -> Lowered<()> {
        let part = part_type(kind, parts.len()).ok_or_else(|| case.refusal())?;
        let wanted = parts.iter().filter(|part| !matches!(part, Operand::Sink)).count();
        // The first assignment can change a variable of `value`.
        let value = if wanted > 1 { self.keep("whole", value) } else { value };
        for (at, operand) in parts.iter().enumerate() {
            if matches!(operand, Operand::Sink) {
                continue;
            }
            let shift = part.bits() * at as u32;
            let code = match shift {
                0 => value.clone().operand().between(format!("({})", part.cpp()), ""),
                _ => value.clone().operand().between(format!("({})(", part.cpp()), format!(" >> {shift})")),
            };
            self.write(operand, Value { code, kind: part, shape: Shape::Prefix })?;
        }
        Ok(())
    }
}

fn part_type(kind: Type, count: usize) -> Option<Type> {
    let count = u32::try_from(count).ok().filter(|count| matches!(count, 2 | 4))?;
    let bits = kind.bits() / count;
    (bits >= 8).then_some(Type::Integer { bits, signed: false })
}
