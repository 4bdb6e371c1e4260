"""Runs functions whose lanes work together: as PTX, in the interpreter, and as the C++ that they became, on waves of 64 and 32.

    prove_warps.py FIXTURE CONVERTED COMPILER SCRATCH MUTANTS

Every lane of every warp is there. A wave of 64 lanes holds two warps, whose inputs differ.
"""

import random
import re
import subprocess
import sys
from pathlib import Path

from interpreter import SIZES, Warp, agree, mask
from prove import TYPES, body_of, cpp, functions, pick

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
    parameters, block, rounds = known[name]
    template, operands = block
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
                for k, (output, kind, _, _) in enumerate(outputs):
                    place = next(at for at, (_, text) in enumerate(operands) if text.strip() == output)
                    wanted = machine.lanes[lane].registers[f"%{place}"] & mask(SIZES[kind])
                    got = found[(32 * warp + lane) * len(outputs) + k]
                    if not agree(wanted, got, kind, None):
                        wrong.append(f"{name}: lane {lane} of warp {warp}: {output} is {got:#x}, expected {wanted:#x}")
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
    mutants, bodies = [], []
    for line in Path(mutant_file).read_text().splitlines():
        file, _, change = line.partition(": ")
        if line.startswith("#") or file.split("/")[0] != Path(fixture).stem:
            continue
        name = file.split("/")[1]
        before, after = change.split(" -> ")
        head, brace, body = body_of(text, name).partition("{")
        assert before in body, f"{line}: the text is not there: {body}"
        as_name = f"{name}_mutant_{len(mutants)}"
        bodies.append((head + brace + body.replace(before, after, 1)).replace(f"void {name}(", f"void {as_name}(", 1))
        mutants.append((line, name, as_name))
        runs[as_name] = runs[name]
    source, program = scratch / "warps.cpp", scratch / "warps"
    source.write_text(driver(Path(converted).resolve(), runs, bodies, shim))
    flags = ["-std=c++17", "-O0", "-fno-omit-frame-pointer", "-w", "-x", "c++", "-DHIP_SHIM", f"-I{shim / 'hip'}"]
    made = subprocess.run([compiler, *flags, str(source), "-o", str(program)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the converted code does not compile:\n{made.stderr[:4000]}")
    unseen = [line for line, _, _ in mutants]
    for width in ("64", "32"):
        ran = subprocess.run([str(program), width], capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"the converted code stopped on waves of {width}:\n{ran.stderr[:2000]}")
        results = {}
        for line in ran.stdout.splitlines():
            name, *words = line.split()
            results.setdefault(name, []).append([int(word, 16) for word in words])
        wrong = [one for name in known for one in differences(known, results, name, name)[:3]]
        if wrong:
            sys.exit(f"results differ on waves of {width}:\n" + "\n".join(wrong))
        unseen = [line for line, name, as_name in mutants if line in unseen and not differences(known, results, name, as_name)]
    if unseen:
        sys.exit("wrong changes that nothing shows:\n" + "\n".join(unseen))
    print(f"{Path(fixture).stem}: {len(known)} functions, {ROUNDS} rounds of {WARPS} warps, {len(mutants)} mutants caught")


main()
