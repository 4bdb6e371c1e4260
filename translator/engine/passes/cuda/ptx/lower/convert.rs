//! `cvt`: conversions between integers, between floating-point numbers, and between the two kinds.

use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};

/// The advice for a conversion with a rounding mode that is not translated.
const ROUNDING: &str =
    "round by hand: AMD's GPUs round to nearest even, and other modes take several instructions";

impl Lowering<'_> {
    /// `cvt[.ROUNDING][.ftz][.sat].D.S d, a[, b]`
    pub(super) fn convert(&mut self, case: &Case) -> Lowered<()> {
        let (to, from) = (case.kind('D')?, case.kind('S')?);
        let target = case.operand(0)?.clone();
        if matches!(to, Type::Half2 | Type::Bfloat2) {
            return self.convert_pair(case, to);
        }
        let value = self.read(case.operand(1)?, from)?;
        let rounding = case.word('R');
        let saturates = case.has('A');
        let is_whole = |kind: Type| matches!(kind, Type::Integer { .. });
        let value = match (is_whole(from), is_whole(to)) {
            (true, true) if saturates => call(&format!("tranship::saturated<{}>", to.cpp()), value, to),
            (true, true) => cast(value, to),
            (true, false) => from_integer(case, rounding, value, to)?,
            (false, true) => {
                let value = if matches!(from, Type::Half | Type::Bfloat) { widened(value) } else { value };
                let value = rounded(rounding, value).ok_or_else(|| case.refusal())?;
                call(&format!("tranship::to_integer<{}>", to.cpp()), value, to)
            }
            (false, false) => between_numbers(case, rounding, value, to)?,
        };
        let value = match to {
            Type::Float if saturates => call("tranship::unit", value, to),
            Type::Double | Type::Half | Type::Bfloat if saturates => return Err(case.refusal()),
            _ => value,
        };
        self.write(&target, value)
    }

    /// `cvt.rn.f16x2.f32 d, a, b`: `a` is the upper half.
    fn convert_pair(&mut self, case: &Case, to: Type) -> Lowered<()> {
        if case.word('R') != "rn" || case.instruction.operands.len() != 3 {
            return Err(case.refusal_because(ROUNDING));
        }
        let target = case.operand(0)?.clone();
        let (high, low) =
            (self.read(case.operand(1)?, Type::Float)?, self.read(case.operand(2)?, Type::Float)?);
        let (high, low) = if case.has('A') {
            self.bounds.insert("-0 becomes +0, for which the manual gives no sign");
            (call("tranship::relu", high, Type::Float), call("tranship::relu", low, Type::Float))
        } else {
            (high, low)
        };
        let function =
            if to == Type::Half2 { "__floats2half2_rn(" } else { "tranship::floats_to_bfloat162(" };
        let mut code = Code::of(function);
        code.code(low.code).text(", ").code(high.code).text(")");
        self.write(&target, Value { code, kind: to, shape: Shape::Simple })
    }
}

fn call(function: &str, value: Value, kind: Type) -> Value {
    Value { code: value.code.between(format!("{function}("), ")"), kind, shape: Shape::Simple }
}

fn cast(value: Value, kind: Type) -> Value {
    if value.kind == kind {
        return value;
    }
    Value { code: value.operand().between(format!("({})", kind.cpp()), ""), kind, shape: Shape::Prefix }
}

fn widened(value: Value) -> Value {
    let function = if value.kind == Type::Half { "__half2float" } else { "__bfloat162float" };
    call(function, value, Type::Float)
}

fn from_integer(case: &Case, rounding: &str, value: Value, to: Type) -> Lowered<Value> {
    let is_exact = value.kind.bits() <= 16 || (to == Type::Double && value.kind.bits() <= 32);
    if !matches!(rounding, "rn") && !is_exact {
        return Err(case.refusal_because(ROUNDING));
    }
    match to {
        Type::Float | Type::Double => Ok(cast(value, to)),
        Type::Half if value.kind.bits() <= 16 => Ok(call("__float2half_rn", cast(value, Type::Float), to)),
        _ => Err(case.refusal()),
    }
}

/// The number rounded to an integer of its own type.
fn rounded(rounding: &str, value: Value) -> Option<Value> {
    let function = match rounding {
        "rni" => "rint",
        "rzi" => "trunc",
        "rmi" => "floor",
        "rpi" => "ceil",
        _ => return None,
    };
    let ending = if value.kind == Type::Float { "f" } else { "" };
    let kind = value.kind;
    Some(call(&format!("{function}{ending}"), value, kind))
}

fn between_numbers(case: &Case, rounding: &str, value: Value, to: Type) -> Lowered<Value> {
    let from = value.kind;
    if from == to {
        return match rounding {
            "" => Ok(value),
            _ if matches!(from, Type::Float | Type::Double) => {
                rounded(rounding, value).ok_or_else(|| case.refusal())
            }
            _ => Err(case.refusal()),
        };
    }
    let rounds_to_nearest = matches!(rounding, "rn");
    match (from, to) {
        (Type::Float, Type::Double) => Ok(cast(value, to)),
        (Type::Half | Type::Bfloat, Type::Float) => Ok(widened(value)),
        (Type::Half | Type::Bfloat, Type::Double) => Ok(cast(widened(value), to)),
        (Type::Double, Type::Float) if rounds_to_nearest => Ok(cast(value, to)),
        (Type::Float, Type::Half) if rounds_to_nearest => Ok(call("__float2half_rn", value, to)),
        (Type::Float, Type::Bfloat) if rounds_to_nearest => Ok(call("__float2bfloat16", value, to)),
        _ => Err(case.refusal_because(ROUNDING)),
    }
}
