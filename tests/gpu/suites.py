"""The suites: each writes a program for the GPU and its input, and compares what the program printed with the references.

Cases are drawn with fixed seeds, so `compare` draws those of `generate` again.
"""

import importlib.util
import random
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROOF = ROOT / "tests/proof"
sys.path[:0] = [str(PROOF / "ptx"), str(PROOF / "emulation/textures")]

import every
import functions as device_functions
import prove
import prove_matrices
import prove_warps
import prove_wmma
import texture_results
from cuda import as_cuda, threads_program
from interpreter import Machine, agree, decode, distance, encode, is_nan, tangent
from prove import body_of, cpp, functions, specified

# A GPU flushes them.
Machine.flushes_approximations = True


def loaded(name, path):
    """A module whose file has the name of another one."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


halves = loaded("halves", PROOF / "emulation/halves/prove.py")

SINGLE = ("bits", "carry", "chains", "float", "half", "memory", "scalar")
# What needs a later GPU than sm_90, by the target notes of the PTX ISA: the pattern of the template, and the architecture.
LATER = [(r"\.f32x2\b", 100), (r"\b(add|sub|fma)\.(\w+\.)?f32\.b?f16\b", 100), (r"e2m1x2|e2m3x2|e3m2x2", 100)]


class Result:
    """What a suite found: how many functions and results were compared, the differences as text, and what did not run."""

    def __init__(self):
        self.functions = self.results = 0
        self.wrong, self.left_out, self.notes = [], [], []


def read(folder, name):
    return (folder / f"{name}.out").read_text()


def write(folder, name, text, data):
    (folder / f"{name}.cu").write_text(text)
    (folder / f"{name}.in").write_bytes(data)


def without(text, found, architecture):
    """The text and the functions without those that the architecture lacks, and the names of these."""
    later = [name for name, (_, blocks) in found.items()
             if any(re.search(pattern, template) and needed > architecture for template, _ in blocks for pattern, needed in LATER)]
    for name in later:
        text = text.replace(body_of(text, name), "")
    return text, {name: one for name, one in found.items() if name not in later}, later


class Single:
    """Functions of one thread: the interpreter of PTX is the reference."""

    def __init__(self, name, text, architecture):
        self.name = name
        found = functions(text)
        rounds = prove.ROUNDS if len(found) < 100 else prove.ROUNDS // 4
        generator = random.Random(7)
        # The cases of all functions are drawn, so they are those of the proof on this machine.
        drawn = {one: list(specified(parameters, blocks, prove.cases(parameters, generator, rounds)))
                 for one, (parameters, blocks) in found.items()}
        # The compiler may change the order of statements that are not volatile, and the carry is then another one.
        self.text, self.found, self.later = without(text.replace("asm(", "asm volatile("), found, architecture)
        self.known = {one: (parameters, blocks, drawn[one]) for one, (parameters, blocks) in self.found.items()}

    def generate(self, folder):
        runs = {one: (parameters, [case[:2] for case in data]) for one, (parameters, _, data) in self.known.items()}
        write(folder, self.name, *threads_program(self.text, runs, cpp))

    def compare(self, folder):
        result = Result()
        printed = prove.printed(read(folder, self.name))
        result.left_out = self.later
        for one, (_, _, data) in self.known.items():
            result.functions += 1
            result.results += len(data)
            result.wrong += prove.differences(self.known, printed, one)
        return result


class Lanes:
    """Functions of a warp: the interpreter of PTX is the reference."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        generator = random.Random(11)
        self.known = {one: (parameters, block, prove_warps.cases(parameters, generator))
                      for one, (parameters, block) in functions(text).items()}

    def generate(self, folder):
        runs = {one: (parameters, [(values, None) for lanes in rounds for values in lanes])
                for one, (parameters, _, rounds) in self.known.items()}
        write(folder, self.name, *threads_program(self.text, runs, cpp))

    def compare(self, folder):
        result = Result()
        printed = prove.printed(read(folder, self.name))
        threads = 32 * prove_warps.WARPS
        for one in self.known:
            lines = printed[one]
            # A line for each thread becomes a line for each round.
            joined = [sum(lines[at:at + threads], []) for at in range(0, len(lines), threads)]
            result.functions += 1
            result.results += len(lines)
            result.wrong += prove_warps.differences(self.known, {one: joined}, one, one)
        return result


