"""Compares the fetches of texture units with the reference of the software textures, and with the software textures themselves.

The texture units filter with fewer bits than the formulas of the CUDA C++ Programming Guide have: the product of two weights is a
multiple of 1/256 too, a filtered half is rounded to half precision, and filtered texels of 8 or 16 bits have about 16 bits. These
differences have a bound here, and are counted.
"""

from collections import Counter
from fractions import Fraction

from reference import BORDER, Texture, is_near

EXACT = Fraction(1, 10**6)


def parsed(text):
    """For each texture its line, and its fetches and gathers as (kind, words of the place, channels)."""
    found = []
    for line in text.splitlines():
        first, *words = line.split()
        if first == "texture":
            found.append((line, []))
        elif first in ("fetch", "gather", "refused"):
            count = {"fetch": 3, "gather": 3, "refused": 1}[first]
            found[-1][1].append((first, words[:count], [float.fromhex(word) for word in words[count:]]))
    return found


class Unit(Texture):
    """A texture as the texture units read it."""

    def fetch(self, x, y, z):
        # With a linear filter a texture without rows is filtered between row 0 and the border above it.
        if self.linear and self.shape == "1d" and self.modes[1] == BORDER:
            return [[(one + other) / 2 for one, other in zip(result, self.border)] for result in super().fetch(x, y, z)]
        return super().fetch(x, y, z)


def bound(texture):
    """The largest difference of a filtered fetch, as a part of the largest texel."""
    corners = {"2d": 2, "pitch": 2, "2dlayered": 2, "cube": 2, "3d": 3}.get(texture.shape, 1)
    if texture.shape == "1d" and texture.modes[1] == BORDER:
        corners = 2
    # Each of the products of weights may be off by half a step.
    products = Fraction(2**corners, 512) if corners > 1 else 0
    texels = Fraction(0)
    if texture.kind == "f":
        texels = Fraction(1, 1 << 10) if texture.bits == 16 else Fraction(0)
    elif texture.scaled and texture.bits < 32:
        texels = Fraction(1, 1 << 14)
        # The lowest signed number is filtered as it is, a little below -1.
        if texture.kind == "s":
            texels += Fraction(1, (1 << texture.bits - 1) - 1)
    return EXACT + products + texels


def distance(right, got):
    """The largest difference of a channel from the nearest of the right results."""
    return min(max((abs(a - Fraction(b)) for a, b in zip(one, got)), default=Fraction(0)) for one in right)


def group(texture):
    """How a texture is read, for a count."""
    return f"{texture.shape} {texture.kind}{texture.bits}, {'linear filter' if texture.linear else 'nearest texel'}"


def compare(gpu_text, own_text, result):
    gpu, own = parsed(gpu_text), parsed(own_text)
    assert [line for line, _ in gpu] == [line for line, _ in own], "the textures are those of the input"
    result.wrong += [line for line in gpu_text.splitlines() if line.startswith("surface") and not agrees(line)]
    counts, near, refused = Counter(), {}, Counter()
    for (line, fetches), (_, ours) in zip(gpu, own):
        texture = Unit(line.split()[1:])
        name = group(texture)
        if fetches and fetches[0][0] == "refused":
            refused[f"{name}: {fetches[0][1][0]}"] += 1
            continue
        result.functions += 1
        most = max(abs(value) for texel in texture.texels + [texture.border] for value in texel) or Fraction(1)
        for (kind, place, got), (_, _, mine) in zip(fetches, ours):
            result.results += 1
            counts[name] += 1
            counts["the bits of the software texture"] += got == mine
            if kind == "gather":
                right = texture.gather(float.fromhex(place[0]), float.fromhex(place[1]), int(place[2]))
                # A texel of 8 signed bits is read as about 16 bits.
                loose = texture.kind == "s" and texture.bits == 8 and texture.scaled
                near_by = Fraction(1, 1 << 14) if loose else 0
                is_right = any(all(is_near(a, Fraction(b), texture) or a is not None and abs(a - Fraction(b)) <= near_by
                                   for a, b in zip(one, got)) for one in right)
                apart = Fraction(0)
            else:
                apart = distance(texture.fetch(*(float.fromhex(word) for word in place)), got) / most
                is_right = apart <= (bound(texture) if texture.linear else EXACT)
            if not is_right:
                result.wrong.append(f"{kind} at {place} from {line[:60]}: the GPU gives {got}, the software texture {mine}")
            elif apart > EXACT:
                near.setdefault(name, []).append(apart)
    for name, found in sorted(near.items()):
        result.notes.append(f"{name}: {len(found)} of {counts[name]} differ by the precision of the filter, at most {float(max(found)):.1e} of "
                            "the largest texel")
    result.notes.append(f"{counts['the bits of the software texture']} of {result.results} have the bits of the software texture")
    result.left_out += [f"{name} ({count} textures)" for name, count in refused.items()]
    return result


def agrees(line):
    words = line.replace(",", "").replace(":", "").split()
    return words[1] == "writes" and words[2] == "agree" or words[1] == "read" and words[3:5] == words[6:8]
