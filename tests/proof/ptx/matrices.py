"""Instructions on matrix fragments, from the text of the PTX ISA 9.2, Matrix multiply-accumulate operation using mma instruction.

Whole matrices are made of the fragments of all lanes, multiplied with exact numbers, and taken apart again. It shares no code
and no table with the translator.
"""

import functools
import math
import struct
from fractions import Fraction

HALVES = ("f16", "bf16")
BYTES = ("s8", "u8", "e4m3", "e5m2")
NIBBLES = ("s4", "u4")
BITS = {"f16": 16, "bf16": 16, "tf32": 32, "f64": 64, "f32": 32, "s32": 32, **dict.fromkeys(BYTES, 8), **dict.fromkeys(NIBBLES, 4), "b1": 1}


def between(i, *ranges):
    return any(low <= i < high for low, high in ranges)


def place_in_a(shape, kind, g, t, i):
    """The row and the column of the element `i` of A in lane 4g+t, as the manual gives them for each shape."""
    if shape == "m8n8k4":
        return g, t
    if shape in ("m8n8k16", "m8n8k32", "m8n8k128"):
        return g, t * {"m8n8k16": 4, "m8n8k32": 8, "m8n8k128": 32}[shape] + i
    if kind == "f64":
        if shape == "m16n8k4":
            return (g if i == 0 else g + 8), t
        if shape == "m16n8k8":
            return (g if i in (0, 2) else g + 8), (t if i < 2 else t + 4)
        return (g if i % 2 == 0 else g + 8), (i * 2 + t if i % 2 == 0 else i * 2 - 2 + t)
    if kind == "tf32":
        if shape == "m16n8k4":
            return (g if i == 0 else g + 8), t
        return (g if i in (0, 2) else g + 8), (t if i < 2 else t + 4)
    if kind in HALVES:
        if shape == "m16n8k8":
            return (g if i < 2 else g + 8), 2 * t + (i & 1)
        return (g if between(i, (0, 2), (4, 6)) else g + 8), 2 * t + (i & 1) + (8 if i >= 4 else 0)
    if kind in BYTES:
        if shape == "m16n8k16":
            return (g if i < 4 else g + 8), 4 * t + (i & 3)
        return (g if between(i, (0, 4), (8, 12)) else g + 8), 4 * t + (i & 3) + (16 if i >= 8 else 0)
    if kind in NIBBLES:
        if shape == "m16n8k32":
            return (g if i < 8 else g + 8), 8 * t + (i & 7)
        return (g if between(i, (0, 8), (16, 24)) else g + 8), 8 * t + (i & 7) + (32 if i >= 16 else 0)
    if shape == "m16n8k128":
        return (g if i < 32 else g + 8), 32 * t + (i & 31)
    return (g if between(i, (0, 32), (64, 96)) else g + 8), 32 * t + (i & 31) + (128 if i >= 64 else 0)


def place_in_b(shape, kind, g, t, i):
    """The row and the column of the element `i` of B in lane 4g+t."""
    if kind in ("f64", "tf32"):
        return t + 4 * i, g
    width = {"f16": 2, "bf16": 2, "b1": 32, **dict.fromkeys(BYTES, 4), **dict.fromkeys(NIBBLES, 8)}[kind]
    second = {2: 8, 4: 16, 8: 32, 32: 128}[width]
    return width * t + i % width + (second if i >= width else 0), g


def place_in_c(g, t, i):
    return (g if i < 2 else g + 8), 2 * t + (i & 1)


def is_four_products(name):
    """`mma.m8n8k4` of half precision: four products, each by the eight lanes of a quad pair."""
    shape, _, kind, _, _ = parsed(name)
    return shape == "m8n8k4" and kind == "f16"


def places(name):
    """For A, B and C of an `mma`: the place of an element by the lane and its number, and the size of the matrix. The four
    matrices of a quad pair are below one another in A and C, and beside one another in B."""
    shape, d_kind, a_kind, b_kind, parts = parsed(name)
    rows, columns, depth = sizes(shape)
    if not is_four_products(name):
        return ((lambda *at: place_in_a(shape, a_kind, *at), (rows, depth)), (lambda *at: place_in_b(shape, b_kind, *at), (depth, columns)),
                (place_in_c, (rows, columns)))

    def in_a(g, t, i):
        lane, pair = 4 * g + t, g % 4
        if parts[4] == "row":
            return 8 * pair + (lane % 4 if lane < 16 else lane % 4 + 4), i
        return 8 * pair + (i % 4 if lane < 16 else i % 4 + 4), lane % 4

    def in_b(g, t, i):
        lane, pair = 4 * g + t, g % 4
        if parts[5] == "row":
            return lane % 4, 8 * pair + (i if lane < 16 else i + 4)
        return i, 8 * pair + (lane % 4 if lane < 16 else lane % 4 + 4)

    def in_c(g, t, i):
        lane, pair = 4 * g + t, g % 4
        if d_kind == "f16":
            return 8 * pair + (lane % 4 if lane < 16 else lane % 4 + 4), i
        x = (lane & 0b1) + (i & 0b10)
        return 8 * pair + (x if lane < 16 else x + 4), (i & 0b100) + (lane & 0b10) + (i & 0b1)

    return (in_a, (32, 4)), (in_b, (4, 32)), (in_c, (32, 8))


