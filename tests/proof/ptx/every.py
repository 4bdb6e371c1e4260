"""Writes a fixture with one function for each instruction and type that a thread runs by itself: `every.py FILE`, and only those of `lop3` with
a second argument.

The operand types come from the manual. A function has the form that `prove.py` reads.
"""

import sys

# The instruction with T for its type, the types, and those of the result and the operands (`2T` has twice the bits).
ROWS = [
    ("add.T", "u16 u32 u64 s16 s32 s64 f32 f64", "T T T"),
    ("sub.T", "u16 u32 u64 s16 s32 s64 f32 f64", "T T T"),
    ("add.sat.T", "s32", "T T T"),
    ("sub.sat.T", "s32", "T T T"),
    ("mul.lo.T", "u16 s16 u32 s32 u64 s64", "T T T"),
    ("mul.hi.T", "u16 s16 u32 s32 u64 s64", "T T T"),
    ("mul.wide.T", "u16 s16 u32 s32", "2T T T"),
    ("mad.lo.T", "u16 s16 u32 s32 u64 s64", "T T T T"),
    ("mad.hi.T", "u16 s16 u32 s32 u64 s64", "T T T T"),
    ("mad.hi.sat.T", "s32", "T T T T"),
    ("mul24.lo.T", "u32 s32", "T T T"),
    ("mul24.hi.T", "u32 s32", "T T T"),
    ("mad24.lo.T", "u32 s32", "T T T T"),
    ("mad24.hi.T", "u32 s32", "T T T T"),
    ("mad24.hi.sat.T", "s32", "T T T T"),
    ("mad.wide.T", "u16 s16 u32 s32", "2T T T 2T"),
    ("sad.T", "u16 s16 u32 s32 u64 s64", "T T T T"),
    ("div.T", "u16 s16 u32 u64", "T T T"),
    ("rem.T", "u16 s16 u32 u64", "T T T"),
    ("abs.T", "s16 s32 s64 f32 f64", "T T"),
    ("neg.T", "s16 s32 s64 f32 f64", "T T"),
    ("min.T", "u16 s16 u32 s32 u64 s64", "T T T"),
    ("max.T", "u16 s16 u32 s32 u64 s64", "T T T"),
    ("popc.T", "b32 b64", "u32 T"),
    ("clz.T", "b32 b64", "u32 T"),
    ("brev.T", "b32 b64", "T T"),
    ("bfind.T", "u32 u64 s32 s64", "u32 T"),
    ("bfind.shiftamt.T", "u32 s32 u64 s64", "u32 T"),
    ("bfe.T", "u32 s32 u64 s64", "T T u32 u32"),
    ("bfi.T", "b32 b64", "T T T u32 u32"),
    ("dp4a.T.T", "u32 s32", "T T T T"),
    ("dp2a.lo.T.T", "u32 s32", "T T T T"),
    ("dp2a.hi.T.T", "u32 s32", "T T T T"),
    ("and.T", "b16 b32 b64", "T T T"),
    ("or.T", "b16 b32 b64", "T T T"),
    ("xor.T", "b16 b32 b64", "T T T"),
    ("not.T", "b16 b32 b64", "T T"),
    ("cnot.T", "b16 b32 b64", "T T"),
    ("shl.T", "b16 b32 b64", "T T u32"),
    ("shr.T", "b16 b32 b64 u16 s16 u32 s32 u64 s64", "T T u32"),
    ("shf.l.wrap.T", "b32", "T T T u32"),
    ("shf.l.clamp.T", "b32", "T T T u32"),
    ("shf.r.wrap.T", "b32", "T T T u32"),
    ("shf.r.clamp.T", "b32", "T T T u32"),
    ("mul.T", "f32 f64", "T T T"),
    ("add.rn.T", "f32 f64", "T T T"),
    ("sub.rn.T", "f32 f64", "T T T"),
    ("mul.rn.T", "f32 f64", "T T T"),
    ("add.sat.T", "f32", "T T T"),
    ("sub.sat.T", "f32", "T T T"),
    ("mad.rz.T", "f32 f64", "T T T T"),
    ("mul.sat.T", "f32", "T T T"),
    ("fma.rn.T", "f32 f64", "T T T T"),
    ("fma.rn.sat.T", "f32", "T T T T"),
    ("div.rn.T", "f32 f64", "T T T"),
    ("div.full.T", "f32", "T T T"),
    ("rcp.rn.T", "f32 f64", "T T"),
    ("sqrt.rn.T", "f32 f64", "T T"),
    ("sqrt.approx.T", "f32", "T T"),
    ("copysign.T", "f32 f64", "T T T"),
    ("min.NaN.T", "f32", "T T T"),
    ("max.NaN.T", "f32", "T T T"),
    ("slct.T.s32", "u32 s32 u64 f32 f64", "T T T s32"),
    ("slct.T.f32", "u32 f32", "T T T f32"),
    ("cvt.rn.f32.T", "u32 s32 u64 s64", "f32 T"),
    ("cvt.rn.f64.T", "u32 s32 u64 s64", "f64 T"),
    ("cvt.rni.T.f32", "u32 s32 u64 s64 u16 s16", "T f32"),
    ("cvt.rzi.T.f64", "u32 s32 u64 s64 u16 s16", "T f64"),
    ("cvt.rmi.T.f64", "s32 s64", "T f64"),
    ("cvt.rpi.T.f32", "s32 u32", "T f32"),
    ("cvt.rzi.T.T", "f32 f64", "T T"),
    ("cvt.rpi.T.T", "f32 f64", "T T"),
    ("cvt.rni.T.T", "f32 f64", "T T"),
    ("cvt.rn.f32.T", "f64", "f32 T"),
    ("cvt.T.u32", "u16 u64 s64", "T u32"),
    ("cvt.T.s32", "u16 s16 u64 s64", "T s32"),
    ("cvt.T.s64", "u32 s32 s16", "T s64"),
    ("cvt.sat.T.s32", "u16 s16 u32", "T s32"),
    ("cvt.sat.T.u32", "u16 s16 s32", "T u32"),
    ("cvt.sat.T.s64", "u32 s32 u16 u64", "T s64"),
    ("cvt.sat.T.u64", "u32 s32 s64", "T u64"),
    ("mov.T", "b16 u32 s32 b64 f32 f64", "T T"),
    ("add.f32x2", "b64", "T T T"),
    ("sub.rn.f32x2", "b64", "T T T"),
    ("mul.f32x2", "b64", "T T T"),
    ("fma.rn.f32x2", "b64", "T T T T"),
    ("add.rn.f32.bf16", "b16", "f32 T f32"),
    ("add.f32.f16", "b16", "f32 T f32"),
    ("sub.f32.bf16", "b16", "f32 T f32"),
    ("sub.f32.f16", "b16", "f32 T f32"),
    ("tanh.approx.f16", "b16", "T T"),
    ("tanh.approx.bf16", "b16", "T T"),
    ("tanh.approx.f16x2", "b32", "T T"),
    ("tanh.approx.bf16x2", "b32", "T T"),
    ("ex2.approx.f16", "b16", "T T"),
    ("ex2.approx.f16x2", "b32", "T T"),
    ("ex2.approx.ftz.bf16", "b16", "T T"),
    ("ex2.approx.ftz.bf16x2", "b32", "T T"),
    ("cvt.rn.relu.f16x2.f32", "f32", "b32 T T"),
    ("cvt.rn.relu.bf16x2.f32", "f32", "b32 T T"),
    ("cvt.pack.sat.s8.s32.b32", "s32", "u32 T T u32"),
    ("cvt.pack.sat.u8.s32.b32", "s32", "u32 T T u32"),
    ("cvt.pack.sat.s16.s32", "s32", "u32 T T"),
    ("cvt.pack.sat.u16.s32", "s32", "u32 T T"),
    ("fma.rn.relu.f16", "b16", "T T T T"),
    ("fma.rn.relu.f16x2", "b32", "T T T T"),
    ("fma.rn.sat.f16", "b16", "T T T T"),
    ("fma.rn.sat.f16x2", "b32", "T T T T"),
]
# The same with other types of operands than those of the result.
for _a, _b in (("u32", "s32"), ("s32", "u32")):
    ROWS += [(f"{_dot}.{_a}.{_b}", "b32", "T T T T") for _dot in ("dp4a", "dp2a.lo", "dp2a.hi")]
