"""An interpreter of PTX, written from knowledge of the PTX ISA.

`rules/tables/ptx.toml` lists the instructions whose meaning was checked against the text of NVIDIA's manual.

It shares no code and no table with the translator. Registers are bags of bits: every instruction takes the bits that its
type names. It runs one thread; memory is a list of regions. What it does not know is an error.
"""

import re
import struct
from fractions import Fraction

SIZES = {"pred": 1, "b8": 8, "u8": 8, "s8": 8, "b16": 16, "u16": 16, "s16": 16, "f16": 16, "bf16": 16, "b32": 32,
         "u32": 32, "s32": 32, "f32": 32, "f16x2": 32, "bf16x2": 32, "b64": 64, "u64": 64, "s64": 64, "f64": 64,
         "f32x2": 64, "u16x2": 32, "s16x2": 32, "tf32": 32}
# Mantissa bits with the hidden one, lowest exponent of a normal number, exponent bias, exponent bits.
FORMATS = {"f16": (11, 15, 5), "bf16": (8, 127, 8), "f32": (24, 127, 8), "f64": (53, 1023, 11)}


def mask(bits):
    return (1 << bits) - 1


def signed(value, bits):
    value &= mask(bits)
    return value - (1 << bits) if value >> (bits - 1) else value


class Unspecified(Exception):
    """The manual leaves open what happens."""


class Nan:
    """Not a number; `bits` are kept where an instruction only moves them."""


NAN = Nan()


def decode(bits, kind):
    """The exact value: a Fraction, NAN, or a pair (sign, "inf") or (sign, "zero")."""
    precision, bias, exponent_bits = FORMATS[kind]
    fraction_bits = precision - 1
    bits &= mask(SIZES[kind])
    sign = bits >> (fraction_bits + exponent_bits)
    exponent = bits >> fraction_bits & mask(exponent_bits)
    fraction = bits & mask(fraction_bits)
    if exponent == mask(exponent_bits):
        return NAN if fraction else (sign, "inf")
    if exponent == 0 and fraction == 0:
        return (sign, "zero")
    if exponent == 0:
        value = Fraction(fraction, 1) * Fraction(2) ** (1 - bias - fraction_bits)
    else:
        value = Fraction(fraction + (1 << fraction_bits), 1) * Fraction(2) ** (exponent - bias - fraction_bits)
    return -value if sign else value


def canonical_nan(kind):
    return {"f16": 0x7FFF, "bf16": 0x7FFF, "f32": 0x7FFFFFFF, "f64": 0x7FF8000000000000}[kind]


def encode(value, kind, rounding="rn"):
    """The bits of an exact value, rounded as the mode says."""
    precision, bias, exponent_bits = FORMATS[kind]
    fraction_bits = precision - 1
    sign_bit = 1 << (fraction_bits + exponent_bits)
    infinity = mask(exponent_bits) << fraction_bits
    if value is NAN:
        return canonical_nan(kind)
    if isinstance(value, tuple):
        return (sign_bit if value[0] else 0) | (infinity if value[1] == "inf" else 0)
    sign = sign_bit if value < 0 else 0
    value = abs(value)
    if value == 0:
        return sign
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    exponent = max(exponent, 1 - bias)
    quantum = Fraction(2) ** (exponent - fraction_bits)
    steps = round_fraction(value / quantum, rounding, bool(sign))
    # Rounding up to the next power of two carries into the exponent by itself.
    biased = exponent + bias if steps >> fraction_bits else 0
    bits = steps if biased == 0 else ((biased - 1) << fraction_bits) + steps
    # A number that is rounded toward zero never becomes infinite.
    to_zero = rounding == "rz" or rounding == "rm" and not sign or rounding == "rp" and sign
    return sign | min(bits, infinity - 1 if to_zero else infinity)


def round_fraction(value, mode, negative=False):
    floor = value.numerator // value.denominator
    rest = value - floor
    if mode in ("rz", "rzi"):
        return floor
    if mode in ("rm", "rmi"):
        return floor + (1 if negative and rest else 0)
    if mode in ("rp", "rpi"):
        return floor + (1 if not negative and rest else 0)
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2):
        return floor + 1
    return floor


def is_nan(value):
    return value is NAN


def sign_of(value):
    if isinstance(value, tuple):
        return value[0]
    return 1 if value < 0 else 0


def is_infinite(value):
    return isinstance(value, tuple) and value[1] == "inf"


def number(value):
    """An exact number of what is neither infinite nor NaN."""
    return Fraction(0) if isinstance(value, tuple) else value


def add(a, b, down=False):
    """The exact sum. Numbers that cancel give +0, or -0 where sums are rounded `down`."""
    if is_nan(a) or is_nan(b):
        return NAN
    if is_infinite(a):
        return NAN if is_infinite(b) and a[0] != b[0] else a
    if is_infinite(b):
        return b
    total = number(a) + number(b)
    if total == 0:
        zeros = isinstance(a, tuple) and isinstance(b, tuple)
        if zeros and a[0] == b[0]:
            return a
        return (int(down), "zero")
    return total


def negate(a):
    if is_nan(a):
        return a
    return (1 - a[0], a[1]) if isinstance(a, tuple) else -a


def multiply(a, b):
    if is_nan(a) or is_nan(b):
        return NAN
    sign = sign_of(a) ^ sign_of(b)
    zero = lambda x: isinstance(x, tuple) and x[1] == "zero"
    if is_infinite(a) or is_infinite(b):
        return NAN if zero(a) or zero(b) else (sign, "inf")
    if zero(a) or zero(b):
        return (sign, "zero")
    return a * b


def divide(a, b):
    if is_nan(a) or is_nan(b):
        return NAN
    sign = sign_of(a) ^ sign_of(b)
    zero = lambda x: isinstance(x, tuple) and x[1] == "zero"
    if is_infinite(a):
        return NAN if is_infinite(b) else (sign, "inf")
    if is_infinite(b):
        return (sign, "zero")
    if zero(b):
        return NAN if zero(a) else (sign, "inf")
    if zero(a):
        return (sign, "zero")
    return a / b


def order(a, b):
    """-1, 0 or 1; None where one is no number."""
    if is_nan(a) or is_nan(b):
        return None
    key = lambda x: (Fraction(2) ** 2000 * (-1 if x[0] else 1) if is_infinite(x) else number(x))
    return (key(a) > key(b)) - (key(a) < key(b))


def relu_bits(bits, kind):
    """Zero in place of a negative number."""
    value = decode(bits, kind)
    return 0 if not is_nan(value) and sign_of(value) else bits


def split_statements(text):
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"//[^\n]*", " ", text)
    out, depth, current = [], 0, ""
    for char in text:
        if char in "([":
            depth += 1
        if char in ")]":
            depth -= 1
        if char == "{" and not current.strip():
            continue
        if char == "{":
            depth += 1
        if char == "}":
            if depth == 0:
                continue
            depth -= 1
        if char == ";" and depth == 0:
            out.append(current.strip())
            current = ""
            continue
        current += char
        label = re.fullmatch(r"\s*([A-Za-z_$][\w$]*)\s*:(?!:)\s*", current)
        if label and char == ":":
            out.append(("label", label.group(1)))
            current = ""
    if current.strip():
        out.append(current.strip())
    return [statement for statement in out if statement]


