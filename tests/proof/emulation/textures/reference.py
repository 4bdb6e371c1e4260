"""Computes fetches from textures again: `reference.py` reads the output of the driver.

The formulas are those of the CUDA C++ Programming Guide, "Texture Fetching", in exact fractions. Where a weight lies exactly
between two steps of 1/256, the guide does not say which one counts, so both are right. Three points are not in the guide and
were read off an NVIDIA GPU (`tests/gpu`): a negative layer is the last one, a mirrored texture is mirrored texel by texel, and the
colour of the border has the format of the texels.
"""

import itertools
import struct
import sys
from fractions import Fraction
from math import floor

WRAP, CLAMP, MIRROR, BORDER = range(4)
BORDER_COLOUR = [struct.unpack("<f", struct.pack("<f", 0.35))[0], -3.0, 7.5, 1.0]


def channel(kind, bits, scaled, raw):
    """One stored channel as a number."""
    if kind == "f":
        return Fraction(struct.unpack({16: "<e", 32: "<f"}[bits], raw)[0])
    number = int.from_bytes(raw, "little", signed=kind == "s")
    # 32-bit integers are never promoted.
    if not scaled or bits == 32:
        return Fraction(number)
    if kind == "u":
        return Fraction(number, 2**bits - 1)
    return max(Fraction(number, 2 ** (bits - 1) - 1), Fraction(-1))


class Texture:
    def __init__(self, words):
        self.shape, self.size = words[0], [int(word) for word in words[1:4]]
        self.kind, self.bits, self.channels = words[4], int(words[5]), int(words[6])
        self.linear, self.scaled, self.normalized = (word == "1" for word in words[7:10])
        self.modes = [int(word) for word in words[10:13]]
        data = bytes.fromhex(words[14])
        step = self.bits // 8
        values = [
            channel(self.kind, self.bits, self.scaled, data[at : at + step]) for at in range(0, len(data), step)
        ]
        self.texels = [values[at : at + self.channels] for at in range(0, len(values), self.channels)]
        colour = BORDER_COLOUR[: self.channels]
        if words[13] == "i":
            # The bits of the floats are the integers.
            letter = {("s", 8): "<b", ("u", 8): "<B", ("s", 16): "<h", ("u", 16): "<H", ("s", 32): "<i", ("u", 32): "<I"}
            size = self.bits // 8
            colour = [
                struct.unpack(letter[self.kind, self.bits], struct.pack("<f", value)[:size])[0] for value in colour
            ]
        self.border = [self.in_format(Fraction(value)) for value in colour]

    def in_format(self, value):
        """A colour of the border as a number of the format: a GPU keeps it like a texel."""
        if self.kind == "f" and self.bits == 16:
            # Toward zero, to a number with eleven bits.
            step = Fraction(2) ** -24
            while abs(value) >= 2048 * step:
                step *= 2
            return int(value / step) * step
        if not self.scaled or self.kind == "f" or self.bits == 32:
            return value
        most = 2**self.bits - 1 if self.kind == "u" else 2 ** (self.bits - 1) - 1
        value = min(max(value, Fraction(0 if self.kind == "u" else -1)), Fraction(1))
        return Fraction(floor(value * most + Fraction(1, 2)), most)

    def texel(self, place):
        if None in place:
            return self.border
        x, y, z = place
        return self.texels[(z * self.size[1] + y) * self.size[0] + x]

    def inside(self, axis, at):
        """The texel that stands for texel `at` of an axis; None for the border."""
        size = self.size[axis]
        if 0 <= at < size:
            return at
        mode = self.modes[axis]
        if mode == BORDER:
            return None
        if mode == WRAP and self.normalized:
            return at % size
        if mode == MIRROR and self.normalized:
            at %= 2 * size
            return min(at, 2 * size - 1 - at)
        return min(max(at, 0), size - 1)

    def axis(self, axis, x):
        """The possible pairs of texels with weights."""
        x = Fraction(x)
        if self.normalized:
            x *= self.size[axis]
        if not self.linear:
            return [[(self.inside(axis, floor(x)), Fraction(1))]]
        base = x - Fraction(1, 2)
        scaled = base * 256
        steps = {floor(scaled + Fraction(1, 2))}
        if (scaled - Fraction(1, 2)).denominator == 1:
            steps.add(floor(scaled))
        found = []
        for step in steps:
            i, alpha = step // 256, Fraction(step % 256, 256)
            found.append([(self.inside(axis, i), 1 - alpha), (self.inside(axis, i + 1), alpha)])
        return found

    def fetch(self, x, y, z):
        """All results that the guide allows."""
        if self.shape == "linear":
            at = int(x)
            return [self.texels[at] if 0 <= at < self.size[0] else [Fraction(0)] * self.channels]
        layer = [[(0, Fraction(1))]]
        if self.shape == "1d":
            axes = [self.axis(0, x), layer, layer]
        elif self.shape in ("2d", "pitch"):
            axes = [self.axis(0, x), self.axis(1, y), layer]
        elif self.shape == "3d":
            axes = [self.axis(0, x), self.axis(1, y), self.axis(2, z)]
        elif self.shape == "cube":
            face, s, t = cube(Fraction(x), Fraction(y), Fraction(z))
            axes = [self.axis(0, s), self.axis(1, t), [[(face, Fraction(1))]]]
        else:
            # The number of a layer is unsigned, so a negative one is the last layer.
            layer = [[(int(z) if 0 <= int(z) < self.size[2] else self.size[2] - 1, Fraction(1))]]
            rows = self.axis(1, y) if self.shape == "2dlayered" else [[(0, Fraction(1))]]
            axes = [self.axis(0, x), rows, layer]
        results = []
        for choice in itertools.product(*axes):
            total = [Fraction(0)] * self.channels
            for (a, wa), (b, wb), (c, wc) in itertools.product(*choice):
                texel = self.texel((a, b, c))
                total = [one + wa * wb * wc * other for one, other in zip(total, texel)]
            results.append(total)
        return results


    def gather(self, x, y, number):
        """All results of a gather: the texels of the bilinear footprint, counter-clockwise from the lower left ("Texture
        Gather" in the guide; the order is that of `tld4` in the PTX ISA, with y downwards). Absent channels are 0."""
        filters, self.linear = self.linear, True
        columns, rows = self.axis(0, x), self.axis(1, y)
        self.linear = filters
        results = []
        for ((left, _), (right, _)), ((top, _), (bottom, _)) in itertools.product(columns, rows):
            corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
            texels = [self.texel((a, b, 0)) for a, b in corners]
            results.append([texel[number] if number < len(texel) else None for texel in texels])
        return results