ROWS += [(f"{_root}.T", "u16x2 s16x2", "b32 b32 b32") for _root in ("add", "min", "max")]
ROWS += [(f"{_root}.relu.T", "s16x2 s32", "b32 b32 b32") for _root in ("min", "max")]
ROWS += [(f"{_root}.sat.{_half}", _word, "T T T") for _root in ("add", "sub", "mul") for _half, _word in (("f16", "b16"), ("f16x2", "b32"))]
ROWS += [(f"{_root}{_nan}.{_half}", "b32" if _half.endswith("x2") else "b16", "T T T") for _root in ("min", "max") for _nan in ("", ".NaN")
         for _half in ("f16", "bf16", "f16x2", "bf16x2")]
ROWS += [(f"cvt.{_mode}.tf32.f32", "f32", "b32 T") for _mode in ("rna", "rn", "rz")]
ROWS += [(f"cvt.{_mode}.T.s32", "f32 f64", "T s32") for _mode in ("rz", "rm", "rp")]
ROWS += [(f"cvt.{_mode}.T.{_whole}", "f32 f64", f"T {_whole}") for _mode in ("rz", "rm", "rp") for _whole in ("u32", "u64", "s64")]
ROWS += [(f"cvt.{_mode}.f32.f64", "f64", "f32 T") for _mode in ("rz", "rm", "rp")]
ROWS += [(f"cvt.{_mode}.f16.T", "f32 f64 s32 u32 s64 u64", "b16 T") for _mode in ("rn", "rz", "rm", "rp")]
ROWS += [("cvt.rn.bf16.T", "s32 u32 s64 u64 f32", "b16 T"), ("cvt.rz.bf16.T", "f32", "b16 T"), ("cvt.sat.T.T", "f64", "T T")]
ROWS += [(f"cvt.{_mode}.{_half}.T", "f32", "b32 T T") for _mode in ("rn", "rz") for _half in ("f16x2", "bf16x2")]
ROWS += [("cvt.rn.relu.f16.T", "f32", "b16 T"), ("cvt.rn.relu.bf16.T", "f32", "b16 T"), ("cvt.sat.f16.f16", "b16", "T T")]
ROWS += [(f"cvt.{_mode}.f16.f16", "b16", "T T") for _mode in ("rni", "rzi", "rmi", "rpi")]
ROWS += [("cvt.rn.bf16.f16", "b16", "T T"), ("cvt.rn.f16.bf16", "b16", "T T")]
for _types in ("s32.s32.s32", "s32.u32.u32", "u32.s32.u32", "s32.u32.s32", "u32.s32.s32"):
    for _root in ("vadd", "vsub", "vabsdiff", "vmin", "vmax"):
        ROWS += [(f"{_root}.{_types}", "u32", "T T T"), (f"{_root}.{_types}.add", "u32", "T T T T")]
        # A GPU does not saturate sums of unsigned numbers, against the text of the manual.
        if _types.startswith("s32"):
            ROWS += [(f"{_root}.{_types}.sat", "u32", "T T T"), (f"{_root}.{_types}.sat.add", "u32", "T T T T")]
    ROWS += [(f"vmad.{_types}", "u32", "T T T T")]
