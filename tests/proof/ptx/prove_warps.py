"""Runs functions with lanes that work together: as PTX in the interpreter, and as converted C++ on waves of 64 and 32.

    prove_warps.py FIXTURE CONVERTED COMPILER SCRATCH MUTANTS

Every lane of every warp runs. A wave of 64 lanes contains two warps with different inputs.
"""

import random
import re
import sys
from pathlib import Path

from interpreter import SIZES, Warp, mask
from prove import compiled, cpp, differing, functions, mutants_of, pick, printed, prove_on_waves

ROUNDS = 24
WARPS = 4


def cases(parameters, generator):
    """For each round the inputs of each lane."""
    inputs = [p for p in parameters if not p[2]]
    rounds = []
    for _ in range(ROUNDS):
        alike = generator.random() < 0.4
        first = {p[0]: pick(p[1], generator) for p in inputs}
        lanes = []
        for _ in range(32 * WARPS):
            lanes.append(dict(first) if alike and generator.random() < 0.97
                         else {p[0]: pick(p[1], generator) for p in inputs})
        rounds.append(lanes)
    return rounds


def driver(converted, runs, bodies, shim):
    lines = [f'#include "{shim}/hip/hip/hip_runtime.h"']
    lines.append("inline float __uint_as_float(unsigned x) { return lanes::unpack<float>(x); }")
    lines += [f'#include "{converted}"', *bodies]
    lines.append("template <typename T> T of(unsigned long long bits) { T value; std::memcpy(&value, &bits, sizeof value); return value; }")
    lines.append("template <typename T> unsigned long long bits(T value) { unsigned long long found = 0; std::memcpy(&found, &value, sizeof value); return found; }")
    lines.append("static const unsigned long long *in; static unsigned long long *out;")
    main = []
    for name, (parameters, rounds) in runs.items():
        inputs = [p for p in parameters if not p[2]]
        outputs = [p for p in parameters if p[2]]
        width = max(len(inputs), 1)
        numbers = ",".join(str(lane[p[0]]) + "ull" for lanes in rounds for lane in lanes for p in inputs) or "0"
        lines.append(f"static const unsigned long long in_{name}[] = {{{numbers}}};")
        body = [f"const unsigned at = threadIdx.x;"]
        body += [f"{cpp(p[1])} {p[0]} = of<{cpp(p[1])}>(in[at * {width} + {k}]);" for k, p in enumerate(inputs)]
        body += [f"{cpp(p[1])} {p[0]} = 0;" for p in outputs]
        body.append(f"{name}({', '.join(p[0] for p in parameters)});")
        body += [f"out[at * {len(outputs)} + {k}] = bits({p[0]});" for k, p in enumerate(outputs)]
        lines.append(f"static void run_{name}(void *) {{ {' '.join(body)} }}")
        step = 32 * WARPS * len(inputs)
        main.append(f"for (int at = 0; at < {ROUNDS}; ++at) {{ std::vector<unsigned long long> found({32 * WARPS * len(outputs)});"
                    f" in = in_{name} + at * {step}; out = found.data(); dim3 block({32 * WARPS});"
                    f" lanes::run({{1}}, block, run_{name}, nullptr);"
                    f' std::printf("{name}"); for (auto one : found) std::printf(" %llx", one); std::printf("\\n"); }}')
    head = "int main(int, char **arguments) { lanes::width = std::strtoul(arguments[1], nullptr, 10); warpSize = lanes::width;"
    return "\n".join(lines + [head] + main + ["}"])


def differences(known, results, name, as_name):
    """The differences between the results of a function and the interpreter's results, as text."""
    parameters, block, rounds = known[name]
    [(template, operands)] = block
    outputs = [p for p in parameters if p[2]]
    wrong = []
    for lanes, found in zip(rounds, results[as_name]):
        for warp in range(WARPS):
            own = lanes[32 * warp:32 * (warp + 1)]
            registers = [{f"%{at}": lane[text.strip()] for at, (_, text) in enumerate(operands) if text.strip() in lane}
                         for lane in own]
            machine = Warp(registers)
            machine.run(template)
            for lane in range(32):
                expected = []
                for output, kind, _, _ in outputs:
                    place = next(at for at, (_, text) in enumerate(operands) if text.strip() == output)
                    bits = machine.lanes[lane].registers[f"%{place}"] & mask(SIZES[kind])
                    expected.append((output, bits, kind, None))
                first = (32 * warp + lane) * len(outputs)
                case = lambda lane=lane, warp=warp: f"{name}: lane {lane} of warp {warp}"
                wrong += differing(case, expected, found[first:first + len(outputs)])
    return wrong


def main():
    fixture, converted, compiler, scratch, mutant_file = sys.argv[1:6]
    scratch = Path(scratch)
    shim = (Path(__file__).parent.parent / "emulation/shim").resolve()
    generator = random.Random(11)
    known = {name: (parameters, block, cases(parameters, generator))
             for name, (parameters, block) in functions(Path(fixture).read_text()).items()}
    text = Path(converted).read_text()
    assert "asm" not in re.sub(r"//.*", "", text), "nothing is left of PTX"
    runs = {name: (parameters, rounds) for name, (parameters, _, rounds) in known.items()}
    mutants, bodies = mutants_of(fixture, text, mutant_file)
    for _, name, as_name in mutants:
        runs[as_name] = runs[name]
    source, program = scratch / "warps.cpp", scratch / "warps"
    source.write_text(driver(Path(converted).resolve(), runs, bodies, shim))
    flags = ["-std=c++17", "-O0", "-fno-omit-frame-pointer", "-w", "-x", "c++", "-DHIP_SHIM", "-D__HIPCC__", f"-I{shim / 'hip'}"]
    compiled([compiler, *flags, str(source), "-o", str(program)])
    prove_on_waves(lambda width: [str(program), width], known, mutants, printed,
                   lambda output, name, as_name: differences(known, output, name, as_name))
    print(f"{Path(fixture).stem}: {len(known)} functions, {ROUNDS} rounds of {WARPS} warps, {len(mutants)} mutants caught")


if __name__ == "__main__":
    main()