def cube(x, y, z):
    """The face and the place on it: the table of the guide, "Cubemap Textures"."""
    most = max(abs(x), abs(y), abs(z))
    if abs(x) == most:
        face, s, t = (0, -z, -y) if x >= 0 else (1, z, -y)
    elif abs(y) == most:
        face, s, t = (2, x, z) if y >= 0 else (3, x, -z)
    else:
        face, s, t = (4, x, -y) if z >= 0 else (5, -x, -y)
    return face, (s / most + 1) / 2, (t / most + 1) / 2


def is_near(right, got, texture):
    """Whether one gathered channel is right. A channel that the texture does not have is 0 inside and free at the border."""
    if right is None:
        return got == 0 or BORDER in texture.modes
    return abs(right - got) <= abs(right) * Fraction(1, 10**6)


def main():
    texture, textures, fetches, gathers, wrong = None, 0, 0, 0, []
    for line in sys.stdin:
        first, *words = line.split()
        if first == "texture":
            texture, textures, described = Texture(words), textures + 1, line[:80]
        elif first == "fetch":
            fetches += 1
            x, y, z = (float.fromhex(word) for word in words[:3])
            got = [Fraction(float.fromhex(word)) for word in words[3:]]
            most = max(abs(value) for texel in texture.texels + [texture.border] for value in texel)
            bound = most * Fraction(1, 10**6) if texture.kind == "f" or texture.scaled and texture.bits < 32 else 0
            # A type with fewer channels gets the first ones.
            right = texture.fetch(x, y, z)
            if not any(all(abs(a - b) <= bound for a, b in zip(one, got)) and len(one) >= len(got) > 0 for one in right):
                # One difference is enough.
                wrong.append(f"{described.strip()} at {x}, {y}, {z}: {[float(v) for v in got]}, not {[float(v) for v in right[0]]}")
                break
        elif first == "gather":
            gathers += 1
            x, y = (float.fromhex(word) for word in words[:2])
            got = [Fraction(float.fromhex(word)) for word in words[3:]]
            right = texture.gather(x, y, int(words[2]))
            if not any(all(is_near(a, b, texture) for a, b in zip(one, got)) for one in right):
                wrong.append(f"{described.strip()} gathers {words[2]} at {x}, {y}: {[float(v) for v in got]}, not {right[0]}")
                break
        else:
            wrong.append(line.strip())
    print("\n".join(wrong))
    print(f"{textures} textures, {fetches} fetches, {gathers} gathers, {len(wrong)} wrong")
    sys.exit(1 if wrong or textures == 0 else 0)


if __name__ == "__main__":
    main()
