"""Multiplies numbers on a GPU."""

import ctypes
import pathlib

_library = ctypes.CDLL(str(next(pathlib.Path(__file__).parent.glob("libscale*"))))


def scale(address: int, count: int, factor: float) -> None:
    """Multiplies `count` numbers at `address` in the memory of the GPU."""
    error = _library.scale(ctypes.c_void_p(address), count, ctypes.c_float(factor))
    if error:
        raise RuntimeError(f"the kernel did not start: {error}")
