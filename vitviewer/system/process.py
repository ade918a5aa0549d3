"""What the program changes in its own process. Its doors call this, a library must not.

Standard library only. Each measure says what it buys: on two cores, with torch 2.14 and
Python 3.11, by ``python -m benchmarks process`` where nothing else is named.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vitviewer.system.import_hook import unhook_imports
from vitviewer.system.torch_libraries import load_torch_libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 8 << 20
_SWITCH_S = 0.0005


def prepare(window: bool) -> None:
    """Set the process up; for the program's start, before there is another thread.

    Parameters
    ----------
    window : bool
        Whether a window is about to be opened; PySide has been imported then.
    """
    # Before huggingface_hub is imported anywhere: with it the hub is told no versions
    # of other libraries, and its list of tools that may have started us is not fetched.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    return_large_blocks()
    if window:
        share_one_heap()
        unhook_imports()
        switch_threads_often()


@contextmanager
def import_for_good() -> Iterator[None]:
    """Import torch within this context, in the worker of a window that goes on."""
    load_torch_libraries()
    yield
    spare_imports()


def share_one_heap() -> None:
    """Let all threads allocate from one heap of glibc; call it before they start.

    By default each thread has a heap of its own, and what one thread makes for another
    leaves holes in it: 9,000 random operations left 230 MB behind, and 100 so. Tensors
    and pictures are mapped apart, and Python's small objects are no concern of glibc's.
    """
    _set_malloc({_M_ARENA_MAX: 1})


def return_large_blocks() -> None:
    """Let glibc map blocks of 8 MiB and more one by one, and unmap them when freed.

    By default it raises that limit to 32 MiB, keeps such blocks in its heap, and what a
    recording keeps between them leaves holes: a DINOv2-L's pass at 518 pixels took
    420 MB instead of 380. Smaller models have no such blocks.
    """
    # Or it would hand the heap's end back, and ask for it again, at every step.
    _set_malloc({_M_MMAP_THRESHOLD: _LARGE_BYTES, _M_TRIM_THRESHOLD: 4 * _LARGE_BYTES})


def _set_malloc(options: dict[int, int]) -> None:
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # not glibc
        return
    for option, value in options.items():
        mallopt(option, value)


def switch_threads_often() -> None:
    """Let Python change threads every half a millisecond where another one waits.

    By default it does so every 5 ms. Qt's calls let go of the interpreter and take it
    back, so that a slot with fifty of them took a quarter of a second while a decoder
    written in Python ran in a worker, and 30 ms so.
    """
    sys.setswitchinterval(_SWITCH_S)


def spare_imports() -> None:
    """Leave all that there is by now out of garbage collection.

    torch and transformers make 400,000 objects that stay; to walk them takes a quarter
    to half a second, in which no other thread runs.
    """
    gc.freeze()
