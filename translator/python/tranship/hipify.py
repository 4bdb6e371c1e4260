"""Takes the place of PyTorch's `hipify` in builds of extensions.

`hipify` has the parameters and the result of `torch.utils.hipify.hipify_python.hipify`, and `install` makes PyTorch's build call
it. `python -m tranship.hipify -p PROJECT -o OUT SOURCES...` has the form of the scripts that CMake builds of kernels call.

The sources are never changed. The converted files are written into the output folder. If that is the project itself, they are
written into its folder `build/tranship`. The names of PyTorch itself (`ATen/cuda/...`, `at::cuda::...`) depend on its release, so
the hipify of the installed PyTorch renames them in the converted files.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import tranship

__all__ = ["HipifyResult", "expected_names", "hipify", "install", "main"]

OUTPUT = Path("build", "tranship")
"""The folder of the converted files in a project that is its own output."""

CODE = (".c .cc .cpp .cxx .cu .cuh .h .hh .hpp .hxx .hip .inc .inl .ipp .tpp .def .in").split()
"""The endings of the files that are written. Other files of the project are left alone."""

MARK = ".tranship-output"
"""The file that keeps tranship from reading a folder of output as source."""

TORCH = re.compile(rb"\b(?:(?:ATen/cud(?:a|nn)|c10/cuda|THC|torch/csrc/cuda)/|(?:at|c10)::cuda\b)")
"""The names of PyTorch that its own hipify renames."""

INCLUDE = re.compile(rb'^([ \t]*#[ \t]*include[ \t]*)(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


class HipifyResult:
    """What became of one file. Older callers read it as a dictionary."""

    def __init__(self, hipified_path: str | None, status: str) -> None:
        self.hipified_path = hipified_path
        self.status = status

    def __getitem__(self, key: str) -> str | None:
        if key in ("hipified_path", "status"):
            return getattr(self, key)  # type: ignore[no-any-return]
        raise KeyError(key)

    def __repr__(self) -> str:
        return f"HipifyResult({self.hipified_path!r}, {self.status!r})"


def hipify(
    project_directory: str = "",
    show_detailed: bool = False,
    extensions: Iterable[str] = (),
    header_extensions: Iterable[str] = (),
    output_directory: str = "",
    header_include_dirs: Iterable[str] = (),
    includes: Iterable[str] = ("*",),
    extra_files: Iterable[str] = (),
    out_of_place_only: bool = False,
    ignores: Iterable[str] = (),
    show_progress: bool = True,
    hip_clang_launch: bool = False,
    is_pytorch_extension: bool = False,
    hipify_extra_files_only: bool = False,
    clean_ctx: Any = None,
    **options: Any,
) -> dict[str, HipifyResult]:
    """Converts the project, and returns the result of each file by its absolute path.

    `options` are those of `tranship.convert`. The parameters `extensions`, `header_extensions`, `out_of_place_only`,
    `hip_clang_launch`, `is_pytorch_extension` and `hipify_extra_files_only` have no effect: all files of the project are
    converted, because the headers of a converted file must be converted too.
    """
    project = Path(os.path.realpath(project_directory or os.getcwd()))
    # PyTorch's default.
    out = Path(os.path.realpath(output_directory or f"{project}_amd"))
    wanted = [os.path.abspath(os.path.join(out, file)) for file in extra_files]
    writer = _Writer(clean_ctx, list(includes), list(ignores), wanted)
    inside, outside = _split(wanted, project, out)
    results: dict[str, HipifyResult] = {}
    # PyTorch's `load` names sources outside of the folder that it builds in.
    if inside or not outside:
        to = out if out != project else project / OUTPUT
        tree = _Tree(project, to, [project, out], list(header_include_dirs))
        results.update(tree.convert(writer, options, show_detailed or show_progress))
        own = tree.results_of(inside)
        tree.rename_torch(own, clean_ctx)
        results.update(own)
        if out != project:
            tree.forward(own, writer)
    for number, (root, files) in enumerate(_groups(outside).items()):
        tree = _Tree(root, out / f"tranship-{number}", [root], list(header_include_dirs))
        results.update(tree.convert(writer, options, show_detailed or show_progress))
        own = tree.results_of(files)
        tree.rename_torch(own, clean_ctx)
        results.update(own)
    return results


def install(**options: Any) -> None:
    """Makes PyTorch's `CUDAExtension` and `load` convert with tranship. A build for CUDA does not change.

    `options` are those of `tranship.convert`. Call it in `setup.py` before `CUDAExtension`.
    """
    from torch.utils.hipify import hipify_python  # type: ignore[import-not-found,unused-ignore]

    def converted(*args: Any, **kwargs: Any) -> dict[str, HipifyResult]:
        return hipify(*args, **{**options, **kwargs})

    converted.__wrapped__ = _of_torch(hipify_python)  # type: ignore[attr-defined]
    hipify_python.hipify = converted


def _of_torch(module: Any) -> Callable[..., Any]:
    """PyTorch's own function, also after `install`."""
    function: Callable[..., Any] = module.hipify
    return getattr(function, "__wrapped__", function)


