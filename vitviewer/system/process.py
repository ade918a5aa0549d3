"""Settings of the process: what becomes of freed memory, and of what stays for ever."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 8 << 20


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


@cache
def spare_imports() -> None:
    """Leave all that there is by now out of garbage collection, once.

    torch and transformers make 400,000 objects that stay; to walk them takes a quarter
    to half a second, in which no other thread runs.
    """
    gc.freeze()