ROWS += [("vmad.u32.u32.u32", "u32", "T T T T")]
for _mode in ("clamp", "wrap"):
    ROWS += [(f"vshl.s32.s32.u32.{_mode}", "u32", "T T T"), (f"vshr.s32.s32.u32.{_mode}", "u32", "T T T"), (f"vshr.s32.s32.u32.{_mode}.add", "u32", "T T T T")]
for _order in "eq ne lt le gt ge".split():
    ROWS += [(f"vset.{_types}.{_order}", "u32", "T T T") for _types in ("u32.u32", "s32.s32", "s32.u32")] + [(f"vset.u32.u32.{_order}.add", "u32", "T T T T")]
    ROWS += [(f"vset{_n}.{_t}.{_t}.{_order}", "u32", "T T T T") for _n in "24" for _t in ("u32", "s32")]
for _n in "24":
    for _t in ("u32", "s32"):
        ROWS += [(f"{_root}{_n}.{_t}.{_t}.{_t}", "u32", "T T T T") for _root in ("vadd", "vsub", "vavrg", "vabsdiff", "vmin", "vmax")]
        ROWS += [(f"{_root}{_n}.{_t}.{_t}.{_t}.sat", "u32", "T T T T") for _root in ("vadd", "vsub")]
        ROWS += [(f"vabsdiff{_n}.{_t}.{_t}.{_t}.add", "u32", "T T T T")]
for _mode in ("rz", "rm", "rp"):
    ROWS += [(f"{_root}.{_mode}.sat.T", "f32", "T T T") for _root in ("add", "sub", "mul")] + [(f"fma.{_mode}.sat.T", "f32", "T T T T")]
for _mode in ("rz", "rm", "rp"):
    ROWS += [(f"{_root}.{_mode}.T", "f32 f64", "T T T") for _root in ("add", "sub", "mul", "div")]
    ROWS += [(f"fma.{_mode}.T", "f32 f64", "T T T T"), (f"rcp.{_mode}.T", "f32 f64", "T T"), (f"sqrt.{_mode}.T", "f32 f64", "T T")]
for _relu in ("", ".relu"):
    for _small in ("e4m3x2", "e5m2x2", "e2m3x2", "e3m2x2"):
        ROWS += [(f"cvt.rn.satfinite{_relu}.{_small}.f32", "f32", "b16 T T"), (f"cvt.rn{_relu}.f16x2.{_small}", "b16", "b32 T")]
    for _small in ("e4m3x2", "e5m2x2"):
        ROWS += [(f"cvt.rn.satfinite{_relu}.{_small}.f16x2", "b32", "b16 T")]