class Fragments:
    """Matrix fragments and copies to shared memory: exact matrices and copied bytes are the reference."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        generator = random.Random(23)
        self.known = functions(text)
        self.data = prove_matrices.drawn(self.known, generator)

    def generate(self, folder):
        parameters = {one: found for one, (found, _) in self.known.items()}
        program = as_cuda(prove_matrices.program(f"{self.name}.h", parameters, [], "#include <hip/hip_runtime.h>"))
        (folder / f"{self.name}.h").write_text(self.text)
        write(folder, self.name, program, prove_matrices.input_bytes(parameters, self.data, {one: one for one in parameters}))

    def compare(self, folder):
        result = Result()
        # With sums of half precision, the manual allows a rounding to half precision in each addition.
        prove_matrices.ROUNDING["f16"] = Fraction(1, 1 << 11)
        printed = prove_matrices.by_name(read(folder, self.name))
        for one in self.known:
            result.functions += 1
            result.results += prove_matrices.ROUNDS * prove_matrices.WARPS * 32
            result.wrong += prove_matrices.differences(self.known, self.data, printed, one, one)
        return result


class Wmma:
    """Kernels with `nvcuda::wmma`: exact products are the reference."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        self.known = prove_wmma.kernels(text)
        self.data = prove_wmma.drawn(self.known, random.Random(5))

    def generate(self, folder):
        program = as_cuda(prove_wmma.program(f"{self.name}.h", self.known, [], "#include <hip/hip_runtime.h>"))
        (folder / f"{self.name}.h").write_text(self.text)
        write(folder, self.name, program, prove_wmma.input_bytes(self.known, self.data, {one: one for one in self.known}))

    def compare(self, folder):
        result = Result()
        for one, lines in prove_wmma.by_name(read(folder, self.name), self.known).items():
            result.functions += 1
            result.results += prove_wmma.ROUNDS * prove_wmma.WARPS * self.known[one][0] * self.known[one][1]
            result.wrong += [f"{one}: {text}" for text in prove_wmma.differences(self.known[one], self.data[one], lines)]
        return result


class Functions:
    """Device functions of CUDA: their converted form, run on this machine, is compared with the GPU."""

    def __init__(self, name, program, compiler):
        self.name, self.text = name, device_functions.text()
        self.program, self.compiler = program, compiler
        generator = random.Random(13)
        self.runs = {one: (parameters, list(prove.cases(parameters, generator, prove.ROUNDS)))
                     for one, (parameters, _) in functions(self.text).items()}

    def generate(self, folder):
        write(folder, self.name, *threads_program(self.text, self.runs, cpp))

    def compare(self, folder):
        result = Result()
        printed = prove.printed(read(folder, self.name))
        converted = convert(self.program, folder, self.name, self.text)
        includes = [PROOF / "ptx/hip", converted.parent]
        ours = prove.run(self.compiler, prove.driver(converted, self.runs, []), folder, includes)
        for one, (parameters, cases) in self.runs.items():
            kind = next(kind for _, kind, is_result, _ in parameters if is_result)
            result.functions += 1
            for (values, _), gpu, host in zip(cases, printed[one], ours[one]):
                result.results += 1
                if not agree(gpu[0], host[0], kind, None):
                    given = {key: hex(value) for key, value in values.items() if key != "d"}
                    result.wrong.append(f"{one}{given}: CUDA gives {gpu[0]:#x}, the helper {host[0]:#x}")
        return result


def convert(program, folder, name, text, *options):
    """Converts the single file `text`, and returns the path of the result."""
    source, out = folder / "cuda" / name, folder / "hip" / name
    source.mkdir(parents=True, exist_ok=True)
    (source / f"{name}.cu").write_text(text)
    subprocess.run(["rm", "-rf", str(out)], check=True)
    out.parent.mkdir(exist_ok=True)
    subprocess.run([program, "convert", "--exit-zero", *options, "--out", str(out), str(source)], check=True, capture_output=True)
    return (out / f"{name}.hip").resolve()


def fixture(name, folder="ptx"):
    return (ROOT / f"fixtures/{folder}/{name}.cu").read_text()


