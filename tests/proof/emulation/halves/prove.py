"""Computes what the driver prints again, with exact fractions: `prove.py operands` or `prove.py check < results`.

The meaning of each function is that of NVIDIA's CUDA Math API (12.4), half precision and bfloat16.
"""
import random
import struct
import sys
from fractions import Fraction

FORMATS = {"h": (5, 10), "b": (8, 7)}  # bits of the exponent and of the fraction


def value(bits, form):
    """The exact value; "nan", or an infinity as a float."""
    exponent_bits, fraction_bits = form
    sign = -1 if bits >> 15 else 1
    exponent = bits >> fraction_bits & (1 << exponent_bits) - 1
    fraction = bits & (1 << fraction_bits) - 1
    bias = (1 << exponent_bits - 1) - 1
    if exponent == (1 << exponent_bits) - 1:
        return "nan" if fraction else sign * float("inf")
    if exponent == 0:
        return Fraction(sign * fraction) * Fraction(2) ** (1 - bias - fraction_bits)
    return sign * Fraction(fraction + (1 << fraction_bits)) * Fraction(2) ** (exponent - bias - fraction_bits)


def rounded(exact, form, zero=0):
    """The bits of the nearest number, ties to even. `zero` is the bits of a zero result."""
    exponent_bits, fraction_bits = form
    bias = (1 << exponent_bits - 1) - 1
    infinity = ((1 << exponent_bits) - 1) << fraction_bits
    if exact == "nan":
        return "nan"
    if isinstance(exact, float):
        return infinity | (0x8000 if exact < 0 else 0)
    if exact == 0:
        return zero
    sign = 0x8000 if exact < 0 else 0
    size = abs(exact)
    exponent = 1 - bias
    while size >= Fraction(2) ** (exponent + 1):
        exponent += 1
    step = Fraction(2) ** (exponent - fraction_bits)
    count = size / step
    whole = count.numerator // count.denominator
    rest = count - whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole & 1):
        whole += 1
    bits = whole + ((exponent + bias - 1) << fraction_bits) if whole >= 1 << fraction_bits else whole
    return sign | min(bits, infinity)


def is_nan(x):
    return x == "nan"


def arithmetic(op, x, y):
    if is_nan(x) or is_nan(y):
        return "nan"
    if isinstance(x, float) or isinstance(y, float):
        a, b = (float(v) if isinstance(v, float) else float((v > 0) - (v < 0)) for v in (x, y))
        with_signs = a + b if op == "add" else a - b if op == "sub" else a * b
        return "nan" if with_signs != with_signs else with_signs
    return x + y if op == "add" else x - y if op == "sub" else x * y


def zero_of(op, a, b):
    """The bits of an exact zero as the result."""
    if op == "mul":
        return (a ^ b) & 0x8000
    return a & (b ^ (0x8000 if op == "sub" else 0)) & 0x8000


def fma(a, b, c, form):
    x, y, z = (value(v, form) for v in (a, b, c))
    product = arithmetic("mul", x, y)
    total = arithmetic("add", product, z)
    return total, rounded(total, form, (a ^ b) & c & 0x8000)


def relu(total, bits):
    return "nan" if is_nan(total) else 0 if total <= 0 or bits & 0x8000 else bits


def unit(bits, form):
    one = rounded(Fraction(1), form)
    x = "nan" if bits == "nan" else value(bits, form)
    return 0 if is_nan(x) or x <= 0 else one if x >= 1 else bits


def compare(op, x, y):
    ordered = not (is_nan(x) or is_nan(y))
    answers = {"eq": lambda: x == y, "ne": lambda: x != y, "le": lambda: x <= y, "ge": lambda: x >= y,
               "lt": lambda: x < y, "gt": lambda: x > y}
    return ordered and answers[op[:2]]() or (not ordered and op.endswith("u"))


def extremum(name, a, b, form):
    x, y = value(a, form), value(b, form)
    if is_nan(x) or is_nan(y):
        return "nan"
    if x == y == 0:
        return a & b if name == "max" else a | b
    return a if (x >= y) == (name == "max") else b


