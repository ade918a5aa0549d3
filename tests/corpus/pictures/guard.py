"""A child process that opens odd pictures and tells what became of it.

Pillow is imported once; after a crash or a hang a new child goes on. The child reads a
path or URL a line and writes a result a line, both JSON; it never sees the answers
expected. Pixels go to a file.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

LIMIT_S = 5.0  # of a processor: how long that takes depends on what else runs
HANGS_S = 120.0
LIMIT_MB = 600.0
_START_S = 120.0
_MOST_BYTES = 4 << 30
_MOST_PIXELS_SENT = 2_000_000
_ROOT = Path(__file__).parents[3]
_FORBIDDEN = (
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("os.spawn", "os.forkpty", "os.startfile", "pty.spawn", "pickle.find_class"),
    *("socket.connect", "socket.getaddrinfo", "socket.bind"),
)
_PLUGINS = {
    f"PIL.{name}ImagePlugin"
    for name in (
        *("Avif", "Bmp", "Gif", "Jpeg", "Mpo"),
        *("Png", "Ppm", "Qoi", "Tiff", "WebP"),
    )
}


class Guard:
    """Opens pictures in a child process, and starts another when it must."""

    def __init__(self, folder: Path) -> None:
        self._pixels = folder / "pixels.npy"
        self._child: subprocess.Popen[bytes] | None = None

    def open(self, source: str) -> dict[str, Any]:
        """Return what became of a path or URL.

        ``outcome`` is "opened", "refused", "raised", "crashed" or "hung".
        """
        if self._child is None:
            self._start()
        self._pixels.unlink(missing_ok=True)
        result = self._ask(source, HANGS_S)
        if self._pixels.exists():
            result["pixels"] = np.load(self._pixels)
        return result

    def crash(self) -> None:
        """Kill the child, as a fault in it would."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _start(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self._pixels)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started = self._ask(os.devnull, _START_S)
        assert started["outcome"] == "refused", started

    def _ask(self, source: str, limit: float) -> dict[str, Any]:
        assert self._child is not None
        asked, answers = self._child.stdin, self._child.stdout
        assert asked is not None
        assert answers is not None
        start = time.perf_counter()
        with contextlib.suppress(BrokenPipeError):
            asked.write(json.dumps(source).encode() + b"\n")
            asked.flush()
        ready, _, _ = select.select([answers], [], [], limit)
        line = answers.readline() if ready else b""
        seconds = time.perf_counter() - start
        if line:
            return {"seconds": seconds, **json.loads(line)}
        self.close()
        return {"outcome": "crashed" if ready else "hung", "seconds": seconds}


def _main(pixels: str) -> None:
    """Answer until there is no more question."""
    questions = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    _limit_memory()
    from vitviewer.pictures.opening import open_image

    seen: list[str] = []
    _drop_root()
    sys.addaudithook(
        lambda event, _: seen.append(event) if event in _FORBIDDEN else None
    )
    for line in questions:
        seen.clear()
        answer = _open(open_image, json.loads(line), pixels)
        plugins = {m for m in sys.modules if m.endswith("ImagePlugin")} - _PLUGINS
        answer["events"] = sorted({*seen, *plugins})
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _open(open_image: Any, source: str, pixels: str) -> dict[str, Any]:
    """Open a picture, measured, and write its pixels where they are few."""
    from vitviewer.errors import ImageError

    before = settle()
    start = time.process_time()
    try:
        picture = open_image(source)
        answer = {
            "outcome": "opened",
            "name": picture.name,
            "size": picture.size,
            "notes": picture.notes,
        }
    except ImageError as error:
        picture, answer = None, {"outcome": "refused", "words": str(error)}
    except BaseException as error:
        words = f"{type(error).__name__}: {error}"[:500]
        picture, answer = None, {"outcome": "raised", "words": words}
    answer["seconds"] = time.process_time() - start
    answer["mb"] = max(0, peak_kb() - before) / 1024
    if picture is not None and picture.pixels.size <= 3 * _MOST_PIXELS_SENT:
        np.save(pixels, picture.pixels)
    return answer


def settle() -> int:
    """Give back what can be, forget the peak so far; return what is resident, in kB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_kb()


def peak_kb() -> int:
    """Return the most that was resident, in kB; 0 where that is not known."""
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1])
    return 0


def _limit_memory() -> None:
    """Make a bomb an exception in the child, not the end of other processes."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))


def _drop_root() -> None:
    """Let permissions count where the tests run as root: give up its privileges."""
    with contextlib.suppress(OSError, AttributeError):
        this_thread = struct.pack("Ii", 0x20080522, 0)
        ctypes.CDLL("libc.so.6").capset(this_thread, bytes(24))


if __name__ == "__main__":
    _main(sys.argv[1])