class Textures:
    """Fetches from textures: the driver of the software textures writes them, the texture units of the GPU make them again. Both are
    compared with the formulas of the CUDA C++ Programming Guide, and with each other."""

    name = "textures"

    def __init__(self, program, compiler):
        self.program, self.compiler = program, compiler

    def generate(self, folder):
        source = folder / "cuda/textures"
        source.mkdir(parents=True, exist_ok=True)
        (source / "references.cu").write_text(fixture("texture-reference", "hazards"))
        converted = convert(self.program, folder, "textures", fixture("textures", "support"), "--arch", "gfx942")
        made = folder / "textures-host"
        shim = PROOF / "emulation/textures"
        prove.compiled([self.compiler, "-std=c++14", "-O1", "-ffp-contract=off", "-w", "-D__HIPCC__", f"-I{shim}/shim",
                        f'-DHEADER="{converted.parent}/tranship_hip.h"', str(shim / "driver.cpp"), "-o", str(made)])
        fetches = subprocess.run([str(made)], capture_output=True, check=True).stdout
        made.unlink()
        write(folder, self.name, (HERE / "textures.cu").read_text(), fetches)

    def compare(self, folder):
        return texture_results.compare(read(folder, self.name), (folder / f"{self.name}.in").read_text(), Result())


class Kernels:
    """The kernels of a fixture with warp functions: the lanes of the emulation tier are the reference where CUDA defines a result."""

    def __init__(self, name, text, compiler):
        self.name, self.text, self.compiler = f"kernels-{name}", text, compiler
        self.kernels = re.findall(r"__global__ void (\w+)\(", text)

    def generate(self, folder):
        calls = "".join(f'    drive("{kernel}", {kernel});\n' for kernel in self.kernels)
        text = f"{self.text}\n{(HERE / 'kernels.h').read_text()}\nint main()\n{{\n{calls}}}\n"
        write(folder, self.name, text, b"")

    def defined(self, folder):
        """The results that do not change with the garbage of absent lanes: place -> value."""
        shim = PROOF / "emulation/shim"
        source, listed, made = (folder / f"{self.name}-host.{ending}" for ending in ("cu", "inc", "program"))
        source.write_text(self.text)
        listed.write_text("".join(f"KERNEL({kernel})\n" for kernel in self.kernels))
        prove.compiled([self.compiler, "-std=c++17", "-O0", "-fno-omit-frame-pointer", "-w", "-x", "c++", f"-I{shim}/cuda",
                        f'-DFIXTURE="{source.resolve()}"', f'-DKERNELS="{listed.resolve()}"', str(shim / "driver.cpp"), "-o", str(made)])
        runs = []
        for seed in range(1, 17):
            out = subprocess.run([str(made), str(seed), "32"], capture_output=True, text=True, check=True).stdout
            runs.append(dict(line.rsplit(" ", 1) for line in out.splitlines()))
        return {place: value for place, value in runs[0].items() if all(run.get(place) == value for run in runs)}

    def compare(self, folder):
        result = Result()
        found = dict(line.rsplit(" ", 1) for line in read(folder, self.name).splitlines())
        for place, value in self.defined(folder).items():
            result.results += 1
            if found.get(place) != value:
                result.wrong.append(f"{self.name}: {place} is {found.get(place)} on the GPU, expected {value}")
        result.functions = len(self.kernels)
        return result


