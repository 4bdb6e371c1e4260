"""Scans many repositories with tranship on Ray: `python scan_repositories.py LIST OUT`.

LIST has one repository in a line: a folder, an address for `git clone`, or an archive (.zip, .tar.gz, .tgz, .tar). Empty lines
and lines that begin with `#` are skipped. OUT gets:

    results/ID.json   the report of each repository; ID is a hash of the line
    all.json          all reports in one, as `tranship report merge` writes it
    all.html          the same as a page
    all.parquet       one row for each repository

A repository is done when its result exists. Results are written in one step (a new file is renamed), so a second run goes on
where the first one stopped, and a worker that dies leaves no half result. Each repository is fetched, unpacked and scanned by a
process of its own, with a time limit and a memory limit. If that process or its worker dies, the repository is tried again, up to
`--attempts` times; then its result is the failure. So every line has exactly one result.

Exit codes: 0 all repositories are scanned; 2 some could not be scanned, `all.html` lists them with the reasons.
"""

import argparse
import ctypes
import hashlib
import json
import os
import posixpath
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

MB = 1 << 20
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Refused(Exception):
    """A repository that is not scanned; the text is for the person who reads the report."""


def main():
    options = parse()
    if options.one is not None:
        limit(options)
        scan_one(os.fsencode(options.one), options)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for name in ("results", "attempts", "work"):
        (options.out / name).mkdir(exist_ok=True)
    sources = read_list(options.list)
    if options.retry_failed:
        forget_failures(sources, options)
    todo = [source for source in sources if not result_of(source, options).exists()]
    print(f"{len(sources)} repositories, {len(sources) - len(todo)} done before", flush=True)
    started = time.monotonic()
    if todo:
        scan_all(todo, options)
    shutil.rmtree(options.out / "work", ignore_errors=True)
    missing = [source for source in sources if not result_of(source, options).exists()]
    for source in missing:
        write_failure(source, options, "has no result; start the program again")
    code = merge(sources, options)
    print(f"scanned {len(todo)} repositories in {time.monotonic() - started:.1f} s", flush=True)
    sys.exit(code)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path, metavar="LIST")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--workers", type=int, default=2, help="repositories at a time (default: 2)")
    parser.add_argument("--address", help="the address of a running Ray cluster; without it, Ray starts on this machine")
    parser.add_argument("--timeout", type=float, default=600, metavar="SECONDS", help="for one repository")
    parser.add_argument("--memory", type=int, default=4096, metavar="MB", help="for each process of one repository")
    parser.add_argument("--unpacked", type=int, default=4096, metavar="MB", help="largest content of an archive")
    parser.add_argument("--entries", type=int, default=500_000, metavar="N", help="most files and folders of an archive")
    parser.add_argument("--attempts", type=int, default=3, metavar="N", help="of a clone that fails or a worker that dies")
    parser.add_argument("--retry-failed", action="store_true", help="scan repositories again whose result is a failure")
    parser.add_argument("--program", default="tranship", help="the program tranship")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def read_list(path):
    """The lines of the list as bytes, each once. Names of files may have bytes that are not UTF-8."""
    lines = (line.strip() for line in path.read_bytes().splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith(b"#")))


def shown(source):
    """A line of the list as text. Bytes that are not UTF-8 are written as `\\xe9`."""
    return source.decode("utf-8", "backslashreplace")


def key(source):
    return hashlib.sha256(source).hexdigest()[:24]


def result_of(source, options):
    return options.out / "results" / f"{key(source)}.json"


# --- On the machine that starts the program ---


def scan_all(todo, options):
    """Scans the repositories `todo` on Ray. Every one has a result afterwards."""
    import ray

    if options.address:
        ray.init(address=options.address, logging_level="ERROR")
    else:
        ray.init(num_cpus=options.workers, include_dashboard=False, logging_level="ERROR", object_store_memory=128 * MB)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    words = {name: str(value) for name, value in vars(options).items() if name not in ("one", "worker", "list") and value is not None}
    words |= {"out": str(options.out.resolve()), "script": os.path.abspath(__file__)}
    rows = [{"source": source, "options": json.dumps(words)} for source in todo]
    # A block for each repository, so that a worker that dies takes no finished work of others with it.
    data = ray.data.from_items(rows, override_num_blocks=len(rows)).map(on_worker, num_cpus=1)
    for at, row in enumerate(data.iter_rows(), 1):
        print(f"{at}/{len(rows)} {row['seconds']:7.1f} s  {row['state']}  {row['source']}", flush=True)
    ray.shutdown()


