"""Settings of the process: what becomes of freed memory, and of what stays for ever."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BYTES = 8 << 20


def return_large_blocks() -> None:
    """Let glibc map blocks of 8 MiB and more one by one, and unmap them when freed.

    By default it raises that limit to 32 MiB, keeps such blocks in its heap, and what a
    recording keeps between them leaves holes: a DINOv2-L's pass at 518 pixels took
    420 MB instead of 380. Smaller models have no such blocks.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        # Or it would hand the heap's end back, and ask for it again, at every step.
        mallopt(_M_TRIM_THRESHOLD, 4 * _LARGE_BYTES)
    except (OSError, AttributeError):  # not glibc
        return


@cache
def spare_imports() -> None:
    """Leave all that there is by now out of garbage collection, once.

    torch and transformers make 400,000 objects that stay; to walk them takes a quarter
    to half a second, in which no other thread runs.
    """
    gc.freeze()
