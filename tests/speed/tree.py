"""Compares the time of `tranship convert` on a tree with the time of `cp -r`. Called by `tests/speed/tree`."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def timed(command):
    """Seconds of wall clock and of processor, and the largest resident size in MiB, of one call."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    code = child.returncode = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"{' '.join(map(str, command))} left with {code}:\n{errors.decode(errors='replace')[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def size(tree):
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    return len(files), sum(path.stat().st_size for path in files) / 1e6


def main():
    program, tree, *rest = sys.argv[1:]
    runs, flags = 5, []
    if "--" in rest:
        rest, flags = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    if rest:
        runs = int(rest[0])
    work = pathlib.Path(tempfile.mkdtemp(prefix="tranship-speed-", dir="/dev/shm"))
    try:
        measure(program, pathlib.Path(tree), runs, flags, work)
    finally:
        shutil.rmtree(work)


def measure(program, tree, runs, flags, work):
    source, copy, out = work / "source", work / "copy", work / "out"
    # Files that `convert` does not walk must not be in the copy either.
    shutil.copytree(tree, source, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    files, megabytes = size(source)
    convert = [program, "convert", "--exit-zero", *flags, "--out", out, source]
    copies, converts, seconds = [], [], []
    for _ in range(runs):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        copies.append(timed(["cp", "-r", source, copy]))
        converts.append(timed(convert))
        seconds.append(timed(convert))
    starts = [timed([program, "--version"])[0] for _ in range(20)]
    best_copy, best = min(copies), min(converts)
    print(f"tree       {files} files, {megabytes:.1f} MB; {runs} runs, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"cp -r      {best_copy[0]:.3f} s ({best_copy[1]:.3f} s of CPU)")
    print(f"convert    {best[0]:.3f} s ({min(run[1] for run in converts):.3f} s of CPU)")
    print(f"ratio      {best[0] / best_copy[0]:.2f} by the clock, {min(run[1] for run in converts) / best_copy[1]:.2f} of CPU")
    print(f"again      {min(seconds)[0]:.3f} s over the same output")
    print(f"start-up   {min(starts) * 1000:.1f} ms for --version")
    print(f"memory     {max(run[2] for run in converts):.0f} MiB resident at most")


main()
