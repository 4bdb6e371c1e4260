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
        let saturates = case.word('A') == "sat";
        let value = if case.word('A') == "relu" { self.without_negative(case, value, to)? } else { value };
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
            Type::Float | Type::Double if saturates => call("tranship::unit", value, to),
            Type::Half if saturates => {
                call("__float2half_rn", call("tranship::unit", widened(value), Type::Float), to)
            }
            Type::Bfloat if saturates => return Err(case.refusal()),
            _ => value,
        };
        self.write(&target, value)
    }

    /// 0 in place of a negative number, for a conversion of single precision to half precision.
    fn without_negative(&mut self, case: &Case, value: Value, to: Type) -> Lowered<Value> {
        if value.kind != Type::Float || !matches!(to, Type::Half | Type::Bfloat) {
            return Err(case.refusal());
        }
        self.bounds.insert("-0 becomes +0, for which the manual gives no sign");
        Ok(call("tranship::relu", value, Type::Float))
    }

    /// `cvt.rn.f16x2.f32 d, a, b`: `a` is the upper half.
    fn convert_pair(&mut self, case: &Case, to: Type) -> Lowered<()> {
        let to_zero = case.word('R') == "rz";
        if !matches!(case.word('R'), "rn" | "rz") || case.instruction.operands.len() != 3 {
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
        let (function, part) = match (to, to_zero) {
            (Type::Half2, false) => ("__floats2half2_rn(", Type::Float),
            (Type::Half2, true) => ("__halves2half2(", Type::Half),
            (_, false) => ("tranship::floats_to_bfloat162(", Type::Float),
            (_, true) => ("__halves2bfloat162(", Type::Bfloat),
        };
        let half = |value: Value| if to_zero { toward_zero(value, part) } else { value };
        let mut code = Code::of(function);
        code.code(half(low).code).text(", ").code(half(high).code).text(")");
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

/// A number of single precision, rounded toward zero to half precision or bfloat16.
fn toward_zero(value: Value, to: Type) -> Value {
    match to {
        Type::Half => directed("tranship::half_directed", value, "0", to),
        _ => call("tranship::float2bfloat16_rz", value, to),
    }
}

/// The direction of a rounding as the helpers take it: down, toward zero or up.
fn direction(rounding: &str) -> Option<&'static str> {
    match rounding {
        "rm" => Some("-1"),
        "rz" => Some("0"),
        "rp" => Some("1"),
        _ => None,
    }
}

fn directed(function: &str, mut value: Value, direction: &str, to: Type) -> Value {
    value.code.text(format!(", {direction}"));
    call(function, value, to)
}

fn from_integer(case: &Case, rounding: &str, value: Value, to: Type) -> Lowered<Value> {
    let bits = value.kind.bits();
    let digits = match to {
        Type::Float => 24,
        Type::Double => 53,
        Type::Half => 11,
        _ => 8,
    };
    let is_exact = bits <= digits;
    match (to, direction(rounding)) {
        (Type::Float | Type::Double, _) if is_exact || rounding == "rn" => Ok(cast(value, to)),
        (Type::Float | Type::Double, Some(direction)) => {
            Ok(directed(&format!("tranship::integer_directed<{}>", to.cpp()), value, direction, to))
        }
        // A number of 16 bits is exact in single precision, and one of 32 bits in double precision. A larger number than 2^53 is
        // infinite in half precision.
        (Type::Half, None) if rounding == "rn" && bits <= 16 => {
            Ok(call("__float2half_rn", cast(value, Type::Float), to))
        }
        (Type::Half, None) if rounding == "rn" => {
            Ok(call("tranship::double2half", cast(value, Type::Double), to))
        }
        (Type::Half, Some(direction)) => {
            Ok(directed("tranship::half_directed", cast(value, Type::Double), direction, to))
        }
        (Type::Bfloat, None) if rounding == "rn" && bits <= 16 => {
            Ok(call("__float2bfloat16", cast(value, Type::Float), to))
        }
        (Type::Bfloat, None) if rounding == "rn" => {
            let name = match (bits, value.kind == value.kind.unsigned()) {
                (32, false) => "int",
                (32, true) => "uint",
                (_, false) => "ll",
                (_, true) => "ull",
            };
            Ok(call(&format!("tranship::{name}2bfloat16_rn"), value, to))
        }
        _ => Err(case.refusal_because(ROUNDING)),
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
        return match (rounding, from) {
            ("", _) => Ok(value),
            (_, Type::Half | Type::Bfloat) => {
                let whole = rounded(rounding, widened(value)).ok_or_else(|| case.refusal())?;
                Ok(call(if to == Type::Half { "__float2half_rn" } else { "__float2bfloat16" }, whole, to))
            }
            _ => rounded(rounding, value).ok_or_else(|| case.refusal()),
        };
    }
    let direction = direction(rounding);
    let rounds_to_nearest = rounding == "rn";
    match (from, to) {
        (Type::Float, Type::Double) => Ok(cast(value, to)),
        (Type::Half | Type::Bfloat, Type::Float) => Ok(widened(value)),
        (Type::Half | Type::Bfloat, Type::Double) => Ok(cast(widened(value), to)),
        (Type::Double, Type::Float) if rounds_to_nearest => Ok(cast(value, to)),
        (Type::Float, Type::Half) if rounds_to_nearest => Ok(call("__float2half_rn", value, to)),
        (Type::Double, Type::Half) if rounds_to_nearest => Ok(call("tranship::double2half", value, to)),
        (Type::Float, Type::Bfloat) if rounds_to_nearest => Ok(call("__float2bfloat16", value, to)),
        (Type::Half, Type::Bfloat) if rounds_to_nearest => Ok(call("__float2bfloat16", widened(value), to)),
        (Type::Bfloat, Type::Half) if rounds_to_nearest => Ok(call("__float2half_rn", widened(value), to)),
        (Type::Double, Type::Float) => match direction {
            Some(direction) => Ok(directed("tranship::round_directed", with_zero(value), direction, to)),
            None => Err(case.refusal_because(ROUNDING)),
        },
        (Type::Float | Type::Double, Type::Half) => match direction {
            Some(direction) => Ok(directed("tranship::half_directed", value, direction, to)),
            None => Err(case.refusal_because(ROUNDING)),
        },
        (Type::Float, Type::Bfloat) if rounding == "rz" => Ok(toward_zero(value, to)),
        _ => Err(case.refusal_because(ROUNDING)),
    }
}

/// The two arguments of `round_directed` for a number without a rest.
fn with_zero(mut value: Value) -> Value {
    value.code.text(", 0.0");
    value
}
