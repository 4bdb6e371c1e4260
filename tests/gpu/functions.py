"""Lists device functions of CUDA that become helpers of the support header, each as a function that `prove.py` reads."""

RESULTS = {"f": "float", "d": "double", "i": "int", "u": "unsigned", "l": "long long", "v": "unsigned long long", "s": "short",
           "w": "unsigned short", "b": "unsigned short"}


def function(name, signature, body=None):
    """A function whose first parameter is the result. `signature` has a letter for the result and for each argument. A bfloat16
    number, `b`, is given as its bits."""
    parameters = [f"{RESULTS[signature[0]]} &d"] + [f"{RESULTS[letter]} {argument}" for letter, argument in zip(signature[1:], "abc")]
    body = body or f"d = {name}({', '.join('abc'[:len(signature) - 1])});"
    return f"__device__ void f_{name.strip('_')}({', '.join(parameters)}) {{ {body} }}\n"


def rounding():
    """The 42 functions of arithmetic that rounds in a direction."""
    for way in ("rd", "rz", "ru"):
        for letter, fma in (("f", "fmaf"), ("d", "fma")):
            for root in ("add", "sub", "mul", "div"):
                yield function(f"__{letter}{root}_{way}", letter * 3)
            for root in ("rcp", "sqrt"):
                yield function(f"__{letter}{root}_{way}", letter * 2)
            yield function(f"__{fma}_{way}", letter * 4)


def extrema():
    """The 36 extrema of sums and of three numbers, in words and half-words."""
    for way in ("max", "min"):
        for kind, letter in (("s32", "i"), ("u32", "u"), ("s16x2", "u"), ("u16x2", "u")):
            yield function(f"__vi{way}3_{kind}", letter * 4)
            yield function(f"__viadd{way}_{kind}", letter * 4)
            name, flags = f"__vib{way}_{kind}", ("&high, &low" if "x2" in kind else "&low")
            yield function(name, letter * 3, f"bool low, high; d = {name}(a, b, {flags});")
            which = "high * 2 + low" if "x2" in kind else "low"
            yield function(f"{name}_flags", letter * 3, f"bool low, high; {name}(a, b, {flags}); d = {which};")
            if kind[0] == "s":
                yield function(f"__vi{way}3_{kind}_relu", letter * 4)
                yield function(f"__viadd{way}_{kind}_relu", letter * 4)
                yield function(f"__vi{way}_{kind}_relu", letter * 3)


def words():
    """Operations on two or four small numbers in a word, dot products and extrema of integers."""
    for size in "24":
        for root in ("abs", "absss", "neg", "negss"):
            yield function(f"__v{root}{size}", "uu")
        names = ["add", "addss", "addus", "sub", "subss", "subus", "avgs", "avgu", "haddu", "absdiffs", "absdiffu", "maxs", "maxu", "mins",
                 "minu", "sads", "sadu"]
        for root in ("cmp", "set"):
            names += [f"{root}{order}" for order in "eq ne ges geu gts gtu les leu lts ltu".split()]
        for root in names:
            yield function(f"__v{root}{size}", "uuu")
    for name in ("__dp4a", "__dp2a_lo", "__dp2a_hi"):
        yield function(f"{name}", "iiii")
        yield function(f"{name}_unsigned", "uuuu", f"d = {name}(a, b, c);")
    for name, letter in (("umin", "u"), ("umax", "u"), ("llmin", "l"), ("llmax", "l"), ("ullmin", "v"), ("ullmax", "v")):
        yield function(name, letter * 3)


def conversions():
    """Bfloat16 numbers to integers, in each direction."""
    # The number is made of its bits without a function of the compiler, so the same text is CUDA and, converted, HIP.
    for kind, letter in (("int", "i"), ("uint", "u"), ("ll", "l"), ("ull", "v"), ("short", "s"), ("ushort", "w")):
        for way in ("rn", "rz", "rd", "ru"):
            yield function(f"__bfloat162{kind}_{way}", letter + "b", f"d = __bfloat162{kind}_{way}(bfloat16_of(a));")
    yield function("__bfloat162char_rz", "ib", "d = __bfloat162char_rz(bfloat16_of(a));")
    yield function("__bfloat162uchar_rz", "ub", "d = __bfloat162uchar_rz(bfloat16_of(a));")


HEAD = """#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <cstring>
__device__ __nv_bfloat16 bfloat16_of(unsigned short bits) { __nv_bfloat16 x; memcpy(&x, &bits, 2); return x; }
"""


def text():
    return HEAD + "".join([*rounding(), *extrema(), *words(), *conversions()])


if __name__ == "__main__":
    print(text())