def forget_failures(sources, options):
    for source in sources:
        result = result_of(source, options)
        if result.exists() and not json.loads(result.read_bytes())["projects"]:
            result.unlink()
            (options.out / "attempts" / key(source)).unlink(missing_ok=True)


def merge(sources, options):
    """Joins the results of the list. Results of lines that are no longer in the list are not counted."""
    with tempfile.TemporaryDirectory(dir=options.out) as folder:
        for source in sources:
            name = f"{key(source)}.json"
            os.link(options.out / "results" / name, Path(folder, name))
        command = [options.program, "report", "merge", folder, "--exit-zero"]
        new = {ending: options.out / f"all.new.{ending}" for ending in ("json", "html")}
        merged = subprocess.run([*command, "--json", new["json"], "--html", new["html"]], check=False)
    if merged.returncode not in (0, 2) or not new["json"].exists():
        sys.exit("the reports could not be merged")
    write_parquet(new["json"], options.out / "all.parquet")
    for ending, path in new.items():
        os.replace(path, options.out / f"all.{ending}")
    return merged.returncode


def write_parquet(report, path):
    """One row for each repository, and one for each failure."""
    import pyarrow
    import pyarrow.parquet

    merged = json.loads(report.read_bytes())
    rows = []
    for one in merged["repositories"]:
        row = {name: one[name] for name in ("rank", "name", "path", "commit", "ready", "walked", "from_minutes", "to_minutes")}
        for name in ("files", "lines", "uses"):
            row |= {f"{name}_{level}": count for level, count in one[name].items()}
        rows.append(row | {"findings": sum(rule["count"] for rule in one["rules"]), "problem": None})
    rows += [{"name": one["path"], "problem": one["message"]} for one in merged["problems"]]
    names = list(rows[0]) if rows and "rank" in rows[0] else ["name", "problem"]
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    pyarrow.parquet.write_table(table, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


# --- On a worker of Ray ---


def on_worker(row):
    """Scans one repository in a process of its own, and writes its result."""
    source, started = row["source"], time.monotonic()
    words = json.loads(row["options"])
    options = argparse.Namespace(**words)
    options.out = Path(options.out)
    options.attempts, options.memory, options.timeout = int(options.attempts), int(options.memory), float(options.timeout)
    attempts = options.out / "attempts" / key(source)
    # The file counts starts, so a repository that kills its worker each time is given up.
    with open(attempts, "ab") as file:
        file.write(b".")
    if result_of(source, options).exists():
        state = "done before"
    elif attempts.stat().st_size > options.attempts:
        write_failure(source, options, f"ended its worker {options.attempts} times")
        state = "failed"
    else:
        state = supervised(source, options)
    return {"source": shown(source), "state": state, "seconds": time.monotonic() - started}


def supervised(source, options):
    """Runs `scan_one` with limits. If it writes no result, the reason is the result."""
    work = Path(tempfile.mkdtemp(prefix=key(source), dir=options.out / "work"))
    command = [sys.executable, options.script, "--one", os.fsdecode(source), os.devnull, str(options.out)]
    command += ["--worker", str(os.getpid())]
    for name in ("timeout", "memory", "unpacked", "entries", "attempts", "program"):
        command += [f"--{name}", str(getattr(options, name))]
    log = work / "log"
    try:
        with open(log, "wb") as errors:
            # No `preexec_fn`: it can hang here, because workers of Ray have many threads.
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "TMPDIR": str(work)},
            )
            try:
                code = process.wait(options.timeout)
            except subprocess.TimeoutExpired:
                code = None
            # Programs that the process started are in its group.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        if result_of(source, options).exists():
            return "failed" if code else "scanned"
        last = log.read_text(errors="backslashreplace").strip().splitlines()[-1:]
        reason = f": {last[0][:300]}" if last else ""
        if code is None:
            write_failure(source, options, f"was not scanned after {options.timeout:g} seconds")
        else:
            write_failure(source, options, f"ended with code {code}; the limit of memory is {options.memory} MB{reason}")
        return "failed"
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_failure(source, options, message):
    problem = {"path": shown(source), "message": message}
    report = {"version": 1, "tool": {"name": "tranship", "version": "-"}, "projects": [], "problems": [problem]}
    write(result_of(source, options), json.dumps(report).encode())


