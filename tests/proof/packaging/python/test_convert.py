"""Conversions and translations from Python."""

import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
import tranship

from conftest import FILES, contents

OPEN = "void f(float *p) { cudaFree(p); cudaDeviceFlushGPUDirectRDMAWrites(); }\n"


def test_a_text_is_translated_with_exact_edits():
    translation = tranship.translate(OPEN, "src/f.cu")
    assert translation.text == "#include <hip/hip_runtime.h>\n" + OPEN.replace("cudaFree", "hipFree")
    assert translation.bytes == translation.text.encode()
    assert (translation.path, translation.output) == (pathlib.Path("src/f.cu"), pathlib.Path("src/f.hip"))
    # The edits, applied from the last to the first, make the output.
    text = OPEN.encode()
    for edit in reversed(translation.edits):
        text = text[: edit.start] + edit.text.encode() + text[edit.end :]
    assert text == translation.bytes
    [rename] = [finding for finding in translation.findings if finding.rule == "cudaFree"]
    assert (rename.level, rename.is_open, rename.line, rename.column) == ("safe", False, 1, 20)
    assert OPEN[rename.start : rename.end] == "cudaFree"
    assert "hipFree" in [edit.text for edit in rename.edits]
    [manual] = [finding for finding in translation.findings if finding.is_open]
    assert (manual.level, manual.rule, manual.answer) == ("manual", "cudaDeviceFlushGPUDirectRDMAWrites", None)
    assert manual.function == "f" and len(manual.key) == 16 and manual.message and manual.why


def test_columns_count_characters_and_offsets_count_bytes():
    text = 'void f(float *p) { log("\N{GRINNING FACE}"); cudaFree(p); }\n'
    [rename] = [one for one in tranship.translate(text).findings if one.rule == "cudaFree"]
    assert rename.column == text.index("cudaFree") + 1
    assert text.encode()[rename.start : rename.end] == b"cudaFree"


def test_bytes_that_are_not_utf8_stay():
    source = b"// caf\xe9\nvoid f(float *p) { cudaFree(p); }\n"
    translation = tranship.translate(source)
    # The header is included below the comment that opens the file.
    assert translation.bytes == b"// caf\xe9\n#include <hip/hip_runtime.h>\nvoid f(float *p) { hipFree(p); }\n"
    with pytest.raises(UnicodeDecodeError):
        _ = translation.text


def test_files_of_a_project_are_translated_together():
    files = {"src/fill.cu": "__global__ void fill(int *out) { *out = 1; }\n", "main.cpp": '#include "src/fill.cu"\n'}
    translations = tranship.translate_files(files)
    assert list(translations) == list(files)
    assert '#include "src/fill.hip"\n' in translations["main.cpp"].text


def test_the_support_header_has_the_helpers():
    code = "#include <cuda_fp16.h>\n__device__ __half2 f(__half2 a, __half2 b) { return __hmax2(a, b); }\n"
    translation = tranship.translate(code)
    assert translation.helpers and "tranship::hmax2" in translation.text
    assert "hmax2" in tranship.support_header([translation])
    assert tranship.support_header([tranship.translate(OPEN)]) is None


def test_a_folder_is_converted(project, tmp_path):
    calls = []
    conversion = tranship.convert(project, tmp_path / "out", progress=lambda *numbers: calls.append(numbers))
    assert (conversion.converted, conversion.is_done, conversion.interrupted) == (2, True, False)
    assert conversion.output == tmp_path / "out" and conversion.root == project
    assert calls[-1] == (4, 4)
    by_source = {file.source.as_posix(): file for file in conversion.files}
    scale = by_source["csrc/cuda/scale.cu"]
    assert (scale.status, scale.output.as_posix()) == ("converted", "csrc/cuda/scale.hip")
    written = contents(tmp_path / "out")
    assert written["csrc/cuda/scale.hip"] == FILES["csrc/cuda/scale.cu"].replace(
        "cuda_runtime.h", "hip/hip_runtime.h"
    ).replace("cudaDevice", "hipDevice")
    assert contents(project) == FILES
    assert json.loads(conversion.to_json())["version"]


def test_the_default_output_is_the_one_of_the_program(project):
    conversion = tranship.convert(str(project))
    assert conversion.output == project.with_name("project-hip")
    assert (project.with_name("project-hip") / "csrc/bind.cpp").is_file()


