"""Runs each function of a fixture as PTX in the interpreter, and as converted C++, and compares the results.

    prove.py FIXTURE CONVERTED COMPILER SCRATCH [MUTANTS]

A function is `__device__ void name(parameters) { asm(...); }`. Several asm statements share the carry and registers; a loop
`for (int i = 0; i < N; ++i)` repeats the statement behind it. References are results, pointers are memory. A mutant
is a wrong change of the C++ (`function: text -> text`), and each must give a difference.
"""

import random
import re
import subprocess
import sys
from pathlib import Path

from interpreter import SIZES, Machine, Unspecified, agree, mask

TYPES = {"unsigned": "u32", "int": "s32", "unsigned long long": "u64", "long long": "s64", "unsigned short": "u16",
         "short": "s16", "float": "f32", "double": "f64"}
EDGES = {
    "int": [0, 1, 2, 7, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
            0xFFFFFFFF, 0x8000000000000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF],
    "f32": [0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x3F000000, 0x3F800000, 0x3FC00000, 0x40200000,
            0xBF000000, 0xC0200000, 0x42FE0000, 0x42FF0000, 0x43000000, 0xC3000000, 0xC3008000, 0x4EFFFFFF, 0x4F000000,
            0x4F7FFFFF, 0x4F800000, 0xCF000000, 0xDF000000, 0x5F000000, 0x5F800000, 0x7F7FFFFF, 0x7F800000,
            0xFF800000, 0x7FC00000, 0x7F800001, 0x3A800000, 0x3AC00000, 0x37000000, 0x43E80000, 0x43F00000, 0x47700000,
            0x3E800000, 0xBF400000, 0x40A00000, 0xC0E00000, 0x41F80000],
    "f64": [0, 1 << 63, 1, 0x3FF0000000000000, 0x3FE0000000000000, 0x41EFFFFFFFE00000, 0x41F0000000000000,
            0xC1E0000000000000, 0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000],
}
ROUNDS = 400
MEMORY = 64


def functions(text):
    """name -> (parameters, block): a parameter is (name, kind, is_result, is_pointer)."""
    found = {}
    for match in re.finditer(r"__device__ void (\w+)\(([^)]*)\)\s*\{(.*?)\n?\s*\}\s*(?=\n|$)", text, re.S):
        name, parameters, body = match.groups()
        parsed = [parameter(part) for part in parameters.split(",") if part.strip()]
        found[name] = (parsed, statements(body))
    return found


def statements(body):
    """The asm statements of a body, each as often as it runs."""
    found = []
    for match in re.finditer(r"(?:for \(int \w+ = 0; \w+ < (\d+); \+\+\w+\)\s*)?\basm\b", body):
        found += [statement(body[match.end():])] * int(match.group(1) or 1)
    return found


def parameter(text):
    text = text.strip()
    match = re.fullmatch(r"(const )?([\w ]+?)\s*([&*]?)\s*(\w+)", text)
    kind, mark, name = match.group(2), match.group(3), match.group(4)
    return (name, TYPES.get(kind), mark == "&", mark == "*")


def statement(text):
    """The template and the operands of an asm statement: a list of (constraint, expression)."""
    open_at = text.index("(")
    depth, end, quoted, parts, start = 0, None, False, [], open_at + 1
    at = open_at
    while at < len(text):
        char = text[at]
        if quoted:
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                end = at
                break
        elif char == ":" and depth == 1:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    parts.append(text[start:end])
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', parts[0])
    template = "".join(strings).encode().decode("unicode_escape").replace("%%", "%")
    operands = []
    for section in parts[1:3]:
        operands += re.findall(r'"([^"]*)"\s*\(([^()]*(?:\([^()]*\))?[^()]*)\)', section)
    return template, operands


def pick(kind, generator):
    bits = SIZES[kind]
    edges = EDGES.get(kind, EDGES["int"])
    choice = generator.random()
    if choice < 0.45:
        return generator.choice(edges) & mask(bits)
    if choice < 0.6 and kind[0] in "us":
        return generator.randrange(64) & mask(bits)
    if choice < 0.8 and kind == "f32":
        # Numbers of a usual size.
        return (generator.randrange(2) << 31 | generator.randrange(100, 160) << 23 | generator.randrange(1 << 23))
    return generator.randrange(1 << bits)