class Halves:
    """Functions of half precision and bfloat16: exact fractions are the reference."""

    name = "halves"
    # Functions of other fixtures; the results of `prove.py` are those of their definitions.
    MORE = ["__half h_hmax_nan(__half a, __half b, __half) { return __hmax_nan(a, b); }",
            "__half h_hmin_nan(__half a, __half b, __half) { return __hmin_nan(a, b); }",
            "__nv_bfloat16 b_hmax_nan(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16) { return __hmax_nan(a, b); }",
            "__nv_bfloat16 b_hmin_nan(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16) { return __hmin_nan(a, b); }",
            "__half h_htanh(__half a, __half, __half) { return htanh(a); }",
            "__nv_bfloat16 b_htanh(__nv_bfloat16 a, __nv_bfloat16, __nv_bfloat16) { return htanh(a); }",
            "__half2 h_h2tanh(__half2 a, __half2, __half2) { return h2tanh(a); }",
            "__nv_bfloat162 b_h2tanh(__nv_bfloat162 a, __nv_bfloat162, __nv_bfloat162) { return h2tanh(a); }"]

    def __init__(self):
        self.text = fixture("half-functions", "support") + "".join(f"__device__ {one}\n" for one in self.MORE)
        self.functions = re.findall(r"__device__ [\w ]+ ([hbd]_\w+)\(", self.text)

    def generate(self, folder):
        kernels = "".join(f"__global__ void run_{name}(const unsigned long long *in, unsigned long long *out, int count)\n{{\n"
                          "    const int at = blockIdx.x * blockDim.x + threadIdx.x;\n"
                          f"    if (at < count) out[at] = called({name}, in + 3 * at);\n}}\n" for name in self.functions)
        calls = "".join(f'    run("{name}", run_{name}, in);\n' for name in self.functions)
        text = (f"#include <cuda_runtime.h>\n{self.text}\n{(HERE / 'halves.h').read_text()}\n{kernels}\nint main(int, char **arguments)\n{{\n"
                f"    const auto in = operands(arguments[1]);\n{calls}}}\n")
        operands = subprocess.run([sys.executable, "-B", str(PROOF / "emulation/halves/prove.py"), "operands"], capture_output=True,
                                  check=True).stdout
        write(folder, self.name, text, operands)

    def compare(self, folder):
        result = Result()
        result.functions = len(self.functions)
        off = {}
        for line in read(folder, self.name).splitlines():
            result.results += 1
            if "tanh" in line.split()[0]:
                name, apart = halves_tanh(line)
                off.setdefault(name, []).append(apart)
            elif not halves.check_line(line):
                result.wrong.append(line)
        for name, apart in off.items():
            result.notes.append(f"{name}: {sum(map(bool, apart))} of {len(apart)} results are not the nearest number, at most {max(apart)} apart")
        return result


def halves_tanh(line):
    """The name of the function, and how many numbers the result is from the nearest one."""
    name, *numbers = line.split()
    a, got = int(numbers[0], 16), int(numbers[3], 16)
    kind = "f16" if name[0] == "h" else "bf16"
    apart = 0
    for at in (0, 16) if "2" in name else (0,):
        bits, wanted = got >> at & 0xFFFF, encode(tangent(decode(a >> at & 0xFFFF, kind)), kind)
        if is_nan(decode(bits, kind)) or is_nan(decode(wanted, kind)):
            apart = max(apart, 0 if is_nan(decode(bits, kind)) and is_nan(decode(wanted, kind)) else 99)
        else:
            apart = max(apart, distance(bits, wanted, kind))
    return name, apart


def chosen_suites(given):
    """The suites that the options `given` name, in the order in which they run; all if they name none."""
    program, compiler, architecture = given.tranship, given.compiler, given.architecture
    makers = {name: lambda name=name: Single(name, fixture(name), architecture) for name in SINGLE}
    makers |= {
        "every": lambda: Single("every", every.text(), architecture),
        "approximations": lambda: Single("approximations", (HERE / "approximations.cu").read_text(), architecture),
        "lanes": lambda: Lanes("lanes", fixture("lanes")),
        "matrices": lambda: Fragments("matrices", fixture("matrices")),
        "copies": lambda: Fragments("copies", fixture("copies")),
        "wmma": lambda: Wmma("wmma", fixture("wmma", "libraries")),
        "functions": lambda: Functions("functions", program, compiler),
        "textures": lambda: Textures(program, compiler),
        "halves": Halves,
    }
    for path in sorted((ROOT / "fixtures/warp").glob("*.cu")):
        text = path.read_text()
        # PyTorch is not there.
        if "// run: no (" not in text and "ATen" not in text:
            makers[f"kernels-{path.stem}"] = lambda path=path, text=text: Kernels(path.stem, text, compiler)
    unknown = sorted(set(given.suites) - set(makers))
    if unknown:
        sys.exit(f"no suite is named {', '.join(unknown)}: the suites are {', '.join(makers)}")
    for name, make in makers.items():
        if not given.suites or name in given.suites:
            yield make()