@functools.lru_cache(1 << 16)
def decode(bits, kind):
    """The number: an integer, a Fraction, or an infinite or undefined float."""
    if kind[0] in "su":
        size = BITS[kind]
        return bits - (1 << size) if kind[0] == "s" and bits >> (size - 1) else bits
    if kind == "b1":
        return bits
    if kind == "e4m3":
        exponent, fraction = bits >> 3 & 15, bits & 7
        if exponent == 15 and fraction == 7:
            return math.nan
        value = Fraction(8 + fraction, 8) * Fraction(2) ** (exponent - 7) if exponent else Fraction(fraction, 8) * Fraction(2) ** -6
        return -value if bits >> 7 else value
    if kind == "e5m2":
        exponent, fraction = bits >> 2 & 31, bits & 3
        if exponent == 31:
            return math.nan if fraction else (-math.inf if bits >> 7 else math.inf)
        value = Fraction(4 + fraction, 4) * Fraction(2) ** (exponent - 15) if exponent else Fraction(fraction, 4) * Fraction(2) ** -14
        return -value if bits >> 7 else value
    if kind == "bf16":
        return decode(bits << 16, "f32")
    form, size = {"f16": ("<e", 2), "f32": ("<f", 4), "tf32": ("<f", 4), "f64": ("<d", 8)}[kind]
    value = struct.unpack(form, bits.to_bytes(size, "little"))[0]
    return Fraction(value) if math.isfinite(value) else value


def parsed(name):
    """The shape, the kinds of D, A and B, and the other words of `mma.sync.aligned...`."""
    parts = name.split(".")
    shape = parts[3]
    kinds = [part for part in parts[4:] if part in BITS]
    return shape, kinds[0], kinds[1], kinds[2], parts


def sizes(shape):
    rows, rest = shape[1:].split("n")
    columns, depth = rest.split("k")
    return int(rows), int(columns), int(depth)


def whole(lanes, place, kind, register_bits):
    """The matrix (row, column) -> bits, from the registers of each lane."""
    matrix = {}
    size = BITS[kind]
    for lane, registers in enumerate(lanes):
        elements = [register >> at & ((1 << size) - 1) for register in registers for at in range(0, register_bits, size)]
        for i, element in enumerate(elements):
            where = place(lane >> 2, lane % 4, i)
            assert where not in matrix, "each element is in one lane"
            matrix[where] = element
    return matrix


def scattered(matrix, place, kind, register_bits, count):
    """The registers of each lane, from a matrix of bits."""
    size = BITS[kind]
    per = register_bits // size
    return [[sum(matrix[place(lane >> 2, lane % 4, register * per + at)] << (at * size) for at in range(per)) for register in range(count)]
            for lane in range(32)]


def multiplied(name, a, b, c):
    """For each (row, column) the exact sum, and the sum of the magnitudes; `a`, `b` and `c` are matrices of numbers."""
    parts = parsed(name)[4]
    (_, (rows, depth)), _, (_, (_, columns)) = places(name)
    found = {}
    for row in range(rows):
        first = 8 * (row // 8) if is_four_products(name) else 0
        for column in range(columns):
            pairs = [(a[row, at], b[at, first + column]) for at in range(depth)]
            if "popc" in parts:
                terms = [x ^ y if "xor" in parts else x & y for x, y in pairs]
            else:
                terms = [float(x) * float(y) if isinstance(x, float) or isinstance(y, float) else x * y for x, y in pairs]
            terms.append(c[row, column])
            if any(isinstance(term, float) for term in terms):
                found[row, column] = (sum(float(term) for term in terms), 0)
            else:
                found[row, column] = (sum(terms), sum(abs(term) for term in terms))
    return found


def load_matrix(memory, addresses, count, is_transposed):
    """`ldmatrix`: the registers of each lane. Thread 8m+r has the address of row r of matrix m; a row has 16 bytes."""
    rows = [[[int.from_bytes(memory[addresses[8 * m + r] + 2 * k:addresses[8 * m + r] + 2 * k + 2], "little") for k in range(8)]
             for r in range(8)] for m in range(count)]
    result = []
    for lane in range(32):
        words = []
        for matrix in rows:
            row, column = lane // 4, 2 * (lane % 4)
            pair = (matrix[column][row], matrix[column + 1][row]) if is_transposed else (matrix[row][column], matrix[row][column + 1])
            words.append(pair[0] | pair[1] << 16)
        result.append(words)
    return result


def store_matrix(memory, addresses, registers, is_transposed):
    """`stmatrix`: changes `memory`."""
    for lane in range(32):
        for m, word in enumerate(registers[lane]):
            for half in range(2):
                row, column = lane // 4, 2 * (lane % 4) + half
                if is_transposed:
                    row, column = column, row
                at = addresses[8 * m + row] + 2 * column
                memory[at:at + 2] = (word >> 16 * half & 0xFFFF).to_bytes(2, "little")


def transposed(registers):
    """`movmatrix.trans`"""
    element = lambda row, column: registers[4 * row + column // 2] >> 16 * (column % 2) & 0xFFFF
    return [element(2 * (lane % 4), lane // 4) | element(2 * (lane % 4) + 1, lane // 4) << 16 for lane in range(32)]
