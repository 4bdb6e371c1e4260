"""The module in place of PyTorch's hipify, called as PyTorch's build and the builders of kernels call it.

The calls follow `torch/utils/cpp_extension.py` (`CUDAExtension`, `load`), and `cmake/hipify.py` with the function
`hipify_sources_target` of Hugging Face's kernel-builder.
"""

import json
import os
import re
import subprocess
import sys
import types

import pytest
import tranship
from tranship import hipify as module
from tranship.hipify import hipify

from conftest import FILES, contents

HIP = "#include <hip/hip_runtime.h>\n"


def test_cmake_gets_the_names_that_it_expects(project, tmp_path):
    # CMake runs the script in its folder of output, with sources relative to the project. It compiles the names that it makes
    # itself, and ignores what the script prints.
    out = tmp_path / "build"
    out.mkdir()
    (out / "build.ninja").write_text("rule\n")
    (project / "build.ninja").write_text("of the project\n")
    source = "csrc/cuda/scale.cu"
    command = [sys.executable, "-m", "tranship.hipify", "-p", project, "-o", out, source]
    ran = subprocess.run(command, cwd=out, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == {source: str(out / "csrc/cuda/scale.hip")}
    assert "2 files converted, 0 open findings" in ran.stderr
    expected = re.sub("cuda", "hip", re.sub(r"\.cu$", ".hip", source))
    assert expected == "csrc/hip/scale.hip"
    written = contents(out)
    assert '#include "../cuda/scale.hip"' in written[expected]
    assert written["build.ninja"] == "rule\n"
    assert contents(project) == {**FILES, "build.ninja": "of the project\n"}


def test_unchanged_files_keep_their_time(project, tmp_path):
    out = tmp_path / "build"
    arguments = ["-p", str(project), "-o", str(out), "csrc/cuda/scale.cu"]
    assert module.main(arguments) == 0
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert module.main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == times


def test_an_output_inside_of_the_project_is_no_source(project, capsys):
    out = project / "build"
    for _ in range(2):
        assert module.main(["-p", str(project), "-o", str(out), "--lines", str(project / "csrc/cuda/scale.cu")]) == 0
        assert capsys.readouterr().out == f"{out / 'csrc/cuda/scale.hip'}\n"
    assert not (out / "build").exists()


def test_a_copied_tree_may_be_there_already(project, tmp_path):
    # The scripts of kernel builders copy the project before they call the function.
    import shutil

    out = tmp_path / "out"
    shutil.copytree(project, out)
    sources = ["csrc/cuda/scale.cu", "csrc/bind.cpp"]
    extra = [os.path.join(out, source) for source in sources]
    result = hipify(
        project_directory=str(project),
        output_directory=str(out),
        header_include_dirs=[],
        includes=[os.path.join(project, "*")],
        extra_files=extra,
        show_detailed=True,
        is_pytorch_extension=True,
        hipify_extra_files_only=True,
    )
    assert result[extra[0]].hipified_path == str(out / "csrc/cuda/scale.hip")
    assert result[extra[1]].hipified_path == str(out / "csrc/bind.cpp")
    assert result[extra[1]]["hipified_path"] == str(out / "csrc/bind.cpp")
    assert (result[extra[0]].status, result[extra[1]].status) == ("[ok]", "[skipped, no changes]")


def cuda_extension(hipify_python, sources, include_dirs):
    """Makes the same call as PyTorch's `CUDAExtension` under ROCm, and reads its result in the same way."""
    here = os.getcwd()
    result = hipify_python.hipify(
        project_directory=here,
        output_directory=here,
        header_include_dirs=include_dirs,
        includes=[os.path.join(here, "*")],
        extra_files=[os.path.abspath(source) for source in sources],
        show_detailed=True,
        is_pytorch_extension=True,
        hipify_extra_files_only=True,
    )
    new = []
    for source in sources:
        whole = os.path.abspath(source)
        path = result[whole].hipified_path if whole in result and result[whole].hipified_path is not None else whole
        new.append(os.path.relpath(path, here))
    return new


@pytest.fixture
def torch(monkeypatch):
    """A stand-in for PyTorch with the module that `cpp_extension` calls."""
    hipify_python = types.ModuleType("torch.utils.hipify.hipify_python")
    hipify_python.hipify = None
    names = ["torch", "torch.utils", "torch.utils.hipify"]
    modules = [types.ModuleType(name) for name in names] + [hipify_python]
    for outer, inner in zip(modules, modules[1:]):
        setattr(outer, inner.__name__.rsplit(".", 1)[1], inner)
    modules[0].version = types.SimpleNamespace(hip="6.3.42134-a9a80e791")
    for one in modules:
        monkeypatch.setitem(sys.modules, one.__name__, one)
    return modules[0]


def test_a_set_up_script_switches_with_one_line(project, monkeypatch, torch):
    monkeypatch.chdir(project)
    module.install()
    sources = ["csrc/cuda/scale.cu", "csrc/bind.cpp"]
    include = str(project / "include")
    for _ in range(2):
        new = cuda_extension(torch.utils.hipify.hipify_python, sources, [include])
        assert new == ["build/tranship/csrc/cuda/scale.hip", "build/tranship/csrc/bind.cpp"]
    written = contents(project)
    # The compiler gets the folders of the sources, where the headers are CUDA. So the converted file names the converted header.
    scale = written["build/tranship/csrc/cuda/scale.hip"]
    assert '#include "../../include/common/check.h"\n' in scale and '#include "ops.cuh"\n' in scale
    assert written["build/tranship/include/common/check.h"].startswith("#pragma once\n" + HIP)
    assert {name: written[name] for name in FILES} == FILES
    assert not (project / "build/tranship/build").exists()


def of_torch(folder, calls):
    """A stand-in for PyTorch's hipify: it renames one name of PyTorch, and files as PyTorch does."""

    def hipify(**given):
        calls.append(given)
        result = {}
        for path in given["extra_files"]:
            with open(path) as file:
                text = file.read()
            new = path.replace("cuda", "hip").replace(".cu", ".hip") if "at::cuda" in text else path
            if new != path:
                os.makedirs(os.path.dirname(new), exist_ok=True)
                with open(new, "w") as file:
                    file.write(text.replace("at::cuda", "at::hip"))
            result[path] = types.SimpleNamespace(hipified_path=new)
        return result

    return hipify


def test_names_of_pytorch_are_left_to_the_installed_pytorch(project, monkeypatch, torch):
    monkeypatch.chdir(project)
    (project / "csrc/cuda/stream.cu").write_text(
        "#include <cuda_runtime.h>\nvoid f() { cudaFree(at::cuda::pointer()); }\n"
    )
    calls = []
    torch.utils.hipify.hipify_python.hipify = of_torch(project, calls)
    module.install()
    # A second call does not wrap the first one.
    module.install()
    sources = ["csrc/cuda/stream.cu", "csrc/bind.cpp"]
    new = cuda_extension(torch.utils.hipify.hipify_python, sources, [str(project / "include")])
    assert new == ["build/tranship/csrc/hip/stream.hip", "build/tranship/csrc/bind.cpp"]
    assert (project / new[0]).read_text() == HIP + "void f() { hipFree(at::hip::pointer()); }\n"
    [call] = calls
    to = str(project / "build/tranship")
    assert (call["project_directory"], call["output_directory"]) == (to, to)
    assert call["header_include_dirs"] == [os.path.join(to, "include")]
    assert call["extra_files"] == [os.path.join(to, source) for source in sources]


def test_names_of_pytorch_without_pytorch_are_reported(project, tmp_path, capsys):
    (project / "csrc/stream.cu").write_text("void f() { at::cuda::pointer(); }\n")
    assert module.main(["-p", str(project), "-o", str(tmp_path / "out"), "csrc/stream.cu"]) == 0
    assert "PyTorch is not installed, so its names for CUDA stay" in capsys.readouterr().err


def test_load_converts_sources_outside_of_its_folder(project, tmp_path, torch):
    build = tmp_path / "cache"
    build.mkdir()
    source = str(project / "csrc/cuda/scale.cu")
    result = hipify(
        project_directory=str(build),
        output_directory=str(build),
        header_include_dirs=[str(project / "include")],
        extra_files=[source],
        ignores=["/opt/rocm/*"],
        show_detailed=False,
        show_progress=False,
        is_pytorch_extension=True,
    )
    path = result[source].hipified_path
    assert path.startswith(str(build)) and path.endswith("scale.hip")
    assert contents(project) == FILES


def test_the_target_is_the_one_of_pytorch(project, tmp_path, monkeypatch, torch):
    used = {}
    real = tranship.convert

    def convert(*args, **kwargs):
        used.update(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(tranship, "convert", convert)
    monkeypatch.setenv("PYTORCH_ROCM_ARCH", "gfx90a:xnack-;gfx1100")
    hipify(str(project), output_directory=str(tmp_path / "out"))
    assert (used["rocm"], used["arch"]) == ("6.3", ["gfx90a", "gfx1100"])
    torch.version.hip = "99.1.0"
    used.clear()
    hipify(str(project), output_directory=str(tmp_path / "out"))
    assert "rocm" not in used


def test_ignored_files_stay_cuda(project, tmp_path):
    out = tmp_path / "out"
    hipify(str(project), output_directory=str(out), ignores=[str(project / "include/*")])
    assert contents(out)["include/common/check.h"] == FILES["include/common/check.h"]


def test_the_cleaner_of_pytorch_creates_the_files(project, tmp_path):
    class Cleaner:
        opened = []

        def makedirs(self, folder, exist_ok=False):
            os.makedirs(folder, exist_ok=exist_ok)

        def open(self, path, *args, **kwargs):
            self.opened.append(path)
            return open(path, *args, **kwargs)

    hipify(str(project), output_directory=str(tmp_path / "out"), clean_ctx=Cleaner())
    assert str(tmp_path / "out/csrc/cuda/scale.hip") in Cleaner.opened


def test_open_findings_are_shown_and_fail_only_on_request(project, tmp_path, capsys):
    (project / "csrc/open.cu").write_text("void f() { cudaDeviceFlushGPUDirectRDMAWrites(); }\n")
    arguments = ["-p", str(project), "-o", str(tmp_path / "out"), "csrc/open.cu"]
    assert module.main(arguments) == 0
    assert "open.cu:1:12: manual[cudaDeviceFlushGPUDirectRDMAWrites]" in capsys.readouterr().err
    assert module.main([*arguments, "--strict"]) == 1


def test_wrong_calls_have_clear_messages(project, tmp_path, capsys):
    with pytest.raises(tranship.Error, match="no/such"):
        hipify("/no/such/folder", output_directory=str(tmp_path / "out"))
    assert module.main(["-p", str(project), "-o", str(tmp_path / "out"), "--rocm", "1.0"]) == 2
    assert "`rocm`: `1.0` is older than" in capsys.readouterr().err
    assert module.main(["-p", str(project), "-o", str(tmp_path / "out"), "csrc/none.cu"]) == 2
    assert "csrc/none.cu: there is no such file" in capsys.readouterr().err