ROWS += [(f"prmt.b32.{_mode}", "b32", "T T T T") for _mode in ("f4e", "b4e", "rc8", "ecl", "ecr", "rc16")]
for _root in ("vadd", "vsub", "vabsdiff", "vmin", "vmax", "vshl", "vshr"):
    for _mode in ((".clamp", ".wrap") if _root.startswith("vsh") else ("",)):
        ROWS += [(f"{_root}.u32.u32.u32{_mode}", "u32", "T T T"), (f"{_root}.u32.u32.u32{_mode}.add", "u32", "T T T T")]
for _order in "eq ne lt le gt ge equ neu ltu leu gtu geu".split():
    ROWS += [(f"set.{_order}.u32.f16x2", "b32", "u32 T T"), (f"set.{_order}.u32.bf16x2", "b32", "u32 T T")]
# Comparisons, each through a predicate.
ORDERS = {"u32": "eq ne lt le gt ge lo ls hi hs", "s32": "eq ne lt le gt ge", "s64": "lt ge", "u16": "lt ge", "b32": "eq ne",
          "f32": "eq ne lt le gt ge equ neu ltu leu gtu geu num nan", "f64": "lt neu geu"}
TESTS = "finite infinite number notanumber normal subnormal"
CPP = {"u16": ("unsigned short", "h"), "s16": ("short", "h"), "b16": ("unsigned short", "h"), "u32": ("unsigned", "r"),
       "s32": ("int", "r"), "b32": ("unsigned", "r"), "u64": ("unsigned long long", "l"), "s64": ("long long", "l"),
       "b64": ("unsigned long long", "l"), "f32": ("float", "f"), "f64": ("double", "d")}


def kind(word, own):
    word = word.replace("2T", own[0] + str(2 * int(own[1:]))) if "2T" in word else word.replace("T", own)
    return word


def function(name, template, kinds):
    """A function whose first parameter is the result."""
    letters = "dabcefg"
    parameters = [f"{CPP[k][0]} {'&' if at == 0 else ''}{letters[at]}" for at, k in enumerate(kinds)]
    inputs = ", ".join(f'"{CPP[k][1]}"({letters[at]})' for at, k in enumerate(kinds) if at)
    return (f"__device__ void {name}({', '.join(parameters)})\n{{\n"
            f"    asm(\"{template}\" : \"={CPP[kinds[0]][1]}\"(d) : {inputs});\n}}\n")


def text():
    """The text of the fixture."""
    out = ["// Every instruction that a thread runs by itself.", "#include <cuda_runtime.h>", ""]
    for pattern, types, signature in ROWS:
        for own in types.split():
            name = pattern.replace("T", own)
            kinds = [kind(word, own) for word in signature.split()]
            operands = ", ".join(f"%{at}" for at in range(len(kinds)))
            out.append(function("f_" + name.replace(".", "_"), f"{name} {operands};", kinds))
    for own, orders in ORDERS.items():
        for order in orders.split():
            template = f"{{ .reg .pred p; setp.{order}.{own} p, %1, %2; selp.u32 %0, 1, 0, p; }}"
            out.append(function(f"setp_{order}_{own}", template, ["u32", own, own]))
        if own != "b32":
            out.append(function(f"set_{own}", f"set.lt.s32.{own} %0, %1, %2;", ["s32", own, own]))
    for test in TESTS.split():
        for own in ("f32", "f64"):
            template = f"{{ .reg .pred p; testp.{test}.{own} p, %1; selp.u32 %0, 1, 0, p; }}"
            out.append(function(f"testp_{test}_{own}", template, ["u32", own]))
    for at, (one, other) in enumerate((("b0", "b3"), ("h1", "b1"), ("b2", "h0"), ("h0", "h1"))):
        for types in ("u32.u32.u32", "s32.s32.s32", "s32.u32.s32"):
            name = f"part_{at}_{types.replace('.', '_')}"
            out.append(function(name, f"vsub.{types}.add %0, %1.{one}, %2.{other}, %3;", ["u32", "u32", "u32", "u32"]))
    return "\n".join([*out, *logic()])


def logic():
    """The functions of `lop3`."""
    kinds = ["u32", "u32", "u32", "u32"]
    return [function(f"lop3_{table}", f"lop3.b32 %0, %1, %2, %3, {table:#x};", kinds) for table in range(1, 255)]


if __name__ == "__main__":
    has_all = len(sys.argv) < 3
    open(sys.argv[1], "w").write(text() if has_all else "\n".join(["#include <cuda_runtime.h>", "", *logic()]))
