//! Loads, stores, asynchronous copies and fences.
//!
//! Hints to caches are dropped. An asynchronous copy becomes a plain copy.

use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::statement::Access;
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

/// The advice for an access to the shared memory of another block of a cluster.
const CLUSTER: &str =
    "AMD's GPUs have no address for the shared memory of another block: go through global memory";

/// How an access reaches memory.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Order {
    Plain,
    Volatile,
    Atomic(&'static str),
}

impl Lowering<'_> {
    /// `ld`
    pub(super) fn load(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let target = single(case.operand(0)?);
        let address = case.operand(1)?.clone();
        match (self.order(case), count(case)) {
            (Order::Plain, 1) => {
                let code = self.pointer(case, &address, kind.cpp(), "const ", 0)?.between("*", "");
                self.write(&target, Value { code, kind, shape: Shape::Prefix })
            }
            (order, 1) => {
                let value = self.loaded(case, &address, kind, order, 0)?;
                self.write(&target, value)
            }
            (Order::Plain, count) => self.load_vector(case, kind, &target, &address, count, false),
            (order, count) if is_one_access(kind, count) => {
                self.load_vector(case, kind, &target, &address, count, true)?;
                match order {
                    Order::Atomic("__ATOMIC_ACQUIRE") => self.order_fence(case, "__ATOMIC_ACQUIRE"),
                    _ => Ok(()),
                }
            }
            (order, count) => {
                let parts = parts(case, &target, count)?;
                let mut values = Vec::new();
                for at in 0..count {
                    let offset = offset_of(at, kind);
                    let value = self.loaded(case, &address, kind, order, offset)?;
                    values.push(self.keep("part", value));
                }
                parts.iter().zip(values).try_for_each(|(part, value)| self.write(part, value))
            }
        }
    }

    /// Loads one element that is volatile or atomic.
    fn loaded(
        &mut self,
        case: &Case,
        address: &Operand,
        kind: Type,
        order: Order,
        offset: i64,
    ) -> Lowered<Value> {
        if let Order::Atomic(memory_order) = order {
            let kind = kind.unsigned();
            let pointer = self.pointer(case, address, kind.cpp(), "", offset)?;
            let code = pointer.between("__hip_atomic_load(", format!(", {memory_order}, {})", scope(case)?));
            return Ok(Value { code, kind, shape: Shape::Simple });
        }
        let pointer = self.pointer(case, address, kind.cpp(), "const volatile ", offset)?;
        Ok(Value { code: pointer.between("*", ""), kind, shape: Shape::Prefix })
    }

    fn load_vector(
        &mut self,
        case: &Case,
        kind: Type,
        target: &Operand,
        address: &Operand,
        count: usize,
        is_volatile: bool,
    ) -> Lowered<()> {
        let parts = parts(case, target, count)?;
        let vector = kind.vector(count.min(4)).ok_or_else(|| case.refusal())?;
        let mut names = Vec::new();
        for first in (0..count).step_by(4) {
            let pointer = self.pointer(case, address, &vector, "const ", offset_of(first, kind))?;
            let name = self.fresh("loaded");
            let value = if is_volatile {
                pointer.between("tranship::load_volatile(", ")")
            } else {
                pointer.between("*", "")
            };
            if self.is_conditional() {
                self.declarations.push(Code::of(format!("{vector} {name}")));
                self.emit(value.between(format!("{name} = "), ""), Vec::new());
            } else {
                self.emit(value.between(format!("const {vector} {name} = "), ""), Vec::new());
            }
            names.push(name);
        }
        let members =
            names.iter().flat_map(|name| ["x", "y", "z", "w"].map(|member| format!("{name}.{member}")));
        parts.iter().zip(members).try_for_each(|(part, member)| self.write(part, Value::of(member, kind)))
    }

    /// `st`
    pub(super) fn store(&mut self, case: &Case) -> Lowered<()> {
        let kind = case.kind('T')?;
        let address = case.operand(0)?.clone();
        let source = single(case.operand(1)?);
        let count = count(case);
        let order = self.order(case);
        let is_volatile = order != Order::Plain;
        if count > 1 && (!is_volatile || is_one_access(kind, count)) {
            if order == Order::Atomic("__ATOMIC_RELEASE") {
                self.order_fence(case, "__ATOMIC_RELEASE")?;
            }
            let vector = kind.vector(count.min(4)).ok_or_else(|| case.refusal())?;
            for (at, part) in parts(case, &source, count)?.chunks(4).enumerate() {
                let pointer = self.pointer(case, &address, &vector, "", offset_of(4 * at, kind))?;
                let mut code = if is_volatile {
                    pointer.between("tranship::store_volatile(", format!(", make_{vector}("))
                } else {
                    pointer.between("*", format!(" = make_{vector}("))
                };
                for (at, part) in part.iter().enumerate() {
                    code.text(if at == 0 { "" } else { ", " }).code(self.stored(part, kind)?.code);
                }
                code.text(if is_volatile { "))" } else { ")" });
                self.emit(code, Vec::new());
            }
            return Ok(());
        }
        let parts = if count == 1 { vec![source] } else { parts(case, &source, count)? };
        for (at, part) in parts.iter().enumerate() {
            let offset = offset_of(at, kind);
            self.store_one(case, &address, part, kind, order, offset)?;
        }
        Ok(())
    }

    fn store_one(
        &mut self,
        case: &Case,
        address: &Operand,
        source: &Operand,
        kind: Type,
        order: Order,
        offset: i64,
    ) -> Lowered<()> {
        let code = if let Order::Atomic(memory_order) = order {
            let kind = kind.unsigned();
            let pointer = self.pointer(case, address, kind.cpp(), "", offset)?;
            let mut code = pointer.between("__hip_atomic_store(", ", ");
            code.code(self.read(source, kind)?.code).text(format!(", {memory_order}, {})", scope(case)?));
            code
        } else {
            let quality = if order == Order::Volatile { "volatile " } else { "" };
            let mut code = self.pointer(case, address, kind.cpp(), quality, offset)?.between("*", " = ");
            code.code(self.stored(source, kind)?.code);
            code
        };
        self.emit(code, Vec::new());
        Ok(())
    }

    /// The value of `source` for an assignment to memory of type `kind`. The assignment itself cuts off the upper bits
    /// of integers.
    fn stored(&mut self, source: &Operand, kind: Type) -> Lowered<Value> {
        let cuts = matches!(kind, Type::Integer { .. });
        let is_number = matches!(source, Operand::Integer(_));
        match self.bits(source) {
            Ok(value)
                if cuts
                    && !is_number
                    && matches!(value.kind, Type::Integer { bits, .. } | Type::Unknown { bits } if bits >= kind.bits() && bits < 64) =>
            {
                Ok(value)
            }
            _ => self.read(source, kind),
        }
    }

    /// How the instruction reaches memory.
    fn order(&self, case: &Case) -> Order {
        match (case.word('O'), case.word('C')) {
            ("relaxed", _) => Order::Atomic("__ATOMIC_RELAXED"),
            ("acquire", _) => Order::Atomic("__ATOMIC_ACQUIRE"),
            ("release", _) => Order::Atomic("__ATOMIC_RELEASE"),
            ("volatile", _) => Order::Volatile,
            _ if case.has('X') => Order::Plain,
            // Such loads see concurrent writes of other threads, so the compiler must not move or remove them.
            (_, "cv" | "wt") => Order::Volatile,
            (_, "cg") if self.is_volatile && case.instruction.name.starts_with("ld") => Order::Volatile,
            _ if self.is_volatile && self.clobbers_memory && count(case) == 1 => Order::Volatile,
            _ => Order::Plain,
        }
    }

    /// A pointer to `kind` with the address `operand` plus `extra` bytes. The caller can put `*` before it.
    pub(super) fn pointer(
        &mut self,
        case: &Case,
        operand: &Operand,
        kind: &str,
        quality: &str,
        extra: i64,
    ) -> Lowered<Code> {
        let Operand::Address(base, offset) = operand else { return Err(case.refusal()) };
        let offset = offset + extra;
        let space = case.word('S');
        if space.contains("cluster") {
            return Err(case.refusal_because(CLUSTER));
        }
        if space.starts_with("shared") {
            let address = self.read(base, Type::U32)?;
            let code =
                if offset == 0 { address.code } else { address.operand().between("", offset_text(offset)) };
            return Ok(code.between(format!("tranship::shared_pointer<{quality}{kind}>("), ")"));
        }
        if matches!(space, "param" | "param::func" | "param::entry") {
            return Err(case.refusal());
        }
        let base_value = self.bits(base)?;
        if base_value.kind.bits() != 64 {
            return Err(
                case.refusal_because("give the address as a pointer: addresses of this memory have 64 bits")
            );
        }
        if let Operand::Argument(at) = &**base
            && offset == 0
            && let Some(argument) = self.arguments.get(*at)
            && argument.access == Access::Read
            && argument.pointee.as_ref().is_some_and(|pointee| fits(pointee, kind, quality))
        {
            return Ok(base_value.code);
        }
        let code = if offset == 0 {
            base_value.operand()
        } else {
            base_value.operand().between("((const char *)", format!("{})", offset_text(offset)))
        };
        Ok(code.between(format!("({quality}{kind} *)"), ""))
    }

    /// The fence behind a load that acquires, or before a store that releases.
    fn order_fence(&mut self, case: &Case, order: &str) -> Lowered<()> {
        let scope = fence_scope(case).ok_or_else(|| case.refusal())?;
        self.emit(Code::of(format!("__builtin_amdgcn_fence({order}, \"{scope}\")")), Vec::new());
        Ok(())
    }

    /// `fence`, `membar`
    pub(super) fn fence(&mut self, case: &Case) -> Lowered<()> {
        let scope = fence_scope(case).ok_or_else(|| case.refusal())?;
        let code = match (case.word('O'), scope) {
            ("acq_rel", scope) => format!("__builtin_amdgcn_fence(__ATOMIC_ACQ_REL, \"{scope}\")"),
            ("acquire", scope) => format!("__builtin_amdgcn_fence(__ATOMIC_ACQUIRE, \"{scope}\")"),
            ("release", scope) => format!("__builtin_amdgcn_fence(__ATOMIC_RELEASE, \"{scope}\")"),
            (_, "workgroup") => "__threadfence_block()".to_owned(),
            (_, "agent") => "__threadfence()".to_owned(),
            _ => "__threadfence_system()".to_owned(),
        };
        self.emit(Code::of(code), Vec::new());
        Ok(())
    }

    /// `cp.async.ca|cg.shared.global [to], [from], size[, source-size]`
    pub(super) fn copy(&mut self, case: &Case) -> Lowered<()> {
        let operands = case.instruction.operands.clone();
        let (to, from) = (case.operand(0)?, case.operand(1)?);
        let to = self.shared_address_of(case, to)?;
        let global = case.instruction.operands.get(1).map(|_| from).ok_or_else(|| case.refusal())?;
        let Operand::Address(base, offset) = global else { return Err(case.refusal()) };
        let base = self.bits(base)?;
        if base.kind.bits() != 64 {
            return Err(case.refusal());
        }
        let from = if *offset == 0 {
            base.operand().between("(const void *)", "")
        } else {
            base.operand().between("(const char *)", offset_text(*offset))
        };
        let size = self.read(case.operand(2)?, Type::S32)?;
        let has_policy = case.instruction.name.contains("cache_hint");
        let with_size = operands.len() == if has_policy { 5 } else { 4 };
        let mut code = Code::of("tranship::copy_async<");
        code.code(self.size_text(case, &operands[2], size)?).text(">(").code(to).text(", ").code(from);
        if with_size {
            let filled = self.bits(&operands[3])?;
            code.text(", ");
            if filled.kind == Type::Predicate {
                // With a predicate that holds, the instruction writes zeros and reads nothing.
                let size = self.read(&operands[2], Type::U32)?;
                code.code(filled.operand()).text(" ? 0u : ").code(size.code);
            } else {
                code.code(self.read(&operands[3], Type::U32)?.code);
            }
        }
        code.text(")");
        self.emit(code, Vec::new());
        Ok(())
    }

    fn size_text(&self, case: &Case, operand: &Operand, value: Value) -> Lowered<Code> {
        match self.constant(operand) {
            Some(number @ (4 | 8 | 16)) => Ok(Code::of(number.to_string())),
            Some(_) => Err(case.refusal()),
            None if self.is_constant(operand) => Ok(value.code),
            None => Err(case.refusal_because("give the number of bytes as a constant")),
        }
    }

    fn is_constant(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Argument(at) => self.arguments.get(*at).is_some_and(|argument| argument.is_constant),
            Operand::Pasted(_) | Operand::Integer(_) => true,
            _ => false,
        }
    }

    pub(super) fn shared_address_of(&mut self, case: &Case, operand: &Operand) -> Lowered<Code> {
        let Operand::Address(base, offset) = operand else { return Err(case.refusal()) };
        let address = self.read(base, Type::U32)?;
        Ok(if *offset == 0 { address.code } else { address.operand().between("", offset_text(*offset)) })
    }

    pub(super) fn is_conditional(&self) -> bool {
        self.guard.is_some() || self.depth > 0
    }
}

