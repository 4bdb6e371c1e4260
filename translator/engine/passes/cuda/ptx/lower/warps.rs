//! Instructions that the lanes of a warp execute together, and barriers of a block.

use super::{Case, Lowered, Lowering, Refusal};
use crate::pass::Warp;
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};
use crate::readers::ptx::Operand;

const PARTIAL: &str = "let all threads meet, or split the kernel: AMD's GPUs have one barrier for a whole block, and gfx1250 \
     also named barriers of whole waves (`__builtin_amdgcn_s_barrier_init`)";

/// The assumption for a barrier with another number than 0.
const OTHER_BARRIER: &str = "all threads of the block wait here together: AMD's GPUs have one barrier for a block, so its number does not count";

impl Lowering<'_> {
    /// Refuses an instruction for 32 lanes if a warp becomes the whole wave.
    pub(super) fn needs_32_lanes(&self, case: &Case) -> Lowered<()> {
        if self.warp == Warp::Native {
            return Err(case
                .refusal_because("write it for the width of the wave, or convert with `--warp logical32`"));
        }
        Ok(())
    }

    /// `shfl[.sync].MODE.b32 d[|p], a, b, c[, mask]`
    pub(super) fn shuffle(&mut self, case: &Case) -> Lowered<()> {
        self.needs_32_lanes(case)?;
        let (target, is_inside) = match case.operand(0)?.clone() {
            Operand::Pair(target, other) => (*target, Some(*other).filter(|other| *other != Operand::Sink)),
            target => (target, None),
        };
        let mode = case.word('M');
        let control = self.constant(case.operand(3)?).ok_or_else(|| case.refusal())?;
        let expected = if mode == "up" { 0 } else { 0x1f };
        let width = 32 - (control >> 8 & 31);
        if control & 0x1f != expected || !width.is_power_of_two() {
            return Err(case.refusal_because("write the shuffle with a width that is a power of two"));
        }
        let mask = match case.instruction.operands.get(4) {
            Some(mask) => self.read(mask, Type::U32)?,
            None => Value::of("0xffffffffu", Type::U32),
        };
        let function = match mode {
            "up" => "shfl_up_sync",
            "down" => "shfl_down_sync",
            "bfly" => "shfl_xor_sync",
            _ => "shfl_sync",
        };
        let value = self.read(case.operand(1)?, Type::U32)?;
        let mut lane = self.read(case.operand(2)?, Type::U32)?;
        // The result can be an operand of the condition.
        let mut inside = None;
        if let Some(operand) = is_inside {
            lane = self.settled("lane", lane);
            inside = Some((operand, self.keep("inside", in_range(mode, width, lane.clone()))));
        }
        let mut code = mask.code.between(format!("tranship::{function}("), ", ");
        code.code(value.code).text(", ").code(lane.code);
        code.text(if width == 32 { ")".to_owned() } else { format!(", {width})") });
        self.write(&target, Value { code, kind: Type::U32, shape: Shape::Simple })?;
        match inside {
            Some((operand, value)) => self.write(&operand, value),
            None => Ok(()),
        }
    }

    /// `match.all.sync.T d[|p], a, mask`
    pub(super) fn match_all(&mut self, case: &Case) -> Lowered<()> {
        self.needs_32_lanes(case)?;
        let (target, same) = match case.operand(0)?.clone() {
            Operand::Pair(target, same) => (*target, *same),
            target => (target, Operand::Sink),
        };
        let kind = case.kind('T')?;
        let (value, mask) = (self.read(case.operand(1)?, kind)?, self.read(case.operand(2)?, Type::U32)?);
        let name = self.fresh("same");
        self.declarations.push(Code::of(format!("int {name}")));
        let mut code = mask.code.between("tranship::match_all_sync(", ", ");
        code.code(value.code).text(format!(", &{name})"));
        let found = self.keep("found", Value { code, kind: Type::U32, shape: Shape::Simple });
        self.write(&target, found)?;
        self.write(
            &same,
            Value { code: Code::of(format!("{name} != 0")), kind: Type::Predicate, shape: Shape::Open },
        )
    }

    /// `elect.sync d|p, mask` elects the lowest lane of the mask.
    pub(super) fn elect(&mut self, case: &Case) -> Lowered<()> {
        self.needs_32_lanes(case)?;
        let Operand::Pair(lane, elected) = case.operand(0)?.clone() else { return Err(case.refusal()) };
        let mask = self.read(case.operand(1)?, Type::U32)?;
        let leader = self.keep(
            "leader",
            Value {
                code: mask.code.between("(unsigned)__ffs(", ") - 1u"),
                kind: Type::U32,
                shape: Shape::Open,
            },
        );
        self.write(&lane, leader.clone())?;
        let code = leader.operand().between("(__lane_id() & 31u) == ", "");
        self.write(&elected, Value { code, kind: Type::Predicate, shape: Shape::Open })
    }

    /// `bar.sync 0` and its other spellings.
    pub(super) fn barrier(&mut self, case: &Case) -> Lowered<()> {
        self.needs_whole_block(case, &case.instruction.operands)?;
        self.emit(Code::of("__syncthreads()"), Vec::new());
        Ok(())
    }

    /// `bar.red.OP d, 0, p`
    pub(super) fn barrier_vote(&mut self, case: &Case) -> Lowered<()> {
        let operands = case.instruction.operands.clone();
        let [target, barrier @ .., vote] = operands.as_slice() else { return Err(case.refusal()) };
        self.needs_whole_block(case, barrier)?;
        let (name, is_count) = match case.word('F') {
            "and" => ("__syncthreads_and(", false),
            "or" => ("__syncthreads_or(", false),
            _ => ("__syncthreads_count(", true),
        };
        let code = self.read(vote, Type::Predicate)?.code.between(name, ")");
        if is_count {
            return self.write(target, Value { code, kind: Type::U32, shape: Shape::Simple });
        }
        let code = code.between("", " != 0");
        self.write(target, Value { code, kind: Type::Predicate, shape: Shape::Open })
    }

    /// Refuses a barrier for a part of the block. A barrier without a number of threads is for all of them.
    fn needs_whole_block(&mut self, case: &Case, operands: &[Operand]) -> Lowered<()> {
        let number = match operands {
            [] => Some(0),
            [number] => self.constant(number),
            _ => None,
        };
        match number {
            Some(0) => {}
            Some(_) => {
                self.bounds.insert(OTHER_BARRIER);
            }
            None => return Err(Refusal { todo: PARTIAL.to_owned(), ..case.refusal() }),
        }
        Ok(())
    }

    /// `exit` in the body of a kernel. In another function, `return` would not end the thread.
    pub(super) fn exit(&mut self, case: &Case) -> Lowered<()> {
        if !self.in_kernel {
            return Err(case.refusal_because("return from the kernel: `return` ends only this function"));
        }
        self.emit(Code::of("return"), Vec::new());
        Ok(())
    }
}

/// Whether the lane that a shuffle reads is in the range of the segment, whose `width` is a power of two.
fn in_range(mode: &str, width: u64, by: Value) -> Value {
    let last = width - 1;
    let by = by.operand();
    let code = match mode {
        "up" => by.between(format!("(__lane_id() & {last}u) >= ("), " & 31u)"),
        "down" => by.between(format!("(__lane_id() & {last}u) + ("), format!(" & 31u) <= {last}u")),
        "bfly" => {
            by.between("((__lane_id() & 31u) ^ (", format!(" & 31u)) <= (__lane_id() & 31u | {last}u)"))
        }
        // The lane is always computed within the segment.
        _ => return Value::of("true", Type::Predicate),
    };
    Value { code, kind: Type::Predicate, shape: Shape::Open }
}
