"""A project for the tests of the installed package."""

import pytest

FILES = {
    "csrc/cuda/scale.cu": (
        "#include <cuda_runtime.h>\n"
        '#include "ops.cuh"\n'
        '#include "common/check.h"\n'
        "__global__ void scale(float *x) { x[threadIdx.x] *= factor(x[0]); }\n"
        "void run(float *x) { scale<<<1, 32>>>(x); CHECK(cudaDeviceSynchronize()); }\n"
    ),
    "csrc/cuda/ops.cuh": "#pragma once\n__device__ inline float factor(float x) { return __ldg(&x); }\n",
    "include/common/check.h": (
        "#pragma once\n#include <cuda_runtime.h>\n#define CHECK(x) if ((x) != cudaSuccess) throw 1\n"
    ),
    "csrc/bind.cpp": "int main() { return 0; }\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def contents(folder):
    """The texts of all files, by their paths relative to `folder`, without the compressed store of `tranship sync`."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".tranship-base")
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}
