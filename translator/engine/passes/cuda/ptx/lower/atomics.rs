//! `atom` and `red`.

use super::memory::scope;
use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

impl Lowering<'_> {
    /// `atom.OP.T d, [a], b[, c]` if `has_result`, otherwise `red.OP.T [a], b`
    pub(super) fn atomic(&mut self, case: &Case, has_result: bool) -> Lowered<()> {
        let kind = atomic_type(case)?;
        let first = usize::from(has_result);
        let pointer = self.pointer(case, &case.operand(first)?.clone(), kind.cpp(), "", 0)?;
        let code = match operation_type(case)? {
            Type::Half2 | Type::Bfloat2 | Type::Half | Type::Bfloat => self.half_addition(case, first)?,
            _ if !has_order(case) && has_function(case.word('F'), kind) => {
                self.function(case, first, kind, pointer)?
            }
            _ => self.builtin(case, first, kind, pointer)?,
        };
        if !has_result {
            self.emit(code, Vec::new());
            return Ok(());
        }
        let target = case.operand(0)?.clone();
        if matches!(target, Operand::Sink) {
            self.emit(code, Vec::new());
            return Ok(());
        }
        self.write(&target, Value { code, kind, shape: Shape::Simple })
    }

    /// HIP's function with the same meaning: relaxed order, and all threads of the GPU as its scope.
    fn function(&mut self, case: &Case, first: usize, kind: Type, pointer: Code) -> Lowered<Code> {
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
        for at in first + 1..=first + count {
            code.text(", ").code(self.read(case.operand(at)?, kind)?.code);
        }
        code.text(")");
        Ok(code)
    }

    /// The builtin with an order and a scope.
    fn builtin(&mut self, case: &Case, first: usize, kind: Type, pointer: Code) -> Lowered<Code> {
        let (order, scope) = (memory_order(case), scope(case)?);
        let value = self.read(case.operand(first + 1)?, kind)?;
        let name = match case.word('F') {
            "cas" => {
                let new = self.read(case.operand(first + 2)?, kind)?;
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
            _ => return Err(case.refusal()),
        };
        let mut code = pointer.between(format!("{name}("), ", ");
        code.code(value.code).text(format!(", {order}, {scope})"));
        Ok(code)
    }

    /// An addition of half-precision numbers, as a loop that compares and swaps the words around them.
    fn half_addition(&mut self, case: &Case, first: usize) -> Lowered<Code> {
        let kind = operation_type(case)?;
        if case.word('F') != "add"
            || has_order(case)
            || !matches!(kind, Type::Half2 | Type::Bfloat2)
            || first == 1
        {
            return Err(case.refusal_because("write a loop of compare and swap for it"));
        }
        let pointer = self.pointer(case, &case.operand(first)?.clone(), kind.cpp(), "", 0)?;
        let value = self.read(case.operand(first + 1)?, kind)?;
        let mut code = pointer.between("tranship::atomic_add_pair(", ", ");
        code.code(value.code).text(")");
        Ok(code)
    }
}

fn operation_type(case: &Case) -> Lowered<Type> {
    case.kind('T')
}

/// The type of the memory as HIP's function takes it.
fn atomic_type(case: &Case) -> Lowered<Type> {
    let kind = operation_type(case)?;
    let is_signed = kind == Type::S32 || kind == Type::U64.signed();
    // Signed and unsigned sums have the same bits.
    Ok(match case.word('F') {
        "add" if is_signed && kind.bits() == 64 => kind.unsigned(),
        "exch" | "cas" => kind.unsigned(),
        _ => kind,
    })
}

fn has_order(case: &Case) -> bool {
    !matches!(case.word('O'), "" | "relaxed") || !matches!(case.word('P'), "" | "gpu")
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
