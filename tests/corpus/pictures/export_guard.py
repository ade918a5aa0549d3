"""A child process that exports pictures, each in a fork of its own, and measures it.

Torch and the model are there before the first fork: what is measured is what a picture
adds, from its file to the file that is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests.corpus.pictures.guard import peak_kb, settle

#: What a picture may add to the program while it is exported; see SECURITY.md.
EXPORT_LIMIT_MB = 650.0
EXPORT_LIMIT_S = 30.0  # of a processor
_ROOT = Path(__file__).parents[3]


class ExportGuard:
    """Exports pictures in a child process that is guarded."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def export(self, source: str, folder: str, side_by_side: bool) -> dict[str, Any]:
        """Export at full resolution; return status, MB and seconds."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        question = json.dumps([source, folder, side_by_side])
        self._child.stdin.write(question.encode() + b"\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer

    def close(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.communicate()


def _export(source: str, folder: str, side_by_side: bool) -> int:
    from vitviewer.cli.choice import Choice
    from vitviewer.cli.console import Console
    from vitviewer.cli.export import Batch, export

    choice = Choice(side_by_side=side_by_side)
    batch = Batch([source], "shapes", "cpu", choice, Path(folder))
    return export(batch, Console(sys.stderr, sys.stderr))


def _measured(source: str, folder: str, side_by_side: bool) -> dict[str, Any]:
    """Export in a fork of this process, and tell what came of it."""
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        before, start = settle(), time.process_time()
        status = _export(source, folder, side_by_side)
        answer = {
            "status": status,
            "mb": (peak_kb() - before) / 1024,
            "seconds": time.process_time() - start,
        }
        os.write(sender, json.dumps(answer).encode())
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as answers:
        text = answers.read()
    _, how = os.waitpid(child, 0)
    return json.loads(text) if text else {"status": how, "mb": 0.0, "seconds": 0.0}


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small = os.path.join(folder, "small.png")
        Image.new("RGB", (300, 200), (9, 80, 200)).save(small)
        for side_by_side in (False, True):
            _export(small, folder, side_by_side)
    for line in sys.stdin:
        print(json.dumps(_measured(*json.loads(line))), flush=True)


if __name__ == "__main__":
    _main()
