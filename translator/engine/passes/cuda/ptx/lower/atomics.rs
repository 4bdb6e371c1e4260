//! `atom` and `red`.

use super::memory::{count, offset_of, parts, scope};
use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

impl Lowering<'_> {
    /// `atom.OP.T d, [a], b[, c]` if `has_result`, otherwise `red.OP.T [a], b`. Each element of a vector is an atomic operation of its
    /// own, by the manual.
    pub(super) fn atomic(&mut self, case: &Case, has_result: bool) -> Lowered<()> {
        let first = usize::from(has_result);
        let count = count(case);
        if count == 1 {
            let operands: Vec<Operand> = case.instruction.operands.iter().skip(first + 1).cloned().collect();
            let value = self.element(case, first, 0, &operands)?;
            let target = has_result.then(|| case.operand(0).cloned()).transpose()?;
            return self.give(target, value);
        }
        let sources = parts(case, case.operand(first + 1)?, count)?;
        let targets = if has_result { parts(case, case.operand(0)?, count)? } else { Vec::new() };
        let mut old = Vec::new();
        for (at, source) in sources.into_iter().enumerate() {
            let value = self.element(case, first, at, &[source])?;
            match targets.get(at) {
                // The results are written behind all operations, because they may be operands.
                Some(_) => old.push(self.keep("old", value)),
                None => self.give(None, value)?,
            }
        }
        targets.iter().zip(old).try_for_each(|(target, value)| self.write(target, value))
    }

    /// Writes what was in memory to `target`, or only runs the operation.
    fn give(&mut self, target: Option<Operand>, value: Value) -> Lowered<()> {
        match target {
            Some(target) if !matches!(target, Operand::Sink) => self.write(&target, value),
            _ => {
                self.emit(value.code, Vec::new());
                Ok(())
            }
        }
    }

    /// The operation on the element with the number `at`. Its value is the old content of the memory.
    fn element(&mut self, case: &Case, first: usize, at: usize, operands: &[Operand]) -> Lowered<Value> {
        let kind = atomic_type(case)?;
        let address = case.operand(first)?.clone();
        let pointer = self.pointer(case, &address, kind.cpp(), "", offset_of(at, kind))?;
        let code = if matches!(kind, Type::Half2 | Type::Bfloat2 | Type::Half | Type::Bfloat) {
            let is_pair =
                matches!(kind, Type::Half2 | Type::Bfloat2) && first == 0 && case.word('F') == "add";
            self.on_halves(case, kind, pointer, operands, is_pair)?
        } else if !has_order(case) && has_function(case.word('F'), kind) {
            self.function(case, kind, pointer, operands)?
        } else {
            self.builtin(case, kind, pointer, operands)?
        };
        Ok(Value { code, kind, shape: Shape::Simple })
    }

    /// HIP's function with the same meaning: relaxed order, and all threads of the GPU as its scope.
    fn function(&mut self, case: &Case, kind: Type, pointer: Code, operands: &[Operand]) -> Lowered<Code> {
        let name = match case.word('F') {
            "add" => "atomicAdd",
            "min" => "atomicMin",
            "max" => "atomicMax",
            "and" => "atomicAnd",
            "or" => "atomicOr",
            "xor" => "atomicXor",
            "exch" => "atomicExch",
            "cas" => "atomicCAS",
            "inc" => "atomicInc",
            "dec" => "atomicDec",
            _ => return Err(case.refusal()),
        };
        let mut code = pointer.between(format!("{name}("), "");
        let count = if case.word('F') == "cas" { 2 } else { 1 };
        for at in 0..count {
            let operand = operands.get(at).ok_or_else(|| case.refusal())?;
            code.text(", ").code(self.read(operand, kind)?.code);
        }
        code.text(")");
        Ok(code)
    }

    /// The builtin with an order and a scope.
    fn builtin(&mut self, case: &Case, kind: Type, pointer: Code, operands: &[Operand]) -> Lowered<Code> {
        let (order, scope) = (memory_order(case), scope(case)?);
        let value = self.read(operands.first().ok_or_else(|| case.refusal())?, kind)?;
        let name = match case.word('F') {
            "cas" => {
                let new = self.read(operands.get(1).ok_or_else(|| case.refusal())?, kind)?;
                let mut code = pointer.between(format!("tranship::atomic_cas<{order}, {scope}>("), ", ");
                code.code(value.code).text(", ").code(new.code).text(")");
                return Ok(code);
            }
            "exch" => "__hip_atomic_exchange",
            "add" => "__hip_atomic_fetch_add",
            "min" => "__hip_atomic_fetch_min",
            "max" => "__hip_atomic_fetch_max",
            "and" => "__hip_atomic_fetch_and",
            "or" => "__hip_atomic_fetch_or",
            "xor" => "__hip_atomic_fetch_xor",
            word @ ("inc" | "dec") => {
                let name = format!("tranship::atomic_{word}<{order}, {scope}>(");
                let mut code = pointer.between(name, ", ");
                code.code(value.code).text(")");
                return Ok(code);
            }
            _ => return Err(case.refusal()),
        };
        let mut code = pointer.between(format!("{name}("), ", ");
        code.code(value.code).text(format!(", {order}, {scope})"));
        Ok(code)
    }

    /// An operation on half-precision numbers, as a loop that compares and swaps the word around them.
    fn on_halves(
        &mut self,
        case: &Case,
        kind: Type,
        pointer: Code,
        operands: &[Operand],
        is_pair: bool,
    ) -> Lowered<Code> {
        let function = match case.word('F') {
            "add" if is_pair => "atomic_add_pair",
            "add" => "atomic_add",
            "min" => "atomic_min",
            "max" => "atomic_max",
            _ => return Err(case.refusal_because("write a loop of compare and swap for it")),
        };
        if has_order(case) {
            return Err(case.refusal_because("write a loop of compare and swap for it"));
        }
        let value = self.read(operands.first().ok_or_else(|| case.refusal())?, kind)?;
        let mut code = pointer.between(format!("tranship::{function}("), ", ");
        code.code(value.code).text(")");
        Ok(code)
    }
}

/// The type of the memory as HIP's function takes it.
fn atomic_type(case: &Case) -> Lowered<Type> {
    let kind = case.kind('T')?;
    let is_signed = kind == Type::S32 || kind == Type::U64.signed();
    // Signed and unsigned sums have the same bits.
    Ok(match case.word('F') {
        "add" if is_signed && kind.bits() == 64 => kind.unsigned(),
        "exch" | "cas" => kind.unsigned(),
        _ => kind,
    })
}

fn has_order(case: &Case) -> bool {
    !matches!(case.word('O'), "" | "relaxed") || !matches!(case.word('P'), "" | "gpu" | "cluster")
}

/// Whether HIP has a function for the operation on that type.
fn has_function(operation: &str, kind: Type) -> bool {
    let (bits, signed) = match kind {
        Type::Integer { bits, signed } => (bits, signed),
        Type::Float | Type::Double => return operation == "add",
        _ => return false,
    };
    match operation {
        "inc" | "dec" => (bits, signed) == (32, false),
        "add" | "and" | "or" | "xor" | "exch" | "cas" | "min" | "max" => {
            bits == 32 || (bits == 64 && !signed)
        }
        _ => false,
    }
}

fn memory_order(case: &Case) -> &'static str {
    match case.word('O') {
        "acquire" => "__ATOMIC_ACQUIRE",
        "release" => "__ATOMIC_RELEASE",
        "acq_rel" => "__ATOMIC_ACQ_REL",
        _ => "__ATOMIC_RELAXED",
    }
}
