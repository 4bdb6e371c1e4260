"""Runs the kernels of a fixture with `nvcuda::wmma` as converted C++, on waves of 64 and 32, and compares them with exact products.

    prove_wmma.py FIXTURE CONVERTED COMPILER SCRATCH MUTANTS

Each kernel has the parameters A, B, C and D, and computes one product for each warp. With `-` as compiler it writes `wmma.hip`
and its input, and with the name of that program's output as sixth argument it compares the output.
"""

import operator
import random
import re
import struct
import sys
from pathlib import Path

from matrices import BITS, decode
from prove import compiled, prove_on_waves
from prove_matrices import any_of, small

WARPS = 4
ROUNDS = 2
KINDS = {"half": "f16", "__nv_bfloat16": "bf16", "wmma::precision::tf32": "tf32", "signed char": "s8", "unsigned char": "u8",
         "double": "f64", "float": "f32", "int": "s32", **{f"wmma::experimental::precision::{kind}": kind for kind in ("s4", "u4", "b1")}}
CPP = {"f16": "__half", "bf16": "__hip_bfloat16", "tf32": "float", "s8": "signed char", "u8": "unsigned char", "f64": "double",
       "f32": "float", "s32": "int", "s4": "int", "u4": "unsigned", "b1": "unsigned"}
UNIT = {"f32": 24, "f16": 24, "f64": 53}


def kernels(text):
    """name -> (M, N, K, kind of A and B, kind of C and D, whether A, B and C are stored by rows, operation)"""
    found = {}
    for name, body in re.findall(r"__global__ void (\w+)\([^)]*\)\n\{(.*?)\n\}", text, re.S):
        m, n, k, kind, a = re.search(r"matrix_a, (\d+), (\d+), (\d+), ([\w: ]+), wmma::(\w+)>", body).groups()
        b = re.search(r"matrix_b, .*wmma::(\w+)>", body).group(1)
        sums = re.search(r"accumulator, \d+, \d+, \d+, (\w+)>", body).group(1)
        c = re.search(r"mem_(\w+)\)", body).group(1)
        operation = "saturated" if ", true)" in body else "xor" if "bmma_sync(fc, fa, fb, fc)" in body else ""
        found[name] = (int(m), int(n), int(k), KINDS[kind], KINDS[sums], [x == "row_major" for x in (a, b, c)], operation)
    return found


def element(bits, kind, by_rows, size, row, column):
    rows, columns = size
    return decode(bits[row * columns + column if by_rows else column * rows + row], kind)


def wrong_in(kernel, a, b, c, d, round_):
    m, n, k, kind, sums, by_rows, operation = kernel
    times = operator.xor if operation == "xor" else operator.mul
    wrong = []
    for row in range(m):
        for column in range(n):
            terms = [times(element(a, kind, by_rows[0], (m, k), row, at), element(b, kind, by_rows[1], (k, n), at, column)) for at in range(k)]
            terms.append(element(c, sums, by_rows[2], (m, n), row, column))
            got, exact = element(d, sums, by_rows[2], (m, n), row, column), sum(terms)
            allowed = 0
            if round_ and sums != "s32":
                allowed = (k + 1) * sum(map(abs, terms)) / 2 ** UNIT[sums] + (abs(exact) / 2 ** 11 if sums == "f16" else 0)
            if operation == "saturated":
                exact = max(-2 ** 31, min(exact, 2 ** 31 - 1))
            elif sums == "s32":
                exact = decode(exact & 0xFFFFFFFF, "s32")
            if not isinstance(got, float) and abs(got - exact) > allowed or isinstance(got, float):
                wrong.append(f"({row}, {column}) is {got}, not {exact}")
    return wrong


def program(converted, known, bodies, header):
    lines = [header, "#include <cmath>", "#include <cstdio>", "#include <cstdlib>", "#include <cstring>", "#include <vector>", f'#include "{converted}"', *bodies]
    for name in known:
        lines.append(f"#ifdef HIP_SHIM\ntemplate <typename A, typename C> void all_{name}(void *p) {{ auto q = (void **)p; {name}((A *)q[0], (A *)q[1], (C *)q[2], (C *)q[3]); }}\n#endif")
    lines.append("""
static void *given(std::size_t bytes, std::FILE *file) {
    std::vector<char> from(bytes);
    if (file && std::fread(from.data(), 1, bytes, file) != bytes) std::exit(2);
#ifdef HIP_SHIM
    void *there = std::malloc(bytes);
    std::memcpy(there, from.data(), bytes);
#else
    void *there;
    (void)hipMalloc(&there, bytes);
    (void)hipMemcpy(there, from.data(), bytes, hipMemcpyHostToDevice);
#endif
    return there;
}
int main(int, char **arguments) {
    std::FILE *file = std::fopen(arguments[1], "rb");
#ifdef HIP_SHIM
    lanes::width = std::strtoul(arguments[2], nullptr, 10); warpSize = lanes::width;
#endif""")
    for name, (m, n, k, kind, sums, *_) in known.items():
        a, c = BITS[kind], BITS[sums] // 8
        size = WARPS * m * n * c
        lines.append(f"""for (int round = 0; round < {ROUNDS}; ++round) {{
    void *all[4] = {{given({WARPS * m * k * a // 8}, file), given({WARPS * k * n * a // 8}, file), given({size}, file), given({size}, nullptr)}};
    std::vector<unsigned char> found({size});
#ifdef HIP_SHIM
    lanes::run({{1}}, dim3({32 * WARPS}), all_{name}<{CPP[kind]}, {CPP[sums]}>, all);
    std::memcpy(found.data(), all[3], {size});
#else
    {name}<<<1, {32 * WARPS}>>>(({CPP[kind]} *)all[0], ({CPP[kind]} *)all[1], ({CPP[sums]} *)all[2], ({CPP[sums]} *)all[3]);
    (void)hipMemcpy(found.data(), all[3], {size}, hipMemcpyDeviceToHost);
#endif
    std::printf("{name} "); for (unsigned char one : found) std::printf("%02x", one); std::printf("\\n");
}}""")
    return "\n".join(lines + ["}"])


