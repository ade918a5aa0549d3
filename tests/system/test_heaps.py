"""All threads allocate from one heap, so that none is left full of holes."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from vitviewer.system.process import share_one_heap

{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
together = threading.Barrier(4)

def allocate():
    together.wait()
    libc.malloc(100_000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc does so")
@pytest.mark.parametrize(
    ("first", "is_one"), [("", False), ("share_one_heap()", True)], ids=["not", "one"]
)
def test_threads_share_a_heap(tmp_path, first, is_one):
    report = tmp_path / "heaps.xml"
    command = [sys.executable, "-c", HEAPS.format(first=first), str(report)]
    subprocess.run(command, check=True, timeout=120)
    assert (report.read_text().count("<heap nr=") == 1) is is_one
