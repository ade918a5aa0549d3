"""A child process that opens odd folders and tells what became of it.

Torch is imported once; after a crash or a hang a new child goes on. The child reads a
folder a line and writes a result a line, both JSON; it never sees the answers expected.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIMIT_S = 5.0  # of a processor: how long that takes depends on what else runs
HANGS_S = 120.0
LIMIT_MB = 500.0
_START_S = 300.0
_MOST_BYTES = 6 << 30
_ROOT = Path(__file__).parents[3]
_FORBIDDEN = (
    *("pickle.find_class", "socket.connect", "socket.getaddrinfo", "socket.bind"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("os.spawn", "os.startfile", "pty.spawn"),
)


class Guard:
    """Opens folders in a child process, and starts another when it must."""

    def __init__(self, warm: list[Path]) -> None:
        self._warm = warm
        self._child: subprocess.Popen[bytes] | None = None

    def open(self, folder: Path) -> dict[str, Any]:
        """Return the child's result, or ``{"outcome": "crashed"}`` or "hung"."""
        if self._child is None:
            self._start()
        return self._ask(folder, HANGS_S)

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
        """Start a child; sound models let it import what all cases need."""
        self._child = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for folder in self._warm:
            result = self._ask(folder, _START_S)
            assert result["outcome"] == "opened", (folder.name, result)

    def _ask(self, folder: Path, limit: float) -> dict[str, Any]:
        assert self._child is not None
        asked, answers = self._child.stdin, self._child.stdout
        assert asked is not None
        assert answers is not None
        start = time.perf_counter()
        with contextlib.suppress(BrokenPipeError):
            asked.write(json.dumps(str(folder)).encode() + b"\n")
            asked.flush()
        ready, _, _ = select.select([answers], [], [], limit)
        line = answers.readline() if ready else b""
        seconds = time.perf_counter() - start
        if line:
            return {"seconds": seconds, **json.loads(line)}
        self.close()
        return {"outcome": "crashed" if ready else "hung", "seconds": seconds}


def _main() -> None:
    """Answer until there is no more question."""
    questions = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), "w")
    # What a folder might ask or print goes nowhere.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    _limit_memory()
    import torch

    from vitviewer.models import loading as models

    torch.set_num_threads(1)  # tiny models wait for a second one where cores are busy
    seen: list[str] = []
    sys.addaudithook(lambda event, _: seen.append(event) if _is_bad(event) else None)
    for line in questions:
        folder = json.loads(line)
        seen.clear()
        start = time.process_time()
        with _measured() as memory:
            result = _open(models.load, folder)
        seconds = {"seconds": time.process_time() - start}
        answer = {**result, **memory, **seconds, "events": sorted(set(seen))}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _is_bad(event: str) -> bool:
    return event in _FORBIDDEN


def _open(load: Any, folder: str) -> dict[str, Any]:
    """Open a folder and run the model on a picture."""
    import numpy as np

    from vitviewer.errors import ModelError
    from vitviewer.models.checks import pass_checks

    try:
        model = load(folder, "cpu")
        picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
        run = model.run(picture)
        checks = (*pass_checks(run, model.facts.dtype), *model.facts.trust)
        return {
            "outcome": "opened",
            "checks": {check.name: [check.verdict, check.reason] for check in checks},
        }
    except ModelError as error:
        return {"outcome": "refused", "words": str(error)}
    except BaseException as error:
        return {"outcome": "raised", "words": f"{type(error).__name__}: {error}"[:500]}


@contextlib.contextmanager
def _measured() -> Iterator[dict[str, float]]:
    """Tell afterwards how many MB more were resident at the worst moment."""
    result = {"mb": 0.0}
    gc.collect()
    gc.freeze()  # what stays need not be searched again
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
        before = _peak_kb()
    except OSError:  # not Linux
        yield result
        return
    yield result
    result["mb"] = (_peak_kb() - before) / 1024


def _peak_kb() -> int:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _limit_memory() -> None:
    """Make a bomb an exception in the child, not the end of other processes."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))


if __name__ == "__main__":
    _main()