def write(path, content):
    """Writes a file in one step: it exists with its whole content, or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, suffix=".new", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


# --- In the process of one repository ---


def limit(options):
    """Limits this process and all that it starts, and ends it when the worker ends."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != options.worker:
        sys.exit("the worker has ended")
    resource.setrlimit(resource.RLIMIT_AS, (options.memory * MB, options.memory * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def scan_one(source, options):
    work = Path(tempfile.mkdtemp())
    try:
        folder, problems = fetch(source, work, options)
    except Refused as error:
        write_failure(source, options, str(error))
        sys.exit(1)
    command = [options.program, "scan", folder, "--output-format", "json", "--exit-zero", "--jobs", "1", "--quiet"]
    ran = run(command)
    try:
        report = json.loads(ran.stdout)
    except ValueError:
        last = ran.stderr.decode(errors="backslashreplace").strip().splitlines()[-1:]
        signals = f"signal {-ran.returncode}" if ran.returncode < 0 else f"code {ran.returncode}"
        write_failure(source, options, f"tranship ended with {signals}; the limit of memory is {options.memory} MB {last}")
        sys.exit(1)
    # The report names the repository as the list does, not the temporary folder. Findings are in the report of one repository
    # only; the figures are enough to merge.
    for project in report["projects"]:
        project["path"] = shown(source)
    slim = {name: report[name] for name in ("version", "tool", "summary", "projects", "problems")}
    slim["problems"] += [{"path": shown(source), "message": problem} for problem in problems]
    write(result_of(source, options), json.dumps(slim).encode())


def run(command, **more):
    """Runs a program that ends with this one."""
    end = lambda: ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)  # noqa: E731
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, preexec_fn=end, **more)


def fetch(source, work, options):
    """The folder of `source`, and the problems with parts of it that were left out."""
    name = os.fsdecode(source)
    if os.path.isdir(name):
        return name, []
    if name.lower().endswith(ARCHIVES) and os.path.isfile(name):
        return unpack(name, work / "unpacked", options)
    if "://" in name or name.startswith("git@"):
        return clone(name, work / "clone", options), []
    if os.path.exists(name):
        raise Refused("is neither a folder nor an archive (.zip, .tar.gz, .tgz, .tar)")
    raise Refused("does not exist")