def expected_names(path: str) -> set[str]:
    """The names that callers of PyTorch's hipify expect for the source `path`, relative to the output."""
    stem, ending = os.path.splitext(path)
    new = stem + (".hip" if ending == ".cu" else ending)
    return {new.replace("cuda", "hip"), new.replace("cuda", "hip").replace("CUDA", "HIP")}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line `arguments`. Prints the new names of the sources as JSON, and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tranship.hipify",
        description="Converts a project from CUDA to HIP, and prints the new path of each source.",
        allow_abbrev=False,
    )
    parser.add_argument("-p", "--project_dir", required=True, help="the folder of the project")
    parser.add_argument("-o", "--output_dir", required=True, help="the folder for the converted files")
    parser.add_argument("-I", "--include_dir", action="append", default=[], help="a folder of headers of the project")
    parser.add_argument("--rocm", help="the ROCm release that compiles the output")
    parser.add_argument("--arch", help="GPU architectures, separated by commas")
    parser.add_argument("--lines", action="store_true", help="print one path a line instead of JSON")
    parser.add_argument("--strict", action="store_true", help="fail if a finding needs a person")
    parser.add_argument("sources", nargs="*", help="the sources, relative to the project or to the output")
    given = parser.parse_args(arguments)
    options: dict[str, Any] = {"rocm": given.rocm, "arch": given.arch.split(",") if given.arch else None}
    project, out = Path(os.path.realpath(given.project_dir)), Path(os.path.realpath(given.output_dir))
    open_findings: list[tranship.Finding] = []
    try:
        files = [_located(source, project, out) for source in given.sources]
        results = hipify(
            str(project),
            output_directory=str(out),
            header_include_dirs=given.include_dir,
            extra_files=files,
            show_detailed=True,
            _findings=open_findings,
            **options,
        )
    except (tranship.Error, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    names = {source: results[file].hipified_path for source, file in zip(given.sources, files)}
    if given.lines:
        print("\n".join(str(name) for name in names.values()))
    else:
        print(json.dumps(names, indent=2))
    return 1 if given.strict and open_findings else 0


def _located(source: str, project: Path, out: Path) -> str:
    """The absolute path of `source`, which a caller gives relative to its folder, to the output or to the project."""
    here = os.path.realpath(source)
    places = [here, os.path.join(project, source), os.path.join(out, source)]
    for place in places:
        if os.path.isfile(place) or os.path.isfile(_moved(place, out, project)):
            return place
    raise tranship.Error(f"{source}: there is no such file in {project}")


def _moved(path: str, old: Path, new: Path) -> str:
    """`path`, at the same place below `new` if it is below `old`."""
    relative = _below(path, old)
    return path if relative is None else os.path.join(new, relative)


def _below(path: str, folder: Path) -> str | None:
    """The path relative to `folder`; `None` if it is not below it."""
    relative = os.path.relpath(os.path.realpath(path), folder)
    return None if relative.startswith("..") or os.path.isabs(relative) else relative


def _split(files: list[str], project: Path, out: Path) -> tuple[list[str], list[str]]:
    """The files in the project or its copy, and the other files."""
    inside: list[str] = []
    outside: list[str] = []
    for file in files:
        is_inside = any(
            relative is not None and (project / relative).is_file()
            for relative in (_below(file, out), _below(file, project))
        )
        (inside if is_inside else outside).append(file)
    return inside, outside


def _groups(files: list[str]) -> dict[Path, list[str]]:
    """The files by the folder around all of them. Without such a folder, by their own folders."""
    if not files:
        return {}
    folders = [Path(os.path.realpath(file)).parent for file in files]
    with contextlib.suppress(ValueError):
        around = Path(os.path.commonpath(folders))
        # A folder such as `/home` is no project.
        if len(around.parts) > 2 or all(folder == around for folder in folders):
            return {around: files}
    groups: dict[Path, list[str]] = {}
    for folder, file in zip(folders, files):
        groups.setdefault(folder, []).append(file)
    return groups


class _Writer:
    """Writes files, if their content differs. So a build does not compile unchanged files again."""

    def __init__(self, cleaner: Any, includes: list[str], ignores: list[str], extra: list[str]) -> None:
        self.cleaner = cleaner
        self.includes = includes
        self.ignores = ignores
        self.extra = {os.path.realpath(file) for file in extra}

    def converts(self, paths: list[str]) -> bool:
        """Whether the caller wants the file to be converted that is at `paths`, in the project and in its copy."""
        if any(os.path.realpath(path) in self.extra for path in paths):
            return True

        def matches(patterns: list[str]) -> bool:
            return any(fnmatch.fnmatch(path, pattern) for path in paths for pattern in patterns)

        return matches(self.includes) and not matches(self.ignores)

    def write(self, path: Path, content: bytes) -> None:
        with contextlib.suppress(OSError):
            if path.read_bytes() == content:
                return
        # The cleaner of PyTorch removes what it created.
        if self.cleaner is not None:
            self.cleaner.makedirs(str(path.parent), exist_ok=True)
            with self.cleaner.open(str(path), "wb") as file:
                file.write(content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


class _Tree:
    """A folder of sources and the folder of its converted files."""

    def __init__(self, root: Path, to: Path, aliases: list[Path], include_dirs: list[str]) -> None:
        self.root = root
        self.to = to
        self.aliases = aliases
        self.rename = self._torch()
        self.new_names: dict[str, str] = {}
        self.changed: set[str] = set()
        self.include_dirs = [
            relative
            for folder in include_dirs
            for relative in [_below(os.path.join(root, folder), root)]
            if relative is not None
        ]

    def _torch(self) -> Callable[..., Any] | None:
        """The hipify of the installed PyTorch, if the sources use names of PyTorch for CUDA."""
        if not any(TORCH.search((self.root / path).read_bytes()) for path in _code_files(self.root)):
            return None
        try:
            from torch.utils.hipify import hipify_python
        except ImportError:
            print("tranship: PyTorch is not installed, so its names for CUDA stay in the output", file=sys.stderr)
            return None
        return _of_torch(hipify_python)

    def convert(self, writer: _Writer, options: dict[str, Any], show: bool) -> dict[str, HipifyResult]:
        """Converts the folder. Returns the results of the changed files."""
        options = dict(options)
        # The build for ROCm of the project calls this function to convert its sources.
        options.setdefault("own_hip_build", "convert")
        if self.rename is not None:
            # PyTorch's hipify gives the files their new names.
            options["keep_names"] = True
        collected = options.pop("_findings", None)
        exclude = list(options.pop("exclude", None) or [])
        own = _below(str(self.to), self.root)
        if own is not None and own != ".":
            exclude.append("/" + own.replace(os.sep, "/"))
        with tempfile.TemporaryDirectory(prefix="tranship-") as scratch:
            result = tranship.convert(self.root, Path(scratch, "out"), exclude=exclude, **_target(options))
            if result.problems:
                first = result.problems[0]
                raise tranship.Error(str(first))
            self._write(result, Path(scratch, "out"), writer)
        still_open = [finding for finding in result.findings if finding.is_open]
        if collected is not None:
            collected.extend(still_open)
        if show:
            _report(result, still_open)
        done = {}
        for source, new in self.new_names.items():
            if source in self.changed:
                done[str(self.root / source)] = HipifyResult(str(self.to / new), "[ok]")
        return done

    def _write(self, result: tranship.Conversion, scratch: Path, writer: _Writer) -> None:
        renamed = {str(file.source): str(file.output) for file in result.files if file.status != "support"}
        old_names = {new: old for old, new in renamed.items()}
        contents = {}
        for new in _code_files(scratch):
            old = old_names.get(new, new)
            content = (scratch / new).read_bytes()
            original = self.root / old
            before = original.read_bytes() if original.is_file() else None
            if before is not None and not writer.converts([str(folder / old) for folder in self.aliases]):
                new, content = old, before
            if content != before or new != old:
                self.changed.add(old)
            self.new_names[old] = new
            contents[new] = content
        known = _Headers(self.new_names, self.changed, self.include_dirs)
        for new, content in contents.items():
            writer.write(self.to / new, known.rewritten(new, content))
        if self.to == self.root / OUTPUT or len(self.aliases) == 1:
            writer.write(self.to / MARK, b"")

    def results_of(self, files: list[str]) -> dict[str, HipifyResult]:
        """The results of `files`, which the caller named."""
        results = {}
        for file in files:
            new = self._new_name(file)
            if new is None:
                results[file] = HipifyResult(None, "[ignored, not to be hipified]")
                continue
            status = "[ok]" if new[0] in self.changed else "[skipped, no changes]"
            results[file] = HipifyResult(str(self.to / new[1]), status)
        return results

    def _new_name(self, file: str) -> tuple[str, str] | None:
        for folder in self.aliases:
            relative = _below(file, folder)
            if relative in self.new_names:
                return relative, self.new_names[relative]
        return None

    def rename_torch(self, results: dict[str, HipifyResult], cleaner: Any) -> None:
        """Renames the names of PyTorch in the converted files of `results`, with the hipify of the installed PyTorch."""
        if self.rename is None:
            return
        sources = [result.hipified_path for result in results.values() if result.hipified_path is not None]
        renamed = self.rename(
            project_directory=str(self.to),
            output_directory=str(self.to),
            header_include_dirs=[str(self.to / folder) for folder in self.include_dirs],
            includes=[str(self.to / "*")],
            extra_files=sources,
            show_detailed=False,
            show_progress=False,
            is_pytorch_extension=True,
            hipify_extra_files_only=True,
            **({} if cleaner is None else {"clean_ctx": cleaner}),
        )
        for result in results.values():
            done = renamed.get(result.hipified_path)
            # Older releases return dictionaries.
            path = done["hipified_path"] if isinstance(done, dict) else getattr(done, "hipified_path", None)
            if path is not None and path != result.hipified_path:
                result.hipified_path, result.status = path, "[ok]"

    def forward(self, results: dict[str, HipifyResult], writer: _Writer) -> None:
        """Writes a file that includes the converted one for each other name that the caller expects."""
        for file, result in results.items():
            name = self._new_name(file)
            if name is None or result.hipified_path is None:
                continue
            for expected in expected_names(name[0]) - {name[0]}:
                path = self.to / expected
                if str(path) == result.hipified_path:
                    continue
                target = os.path.relpath(result.hipified_path, path.parent).replace(os.sep, "/")
                text = f'// The build expects this name. The converted file keeps its folder.\n#include "{target}"\n'
                writer.write(path, text.encode())


class _Headers:
    """Finds the headers that a compiler would find in the sources, although they are converted in the output."""

    def __init__(self, names: dict[str, str], changed: set[str], folders: list[str]) -> None:
        self.names = names
        self.changed = changed
        self.folders = folders
        self.by_name: dict[str, list[str]] = {}
        for old in names:
            self.by_name.setdefault(os.path.basename(old), []).append(old)

    def rewritten(self, path: str, content: bytes) -> bytes:
        """`content` with the path of each converted header that is not found from the file itself."""
        folder = os.path.dirname(path)

        def include(match: re.Match[bytes]) -> bytes:
            is_quoted = match[2] is not None
            text = os.fsdecode(match[2] or match[3])
            beside = os.path.normpath(os.path.join(folder, text))
            if is_quoted and (beside in self.names or beside in self.names.values()):
                return match[0]
            header = self._found(text)
            if header is None or header not in self.changed:
                return match[0]
            relative = os.path.relpath(self.names[header], folder).replace(os.sep, "/")
            return match[1] + b'"' + os.fsencode(relative) + b'"'

        return INCLUDE.sub(include, content)

    def _found(self, text: str) -> str | None:
        for folder in self.folders:
            path = os.path.normpath(os.path.join(folder, text))
            if path in self.names:
                return path
        # Without the folders of the compiler, only one file may match.
        end = os.path.normpath(text)
        found = [old for old in self.by_name.get(os.path.basename(text), []) if ("/" + old).endswith("/" + end)]
        return found[0] if len(found) == 1 else None


def _code_files(folder: Path) -> Iterator[str]:
    for at, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            if os.path.splitext(file)[1] in CODE:
                yield os.path.relpath(os.path.join(at, file), folder)


def _target(options: dict[str, Any]) -> dict[str, Any]:
    """`options` with the release and the GPUs that PyTorch builds for, where the caller sets none."""
    options = {key: value for key, value in options.items() if value is not None}
    gpus = os.environ.get("PYTORCH_ROCM_ARCH", "").replace(" ", ";")
    if "arch" not in options and gpus:
        options["arch"] = [gpu.split(":")[0] for gpu in gpus.split(";") if gpu]
    torch = sys.modules.get("torch")
    release = getattr(getattr(torch, "version", None), "hip", None)
    if "rocm" not in options and release:
        # A release that is newer than the tables is converted for the newest one in the tables.
        with contextlib.suppress(ValueError):
            newest = ".".join(release.split(".")[:2])
            tranship.translate("", rocm=newest)
            options["rocm"] = newest
    return options


def _report(result: tranship.Conversion, still_open: list[tranship.Finding]) -> None:
    for finding in still_open:
        place = f"{finding.path}:{finding.line}:{finding.column}" if finding.line else str(finding.path)
        print(f"{place}: {finding.level}[{finding.rule}]: {finding.message}", file=sys.stderr)
    print(f"tranship: {result.converted} files converted, {len(still_open)} open findings", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