def split_operands(text):
    parts, depth, current = [], 0, ""
    for char in text:
        if char in "{[(":
            depth += 1
        if char in "}])":
            depth -= 1
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    return parts + ([current.strip()] if current.strip() else [])


# Bits of the exponent and the fraction, and the bits of NaN, or of the largest number in its place.
SMALL = {"e4m3x2": (4, 3, 0x7F), "e5m2x2": (5, 2, 0x7F), "e2m1x2": (2, 1, 0x7), "e2m3x2": (2, 3, 0x1F), "e3m2x2": (3, 2, 0x1F)}


def decode_small(bits, kind):
    """The value of a number of 4, 6 or 8 bits, by the formats of the Open Compute Project."""
    exponent_bits, fraction_bits, _ = SMALL[kind]
    sign = bits >> (exponent_bits + fraction_bits) & 1
    exponent, fraction = bits >> fraction_bits & mask(exponent_bits), bits & mask(fraction_bits)
    if kind == "e5m2x2" and exponent == 31:
        return NAN if fraction else (sign, "inf")
    if kind == "e4m3x2" and (exponent, fraction) == (15, 7):
        return NAN
    if exponent == 0 and fraction == 0:
        return (sign, "zero")
    bias = (1 << (exponent_bits - 1)) - 1
    one = Fraction(0 if exponent == 0 else 1) + Fraction(fraction, 1 << fraction_bits)
    value = one * Fraction(2) ** (max(exponent, 1) - bias)
    return -value if sign else value


def encode_small(value, kind):
    """The nearest finite number, and of two of them the even one."""
    exponent_bits, fraction_bits, nan = SMALL[kind]
    if is_nan(value):
        return nan
    sign = sign_of(value) << (exponent_bits + fraction_bits)
    values = {bits: decode_small(bits, kind) for bits in range(1 << (exponent_bits + fraction_bits))}
    finite = {bits: number(found) for bits, found in values.items() if not is_nan(found) and not is_infinite(found)}
    if is_infinite(value):
        return sign | max(finite)
    size = abs(number(value))
    return sign | min(finite, key=lambda bits: (abs(finite[bits] - size), bits & 1))


