"""Runs functions on matrix fragments, and copies to shared memory, as converted C++ on waves of 64 and 32, and compares them with
exact matrices and copied bytes.

    prove_matrices.py FIXTURE CONVERTED COMPILER SCRATCH MUTANTS

On a machine with an emulator of AMD's GPUs, `prove_matrices.py FIXTURE CONVERTED - SCRATCH -` writes `gpu.hip` and `in.bin`,
and with the name of the program's output as sixth argument it compares that output.
"""

import math
import random
import re
import struct
import sys
from fractions import Fraction
from pathlib import Path

from matrices import BITS, decode, load_matrix, multiplied, parsed, places, scattered, sizes, store_matrix, transposed, whole
from prove import compiled, cpp, functions, mutants_of, prove_on_waves

ROUNDS = 5
WARPS = 4
MEMORY = 1024  # bytes of shared memory for each warp
ROUNDING = {"f32": Fraction(1, 1 << 24), "f64": Fraction(1, 1 << 53), "f16": Fraction(1, 1 << 24)}
WORD = {"f32": 32, "s32": 32, "f64": 64, "f16": 32}


def small(kind, generator):
    """The bits of a small whole number."""
    number = generator.randrange(-4, 5)
    if kind in ("s8", "s4", "s32"):
        return number & ((1 << BITS[kind]) - 1)
    if kind in ("u8", "u4", "b1"):
        return abs(number) & ((1 << BITS[kind]) - 1)
    if kind in ("e4m3", "e5m2"):
        return next(bits for bits in range(256) if decode(bits, kind) == number and (number or bits == 0))
    if kind == "bf16":
        return struct.unpack("<I", struct.pack("<f", number))[0] >> 16
    form = {"f16": ("<e", "<H"), "f32": ("<f", "<I"), "tf32": ("<f", "<I"), "f64": ("<d", "<Q")}[kind]
    return struct.unpack(form[1], struct.pack(form[0], number))[0]


def any_of(kind, generator):
    """Random bits: all integers, and numbers between 1/256 and 8."""
    while True:
        bits = generator.randrange(1 << BITS[kind])
        if kind == "tf32":
            bits &= ~0x1FFF
        value = decode(bits, kind)
        if kind[0] in "sub" and kind != "bf16" or math.isfinite(value) and Fraction(1, 256) <= abs(value) < 8:
            return bits
        if kind in ("f16", "bf16", "f32", "tf32", "f64"):
            # The exponent is drawn anew.
            shift, bias, width = {"f16": (10, 15, 5), "bf16": (7, 127, 8), "f32": (23, 127, 8), "tf32": (23, 127, 8), "f64": (52, 1023, 11)}[kind]
            return bits & ~(((1 << width) - 1) << shift) | (bias + generator.randrange(-8, 3)) << shift


def special(kind, generator):
    """Infinity and NaN among small numbers."""
    if generator.random() < 0.03:
        found = {"f16": [0x7C00, 0xFC00, 0x7E00], "bf16": [0x7F80, 0xFF80, 0x7FC0], "f32": [0x7F800000, 0x7FC00000],
                "tf32": [0x7F800000, 0xFF800000, 0x7FC00000], "f64": [0x7FF << 52, 0xFFF << 52], "e4m3": [0x7F, 0xFF],
                "e5m2": [0x7C, 0xFC, 0x7E]}.get(kind, [(1 << BITS[kind]) - 1])
        return generator.choice(found)
    return small(kind, generator)


def subnormal(kind, generator):
    """Subnormal numbers of half precision and bfloat16; whole numbers of the other types."""
    if kind == "f16":
        return generator.randrange(1, 1 << 10) | generator.randrange(2) << 15
    if kind == "bf16":
        return generator.randrange(1, 1 << 7) | generator.randrange(2) << 15
    return small(kind, generator)


def large(kind, generator):
    """Numbers whose products with the smallest subnormal number are normal numbers of `float`."""
    if kind == "f16":
        return generator.randrange(0x5C00, 0x6000) | generator.randrange(2) << 15
    if kind == "bf16":
        return generator.randrange(0x4D80, 0x4E00) | generator.randrange(2) << 15
    return small(kind, generator)


