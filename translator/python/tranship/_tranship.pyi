from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, TypedDict, final

from typing_extensions import Unpack

__version__: str

Level = Literal["safe", "review", "manual"]
Area = Literal["cpp", "cmake", "make", "shell", "python", "environment", "build"]
AnyPath = str | PathLike[str]

class Options(TypedDict, total=False):
    """The keys of `tranship.toml`. They override the configuration of the project."""

    rocm: str | None
    cuda: str | None
    arch: str | Sequence[str] | None
    launch: Literal["chevron", "macro"] | None
    warp: Literal["logical32", "native"] | None
    libraries: Literal["hip", "roc"] | None
    own_hip_build: Literal["keep", "convert", "ignore"] | None
    apply: Literal["safe", "review"] | None
    only: Area | Sequence[Area] | None
    exclude: str | Sequence[str] | None
    hip_guards: str | Sequence[str] | None
    select: str | Sequence[str] | None
    ignore: str | Sequence[str] | None
    rules: AnyPath | Sequence[AnyPath] | None
    endings: str | Sequence[str] | None
    keep_names: bool | None
    config: AnyPath | None

class Error(Exception):
    """A conversion could not start, or an option is wrong for the project."""

    path: Path
    """The file or folder with the problem."""
    message: str
    """The problem without the path."""

@final
class Cancel:
    """A request to stop a conversion. Any thread may set it."""

    def __new__(cls) -> Cancel: ...
    def cancel(self) -> None:
        """Requests the stop. Files that are being converted are still finished."""
    @property
    def is_cancelled(self) -> bool: ...

@final
class Edit:
    """The bytes from `start` to `end` of the source become `text`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def text(self) -> str: ...

@final
class Change:
    """The lines from `line` on, before and after a change."""

    @property
    def line(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def applied(self) -> bool: ...

@final
class Place:
    """Another place that the same answer decides. Line and column are counted from 1, columns in characters."""

    @property
    def path(self) -> Path: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> int | None: ...

@final
class Problem:
    """A problem with a file that did not stop the others."""

    @property
    def path(self) -> Path: ...
    @property
    def message(self) -> str: ...

@final
class Finding:
    """Something that was found at one place, or in a whole file: then the positions are `None`."""

    @property
    def rule(self) -> str:
        """The rule, or the CUDA name; `tranship explain` documents it."""
    @property
    def level(self) -> Level: ...
    @property
    def message(self) -> str:
        """What was found."""
    @property
    def why(self) -> str:
        """Why it matters."""
    @property
    def help(self) -> str:
        """What to do; may be empty."""
    @property
    def assumption(self) -> str:
        """The condition under which the change is right; empty unless `level` is `review`."""
    @property
    def path(self) -> Path: ...
    @property
    def start(self) -> int | None:
        """The offset of the first byte in the source."""
    @property
    def end(self) -> int | None:
        """The offset behind the last byte in the source."""
    @property
    def line(self) -> int | None:
        """The line, from 1."""
    @property
    def column(self) -> int | None:
        """The column in characters, from 1."""
    @property
    def end_line(self) -> int | None: ...
    @property
    def end_column(self) -> int | None: ...
    @property
    def function(self) -> str | None:
        """The function around it."""
    @property
    def key(self) -> str:
        """Its name, which survives unrelated edits of the file; `tranship-answers.toml` uses it."""
    @property
    def answer(self) -> Literal["accepted", "rejected", "baseline"] | None: ...
    @property
    def is_open(self) -> bool:
        """Whether it still needs a person."""
    @property
    def edits(self) -> tuple[Edit, ...]:
        """Its own edits, also if they are not applied."""
    @property
    def changes(self) -> tuple[Change, ...]:
        """Its lines before and after, with all other edits in them."""
    @property
    def also(self) -> tuple[Place, ...]: ...

@final
class File:
    """One file of a conversion."""

    @property
    def path(self) -> Path:
        """The path as the caller wrote it."""
    @property
    def source(self) -> Path:
        """The path below `Conversion.root`."""
    @property
    def output(self) -> Path:
        """The path below `Conversion.output`, or below `Conversion.root` without an output folder."""
    @property
    def status(
        self,
    ) -> Literal["converted", "unchanged", "already-hip", "unreadable", "skipped", "support", "failed"]: ...
    @property
    def safe(self) -> int:
        """The number of safe changes."""
    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that a person looks at."""

@final
class Conversion:
    """The result of a conversion or check."""

    @property
    def root(self) -> Path: ...
    @property
    def output(self) -> Path | None: ...
    @property
    def files(self) -> tuple[File, ...]: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...
    @property
    def interrupted(self) -> bool:
        """Whether it was cancelled before its end."""
    @property
    def converted(self) -> int:
        """The number of converted files."""
    @property
    def safe(self) -> int:
        """The number of safe changes."""
    @property
    def is_done(self) -> bool:
        """Whether nothing is open, and every file could be read and written."""
    def to_json(self) -> str:
        """The report of `--output-format json`."""

@final
class Translation:
    """The translation of one text."""

    @property
    def path(self) -> Path: ...
    @property
    def output(self) -> Path:
        """The path of the output, such as `kernel.hip`."""
    @property
    def text(self) -> str: ...
    @property
    def bytes(self) -> bytes: ...
    @property
    def changed(self) -> bool: ...
    @property
    def helpers(self) -> tuple[str, ...]:
        """The helpers of the support header that the output calls."""
    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, also the safe ones."""
    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that make the output of the source. They are sorted and do not overlap."""

def convert(
    path: AnyPath,
    out: AnyPath | None = None,
    *,
    in_place: bool = False,
    allow_dirty: bool = False,
    jobs: int = 0,
    progress: Callable[[int, int], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[Options],
) -> Conversion:
    """Converts the file or folder `path`, and writes the result.

    The result is written into the folder `out`, by default `<path>-hip` for a folder and beside the source for a file.
    With `in_place` it is written over the source; files that git could not restore are then an error, unless
    `allow_dirty` is true. `jobs` is the number of threads, 0 for one for each processor.

    `progress` is called in the calling thread with the number of finished files and the number of all files. An
    exception of `progress` stops the conversion and is raised. Ctrl-C stops it too. After `cancel.cancel()` the
    result has the files that were finished, and `interrupted` is true.

    Raises `Error` if the conversion cannot start. A problem with one file is in `Conversion.problems`.
    """

def check(
    path: AnyPath,
    *,
    jobs: int = 0,
    progress: Callable[[int, int], object] | None = None,
    cancel: Cancel | None = None,
    **options: Unpack[Options],
) -> Conversion:
    """Converts the file or folder `path`, and writes nothing. A file that `convert` would change is a finding."""

def translate(text: str | bytes, path: AnyPath | None = None, **options: Unpack[Options]) -> Translation:
    """Translates `text`, the content of a file with the name `path` (by default `input.cu`). No file is read.

    `exclude`, `endings` and `config` are about files of a project, so they have no effect.
    """

def translate_files(files: Mapping[str, str | bytes], **options: Unpack[Options]) -> dict[str, Translation]:
    """Translates the files of one project, by their paths relative to the project. No file is read."""

def support_header(translations: Sequence[Translation], **options: Unpack[Options]) -> str | None:
    """The text of `tranship_hip.h` with the helpers that `translations` call; `None` if they call none."""

def main(argv: Sequence[str]) -> int:
    """Runs the program with the arguments `argv`, which begin with its name. Returns the exit code."""
