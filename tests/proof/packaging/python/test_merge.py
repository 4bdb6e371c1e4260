"""Reports of several scans as one table of Parquet."""

import json
import subprocess
import sys

import pyarrow.parquet
import pytest

from tranship import merge_reports


def scan(folder, name, kernel):
    project = folder / name
    project.mkdir()
    (project / "k.cu").write_text(kernel)
    report = folder / f"{name}.json"
    command = [sys.executable, "-m", "tranship", "scan", project, "--output-format", "json", "--output-file", report, "--exit-zero"]
    subprocess.run(command, check=True, capture_output=True)
    return report


@pytest.fixture
def reports(tmp_path):
    easy = "void f(float *x) { cudaFree(x); }\n"
    hard = "int f() { return nppGetLibVersion()->major; }\n"
    return [scan(tmp_path, "easy", easy), scan(tmp_path, "hard", hard)]


def test_a_row_for_each_repository_and_each_problem(tmp_path, reports):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    table = tmp_path / "all.parquet"
    merged = merge_reports([*reports, broken], parquet=table, json=tmp_path / "all.json", html=tmp_path / "all.html")
    assert merged == json.loads((tmp_path / "all.json").read_text())
    assert "<html" in (tmp_path / "all.html").read_text()[:500]
    rows = pyarrow.parquet.read_table(table).to_pylist()
    assert [row["name"].rsplit("/", 1)[1] for row in rows if row["problem"] is None] == ["easy", "hard"]
    assert [row["rank"] for row in rows] == [1, 2, None]
    assert str(broken) in rows[2]["name"] and rows[2]["problem"]
    for row, one in zip(rows, merged["repositories"]):
        assert row["ready"] == one["ready"] and row["walked"] == one["walked"]
        assert row["findings"] == sum(rule["count"] for rule in one["rules"])
        assert all(row[f"lines_{level}"] == count for level, count in one["lines"].items())
    left = [path for path in tmp_path.iterdir() if path.name.startswith(".tranship-")]
    assert not left, "no temporary file is left"


def test_columns_have_the_same_types_without_a_repository(tmp_path, reports):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    merge_reports(reports, parquet=tmp_path / "a.parquet")
    merge_reports([broken], parquet=tmp_path / "b.parquet")
    full, empty = (pyarrow.parquet.read_schema(tmp_path / name) for name in ("a.parquet", "b.parquet"))
    assert all(full.field(field.name).type == field.type for field in empty)


def test_an_old_file_stays_if_nothing_can_be_merged(tmp_path):
    table = tmp_path / "all.parquet"
    table.write_text("old")
    with pytest.raises(ValueError):
        merge_reports([], parquet=table)
    assert table.read_text() == "old"


def test_without_pyarrow_the_message_names_the_extra(tmp_path, reports, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RuntimeError, match=r"tranship\[arrow\]"):
        merge_reports(reports, parquet=tmp_path / "all.parquet")


def test_the_command(tmp_path, reports):
    table = tmp_path / "all.parquet"
    done = subprocess.run([sys.executable, "-m", "tranship.merge", *reports, "--parquet", table], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "Merged 2 repositories.\n", done.stderr
    assert pyarrow.parquet.read_metadata(table).num_rows == 2
    missing = subprocess.run([sys.executable, "-m", "tranship.merge", tmp_path / "none.json"], capture_output=True, text=True)
    assert missing.returncode == 2 and "none.json" in missing.stderr