/// Whether one instruction moves the whole vector. Code that polls memory relies on this, although the manual of PTX leaves
/// it open.
fn is_one_access(kind: Type, count: usize) -> bool {
    count > 1 && offset_of(count, kind) <= 16 && kind.vector(count).is_some()
}

/// The scope of the instruction as a fence takes it.
fn fence_scope(case: &Case) -> Option<&'static str> {
    Some(match case.word('P') {
        "cta" => "workgroup",
        // A cluster is a part of the GPU, so the scope of the GPU contains its threads.
        "gpu" | "gl" | "cluster" => "agent",
        "sys" => "",
        _ => return None,
    })
}

/// The distance in bytes from the first element to the element `at`.
pub(super) fn offset_of(at: usize, kind: Type) -> i64 {
    i64::try_from(at).unwrap_or_default() * i64::from(kind.bits() / 8)
}

/// `+ 16` or `- 16`.
fn offset_text(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    format!(" {sign} {}", offset.unsigned_abs())
}

/// Whether a pointer to `pointee` can be used as a pointer to `kind` without a cast.
fn fits(pointee: &str, kind: &str, quality: &str) -> bool {
    let plain = pointee.strip_prefix("const ");
    match quality {
        "const " => plain.unwrap_or(pointee) == kind || same_number(plain.unwrap_or(pointee), kind),
        "" => pointee == kind || same_number(pointee, kind),
        _ => false,
    }
}