def differences(kernel, rounds, lines):
    m, n, k, kind, sums, *_ = kernel
    wrong = []
    for round_, (warps, line) in enumerate(zip(rounds, lines, strict=True)):
        size = BITS[sums] // 8
        data = bytes.fromhex(line)
        words = [int.from_bytes(data[at:at + size], "little") for at in range(0, len(data), size)]
        for warp, (a, b, c) in enumerate(warps):
            wrong += wrong_in(kernel, a, b, c, words[warp * m * n:(warp + 1) * m * n], round_)
    return wrong


def kernel_text(text, name):
    return re.search(r"__global__ void " + name + r"\(.*?\n\}", text, re.S).group(0)


def drawn(known, generator):
    """name -> for each round and warp the bits of A, B and C"""
    data = {}
    at_limit = lambda: generator.choice((0x7FFFFFFF - generator.randrange(64), 0x80000000 + generator.randrange(64)))
    for name, (m, n, k, kind, sums, _, operation) in known.items():
        pick = lambda of, count, round_: [(small if round_ == 0 or of == "s32" else any_of)(of, generator) for _ in range(count)]
        if operation == "saturated":
            sum_of = lambda count, round_: [at_limit() for _ in range(count)] if round_ else pick(sums, count, 0)
        else:
            sum_of = lambda count, round_: pick(sums, count, round_)
        data[name] = [[(pick(kind, m * k, r), pick(kind, k * n, r), sum_of(m * n, r)) for _ in range(WARPS)] for r in range(ROUNDS)]
    return data


def input_bytes(every, data, source_of):
    """The input of `program`: for each kernel and round all A, all B and all C."""
    found = bytearray()
    for name in every:
        _, _, _, kind_of_a, kind_of_c, *_ = every[name]
        for warps in data[source_of[name]]:
            for part, kind in enumerate((kind_of_a, kind_of_a, kind_of_c)):
                for warp in warps:
                    found += sum(bits << at * BITS[kind] for at, bits in enumerate(warp[part])).to_bytes(len(warp[part]) * BITS[kind] // 8, "little")
    return bytes(found)


def by_name(printed, every):
    """The lines of the program: name -> the bytes of each round."""
    return {name: [line.split()[1] for line in printed.splitlines() if line.split()[0] == name] for name in every}


def main():
    fixture, converted, compiler, scratch, mutant_file = sys.argv[1:6]
    scratch = Path(scratch)
    shim = (Path(__file__).parent.parent / "emulation/shim").resolve()
    generator = random.Random(5)
    known = kernels(Path(fixture).read_text())
    text = Path(converted).read_text()
    mutants, bodies = [], []
    for line in Path(mutant_file).read_text().splitlines() if mutant_file != "-" else []:
        where, _, change = line.partition(": ")
        if where.startswith("wmma/"):
            name, (before, after) = where[5:], change.split(" -> ")
            body = kernel_text(text, name)
            assert before in body, line
            as_name = f"{name}_mutant_{len(mutants)}"
            bodies.append(body.replace(before, after, 1).replace(f" {name}(", f" {as_name}(", 1))
            mutants.append((line, name, as_name))
    every = known | {as_name: known[name] for _, name, as_name in mutants}
    data = drawn(known, generator)
    source_of = {name: name for name in known} | {as_name: name for _, name, as_name in mutants}
    (scratch / "wmma.bin").write_bytes(input_bytes(every, data, source_of))
    read = lambda printed: by_name(printed, every)
    compare = lambda printed, name, as_name: [
        f"{name}: {one}" for one in differences(known[name], data[name], printed[as_name])]
    if compiler == "-":
        if len(sys.argv) > 6:
            printed = read(Path(sys.argv[6]).read_text())
            wrong = [one for name in known for one in compare(printed, name, name)[:3]]
            sys.exit("\n".join(wrong) if wrong else print(f"{len(known)} kernels give the expected results"))
        (scratch / "wmma.hip").write_text(program(Path(converted).resolve(), every, bodies, "#include <hip/hip_runtime.h>"))
        return
    source, made = scratch / "wmma.cpp", scratch / "wmma"
    header = (f'#include "{shim}/hip/hip/hip_runtime.h"\n#include <cmath>\n#define half __half\n'
              "inline float __uint_as_float(unsigned x) { return lanes::unpack<float>(x); }")
    source.write_text(program(Path(converted).resolve(), every, bodies, header))
    flags = ["-std=c++17", "-O0", "-fno-omit-frame-pointer", "-w", "-x", "c++", "-DHIP_SHIM", "-D__HIPCC__", f"-I{shim / 'hip'}"]
    compiled([compiler, *flags, str(source), "-o", str(made)])
    prove_on_waves(lambda width: [str(made), str(scratch / "wmma.bin"), width], known, mutants, read, compare)
    print(f"{Path(fixture).stem}: {len(known)} kernels, {ROUNDS} rounds of {WARPS} warps, {len(mutants)} mutants caught")


if __name__ == "__main__":
    main()