def one(name, a, b, c, form):
    """The bits of the result for one element."""
    base, _, kind = name.partition("_")
    base = base.replace("2", "")
    op = base[1:]
    if kind == "relu":
        return relu(*fma(a, b, c, form))
    if op == "fma":
        return unit(fma(a, b, c, form)[1], form)
    if kind in ("rn", "sat"):
        bits = rounded(arithmetic(op, value(a, form), value(b, form)), form, zero_of(op, a, b))
        return bits if kind == "rn" else unit(bits, form)
    if kind == "nan":
        return extremum(op, a, b, form)
    answer = compare(op, value(a, form), value(b, form))
    if kind == "mask":
        return 0xFFFF if answer else 0
    return rounded(Fraction(1), form) if answer else 0


def agrees(want, got, form):
    return is_nan(value(got, form)) if want == "nan" else want == got


def check_line(line):
    name, *numbers = line.split()
    a, b, c, got = (int(number, 16) for number in numbers)
    letter, _, name = name.partition("_")
    if letter == "d":
        exact = struct.unpack("<d", struct.pack("<Q", a))[0]
        exact = "nan" if exact != exact else exact if exact in (float("inf"), -float("inf")) else Fraction(exact)
        return agrees(rounded(exact, FORMATS["h"], 0x8000 if a >> 63 else 0), got & 0xFFFF, FORMATS["h"])
    form = FORMATS[letter]
    if name.startswith("half2"):
        x = value(a & 0xFFFF, form)
        low, high = (0, 255) if "uchar" in name else (-128, 127)
        want = 0 if is_nan(x) else low if x < low else high if x > high else int(x)
        return want & 0xFF == got & 0xFF
    if name == "hcmadd":
        ax, ay, bx, by, cx, cy = (v >> s & 0xFFFF for v in (a, b, c) for s in (0, 16))
        real = fma(ax, bx, cx, form)[1]
        real = "nan" if real == "nan" else fma(ay ^ 0x8000, by, real, form)[1]
        imaginary = fma(ax, by, cy, form)[1]
        imaginary = "nan" if imaginary == "nan" else fma(ay, bx, imaginary, form)[1]
        return agrees(real, got & 0xFFFF, form) and agrees(imaginary, got >> 16 & 0xFFFF, form)
    halves = (0, 16) if "2" in name else (0,)
    return all(
        (lambda want, part: want == part if "mask" in name else agrees(want, part, form))(
            one(name, *(v >> s & 0xFFFF for v in (a, b, c)), form), got >> s & 0xFFFF)
        for s in halves)


def operands():
    rng = random.Random(7)
    edges = [0, 0x8000, 1, 0x8001, 0x3C00, 0xBC00, 0x3F80, 0xBF80, 0x7C00, 0xFC00, 0x7F80, 0xFF80, 0x7E00, 0x7FC0, 0x7BFF,
             0x7F7F, 0x0400, 0x0080, 0x5800, 0x5BF8, 0xD800, 0xD808, 0x4380, 0xC300, 0x3801, 0x3BFF]
    small = [b for b in range(0x3000, 0x4C00, 37)] + [b | 0x8000 for b in range(0x3400, 0x4800, 41)]
    pick = lambda: rng.choice(edges) if rng.random() < 0.5 else rng.choice(small)
    for first in edges:
        for second in edges[::2]:
            print(*(f"{pick() << 16 | v:x}" for v in (first, second, pick())))
    for _ in range(200):
        print(*(f"{pick() << 16 | pick():x}" for _ in range(3)))
    for _ in range(300):
        # A `double` near a half-precision number or between two of them.
        bits = rng.choice(edges + small) & 0x7FFF
        x = value(bits, FORMATS["h"])
        x = 1.0 if is_nan(x) or isinstance(x, float) else float(x)
        near = x * (1 + rng.choice([0, 1, 3, -1]) * 2.0**-11) * (1 + rng.choice([0, 1, -1]) * 2.0 ** -rng.randrange(20, 52))
        near *= rng.choice([1, -1])
        print(f"{struct.unpack('<Q', struct.pack('<d', near))[0]:x} 0 0")


if __name__ == "__main__":
    if sys.argv[1] == "operands":
        operands()
    else:
        # All input is read, also after a wrong line: the writer does not expect a closed pipe.
        for line in sys.stdin.readlines():
            if not check_line(line):
                print("wrong:", line, end="")
                sys.exit(1)
