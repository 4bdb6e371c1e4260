#!/usr/bin/env python3
"""Proves the machine code of `lop3`: prove_logic.py CONVERTED COMPILER GPU FLAGS...

CONVERTED has a function `lop3_N(d, a, b, c)` for each table N from 1 to 254, as `every.py` writes it. The compiler writes its code for
GPU. Each function is computed here with the tables of its operands, by the definition of each instruction in LLVM and AMD's manuals:
bit n of the result of `v_bitop3_b32` is the bit of its table with the number that the bits of the three sources form. The result must be
N. Prints how many functions have how many logical instructions.
"""

import collections
import re
import subprocess
import sys

OPERATIONS = {
    "v_and_b32": lambda a, b: a & b,
    "v_or_b32": lambda a, b: a | b,
    "v_xor_b32": lambda a, b: a ^ b,
    "v_xnor_b32": lambda a, b: ~(a ^ b),
    "v_not_b32": lambda a: ~a,
    "v_and_or_b32": lambda a, b, c: a & b | c,
    "v_or3_b32": lambda a, b, c: a | b | c,
    "v_xor3_b32": lambda a, b, c: a ^ b ^ c,
    "v_bfi_b32": lambda a, b, c: a & b | ~a & c,
}


def main():
    source, compiler, gpu, *flags = sys.argv[1:]
    call = [compiler, *flags, f"--offload-arch={gpu}", "--cuda-device-only", "-fgpu-rdc", "-S", "-Xclang", "-S", "-o", "-", source]
    done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    functions = {int(table): body for table, body in re.findall(r"^_Z\d+lop3_(\d+)Rjjjj:(.*?)^\.Lfunc_end", done.stdout, re.M | re.S)}
    missing = set(range(1, 255)) - set(functions)
    if missing:
        sys.exit(f"{gpu}: no code for {sorted(missing)}")
    lengths = collections.Counter()
    for table, body in sorted(functions.items()):
        result, count = computed(body)
        if result != table:
            sys.exit(f"{gpu}: the code for {table:#04x} computes {result:#04x}:\n{body}")
        lengths[count] += 1
    print(f"{gpu}: " + ", ".join(f"{number} functions with {count}" for count, number in sorted(lengths.items())))


def computed(body):
    """The table that the code of a function computes, and the number of its logical instructions. The address of the result is in
    v0 and v1, and the operands are in v2, v3 and v4."""
    registers = {"v2": 0xF0, "v3": 0xCC, "v4": 0xAA, "0": 0, "-1": 0xFF}
    count = 0
    for line in body.splitlines():
        line = line.split(";")[0].strip()
        if not line or line.startswith((".", "s_", "v_nop")) or line.endswith(":"):
            continue
        name, operands = line.split(None, 1)
        operands = re.split(r",\s*|\s+", operands)
        name = re.sub(r"_e(32|64)$", "", name)
        if name in ("flat_store_dword", "flat_store_b32", "global_store_dword"):
            return registers[operands[1]] & 0xFF, count
        if name == "v_mov_b32":
            registers[operands[0]] = registers[operands[1]]
            continue
        sources = [registers[operand] for operand in operands[1:] if operand in registers]
        count += 1
        if name == "v_bitop3_b32":
            table = next((int(operand[7:], 0) for operand in operands if operand.startswith("bitop3:")), 0)
            registers[operands[0]] = by_table(table, *sources)
        else:
            registers[operands[0]] = OPERATIONS[name](*sources) & 0xFF
    raise ValueError(body)


def by_table(table, a, b, c):
    rows = ((a >> bit & 1) << 2 | (b >> bit & 1) << 1 | c >> bit & 1 for bit in range(8))
    return sum((table >> row & 1) << bit for bit, row in enumerate(rows))


if __name__ == "__main__":
    main()
