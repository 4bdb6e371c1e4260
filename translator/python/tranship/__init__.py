"""Moves CUDA projects onto AMD GPUs: converts CUDA C++ to ROCm/HIP, and shows what needs a person.

>>> import tranship
>>> tranship.translate("void end(float *x) { cudaFree(x); }").text
'#include <hip/hip_runtime.h>\nvoid end(float *x) { hipFree(x); }'
"""

from tranship._reports import merge_reports
from tranship._tranship import (
    Cancel,
    Change,
    Conversion,
    Edit,
    Error,
    File,
    Finding,
    Place,
    Problem,
    Translation,
    __version__,
    check,
    convert,
    support_header,
    translate,
    translate_files,
)

__all__ = [
    "Cancel",
    "Change",
    "Conversion",
    "Edit",
    "Error",
    "File",
    "Finding",
    "Place",
    "Problem",
    "Translation",
    "__version__",
    "check",
    "convert",
    "merge_reports",
    "support_header",
    "translate",
    "translate_files",
]
