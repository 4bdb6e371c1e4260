"""Joins reports of many scans, and writes the result as Parquet.

The reports are joined by `tranship report merge`. Parquet needs pyarrow: `pip install tranship[arrow]`.
"""

import importlib
import json as json_format
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

__all__ = ["merge_reports"]

AnyPath = Union[str, "os.PathLike[str]"]

#: The columns of a row: those of the repository, then counts by kind, then the reason of a failure.
_PLAIN = ("rank", "name", "path", "commit", "ready", "walked", "from_minutes", "to_minutes")
_COUNTS = ("files", "lines", "uses")


def merge_reports(
    reports: Sequence[AnyPath],
    *,
    parquet: Optional[AnyPath] = None,
    json: Optional[AnyPath] = None,
    html: Optional[AnyPath] = None,
) -> Dict[str, Any]:
    """Joins `reports`, which are files and folders as for `tranship report merge`, and returns the merged report.

    `parquet` gets a row for each repository and for each problem; `json` and `html` are the outputs of `tranship report merge`. A file
    is replaced as a whole. Reports that could not be read are in `problems` of the result, and all others are merged.
    """
    if not reports:
        raise ValueError("there are no reports to merge")
    # A missing pyarrow is an error before the reports are read.
    writer: Any = _pyarrow() if parquet is not None else None
    with tempfile.TemporaryDirectory(prefix="tranship-") as folder:
        merged = Path(folder, "merged.json")
        command = [sys.executable, "-m", "tranship", "report", "merge", "--exit-zero", "--quiet", "--json", str(merged)]
        if html is not None:
            command += ["--html", os.fspath(html)]
        command += ["--", *(os.fspath(path) for path in reports)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 2) or not merged.exists():
            raise RuntimeError(done.stderr.decode(errors="replace").strip() or "the reports could not be merged")
        text = merged.read_bytes()
    report: Dict[str, Any] = json_format.loads(text)
    if json is not None:
        _replace(Path(json), lambda path: path.write_bytes(text))
    if parquet is not None:
        table = _table(report, writer)
        _replace(Path(parquet), lambda path: writer.write_table(table, path))
    return report


def _pyarrow() -> Any:
    try:
        importlib.import_module("pyarrow")
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise RuntimeError("Parquet needs pyarrow: pip install tranship[arrow]") from error


def _rows(report: Dict[str, Any]) -> List[Dict[str, Any]]:
    """One row for each repository, and one for each problem."""
    rows = []
    for one in report["repositories"]:
        row = {name: one[name] for name in _PLAIN}
        for name in _COUNTS:
            row.update({f"{name}_{level}": count for level, count in one[name].items()})
        row["findings"] = sum(rule["count"] for rule in one["rules"])
        row["problem"] = None
        rows.append(row)
    rows += [{"name": one["path"], "problem": one["message"]} for one in report["problems"]]
    return rows


def _table(report: Dict[str, Any], writer: Any) -> Any:
    """The rows as a table. Its columns have the same types for every report, so that files of several days are one data set."""
    arrow = importlib.import_module("pyarrow")
    rows = _rows(report)
    texts = ("name", "path", "commit", "problem")
    names = list(dict.fromkeys([*_PLAIN, *(name for row in rows for name in row), "findings", "problem"]))
    # The reason of a failure comes last.
    names.sort(key=lambda name: name == "problem")

    def type_of(name: str) -> Any:
        if name in texts:
            return arrow.string()
        return arrow.float64() if name == "ready" else arrow.int64()

    columns = [arrow.array([row.get(name) for row in rows], type=type_of(name)) for name in names]
    return arrow.table(columns, names=names)


def _replace(path: Path, write: Any) -> None:
    """Writes a new file beside `path`, and renames it."""
    handle, name = tempfile.mkstemp(prefix=".tranship-", suffix=".tmp", dir=path.parent)
    os.close(handle)
    new = Path(name)
    try:
        write(new)
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        os.replace(new, path)
    except BaseException:
        new.unlink()
        raise