/// Whether two names refer to one type.
fn same_number(declared: &str, kind: &str) -> bool {
    matches!((declared, kind), ("unsigned int" | "uint32_t" | "uint", "unsigned") | ("int32_t", "int"))
}

/// The operand inside of `{a}`, which is the same as `a`.
fn single(operand: &Operand) -> Operand {
    match operand {
        Operand::Vector(parts) => match parts.as_slice() {
            [only] => only.clone(),
            _ => operand.clone(),
        },
        other => other.clone(),
    }
}

pub(super) fn count(case: &Case) -> usize {
    match case.word('V') {
        "v2" => 2,
        "v4" => 4,
        "v8" => 8,
        _ => 1,
    }
}

pub(super) fn parts(case: &Case, operand: &Operand, count: usize) -> Lowered<Vec<Operand>> {
    match operand {
        Operand::Vector(parts) if parts.len() == count => Ok(parts.clone()),
        _ => Err(case.refusal()),
    }
}

/// HIP's constant for the scope of the instruction.
pub(super) fn scope(case: &Case) -> Lowered<&'static str> {
    match case.word('P') {
        "cta" => Ok("__HIP_MEMORY_SCOPE_WORKGROUP"),
        // A cluster is a part of the GPU, so the scope of the GPU contains its threads.
        "gpu" | "cluster" | "" => Ok("__HIP_MEMORY_SCOPE_AGENT"),
        "sys" => Ok("__HIP_MEMORY_SCOPE_SYSTEM"),
        _ => Err(case.refusal()),
    }
}
