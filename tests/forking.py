"""The program's commands, each in a process forked from one that has torch loaded.

A start of its own would take each command seconds, most of them for imports. Run as a
module it reads a line of JSON with ``argv`` and ``seconds`` and writes one with what
became of it; a crash or a hang ends the forked process alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

HANGS_S = 120.0
_MOST_BYTES = 8 << 30
#: What commands import when they first need it.
_NEEDED = (
    *("vitviewer.cli.export", "vitviewer.models.loading", "vitviewer.engine.engine"),
    *("vitviewer.qt.lifecycle.app", "vitviewer.qt.lifecycle.headless"),
    *("vitviewer.qt.panels.panels", "vitviewer.qt.canvas.stage"),
    *("vitviewer.qt.window.menus", "transformers.models.vit.modeling_vit"),
    *("transformers.models.dinov2.modeling_dinov2",),
)
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Done:
    """What a command came to; ``status`` is None if it hung, minus a signal's number.

    ``out`` and ``err`` are what it wrote, ``seconds`` the processor's, ``mb`` what it
    took beyond what was there when it was forked.
    """

    status: int | None
    out: str
    err: str
    seconds: float
    mb: float


class Forks:
    """Runs commands one at a time."""

    def __init__(self, home: Path) -> None:
        folders = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            env={**os.environ, **dict.fromkeys(folders, str(home))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *argv: object, seconds: float = HANGS_S) -> Done:
        """Run ``vitviewer`` with these arguments."""
        asked, answers = self._server.stdin, self._server.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps({"argv": list(map(str, argv)), "seconds": seconds}))
        asked.write("\n")
        asked.flush()
        return Done(**json.loads(answers.readline()))

    def close(self) -> None:
        """End the process that is forked from."""
        assert self._server.stdin is not None
        with self._server:  # it ends when there is no more to read
            self._server.stdin.close()


def _serve() -> None:
    import torch

    for name in _NEEDED:
        import_module(name)
    from vitviewer.cli.main import main

    torch.set_num_threads(1)  # a fork has none of its parent's threads
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            before = _resident_mb()
            child = os.fork()
            if child == 0:
                _command(main, asked["argv"], out.fileno(), err.fileno())
            status, used = _status(child, asked["seconds"])
            told = {"status": status, "seconds": used.ru_utime + used.ru_stime}
            told["mb"] = used.ru_maxrss * 1024 / 1e6 - before
            for name, file in (("out", out), ("err", err)):
                file.seek(0)
                told[name] = file.read().decode(errors="replace")
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def _command(main: Any, argv: list[str], out: int, err: int) -> None:
    """Be the command; never return."""
    status = 70
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        _limit_memory()
        status = main(argv)
    except SystemExit as stop:
        status = int(stop.code or 0)
    except BaseException as error:
        print(f"uncaught: {error!r}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _status(child: int, seconds: float) -> tuple[int | None, Any]:
    """Wait for a child, and return what it used; kill it if it hangs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), used
        time.sleep(0.02)
    os.kill(child, 9)
    return None, os.wait4(child, 0)[2]


if __name__ == "__main__":
    _serve()