class Machine:
    """One thread: `operands` maps "%0" to bits; `memory` is a list of (address, bytearray)."""

    # Whether approximations with `.ftz` take subnormal numbers as zero, as a GPU does. The C++ keeps them, and a finding says so.
    flushes_approximations = False

    def __init__(self, operands, memory=()):
        self.registers = dict(operands)
        self.memory = memory
        self.carry = 0
        # The type of what was written last into a register.
        self.kinds = {}
        # The largest allowed difference of the results, as (kind, amount).
        self.tolerance = None

    def run(self, text):
        statements = split_statements(text)
        labels = {s[1]: at for at, s in enumerate(statements) if isinstance(s, tuple)}
        at, steps = 0, 0
        while at < len(statements):
            steps += 1
            assert steps < 10000, "the program does not end"
            statement = statements[at]
            at += 1
            if isinstance(statement, tuple) or statement.startswith(".reg"):
                continue
            guard = re.match(r"@(!?)([%\w$]+)\s+", statement)
            if guard:
                statement = statement[guard.end():]
                if bool(self.registers[guard.group(2)]) == (guard.group(1) == "!"):
                    continue
            name, _, rest = statement.partition(" ")
            operands = split_operands(rest)
            if name.split(".")[0] == "bra":
                at = labels[operands[0]]
                continue
            self.execute(name, operands)

    # Operands

    def get(self, operand, kind):
        bits = SIZES[kind]
        operand = operand.strip()
        if operand.startswith("!"):
            return 1 - self.get(operand[1:], kind)
        if operand.startswith("{"):
            parts = split_operands(operand[1:-1])
            size = bits // len(parts)
            return sum(self.get(part, f"b{size}") << (size * at) for at, part in enumerate(parts))
        if operand in self.registers:
            return self.registers[operand] & mask(bits)
        if re.match(r"0[fF][0-9a-fA-F]{8}$", operand):
            return int(operand[2:], 16)
        if re.match(r"0[dD][0-9a-fA-F]{16}$", operand):
            return int(operand[2:], 16)
        if re.match(r"-?\d+\.\d*", operand):
            return encode(Fraction(operand), kind)
        if re.fullmatch(r"[\d\s()+*<>&^-]+", operand):
            # The operators of constant expressions bind as those of Python do.
            return eval(operand) & mask(bits)
        part = re.fullmatch(r"(.*)\.([bh])(\d)", operand)
        if part:
            size = 8 if part.group(2) == "b" else 16
            value = self.get(part.group(1), "b32") >> (size * int(part.group(3))) & mask(size)
            return (signed(value, size) if kind[0] == "s" else value) & mask(bits)
        return int(operand.rstrip("uU"), 0) & mask(bits)

    def set(self, operand, value, kind):
        """Writes a result; a larger register takes the sign or zeros."""
        if operand == "_":
            return
        if operand.startswith("{"):
            parts = split_operands(operand[1:-1])
            size = SIZES[kind] // len(parts)
            for at, part in enumerate(parts):
                self.set(part, value >> (size * at) & mask(size), f"b{size}")
            return
        value &= mask(SIZES[kind])
        if kind[0] == "s":
            value = signed(value, SIZES[kind]) & mask(64)
        self.registers[operand] = value
        self.kinds[operand] = kind

    def whole(self, operand, kind):
        value = self.get(operand, kind)
        return signed(value, SIZES[kind]) if kind[0] == "s" else value

    def real(self, operand, kind):
        return decode(self.get(operand, kind), kind)

    # Execution

    def execute(self, name, operands):
        parts = name.split(".")
        kind = parts[-1]
        root = parts[0]
        method = getattr(self, "do_" + root, None)
        assert method, f"no {name}"
        method(parts, kind, operands)

    def is_float(self, kind):
        return kind in FORMATS

    def flush_approximation(self, value, kind, parts):
        return self.flush(value, kind, parts) if self.flushes_approximations else value

    def flush(self, value, kind, parts):
        if "ftz" in parts and not is_nan(value) and not isinstance(value, tuple) and abs(value) < Fraction(2) ** -126:
            return (sign_of(value), "zero")
        return value

    def arithmetic(self, parts, kind, operands, integers, reals):
        if kind == "f32x2":
            return self.pair(operands, reals)
        halves = {"f16x2": "f16", "bf16x2": "bf16"}
        if kind in halves:
            half = halves[kind]
            words = [self.get(operand, kind) for operand in operands[1:]]
            result = 0
            for at in (0, 16):
                values = [decode(word >> at & 0xFFFF, half) for word in words]
                bits = encode(reals(*values), half)
                if "sat" in parts:
                    bits = encode(clamp_unit(decode(bits, half)), half)
                if "relu" in parts:
                    bits = relu_bits(bits, half)
                result |= bits << at
            self.set(operands[0], result, kind)
            return
        if self.is_float(kind):
            values = [self.flush(self.real(operand, kind), kind, parts) for operand in operands[1:]]
            result = reals(*values)
            modes = [part for part in parts if part in ("rn", "rz", "rm", "rp")]
            bits = encode(result, kind, modes[0] if modes else "rn")
            if "ftz" in parts:
                self.tolerance = ("absolute", Fraction(2) ** -124)
                bits = encode(self.flush(decode(bits, kind), kind, parts), kind)
            if "sat" in parts:
                bits = encode(clamp_unit(decode(bits, kind)), kind)
            if "relu" in parts:
                bits = relu_bits(bits, kind)
            self.set(operands[0], bits, kind)
            return
        values = [self.whole(operand, kind) for operand in operands[1:]]
        result = integers(*values)
        if "sat" in parts:
            result = max(-(1 << 31), min((1 << 31) - 1, result))
        self.set(operands[0], result, kind)

    def do_add(self, parts, kind, operands):
        if "cc" in parts:
            return self.chain(parts, kind, operands, lambda a, b: a + b, 0)
        if parts[-2] == "f32" and kind in ("f16", "bf16"):
            return self.mixed(parts, kind, operands, add)
        if kind in ("u16x2", "s16x2"):
            a, b = (self.get(operand, "b32") for operand in operands[1:3])
            return self.set(operands[0], (a & 0xFFFF) + (b & 0xFFFF) & 0xFFFF | ((a >> 16) + (b >> 16) & 0xFFFF) << 16, "b32")
        self.arithmetic(parts, kind, operands, lambda a, b: a + b, lambda a, b: add(a, b, "rm" in parts))

    def mixed(self, parts, kind, operands, operation):
        """`add.f32.f16`: the first operand has half precision."""
        values = [self.real(operands[1], kind), self.real(operands[2], "f32")]
        self.set(operands[0], encode(operation(*values), "f32"), "f32")

    def pair(self, operands, operation):
        """`.f32x2`: two numbers of single precision."""
        words = [self.get(operand, "b64") for operand in operands[1:]]
        result = 0
        for at in (0, 32):
            values = [decode(word >> at & mask(32), "f32") for word in words]
            result |= encode(operation(*values), "f32") << at
        self.set(operands[0], result, "f32x2")

    def do_sub(self, parts, kind, operands):
        if "cc" in parts:
            return self.chain(parts, kind, operands, lambda a, b: a - b, 0)
        if parts[-2] == "f32" and kind in ("f16", "bf16"):
            return self.mixed(parts, kind, operands, lambda a, b: add(a, negate(b)))
        subtract = lambda a, b: add(a, negate(b), "rm" in parts)
        self.arithmetic(parts, kind, operands, lambda a, b: a - b, subtract)

    def do_addc(self, parts, kind, operands):
        self.chain(parts, kind, operands, lambda a, b: a + b, self.carry)

    def do_subc(self, parts, kind, operands):
        self.chain(parts, kind, operands, lambda a, b: a - b, -self.carry)

    def chain(self, parts, kind, operands, operation, carry):
        bits = SIZES[kind]
        total = operation(self.get(operands[1], kind), self.get(operands[2], kind)) + carry
        if "cc" in parts:
            self.carry = 1 if total < 0 or total >> bits else 0
        self.set(operands[0], total, kind)

    def do_mul(self, parts, kind, operands):
        if self.is_float(kind) or kind.endswith("x2"):
            return self.arithmetic(parts, kind, operands, None, multiply)
        product = self.whole(operands[1], kind) * self.whole(operands[2], kind)
        self.part_of_product(parts, kind, operands[0], product)

    def part_of_product(self, parts, kind, target, product):
        bits = SIZES[kind]
        if "wide" in parts:
            self.set(target, product, kind[0] + str(bits * 2))
        else:
            self.set(target, product >> (bits if "hi" in parts else 0), kind)

    def do_mad(self, parts, kind, operands):
        if self.is_float(kind):
            return self.do_fma(parts, kind, operands)
        bits = SIZES[kind]
        product = self.whole(operands[1], kind) * self.whole(operands[2], kind)
        if "wide" in parts:
            wide = kind[0] + str(bits * 2)
            return self.set(operands[0], product + self.whole(operands[3], wide), wide)
        if "sat" in parts:
            return self.set(operands[0], clamp((product >> bits) + self.whole(operands[3], kind), kind), kind)
        part = (product >> bits if "hi" in parts else product) & mask(bits)
        total = part + self.get(operands[3], kind) + (self.carry if parts[0] == "madc" else 0)
        if "cc" in parts:
            self.carry = total >> bits
        self.set(operands[0], total, kind)

    do_madc = do_mad

    def product_of_24_bits(self, parts, kind, operands):
        a, b = (self.get(operand, kind) & 0xFFFFFF for operand in operands[1:3])
        if kind == "s32":
            a, b = signed(a, 24), signed(b, 24)
        # `.hi` is the upper 32 of the 48 bits.
        return a * b >> 16 if "hi" in parts else a * b

    def do_mul24(self, parts, kind, operands):
        self.set(operands[0], self.product_of_24_bits(parts, kind, operands), kind)

    def do_mad24(self, parts, kind, operands):
        product = signed(self.product_of_24_bits(parts, kind, operands), 32)
        total = product + self.whole(operands[3], kind)
        self.set(operands[0], clamp(total, kind) if "sat" in parts else total, kind)

    def do_fma(self, parts, kind, operands):
        self.arithmetic(parts, kind, operands, None, lambda a, b, c: add(multiply(a, b), c, "rm" in parts))

    def do_div(self, parts, kind, operands):
        if not self.is_float(kind):
            a, b = self.whole(operands[1], kind), self.whole(operands[2], kind)
            if b == 0:
                raise Unspecified("a division by zero")
            quotient = abs(a) // abs(b)
            return self.set(operands[0], quotient if (a < 0) == (b < 0) else -quotient, kind)
        if "full" in parts or "approx" in parts:
            self.tolerance = ("ulp", 2)
        self.arithmetic(parts, kind, operands, None, divide)

    def do_rem(self, parts, kind, operands):
        a, b = self.whole(operands[1], kind), self.whole(operands[2], kind)
        if b == 0:
            raise Unspecified("a division by zero")
        rest = abs(a) % abs(b)
        self.set(operands[0], -rest if a < 0 else rest, kind)

    def do_rcp(self, parts, kind, operands):
        if "approx" in parts:
            self.tolerance = ("ulp", 1)
        one = Fraction(1)
        mode = parts[1] if parts[1] in ("rz", "rm", "rp") else "rn"
        self.rounded_once(parts, kind, operands, lambda value: divide(one, value), mode)

    def rounded_once(self, parts, kind, operands, function, mode="rn"):
        """A function of one number."""
        value = self.flush_approximation(self.real(operands[1], kind), kind, parts)
        bits = encode(function(value), kind, mode)
        self.set(operands[0], encode(self.flush_approximation(decode(bits, kind), kind, parts), kind), kind)

    def do_sqrt(self, parts, kind, operands):
        if "approx" in parts:
            self.tolerance = ("ulp", 1)
        mode = parts[1] if parts[1] in ("rz", "rm", "rp") else "rn"
        self.rounded_once(parts, kind, operands, root, mode)

    def approximate(self, parts, kind, operands, function, tolerance):
        self.tolerance = tolerance
        self.rounded_once(parts, kind, operands, function)

    def of_halves(self, kind, operands, function, tolerance):
        """A function of one or two numbers of half precision."""
        self.tolerance = tolerance
        half = kind.removesuffix("x2")
        word = self.get(operands[1], kind)
        places = (0, 16) if kind.endswith("x2") else (0,)
        parts = [encode(function(decode(word >> at & 0xFFFF, half)), half) << at for at in places]
        self.set(operands[0], sum(parts), kind)

    def do_ex2(self, parts, kind, operands):
        if kind != "f32":
            bound = Fraction(1, 955) if kind.startswith("f16") else Fraction(1, 128)
            return self.of_halves(kind, operands, power_of_two, ("relative", bound))
        self.approximate(parts, kind, operands, power_of_two, ("ulp", 2))

    def do_rsqrt(self, parts, kind, operands):
        def inverse(value):
            # The root of a negative zero is one too.
            return divide(Fraction(1), root(value))

        self.approximate(parts, kind, operands, inverse, ("relative", Fraction(2.0 ** -22.9)))

    def do_sin(self, parts, kind, operands):
        self.turn(parts, kind, operands, sine)

    def do_cos(self, parts, kind, operands):
        self.turn(parts, kind, operands, cosine)

    def turn(self, parts, kind, operands, function):
        value = self.real(operands[1], kind)
        size = None if is_nan(value) or is_infinite(value) else abs(number(value))
        if size is not None and size > 314:
            raise Unspecified("an angle without a bound")
        bound = Fraction(2.0 ** -20.5 if size is None or size < 6.28 else 2.0 ** -14.7)
        self.approximate(parts, kind, operands, function, ("absolute", bound))

    def do_lg2(self, parts, kind, operands):
        value = self.real(operands[1], kind)
        is_near_one = not is_nan(value) and not isinstance(value, tuple) and Fraction(1, 2) < value < 2
        tolerance = ("absolute" if is_near_one else "relative", Fraction(2) ** -22)
        self.approximate(parts, kind, operands, logarithm, tolerance)

    def do_tanh(self, parts, kind, operands):
        if kind != "f32":
            bound = Fraction(1, 2029) if kind.startswith("f16") else Fraction(1, 256)
            return self.of_halves(kind, operands, tangent, ("absolute", bound))
        self.approximate(parts, kind, operands, tangent, ("relative", Fraction(2) ** -11))

    def do_neg(self, parts, kind, operands):
        if kind[0] in "fb":
            signs = {"f16": 1 << 15, "bf16": 1 << 15, "f16x2": 0x80008000, "bf16x2": 0x80008000, "f32": 1 << 31, "f64": 1 << 63}
            return self.set(operands[0], self.get(operands[1], kind) ^ signs[kind], kind)
        self.set(operands[0], -self.whole(operands[1], kind), kind)

    def do_abs(self, parts, kind, operands):
        if self.is_float(kind):
            return self.set(operands[0], self.get(operands[1], kind) & mask(SIZES[kind] - 1), kind)
        self.set(operands[0], abs(self.whole(operands[1], kind)), kind)

    def extremum(self, parts, kind, operands, pick):
        if kind in ("u16x2", "s16x2") or "relu" in parts:
            size = 16 if kind.endswith("x2") else 32
            result = 0
            for at in range(0, 32, size):
                values = [self.get(operand, "b32") >> at & mask(size) for operand in operands[1:3]]
                found = pick(signed(value, size) for value in values) if kind[0] == "s" else pick(values)
                result |= ((max(found, 0) if "relu" in parts else found) & mask(size)) << at
            return self.set(operands[0], result, "b32")
        halves = {"f16x2": "f16", "bf16x2": "bf16"}
        element = halves.get(kind, kind)
        if element not in FORMATS:
            values = [self.whole(operand, kind) for operand in operands[1:]]
            return self.set(operands[0], pick(values), kind)
        result = 0
        words = [self.get(operand, kind) for operand in operands[1:]]
        for at in range(0, SIZES[kind], SIZES[element]):
            pair = [word >> at & mask(SIZES[element]) for word in words]
            result |= self.extremum_of(parts, element, pair, pick) << at
        self.set(operands[0], result, kind)

    def extremum_of(self, parts, kind, pair, pick):
        left = [bits for bits in pair if not is_nan(decode(bits, kind))]
        if len(left) < 2:
            return canonical_nan(kind) if not left or "NaN" in parts else left[0]
        key = lambda bits: -(bits & mask(SIZES[kind] - 1)) - 1 if bits >> (SIZES[kind] - 1) else bits
        return {key(bits): bits for bits in left}[pick([key(bits) for bits in left])]

    def do_min(self, parts, kind, operands):
        self.extremum(parts, kind, operands, min)

    def do_max(self, parts, kind, operands):
        self.extremum(parts, kind, operands, max)

    def do_copysign(self, parts, kind, operands):
        top = 1 << (SIZES[kind] - 1)
        sign = self.get(operands[1], kind) & top
        self.set(operands[0], self.get(operands[2], kind) & ~top | sign, kind)

    def do_sad(self, parts, kind, operands):
        difference = abs(self.whole(operands[1], kind) - self.whole(operands[2], kind))
        self.set(operands[0], self.get(operands[3], kind) + difference, kind)

    def do_testp(self, parts, kind, operands):
        bits = self.get(operands[1], kind)
        value = decode(bits, kind)
        exponent = bits >> (FORMATS[kind][0] - 1) & mask(FORMATS[kind][2])
        found = {
            "finite": not is_nan(value) and not is_infinite(value),
            "infinite": is_infinite(value),
            "number": not is_nan(value),
            "notanumber": is_nan(value),
            # The manual counts the two zeros among the normal numbers.
            "normal": isinstance(value, tuple) and value[1] == "zero" or exponent not in (0, mask(FORMATS[kind][2])),
            "subnormal": exponent == 0 and not isinstance(value, tuple),
        }[parts[1]]
        self.set(operands[0], int(found), "pred")

    # Bits

    def do_popc(self, parts, kind, operands):
        self.set(operands[0], bin(self.get(operands[1], kind)).count("1"), "u32")

    def do_clz(self, parts, kind, operands):
        self.set(operands[0], SIZES[kind] - self.get(operands[1], kind).bit_length(), "u32")

    def do_brev(self, parts, kind, operands):
        bits = SIZES[kind]
        self.set(operands[0], int(f"{self.get(operands[1], kind):0{bits}b}"[::-1], 2), kind)

    def do_bfind(self, parts, kind, operands):
        value = self.whole(operands[1], kind)
        if value < 0:
            value = ~value
        place = value.bit_length() - 1
        if place >= 0 and "shiftamt" in parts:
            place = SIZES[kind] - 1 - place
        self.set(operands[0], place & mask(32), "u32")

    def field(self, bits, operands):
        """The start and the length of a field. The manual restricts them to 0 to 255. A GPU takes them modulo 256 for a word of 32
        bits, and as they are for a word of 64 bits."""
        return [self.get(operand, "u32") & (255 if bits == 32 else mask(32)) for operand in operands]

    def do_bfe(self, parts, kind, operands):
        bits = SIZES[kind]
        value = self.get(operands[1], kind)
        start, length = self.field(bits, operands[2:4])
        is_signed = kind[0] == "s"
        fill = 0
        if is_signed and length:
            fill = value >> min(start + length - 1, bits - 1) & 1
        result = 0
        for at in range(bits):
            bit = value >> (start + at) & 1 if at < length and start + at < bits else fill
            result |= bit << at
        self.set(operands[0], result, kind)

    def do_bfi(self, parts, kind, operands):
        bits = SIZES[kind]
        source, result = self.get(operands[1], kind), self.get(operands[2], kind)
        start, length = self.field(bits, operands[3:5])
        for at in range(min(length, bits)):
            if start + at < bits:
                place = 1 << (start + at)
                result = result & ~place | (place if source >> at & 1 else 0)
        self.set(operands[0], result, kind)

    def do_fns(self, parts, kind, operands):
        value, base = self.get(operands[1], kind), self.get(operands[2], kind)
        offset = self.whole(operands[3], "s32")
        if base > 31:
            raise Unspecified("a place outside of the word")
        found = 0xFFFFFFFF
        if offset == 0:
            found = base if value >> base & 1 else found
        else:
            step, left, at = (1 if offset > 0 else -1), abs(offset), base
            while 0 <= at < 32:
                if value >> at & 1:
                    left -= 1
                    if left == 0:
                        found = at
                        break
                at += step
        self.set(operands[0], found, "b32")

    def do_prmt(self, parts, kind, operands):
        data = self.get(operands[1], "b32") | self.get(operands[2], "b32") << 32
        selector = self.get(operands[3], "b32")
        if parts[-1] != "b32":
            place = selector & 3
            # The table of the manual, from the lowest byte of the result to the highest.
            picked = {
                "f4e": [place, place + 1, place + 2, place + 3],
                "b4e": [place, place - 1 & 7, place - 2 & 7, place - 3 & 7],
                "rc8": [place] * 4,
                "ecl": [max(at, place) for at in range(4)],
                "ecr": [min(at, place) for at in range(4)],
                "rc16": [2 * (place & 1), 2 * (place & 1) + 1] * 2,
            }[parts[-1]]
            return self.set(operands[0], sum((data >> 8 * byte & 255) << 8 * at for at, byte in enumerate(picked)), "b32")
        result = 0
        for at in range(4):
            nibble = selector >> (4 * at) & 15
            byte = data >> (8 * (nibble & 7)) & 255
            if nibble & 8:
                byte = 255 if byte & 128 else 0
            result |= byte << (8 * at)
        self.set(operands[0], result, kind)

    def video(self, parts, operands, operation):
        """A scalar video instruction: an exact result, which is saturated or cut off, and then joined with a third operand."""
        kinds = [part for part in parts if part in ("u32", "s32")]
        a = self.whole(operands[1], kinds[1] if len(kinds) > 1 else "u32")
        b = self.whole(operands[2], kinds[2] if len(kinds) > 2 else "u32")
        if "clamp" in parts:
            b = min(b, 32)
        if "wrap" in parts:
            b &= 31
        total = operation(a, b)
        total = clamp(total, kinds[0]) if "sat" in parts else total & mask(32)
        if parts[-1] == "add":
            total += self.get(operands[3], "u32")
        self.set(operands[0], total, "u32")

    def do_vadd(self, parts, kind, operands):
        self.video(parts, operands, lambda a, b: a + b)

    def do_vsub(self, parts, kind, operands):
        self.video(parts, operands, lambda a, b: a - b)

    def do_vabsdiff(self, parts, kind, operands):
        self.video(parts, operands, lambda a, b: abs(a - b))

    def do_vmin(self, parts, kind, operands):
        self.video(parts, operands, min)

    def do_vmax(self, parts, kind, operands):
        self.video(parts, operands, max)

    def do_vshl(self, parts, kind, operands):
        self.video(parts, operands, lambda a, b: a << b)

    def do_vshr(self, parts, kind, operands):
        self.video(parts, operands, lambda a, b: a >> b)

    def do_vmad(self, parts, kind, operands):
        a, b = self.whole(operands[1], parts[2]), self.whole(operands[2], parts[3])
        self.set(operands[0], a * b + self.get(operands[3], "u32"), "u32")

    ORDERS = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b,
              "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b}

    def do_vset(self, parts, kind, operands):
        a, b = self.whole(operands[1], parts[1]), self.whole(operands[2], parts[2])
        found = int(self.ORDERS[parts[3]](a, b)) + (self.get(operands[3], "u32") if parts[-1] == "add" else 0)
        self.set(operands[0], found, "u32")

    def lanes(self, parts, operands, kinds, operation):
        """A video instruction on two half-words or four bytes. With `.add`, the exact results are added to the third operand."""
        size = 16 if parts[0].endswith("2") else 8
        words = [self.get(operand, "u32") for operand in operands[1:3]]
        results = []
        for at in range(0, 32, size):
            values = [signed(word >> at, size) if kind == "s32" else word >> at & mask(size) for word, kind in zip(words, kinds[1:])]
            found = operation(*values)
            if "sat" in parts:
                low, high = (-(1 << size - 1), mask(size - 1)) if kinds[0] == "s32" else (0, mask(size))
                found = max(low, min(high, found))
            results.append(found)
        if parts[-1] == "add":
            return self.set(operands[0], self.get(operands[3], "u32") + sum(results), "u32")
        self.set(operands[0], sum((found & mask(size)) << size * at for at, found in enumerate(results)), "u32")

    def video_of_parts(operation):
        def run(self, parts, kind, operands):
            self.lanes(parts, operands, [part for part in parts if part in ("u32", "s32")], operation)
        return run

    do_vadd2 = do_vadd4 = video_of_parts(lambda a, b: a + b)
    do_vsub2 = do_vsub4 = video_of_parts(lambda a, b: a - b)
    do_vmin2 = do_vmin4 = video_of_parts(min)
    do_vmax2 = do_vmax4 = video_of_parts(max)
    do_vabsdiff2 = do_vabsdiff4 = video_of_parts(lambda a, b: abs(a - b))
    do_vavrg2 = do_vavrg4 = video_of_parts(lambda a, b: (a + b + (a + b >= 0)) >> 1)

    def do_vset2(self, parts, kind, operands):
        self.lanes(parts, operands, ["u32", parts[1], parts[2]], lambda a, b: int(self.ORDERS[parts[3]](a, b)))

    do_vset4 = do_vset2

    def do_lop3(self, parts, kind, operands):
        a, b, c = (self.get(operand, kind) for operand in operands[1:4])
        table = self.get(operands[4], "b32")
        result = 0
        for at in range(32):
            row = (a >> at & 1) << 2 | (b >> at & 1) << 1 | (c >> at & 1)
            result |= (table >> row & 1) << at
        self.set(operands[0], result, kind)

    def do_shf(self, parts, kind, operands):
        value = self.get(operands[1], kind) | self.get(operands[2], kind) << 32
        amount = self.get(operands[3], "u32")
        amount = amount & 31 if "wrap" in parts else min(amount, 32)
        result = value << amount >> 32 if "l" in parts else value >> amount
        self.set(operands[0], result, kind)

    def do_dp4a(self, parts, kind, operands):
        self.dot(parts, operands, [(at * 8, 8, at * 8) for at in range(4)])

    def do_dp2a(self, parts, kind, operands):
        upper = 16 if "hi" in parts else 0
        self.dot(parts, operands, [(at * 16, 16, upper + at * 8) for at in range(2)])

    def dot(self, parts, operands, places):
        kinds = [part for part in parts if part in ("u32", "s32")]
        a, b = self.get(operands[1], "b32"), self.get(operands[2], "b32")
        take = lambda word, at, size, kind: signed(word >> at, size) if kind == "s32" else word >> at & mask(size)
        total = self.get(operands[3], "b32")
        for at, size, second in places:
            total += take(a, at, size, kinds[0]) * take(b, second, 8, kinds[1])
        self.set(operands[0], total, "b32")

    def do_and(self, parts, kind, operands):
        self.set(operands[0], self.get(operands[1], kind) & self.get(operands[2], kind), kind)

    def do_or(self, parts, kind, operands):
        self.set(operands[0], self.get(operands[1], kind) | self.get(operands[2], kind), kind)

    def do_xor(self, parts, kind, operands):
        self.set(operands[0], self.get(operands[1], kind) ^ self.get(operands[2], kind), kind)

    def do_not(self, parts, kind, operands):
        self.set(operands[0], ~self.get(operands[1], kind), kind)

    def do_cnot(self, parts, kind, operands):
        self.set(operands[0], int(self.get(operands[1], kind) == 0), kind)

    def do_shl(self, parts, kind, operands):
        amount = min(self.get(operands[2], "u32"), SIZES[kind])
        self.set(operands[0], self.get(operands[1], kind) << amount, kind)

    def do_shr(self, parts, kind, operands):
        amount = min(self.get(operands[2], "u32"), SIZES[kind])
        self.set(operands[0], self.whole(operands[1], kind) >> amount, kind)

    # Comparison

    def holds(self, word, kind, first, second):
        if self.is_float(kind):
            found = order(self.real(first, kind), self.real(second, kind))
            if word in ("num", "nan"):
                return (found is None) == (word == "nan")
            if found is None:
                return word.endswith("u")
            word = word[:2]
        else:
            if word in ("lo", "ls", "hi", "hs"):
                kind = "u" + kind[1:]
                word = {"lo": "lt", "ls": "le", "hi": "gt", "hs": "ge"}[word]
            a, b = self.whole(first, kind), self.whole(second, kind)
            found = (a > b) - (a < b)
        return {"eq": found == 0, "ne": found != 0, "lt": found < 0, "le": found <= 0, "gt": found > 0,
                "ge": found >= 0}[word]

    def do_setp(self, parts, kind, operands):
        found = self.holds(parts[1], kind, operands[1], operands[2])
        results = [found, not found]
        if len(operands) > 3:
            other = bool(self.get(operands[3], "pred"))
            join = {"and": lambda a: a and other, "or": lambda a: a or other, "xor": lambda a: a != other}[parts[2]]
            results = [join(result) for result in results]
        for target, result in zip(operands[0].split("|"), results):
            self.set(target.strip(), int(result), "pred")

    def do_set(self, parts, kind, operands):
        if kind in ("f16x2", "bf16x2"):
            words = [self.get(operand, "b32") for operand in operands[1:3]]
            result = 0
            for at in (0, 16):
                one = Machine({"%x": words[0] >> at & 0xFFFF, "%y": words[1] >> at & 0xFFFF})
                result |= (0xFFFF if one.holds(parts[1], kind[:-2], "%x", "%y") else 0) << at
            return self.set(operands[0], result, "u32")
        found = self.holds(parts[1], kind, operands[1], operands[2])
        target = parts[-2]
        if target == "f32":
            return self.set(operands[0], encode(Fraction(1), "f32") if found else 0, "f32")
        self.set(operands[0], -1 if found else 0, target)

    def do_selp(self, parts, kind, operands):
        chosen = operands[1] if self.get(operands[3], "pred") else operands[2]
        self.set(operands[0], self.get(chosen, kind), kind)

    def do_slct(self, parts, kind, operands):
        if kind == "s32":
            first = self.whole(operands[3], kind) >= 0
        else:
            found = order(self.real(operands[3], kind), (0, "zero"))
            first = found is not None and found >= 0
        self.set(operands[0], self.get(operands[1] if first else operands[2], parts[-2]), parts[-2])

    # Moves

    def do_mov(self, parts, kind, operands):
        self.set(operands[0], self.get(operands[1], kind), kind)

    def pack(self, parts, operands):
        """`cvt.pack`: two clamped numbers, and the low bits of a third operand above them."""
        kind = parts[3]
        size = SIZES[kind]
        high, low = (clamp(self.whole(operand, "s32"), kind) & mask(size) for operand in operands[1:3])
        rest = self.get(operands[3], "b32") if len(operands) > 3 else 0
        self.set(operands[0], rest << 2 * size | high << size | low, "b32")

    def small(self, parts, operands):
        """Conversions between pairs of small numbers and of halves or single-precision numbers."""
        relu = lambda value: (0, "zero") if "relu" in parts and not is_nan(value) and sign_of(value) else value
        if parts[-1] in SMALL:
            width = 4 if parts[-1] == "e2m1x2" else 8
            pair = self.get(operands[1], "b16")
            values = [relu(decode_small(pair >> at & mask(width), parts[-1])) for at in (0, width)]
            low, high = (encode(value, "f16") for value in values)
            return self.set(operands[0], high << 16 | low, "f16x2")
        to = parts[-2]
        if parts[-1] == "f16x2":
            word = self.get(operands[1], "b32")
            values = [decode(word >> at & 0xFFFF, "f16") for at in (0, 16)]
        else:
            values = [self.real(operands[2], "f32"), self.real(operands[1], "f32")]
        low, high = (encode_small(relu(value), to) for value in values)
        width = 4 if to == "e2m1x2" else 8
        self.set(operands[0], high << width | low, "b8" if width == 4 else "b16")

    def do_cvt(self, parts, kind, operands):
        if parts[1] == "pack":
            return self.pack(parts, operands)
        if any(part in SMALL for part in parts):
            return self.small(parts, operands)
        kinds = [part for part in parts if part in SIZES]
        to, source = kinds
        if to == "tf32":
            return self.set(operands[0], tf32(self.get(operands[1], "f32"), parts[1]), "b32")
        modes = [part for part in parts if part in ("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi")]
        mode = modes[0] if modes else ""
        if to in ("f16x2", "bf16x2"):
            half = to[:-2]
            values = [self.real(operand, "f32") for operand in operands[1:3]]
            if "relu" in parts:
                values = [(0, "zero") if not is_nan(value) and sign_of(value) else value for value in values]
            high, low = (encode(value, half, mode) for value in values)
            return self.set(operands[0], high << 16 | low, to)
        if not self.is_float(source):
            value = self.whole(operands[1], source)
            if self.is_float(to):
                return self.set(operands[0], encode(Fraction(value) if value else (0, "zero"), to, mode or "rn"), to)
            if "sat" in parts:
                value = clamp(value, to)
            return self.set(operands[0], value, to)
        value = self.real(operands[1], source)
        if not self.is_float(to):
            return self.set(operands[0], to_whole(value, source, to, mode), to)
        if mode.endswith("i") and not is_nan(value) and not isinstance(value, tuple):
            rounded = round_fraction(abs(value), mode, value < 0)
            value = Fraction(-rounded if value < 0 else rounded) if rounded else (sign_of(value), "zero")
        if "relu" in parts and not is_nan(value) and sign_of(value):
            value = (0, "zero")
        bits = encode(value, to, mode if mode in ("rz", "rm", "rp") else "rn")
        if "sat" in parts:
            bits = encode(clamp_unit(decode(bits, to)), to)
        self.set(operands[0], bits, to)

    # Memory

    def address(self, operand):
        match = re.fullmatch(r"\[\s*([^+\-\s]+)\s*([+-][\w\s()*+-]+)?\s*\]", operand)
        return self.get(match.group(1), "u64") + (eval(match.group(2)) if match.group(2) else 0)

    def region(self, address, size):
        for start, data in self.memory:
            if start <= address and address + size <= start + len(data):
                return data, address - start
        raise AssertionError("an address outside of memory")

    def peek(self, address, kind):
        size = SIZES[kind] // 8
        data, at = self.region(address, size)
        return int.from_bytes(data[at:at + size], "little")

    def poke(self, address, value, kind):
        size = SIZES[kind] // 8
        data, at = self.region(address, size)
        data[at:at + size] = (value & mask(SIZES[kind])).to_bytes(size, "little")

    def do_ld(self, parts, kind, operands):
        address = self.address(operands[1])
        targets = split_operands(operands[0][1:-1]) if operands[0].startswith("{") else [operands[0]]
        values = [self.peek(address + at * SIZES[kind] // 8, kind) for at in range(len(targets))]
        for target, value in zip(targets, values):
            self.set(target, value, kind)

    def do_st(self, parts, kind, operands):
        address = self.address(operands[0])
        sources = split_operands(operands[1][1:-1]) if operands[1].startswith("{") else [operands[1]]
        for at, source in enumerate(sources):
            self.poke(address + at * SIZES[kind] // 8, self.get(source, kind), kind)

    HALVES = {"f16x2": "f16", "bf16x2": "bf16"}

    def change(self, parts, kind, address, operands):
        """Applies an atomic operation; gives what was there."""
        if kind in self.HALVES:
            return self.change_halves(parts, kind, address, self.get(operands[0], kind))
        old = self.peek(address, kind)
        value = self.whole(operands[0], kind) if not self.is_float(kind) else self.get(operands[0], kind)
        here = signed(old, SIZES[kind]) if kind[0] == "s" else old
        if "cas" in parts:
            new = self.get(operands[1], kind) if old == value & mask(SIZES[kind]) else old
        elif "add" in parts and self.is_float(kind):
            new = encode(add(decode(old, kind), decode(value, kind)), kind)
        elif self.is_float(kind):
            new = self.extremum_of(parts, kind, [old, value], min if "min" in parts else max)
        else:
            new = [function(here, value) for word, function in {
                "add": lambda a, b: a + b, "min": min, "max": max, "and": lambda a, b: a & b,
                "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b, "exch": lambda a, b: b,
                "inc": lambda a, b: 0 if a >= b else a + 1, "dec": lambda a, b: b if a == 0 or a > b else a - 1,
            }.items() if word in parts][0]
        self.poke(address, new, kind)
        return old

    def change_halves(self, parts, kind, address, value):
        """The same for each number of a pair."""
        element = self.HALVES[kind]
        for at in (0, 1):
            self.registers["%half"] = value >> 16 * at & 0xFFFF
            part = [element if word == kind else word for word in parts]
            old = self.change(part, element, address + 2 * at, ["%half"])
            value |= old << 32 + 16 * at
        return value >> 32

    def change_all(self, parts, address, targets, sources):
        """The operation on each element of a vector, or on the one number with the operands `sources`."""
        kind = [part for part in parts if part in SIZES][-1]
        size = SIZES[kind] // 8
        if not sources[0].startswith("{"):
            results = [self.change(parts, kind, address, sources)]
        else:
            elements = split_operands(sources[0][1:-1])
            results = [self.change(parts, kind, address + size * at, [element]) for at, element in enumerate(elements)]
        for target, old in zip(targets, results):
            self.set(target, old, kind)

    def do_atom(self, parts, kind, operands):
        targets = split_operands(operands[0][1:-1]) if operands[0].startswith("{") else [operands[0]]
        self.change_all(parts, self.address(operands[1]), targets, operands[2:])

    def do_red(self, parts, kind, operands):
        self.change_all(parts, self.address(operands[0]), [], operands[1:])

    def do_fence(self, parts, kind, operands):
        pass

    do_membar = do_prefetch = do_fence

    def do_cvta(self, parts, kind, operands):
        self.set(operands[0], self.get(operands[1], "u64"), "u64")


class Warp:
    """32 threads that run each statement together, as converged code does."""

    TOGETHER = ("shfl", "vote", "match", "redux", "activemask", "elect")

    def __init__(self, operands):
        self.lanes = [Machine(values) for values in operands]
        for lane, machine in enumerate(self.lanes):
            machine.registers.update({
                "%laneid": lane, "%lanemask_eq": 1 << lane, "%lanemask_lt": (1 << lane) - 1,
                "%lanemask_le": (2 << lane) - 1, "%lanemask_gt": mask(32) & ~((2 << lane) - 1),
                "%lanemask_ge": mask(32) & ~((1 << lane) - 1),
            })

    def run(self, text):
        for statement in split_statements(text):
            if isinstance(statement, str) and not statement.startswith(".reg"):
                name, _, rest = statement.partition(" ")
                operands = split_operands(rest)
                if name.split(".")[0] in self.TOGETHER:
                    self.together(name.split("."), operands)
                else:
                    for machine in self.lanes:
                        machine.execute(name, operands)

    def together(self, parts, operands):
        targets = [target.strip() for target in operands[0].split("|")]
        results = getattr(self, parts[0])(parts, operands)
        for machine, values in zip(self.lanes, results):
            for target, (value, kind) in zip(targets, values):
                machine.set(target, value, kind)

    def values(self, operand, kind):
        return [machine.get(operand, kind) for machine in self.lanes]

    def shfl(self, parts, operands):
        mode = parts[-2]
        a, b, c = (self.values(operand, "b32") for operand in operands[1:4])
        results = []
        for lane in range(32):
            amount, clamp_lane, segment = b[lane] & 31, c[lane] & 31, c[lane] >> 8 & 31
            highest = (lane & segment) | (clamp_lane & ~segment & 31)
            lowest = lane & segment
            source = {"up": lane - amount, "down": lane + amount, "bfly": lane ^ amount,
                      "idx": lowest | (amount & ~segment & 31)}[mode]
            inside = source >= highest if mode == "up" else source <= highest
            results.append([(a[source if inside else lane], "b32"), (int(inside), "pred")])
        return results

    def vote(self, parts, operands):
        votes = self.values(operands[1], "pred")
        found = {"all": int(all(votes)), "any": int(any(votes)), "uni": int(len(set(votes)) == 1),
                 "ballot": sum(vote << lane for lane, vote in enumerate(votes))}[parts[-2]]
        return [[(found, parts[-1])]] * 32

    def match(self, parts, operands):
        values = self.values(operands[1], parts[-1])
        if "all" in parts:
            same = len(set(values)) == 1
            return [[(mask(32) if same else 0, "b32"), (int(same), "pred")]] * 32
        return [[(sum((other == value) << lane for lane, other in enumerate(values)), "b32")] for value in values]

    def redux(self, parts, operands):
        kind = parts[-1]
        values = [machine.whole(operands[1], kind) for machine in self.lanes]
        total = values[0]
        for value in values[1:]:
            total = {"add": total + value, "min": min(total, value), "max": max(total, value), "and": total & value,
                     "or": total | value, "xor": total ^ value}[parts[-2]]
        return [[(total, kind)]] * 32

    def activemask(self, parts, operands):
        return [[(mask(32), "b32")]] * 32

    def elect(self, parts, operands):
        leader = (self.values(operands[1], "b32")[0] & -self.values(operands[1], "b32")[0]).bit_length() - 1
        return [[(leader, "b32"), (int(lane == leader), "pred")] for lane in range(32)]


def tf32(bits, mode):
    """A number with eleven bits of precision: of two nearest ones `rna` takes the one away from zero, `rn` the even one."""
    if is_nan(decode(bits, "f32")):
        raise Unspecified("the bits of what is no number")
    low = bits & 0x1FFF
    kept = bits & ~0x1FFF
    up = {"rz": False, "rna": low >= 0x1000, "rn": low > 0x1000 or low == 0x1000 and bool(kept & 0x2000)}[mode]
    return kept + (0x2000 if up else 0)


def clamp(value, kind):
    bits = SIZES[kind]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind[0] == "s" else (0, mask(bits))
    return max(low, min(high, value))


def clamp_unit(value):
    if is_nan(value) or sign_of(value):
        return (0, "zero")
    if is_infinite(value) or (not isinstance(value, tuple) and value > 1):
        return Fraction(1)
    return value


def to_whole(value, source, to, mode):
    if is_nan(value):
        wide = "64" in source or "64" in to
        return 1 << (SIZES[to] - 1) if wide else 0
    if is_infinite(value):
        return clamp(-(1 << 80) if value[0] else 1 << 80, to)
    exact = number(value)
    rounded = round_fraction(abs(exact), mode, exact < 0)
    return clamp(-rounded if exact < 0 else rounded, to)


def root(value):
    if is_nan(value) or (sign_of(value) and not (isinstance(value, tuple) and value[1] == "zero")):
        return NAN
    if isinstance(value, tuple):
        return value
    from math import isqrt
    # Many more bits than any number has: rounding sees the right side of every tie.
    shift = 900
    scaled = value.numerator * (1 << 2 * shift) // value.denominator
    found = isqrt(scaled)
    exact = found * found == scaled and value.numerator * (1 << 2 * shift) % value.denominator == 0
    return Fraction(2 * found + (0 if exact else 1), 2 << shift)


def by_double(function):
    def apply(value):
        result = function(value)
        if isinstance(result, float):
            if result != result:
                return NAN
            if result in (float("inf"), float("-inf")):
                return (int(result < 0), "inf")
            return Fraction(result) if result else (0, "zero")
        return result
    return apply


@by_double
def power_of_two(value):
    if is_nan(value):
        return NAN
    if is_infinite(value):
        return (0, "zero") if value[0] else value
    exact = number(value)
    if exact > 200:
        return (0, "inf")
    if exact < -300:
        return (0, "zero")
    return 2.0 ** float(exact)


@by_double
def logarithm(value):
    import math
    if is_nan(value):
        return NAN
    if isinstance(value, tuple):
        return (1, "inf") if value[1] == "zero" else (NAN if value[0] else value)
    return NAN if value < 0 else math.log2(value)


@by_double
def sine(value):
    import math
    if is_nan(value) or is_infinite(value):
        return NAN
    return value if isinstance(value, tuple) else math.sin(float(value))


@by_double
def cosine(value):
    import math
    if is_nan(value) or is_infinite(value):
        return NAN
    return math.cos(float(number(value)))


@by_double
def tangent(value):
    import math
    if is_nan(value):
        return NAN
    if isinstance(value, tuple):
        return Fraction(-1 if value[0] else 1) if value[1] == "inf" else value
    return math.tanh(float(value))


def distance(a, b, kind):
    """How many numbers apart two results are."""
    def place(bits):
        top = 1 << (SIZES[kind] - 1)
        return -(bits & (top - 1)) if bits & top else bits
    return abs(place(a) - place(b))


def agree(expected, found, kind, tolerance):
    """Whether a result is the expected one, within the bound of the manual."""
    if kind in ("f16x2", "bf16x2"):
        halves = lambda bits: (bits & 0xFFFF, bits >> 16)
        return all(agree(a, b, kind[:-2], tolerance) for a, b in zip(halves(expected), halves(found)))
    if kind == "f32x2":
        halves = lambda bits: (bits & mask(32), bits >> 32)
        return all(agree(a, b, "f32", tolerance) for a, b in zip(halves(expected), halves(found)))
    if kind not in FORMATS:
        return expected == found
    exact, other = decode(expected, kind), decode(found, kind)
    if is_nan(exact) or is_nan(other):
        return is_nan(exact) and is_nan(other)
    if tolerance is None:
        return expected == found
    # An approximation with .ftz may give zero for what is subnormal.
    if tolerance[0] == "ulp" and distance(expected, found, kind) <= tolerance[1]:
        return True
    if is_infinite(exact) or is_infinite(other):
        return expected == found
    difference = abs(number(exact) - number(other))
    if tolerance[0] == "absolute":
        return difference <= tolerance[1]
    # A relative bound cannot be smaller than the distance of subnormal numbers.
    _, bias, _ = FORMATS[kind]
    is_next = abs(number(exact)) < Fraction(2) ** (1 - bias) and distance(expected, found, kind) <= 1
    return tolerance[0] == "relative" and (is_next or difference <= tolerance[1] * abs(number(exact)))