def clone(address, folder, options):
    for attempt in range(options.attempts):
        command = ["git", "-c", "protocol.ext.allow=never", "clone", "--quiet", "--depth=1", "--no-tags", "--", address, folder]
        cloned = run(command, env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"})
        if cloned.returncode == 0:
            return str(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if attempt + 1 < options.attempts:
            time.sleep(2**attempt)
    last = cloned.stderr.decode(errors="backslashreplace").strip().splitlines()[-1:]
    raise Refused(f"cannot be cloned after {options.attempts} attempts: {' '.join(last)}")


def unpack(name, folder, options):
    """Unpacks an archive. Its sizes are checked before anything is written, and again while it is written."""
    folder.mkdir()
    room = Room(options)
    links, left_out = [], []
    try:
        members = of_zip(name, room) if name.lower().endswith(".zip") else of_tar(name)
        for path, kind, content in members:
            target = folder / inside(path)
            if kind == "file":
                room.take(path, content.size)
                target.parent.mkdir(parents=True, exist_ok=True)
                room.copy(path, content, target)
            elif kind == "folder":
                room.take(path, 0)
                target.mkdir(parents=True, exist_ok=True)
            elif kind == "link":
                room.take(path, 0)
                links.append((target, content))
            else:
                left_out.append(path)
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Refused(f"cannot be unpacked: {error}") from error
    except Exception as error:  # zlib.error and lzma.LZMAError have no common base
        if isinstance(error, Refused):
            raise
        raise Refused(f"cannot be unpacked: {error}") from error
    # Links are made last, so no file is ever written through one.
    root = folder.resolve()
    for target, to in links:
        goes = os.path.normpath(os.path.join(target.parent, to))
        if os.path.isabs(to) or not Path(goes).is_relative_to(folder) or os.path.lexists(target):
            left_out.append(str(target.relative_to(folder)))
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(to, target)
        if not Path(os.path.realpath(target)).is_relative_to(root):
            target.unlink()
            left_out.append(str(target.relative_to(folder)))
    problems = []
    if left_out:
        names = ", ".join(name.encode(errors="surrogateescape").decode(errors="backslashreplace") for name in left_out[:3])
        problems.append(f"{len(left_out)} links or devices that lead out of the archive were left out: {names}")
    # Most archives have one folder with everything.
    inner = list(folder.iterdir())
    is_nested = len(inner) == 1 and inner[0].is_dir() and not inner[0].is_symlink()
    return str(inner[0] if is_nested else folder), problems


def inside(path):
    """`path` of an archive. Refuses a path that leads out of it."""
    clean = posixpath.normpath(path.replace("\\", "/"))
    if clean.startswith(("/", "../")) or clean == ".." or (len(clean) > 1 and clean[1] == ":") or "\0" in path:
        raise Refused(f"has a path that leads out of the archive: {path.encode(errors='surrogateescape')!r}")
    return clean


class Room:
    """The bytes and entries that an archive may still have."""

    def __init__(self, options):
        self.limits = f"{options.unpacked} MB, {options.entries} entries"
        self.bytes, self.entries = options.unpacked * MB, options.entries

    def take(self, path, size):
        """Counts an entry that announces `size` bytes. Nothing of it has been unpacked."""
        self.entries -= 1
        self.bytes -= size
        if self.bytes < 0 or self.entries < 0:
            raise Refused(f"is larger than the limits ({self.limits}) at {path.encode(errors='surrogateescape')!r}")

    def copy(self, path, content, target):
        """Writes a file that announced its size. An archive can announce too little."""
        left = content.size
        with open(target, "xb") as file:
            while piece := content.read(min(left + 1, MB)):
                left -= len(piece)
                if left < 0:
                    raise Refused(f"has more bytes than it announces at {path.encode(errors='surrogateescape')!r}")
                file.write(piece)


class Content:
    """The bytes of a file in an archive, and their announced number."""

    def __init__(self, file, size):
        self.read, self.size = file.read, size


def of_zip(name, room):
    """The members of a zip file. All announced sizes are added before the first is unpacked."""
    with zipfile.ZipFile(name) as archive:
        entries = archive.infolist()
        total = sum(entry.file_size for entry in entries)
        if total > room.bytes or len(entries) > room.entries:
            raise Refused(f"is larger than the limits ({room.limits}): {total // MB} MB, {len(entries)} entries")
        for entry in entries:
            mode = entry.external_attr >> 16
            if entry.is_dir():
                yield entry.filename, "folder", None
            elif stat.S_ISLNK(mode):
                yield entry.filename, "link", archive.read(entry).decode("utf-8", "surrogateescape")
            else:
                with archive.open(entry) as file:
                    yield entry.filename, "file", Content(file, entry.file_size)


def of_tar(name):
    """The members of a tar file, read as a stream: the size of a member is known before its bytes are unpacked."""
    with tarfile.open(name, mode="r|*") as archive:
        for entry in archive:
            if entry.isdir():
                yield entry.name, "folder", None
            elif entry.isfile():
                yield entry.name, "file", Content(archive.extractfile(entry), entry.size)
            elif entry.issym():
                yield entry.name, "link", entry.linkname
            else:
                yield entry.name, "other", None


if __name__ == "__main__":
    main()