def cases(parameters, generator, rounds):
    for _ in range(rounds):
        values = {name: pick(kind, generator) for name, kind, _, pointer in parameters if not pointer}
        memory = bytearray(generator.randrange(256) for _ in range(MEMORY))
        for name, kind, _, pointer in parameters:
            # What is in memory is what a compare and swap has to meet.
            if not pointer and generator.random() < 0.3:
                values[name] = int.from_bytes(memory[:SIZES[kind] // 8], "little")
        yield values, memory


def expected(parameters, blocks, values, memory):
    values = dict(values)
    machine = Machine({}, [(0x1000, memory)])
    results = {}
    for block in blocks:
        found = run_block(machine, parameters, block, values)
        results.update(found)
        values.update({name: bits for name, (bits, _) in found.items()})
    return results, machine.tolerance


def run_block(machine, parameters, block, values):
    """Runs one statement, and returns its results."""
    template, operands = block
    registers = machine.registers
    base = 0x1000
    for at, (constraint, expression) in enumerate(operands):
        expression = expression.strip()
        offset = re.fullmatch(r"(\w+) \+ (\d+)", expression)
        names = {name for name, _, _, _ in parameters}
        if expression in values:
            registers[f"%{at}"] = values[expression]
        elif offset or expression in names:
            registers[f"%{at}"] = base + (int(offset.group(2)) if offset else 0)
        else:
            registers[f"%{at}"] = int(expression, 0) & mask(64)
    machine.run(template)
    results = {}
    for at, (constraint, expression) in enumerate(operands):
        if constraint[0] in "=+":
            kind = next(kind for name, kind, _, _ in parameters if name == expression.strip())
            # A number in a register for integers is compared as a number.
            last = machine.kinds.get(f"%{at}", kind)
            kind = last if last in ("f16", "bf16", "f16x2", "bf16x2", "f32x2") else kind
            results[expression.strip()] = (machine.registers[f"%{at}"] & mask(SIZES[kind]), kind)
    return results


def specified(parameters, block, found):
    """The cases whose results the manual gives, with them."""
    for values, memory in found:
        after = bytearray(memory)
        try:
            wanted, tolerance = expected(parameters, block, values, after)
        except Unspecified:
            continue
        yield values, memory, wanted, tolerance, after


def cpp(kind):
    return next(word for word, known in TYPES.items() if known == kind)


def driver(converted, all_cases, bodies):
    """A program that prints the results of all cases, a line each."""
    lines = [f'#include "{converted}"', "#include <vector>", "namespace {"]
    lines.append("template <typename T> T of(unsigned long long bits) { T value; std::memcpy(&value, &bits, sizeof value); return value; }")
    lines.append("template <typename T> void show(T value) { unsigned long long bits = 0; std::memcpy(&bits, &value, sizeof value); std::printf(\" %llx\", bits); }")
    lines.append("alignas(16) unsigned char memory[%d];" % MEMORY)
    lines.append("}")
    lines += bodies
    main = []
    for name, (parameters, data) in all_cases.items():
        inputs = [p for p in parameters if not p[3]]
        rows = ",".join("{" + ",".join(f"0x{values[p[0]]:x}ull" for p in inputs) + "}" for values, *_ in data)
        bytes_ = ",".join("{" + ",".join(str(b) for b in memory) + "}" for _, memory, *_ in data)
        width = max(len(inputs), 1)
        lines.append(f"static const unsigned long long in_{name}[][{width}] = {{{rows or '{0}'}}};")
        if any(p[3] for p in parameters):
            lines.append(f"static const unsigned char memory_{name}[][{MEMORY}] = {{{bytes_}}};")
        main.append(f"for (int at = 0; at < {len(data)}; ++at) {{")
        arguments = []
        place = 0
        if any(p[3] for p in parameters):
            main.append(f"std::memcpy(memory, memory_{name}[at], {MEMORY});")
        for parameter_name, kind, is_result, pointer in parameters:
            if pointer:
                arguments.append("POINTER")
                continue
            main.append(f"{cpp(kind)} {parameter_name} = of<{cpp(kind)}>(in_{name}[at][{place}]);")
            arguments.append(parameter_name)
            place += 1
        main.append(f"call([&](auto p) {{ {name}({', '.join('p' if a == 'POINTER' else a for a in arguments)}); }});")
        main.append(f'std::printf("{name}");')
        main += [f"show({p[0]});" for p in parameters if p[2]]
        if any(p[3] for p in parameters):
            main.append(f"for (int i = 0; i < {MEMORY}; ++i) std::printf(\" %x\", memory[i]);")
        main.append('std::printf("\\n"); }')
    lines.append("struct Anything { template <typename T> operator T *() const { return reinterpret_cast<T *>(memory); } };")
    lines.append("template <typename F> void call(F f) { f(Anything()); }")
    return "\n".join(lines + ["int main() { std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);"] + main + ["}"])


def run(compiler, source, scratch, includes):
    path = scratch / "driver.cpp"
    path.write_text(source)
    program = scratch / "driver"
    flags = ["-std=c++17", "-O0", "-w", "-D__HIPCC__", "-ffp-contract=off", "-fsanitize=undefined", "-fsanitize-trap=undefined",
             "-fno-sanitize=alignment,vptr,function"]
    command = [compiler, *flags, *[f"-I{folder}" for folder in includes], str(path), "-o", str(program)]
    compiled(command)
    ran = subprocess.run([str(program)], capture_output=True, text=True)
    if ran.returncode:
        last = ran.stdout.splitlines()[-1:] or ["before the first result"]
        sys.exit(f"the converted code stopped, undefined behaviour: the last result is {last[0]}")
    return printed(ran.stdout)


def compiled(command):
    """Runs the compiler, and ends the program if the code does not compile."""
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the converted code does not compile:\n{made.stderr[:4000]}")


def printed(text):
    """The lines of a driver: name -> for each line its numbers."""
    results = {}
    for line in text.splitlines():
        name, *words = line.split()
        results.setdefault(name, []).append([int(word, 16) for word in words])
    return results


def differing(case, expected, found):
    """The differences of one case as text, which begins with `case()`. `expected` has for each output its name, bits, kind
    and tolerance."""
    return [f"{case()}: {output} is {got:#x}, expected {bits:#x}"
            for (output, bits, kind, tolerance), got in zip(expected, found) if not agree(bits, got, kind, tolerance)]


def mutants_of(fixture, text, mutant_file):
    """The wrong changes of the C++ `text` for this fixture: (line, function, name of the changed function), and the code."""
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
    return mutants, bodies


def require_all_seen(unseen):
    """Ends the program if some wrong changes give no difference."""
    if unseen:
        sys.exit("wrong changes without a difference:\n" + "\n".join(unseen))


def prove_on_waves(command_for, known, mutants, read, differences):
    """Runs the compiled code on waves of 64 and 32, and ends the program if a result differs or a mutant gives no difference.

    `command_for(width)` is the command, `read` reads its output, and `differences(output, name, as_name)` compares the results
    that `as_name` printed with those of the function `name`.
    """
    unseen = [line for line, _, _ in mutants]
    for width in ("64", "32"):
        ran = subprocess.run(command_for(width), capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"the converted code stopped on waves of {width}:\n{ran.stderr[:2000]}")
        output = read(ran.stdout)
        wrong = [one for name in known for one in differences(output, name, name)[:3]]
        if wrong:
            sys.exit(f"results differ on waves of {width}:\n" + "\n".join(wrong))
        unseen = [line for line, name, as_name in mutants if line in unseen and not differences(output, name, as_name)]
    require_all_seen(unseen)


def differences(known, results, name, as_name=None):
    """The differences between the results of a function and the expected results, as text."""
    parameters, block, data = known[name]
    outputs = [p[0] for p in parameters if p[2]]
    wrong = []
    for (values, _, wanted, tolerance, after), found in zip(data, results[as_name or name]):
        case = lambda values=values: f"{name}{ {key: hex(value) for key, value in values.items()} }"
        wrong += differing(case, [(output, *wanted[output], tolerance) for output in outputs], found)
        if any(p[3] for p in parameters) and bytes(found[len(outputs):]) != bytes(after):
            wrong.append(f"{name}: memory differs")
    return wrong


def body_of(text, name):
    match = re.search(r"__device__ void " + name + r"\(.*?\)\s*\{", text)
    depth, at = 1, match.end()
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[match.start():at]


def main():
    fixture, converted, compiler, scratch = sys.argv[1:5]
    here = Path(__file__).parent
    scratch = Path(scratch)
    original = Path(fixture).read_text()
    converted_text = Path(converted).read_text()
    generator = random.Random(7)
    known = {}
    found = functions(original)
    rounds = ROUNDS if len(found) < 100 else ROUNDS // 4
    for name, (parameters, block) in found.items():
        known[name] = (parameters, block, list(specified(parameters, block, cases(parameters, generator, rounds))))
    assert known, "the fixture has functions"
    assert "asm" not in re.sub(r"//.*", "", converted_text), "nothing is left of PTX"
    mutants, bodies = mutants_of(fixture, converted_text, sys.argv[5]) if len(sys.argv) > 5 else ([], [])
    run_cases = {name: (parameters, data) for name, (parameters, _, data) in known.items()}
    for _, name, as_name in mutants:
        run_cases[as_name] = run_cases[name]
    includes = [here / "hip", Path(converted).parent]
    results = run(compiler, driver(Path(converted).resolve(), run_cases, bodies), scratch, includes)
    wrong = [text for name in known for text in differences(known, results, name)[:3]]
    if wrong:
        sys.exit("results differ:\n" + "\n".join(wrong))
    require_all_seen([line for line, name, as_name in mutants if not differences(known, results, name, as_name)])
    print(f"{Path(fixture).stem}: {len(known)} functions, {rounds} cases each, {len(mutants)} mutants caught")


if __name__ == "__main__":
    main()