def instruction(block):
    """The name of the instruction and its operands, each a list of parameter names."""
    [(template, operands)] = block
    name, _, rest = template.strip().rstrip(";").partition(" ")
    groups = [re.findall(r"%(\d+)", group or one) for group, one in re.findall(r"\{([^}]*)\}|(\[?%\d+\]?)", rest)]
    return name, [[operands[int(at)][1].strip() for at in group] for group in groups]


def inputs_of(block, generator, round_):
    """For each lane of a warp its parameters, and the shared memory."""
    name, groups = instruction(block)
    memory = bytearray(generator.randrange(256) for _ in range(MEMORY))
    lanes = [{} for _ in range(32)]
    if name.startswith("mma."):
        _, d_kind, a_kind, b_kind, _ = parsed(name)
        pick = [small, any_of, any_of, special, subnormal][round_]
        order = groups[1:]
        for names, kind, (place, (height, width)) in zip(groups[1:], (a_kind, b_kind, d_kind), places(name)):
            chosen = small if kind == "f16" and d_kind == "f16" and round_ == 1 else pick
            if round_ == 4 and a_kind in ("f16", "bf16"):
                # Subnormal numbers times large ones: a sum that takes the subnormal ones as zero is zero.
                chosen = [subnormal, large, lambda *_: 0][order.index(names)]
            matrix = {(row, column): chosen(kind, generator) for row in range(height) for column in range(width)}
            if d_kind == "s32" and kind == "s32" and round_ == 2:
                matrix = {at: generator.choice([0x7FFFFFFF, 0x80000000, 0x7FFFFF00]) for at in matrix}
            register_bits = 64 if kind == "f64" else 32
            for lane, registers in zip(lanes, scattered(matrix, place, kind, register_bits, len(names))):
                lane.update(zip(names, registers))
        return lanes, memory
    order = list(range(32))
    generator.shuffle(order)
    for lane, values in enumerate(lanes):
        for group in groups:
            values.update({one: generator.randrange(1 << 32) for one in group})
        if "movmatrix" not in name:
            # Rows are in any order; the last rows begin at a multiple of 16 too.
            values[groups[1 if name.startswith("ld") else 0][0]] = 32 * order[lane] % MEMORY // 16 * 16
        if name.startswith("cp.async"):
            values[groups[1][0]] = generator.randrange(MEMORY // 16) * 16
            values.update({one: generator.choice([0, generator.randrange(bytes_of(block)), bytes_of(block)]) for one in groups[2]} if groups[2:] else {})
    return lanes, memory


def bytes_of(block):
    """The number after the two addresses of a copy."""
    return int(re.search(r"\], (\d+)", block[0][0])[1])


def fits(name, exact, magnitude, bits, kind):
    """Whether `bits` is the sum, within the rounding of each addition."""
    got = decode(bits, kind)
    if isinstance(exact, float):
        return (math.isnan(exact) and math.isnan(got)) or exact == got
    if kind == "s32":
        if "satfinite" in name:
            return got == max(-(1 << 31), min((1 << 31) - 1, exact))
        return (got - exact) % (1 << 32) == 0
    if not math.isfinite(got):
        return False
    _, _, depth = sizes(parsed(name)[0])
    allowed = (depth + 1) * ROUNDING[kind] * magnitude
    if kind == "f16":
        allowed += abs(exact) * Fraction(1, 1 << 11) + Fraction(1, 1 << 25)
    return abs(got - exact) <= allowed


# The exact products of a warp, by the identity of its lanes.
SUMS = {}


def wrong_in(block, parameters, lanes, memory, found, after, round_):
    """What is wrong with the results `found` of the lanes of one warp."""
    name, groups = instruction(block)
    if name.startswith("mma."):
        _, d_kind, a_kind, b_kind, _ = parsed(name)
        register_bits = 64 if a_kind == "f64" else 32
        # Several changed functions have the same lanes, which live as long as the program.
        sums = SUMS.get(id(lanes))
        if sums is None:
            matrix = lambda names, kind, place: {at: decode(bits, kind) for at, bits in whole(
                [[lane[one] for one in names] for lane in lanes], place, kind, register_bits).items()}
            (in_a, _), (in_b, _), (in_c, _) = places(name)
            a, b, c = matrix(groups[1], a_kind, in_a), matrix(groups[2], b_kind, in_b), matrix(groups[3], d_kind, in_c)
            sums = SUMS[id(lanes)] = multiplied(name, a, b, c)
        d = whole([lane[:len(groups[0])] for lane in found], places(name)[2][0], d_kind, register_bits)
        assert d.keys() == sums.keys()
        if round_ == 0:
            return [f"{at}: {d[at]:#x} is not {exact}" for at, (exact, _) in sums.items()
                    if decode(d[at], d_kind) != exact]
        return [f"{at}: {d[at]:#x} is not {exact}" for at, (exact, magnitude) in sums.items()
                if not fits(name, exact, magnitude, d[at], d_kind)]
    parts = name.split(".")
    expected_memory = bytearray(memory)
    if name.startswith("movmatrix"):
        expected = [[word] for word in transposed([lane[groups[1][0]] for lane in lanes])]
    elif name.startswith("ldmatrix"):
        addresses = [lane[groups[1][0]] for lane in lanes]
        expected = load_matrix(memory, addresses, len(groups[0]), "trans" in parts)
    elif name.startswith("cp.async"):
        for lane in lanes:
            to, start = lane[groups[0][0]], lane[groups[1][0]]
            filled = lane[groups[2][0]] if groups[2:] else bytes_of(block)
            expected_memory[to:to + bytes_of(block)] = memory[start:start + filled].ljust(bytes_of(block), b"\0")
        expected = [[] for _ in lanes]
    else:
        addresses = [lane[groups[0][0]] for lane in lanes]
        store_matrix(expected_memory, addresses, [[lane[one] for one in groups[1]] for lane in lanes], "trans" in parts)
        expected = [[] for _ in lanes]
    wrong = [f"lane {at}: {got} is not {wanted}" for at, (got, wanted) in enumerate(zip(found, expected)) if list(got) != wanted]
    if expected_memory != after:
        wrong.append("memory differs")
    return wrong


def program(converted, known, bodies, header):
    """A HIP program, also for the host's compiler with the shims of the emulation: it reads a file and prints the results."""
    lines = [header, "#include <cstdio>", "#include <cstdlib>", "#include <cstring>", "#include <vector>", "#include <cmath>",
             f'#include "{converted}"', *bodies]
    lines.append("template <typename T> __device__ T of(unsigned long long bits) { T value; __builtin_memcpy(&value, &bits, sizeof value); return value; }")
    lines.append("template <typename T> __device__ unsigned long long bits(T value) { unsigned long long found = 0; __builtin_memcpy(&found, &value, sizeof value); return found; }")
    lines.append("#ifdef __CUDACC__\n__device__ unsigned address_of(void *p) { return (unsigned)__cvta_generic_to_shared(p); }\n"
                 "#define WAIT_FOR_COPIES() asm volatile(\"cp.async.wait_all;\" ::: \"memory\")\n"
                 "#elif !defined(__HIP_DEVICE_COMPILE__)\n__device__ unsigned address_of(void *p) { return (unsigned)(unsigned long long)p; }\n#else\n"
                 "__device__ unsigned address_of(void *p) { return (unsigned)(__attribute__((address_space(3))) char *)p; }\n#endif\n"
                 "#ifndef WAIT_FOR_COPIES\n#define WAIT_FOR_COPIES()\n#endif")
    total = MEMORY * WARPS
    for name, parameters in known.items():
        ins, outs = [p for p in parameters if not p[2]], [p for p in parameters if p[2]]
        body = [f"__shared__ __attribute__((aligned(16))) unsigned char memory[{total}];",
                f"for (unsigned at = threadIdx.x; at < {total // 4}; at += {32 * WARPS}) ((unsigned *)memory)[at] = ((const unsigned *)image)[at];",
                "__syncthreads();",
                "const unsigned at = threadIdx.x;"]
        body += [f"{cpp(p[1])} {p[0]} = of<{cpp(p[1])}>(in[at * {len(ins)} + {k}]);" for k, p in enumerate(ins)]
        body += [f"{cpp(p[1])} {p[0]} = 0;" for p in outs]
        body += [f"address += address_of(memory) + {MEMORY}u * (at / 32u);"
                 for p in ins if p[0] == "address"]
        body += [f"from += (unsigned long long)image + {MEMORY}u * (at / 32u);" for p in ins if p[0] == "from"]
        body += [f"{name}({', '.join(p[0] for p in parameters)});", "WAIT_FOR_COPIES();"]
        body += [f"out[at * {len(outs)} + {k}] = bits({p[0]});" for k, p in enumerate(outs)]
        body += ["__syncthreads();", f"for (unsigned at = threadIdx.x; at < {total // 4}; at += {32 * WARPS}) ((unsigned *)after)[at] = ((const unsigned *)memory)[at];"]
        words = "const unsigned long long *in, const unsigned char *image, unsigned char *after, unsigned long long *out"
        lines.append(f"__global__ void run_{name}({words}) {{ {' '.join(body)} }}")
        lines.append(f"#ifdef HIP_SHIM\nstatic void host_{name}(void *all) {{ auto p = (void **)all; run_{name}((unsigned long long *)p[0], (unsigned char *)p[1], (unsigned char *)p[2], (unsigned long long *)p[3]); }}\n#endif")
    lines.append("""
template <typename T> T *given(std::size_t count, const T *from) {
    T *there;
#ifdef HIP_SHIM
    there = new T[count]();
    if (from) std::memcpy(there, from, count * sizeof(T));
#else
    (void)hipMalloc((void **)&there, count * sizeof(T));
    if (from) (void)hipMemcpy(there, from, count * sizeof(T), hipMemcpyHostToDevice);
#endif
    return there;
}
template <typename T> void taken(T *to, T *there, std::size_t count) {
#ifdef HIP_SHIM
    std::memcpy(to, there, count * sizeof(T));
#else
    (void)hipMemcpy(to, there, count * sizeof(T), hipMemcpyDeviceToHost);
#endif
}
int main(int, char **arguments) {
    std::FILE *file = std::fopen(arguments[1], "rb");
""")
    lines.append("#ifdef HIP_SHIM\nlanes::width = std::strtoul(arguments[2], nullptr, 10); warpSize = lanes::width;\n#endif")
    for name, parameters in known.items():
        ins, outs = sum(not p[2] for p in parameters), sum(p[2] for p in parameters)
        threads = 32 * WARPS
        launch = (f"#ifdef HIP_SHIM\nvoid *all[] = {{in, image, after, out}}; lanes::run({{1}}, dim3({threads}), host_{name}, all);\n#else\n"
                  f"run_{name}<<<1, {threads}>>>(in, image, after, out);\n#endif")
        lines.append(f"""for (int round = 0; round < {ROUNDS}; ++round) {{
    std::vector<unsigned long long> h({threads * ins}), o({max(threads * outs, 1)}); std::vector<unsigned char> m({total});
    if (std::fread(h.data(), 8, h.size(), file) + std::fread(m.data(), 1, m.size(), file) != h.size() + m.size()) return 2;
    auto in = given(h.size(), h.data()); auto image = given(m.size(), m.data()); auto after = given(m.size(), m.data()); auto out = given(o.size(), o.data());
{launch}
    taken(o.data(), out, o.size()); taken(m.data(), after, m.size());
    std::printf("{name}"); for (int at = 0; at < {threads * outs}; ++at) std::printf(" %llx", o[at]);
    std::printf(" memory"); for (auto one : m) std::printf(" %x", one); std::printf("\\n");
}}""")
    return "\n".join(lines + ["}"])


def differences(known, data, printed, name, as_name):
    parameters, block = known[name]
    outs = sum(p[2] for p in parameters)
    wrong = []
    for round_, (warps, line) in enumerate(zip(data[name], printed[as_name], strict=True)):
        numbers, memory = ([int(word, 16) for word in part.split()] for part in line.split("memory"))
        for warp, (lanes, before) in enumerate(warps):
            first = 32 * warp
            found = [numbers[(first + at) * outs:(first + at + 1) * outs] for at in range(32)]
            after = bytes(memory[MEMORY * warp:MEMORY * (warp + 1)])
            wrong += [f"{name}: warp {warp}, round {round_}: {text}"
                      for text in wrong_in(block, parameters, lanes, before, found, after, round_)]
    return wrong


def by_name(text):
    lines = {}
    for line in text.splitlines():
        name, _, rest = line.partition(" ")
        lines.setdefault(name, []).append(rest)
    return lines


def drawn(known, generator):
    """name -> for each round the lanes and the memory of each warp"""
    return {name: [[inputs_of(block, generator, round_) for _ in range(WARPS)] for round_ in range(ROUNDS)]
            for name, (_, block) in known.items()}


def input_bytes(all_names, data, source_of):
    """The input of `program`: for each function and round the numbers of all lanes, then the memory."""
    found = bytearray()
    for name, parameters in all_names.items():
        ins = [p[0] for p in parameters if not p[2]]
        for warps in data[source_of[name]]:
            for lanes, _ in warps:
                for lane in lanes:
                    found += struct.pack(f"<{len(ins)}Q", *(lane[one] for one in ins))
            for _, memory in warps:
                found += memory
    return bytes(found)


def main():
    fixture, converted, compiler, scratch, mutant_file = sys.argv[1:6]
    scratch = Path(scratch)
    shim = (Path(__file__).parent.parent / "emulation/shim").resolve()
    generator = random.Random(23)
    known = functions(Path(fixture).read_text())
    data = drawn(known, generator)
    text = Path(converted).read_text()
    assert "asm" not in re.sub(r"//.*", "", text), "nothing is left of PTX"
    mutants, bodies = mutants_of(fixture, text, mutant_file) if mutant_file != "-" else ([], [])
    all_names = {name: parameters for name, (parameters, _) in known.items()}
    source_of = {name: name for name in known} | {as_name: name for _, name, as_name in mutants}
    all_names |= {as_name: known[name][0] for _, name, as_name in mutants}
    (scratch / "in.bin").write_bytes(input_bytes(all_names, data, source_of))
    if compiler == "-":
        if len(sys.argv) > 6:
            printed = by_name(Path(sys.argv[6]).read_text())
            wrong = [one for name in known for one in differences(known, data, printed, name, name)[:3]]
            sys.exit("\n".join(wrong) if wrong else print(f"{len(known)} functions give the expected results"))
        (scratch / "gpu.hip").write_text(program(Path(converted).resolve(), all_names, bodies, "#include <hip/hip_runtime.h>"))
        return
    header = f'#include "{shim}/hip/hip/hip_runtime.h"\n#include <cmath>\n' + \
        "inline float __uint_as_float(unsigned x) { return lanes::unpack<float>(x); }"
    source, made = scratch / "matrices.cpp", scratch / "matrices"
    source.write_text(program(Path(converted).resolve(), all_names, bodies, header))
    flags = ["-std=c++17", "-O0", "-fno-omit-frame-pointer", "-no-pie", "-fno-pie", "-w", "-x", "c++", "-DHIP_SHIM", "-D__HIPCC__", f"-I{shim / 'hip'}"]
    compiled([compiler, *flags, str(source), "-o", str(made)])
    prove_on_waves(lambda width: [str(made), str(scratch / "in.bin"), width], known, mutants, by_name,
                   lambda output, name, as_name: differences(known, data, output, name, as_name))
    print(f"{Path(fixture).stem}: {len(known)} functions, {ROUNDS} rounds of {WARPS} warps, {len(mutants)} mutants caught")


if __name__ == "__main__":
    main()