def test_a_check_writes_nothing(project, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    conversion = tranship.check(project)
    assert not conversion.is_done and conversion.output is None
    assert {finding.rule for finding in conversion.findings} == {"would-change"}
    assert sorted(tmp_path.rglob("*")) == before


def test_options_are_those_of_the_configuration(project, tmp_path):
    conversion = tranship.convert(project, tmp_path / "out", keep_names=True, only=["cpp"], exclude="include")
    assert (tmp_path / "out/csrc/cuda/scale.cu").is_file()
    assert not (tmp_path / "out/include").exists()
    assert conversion.converted == 1
    (project / "tranship.toml").write_text('launch = "macro"\n')
    tranship.convert(project, tmp_path / "other")
    assert "hipLaunchKernelGGL" in (tmp_path / "other/csrc/cuda/scale.hip").read_text()


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"rocm": "1.0"}, ValueError, "`rocm`: `1.0` is older than"),
        ({"arch": "gfx1"}, ValueError, "`arch`: `gfx1` is no GPU"),
        ({"only": ["rust"]}, ValueError, "`only`: `rust` is none of `cpp`"),
        ({"keep_names": "yes"}, TypeError, "`keep_names` must be a `bool`, not `str`"),
        ({"ignore": 3}, TypeError, "`ignore` must be a `str` or a sequence of `str`, not `int`"),
        ({"speed": 1}, TypeError, "there is no option `speed`"),
        ({"ignore": "no-such-rule"}, tranship.Error, "`no-such-rule` is neither a rule nor a CUDA name"),
    ],
)
def test_wrong_options_have_clear_messages(project, options, kind, words):
    with pytest.raises(kind) as raised:
        tranship.check(project, **options)
    assert words in str(raised.value)


def test_errors_have_a_path(project, tmp_path):
    for call in (tranship.check, tranship.convert):
        with pytest.raises(tranship.Error) as raised:
            call(tmp_path / "missing")
        assert raised.value.path == tmp_path / "missing"
        assert raised.value.message == "cannot read: no such file or directory"
    (project / "tranship.toml").write_text("rocm = 3\n")
    with pytest.raises(tranship.Error) as raised:
        tranship.check(project)
    assert raised.value.path.name.startswith("tranship.toml")
    with pytest.raises(tranship.Error, match="is the input itself"):
        (project / "tranship.toml").unlink()
        tranship.convert(project, project)


def test_one_unreadable_file_does_not_stop_the_others(project, tmp_path):
    (project / "csrc/bad.cu").write_bytes(b"\xff\xfe__global__\0\0")
    conversion = tranship.convert(project, tmp_path / "out")
    assert (tmp_path / "out/csrc/cuda/scale.hip").is_file()
    assert conversion.converted == 2
    [finding] = [finding for finding in conversion.findings if finding.path.name == "bad.cu"]
    assert (finding.rule, finding.line) == ("unreadable-file", None)


def test_a_cancelled_conversion_returns_what_is_done(project, tmp_path):
    cancel = tranship.Cancel()
    assert not cancel.is_cancelled
    cancel.cancel()
    conversion = tranship.convert(project, tmp_path / "out", cancel=cancel)
    assert cancel.is_cancelled and conversion.interrupted and not conversion.is_done


def test_an_exception_of_the_progress_function_is_raised(project, tmp_path):
    def fail(done, of):
        raise LookupError("stop")

    with pytest.raises(LookupError, match="stop"):
        tranship.convert(project, tmp_path / "out", progress=fail)


def many_files(folder, count=400):
    kernel = "".join(f"__global__ void k{at}(float *x) {{ x[{at}] = __shfl_sync(~0u, x[0], 1); }}\n" for at in range(60))
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.cu").write_text(kernel)


def test_other_threads_of_python_run_during_a_conversion(tmp_path):
    many_files(tmp_path / "many")
    steps, stop = [], threading.Event()

    def count():
        while not stop.wait(0.001):
            steps.append(time.monotonic())

    thread = threading.Thread(target=count)
    thread.start()
    begin = time.monotonic()
    tranship.check(tmp_path / "many")
    end = time.monotonic()
    stop.set()
    thread.join()
    during = [step for step in steps if begin < step < end]
    # A thread that waits for Python's lock would make no step.
    assert len(during) > 5


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for a child there")
def test_ctrl_c_ends_a_conversion(tmp_path):
    many_files(tmp_path / "many", 3000)
    script = f"""
        import tranship
        try:
            tranship.check({str(tmp_path / "many")!r}, progress=lambda done, of: print(done, flush=True))
        except KeyboardInterrupt:
            print("interrupted")
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    os.kill(child.pid, signal.SIGINT)
    rest, _ = child.communicate(timeout=60)
    assert rest.splitlines()[-1] == "interrupted" and child.returncode == 0


def test_results_are_immutable():
    translation = tranship.translate(OPEN)
    with pytest.raises(AttributeError):
        translation.findings[0].rule = "other"
    with pytest.raises(TypeError):
        pickle.dumps(translation)


def test_the_module_runs_the_program(tmp_path):
    run = [sys.executable, "-m", "tranship"]
    ran = subprocess.run([*run, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"tranship {tranship.__version__}\n"
    assert subprocess.run([*run, "check", tmp_path / "no"], capture_output=True).returncode == 2
