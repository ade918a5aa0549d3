"""Run one flow under the audit hook: ``python -m tests.promises.start FLOW ROOT OUT``.

FLOW is "window" or "commands"; with "caged" after it, the kernel watches as well. When
all is done, the sins are committed: in the cage they end the process.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from tests.promises import cage
from tests.promises.record import Recorder


def main(flow: str, root: str, out: str, caged: str = "") -> int:
    """Record a flow, and what it left in the surroundings; then sin."""
    recorder = Recorder(out, root)
    recorder.write("cage", [_enter_cage() if caged else "not wished for"])
    recorder.install()
    module = importlib.import_module(f"tests.promises.{flow}")  # and vitviewer
    module.run(Path(root), recorder)
    recorder.write("telemetry", [os.environ.get("HF_HUB_DISABLE_TELEMETRY", "")])
    recorder.write("sys.path", sys.path)
    sins = importlib.import_module("tests.promises.sins")
    sins.commit_all(Path(root), recorder)
    return 0


def _enter_cage() -> str:
    """Return nothing, or why there is no cage."""
    if not cage.is_possible():
        return "only made for Linux on x86-64 and ARM64"
    try:
        cage.enter()
    except OSError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
