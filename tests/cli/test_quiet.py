"""What is printed: nothing but what was asked for, whatever the libraries' versions.

Newer libraries find more to say when a process ends: nanobind, say, of what Python
could not collect, because it was left out of garbage collection.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
LIBRARY = """
import vitviewer as vv
model = vv.load_model("shapes", device="cpu")
print(model.record("cat.png").verdict)
"""
COMMANDS = {
    "inspect": ["-m", "vitviewer", "inspect", "shapes"],
    "PNG": ["-m", "vitviewer", "export", "cat.png", "--out", "maps"],
    "NPZ": ["-m", "vitviewer", "export", "cat.png", "--format", "npz"],
    "rollout": [
        *("-m", "vitviewer", "export", "cat.png", "--method", "rollout"),
        *("--side-by-side", "--out", "rolled"),
    ],
    "headless": ["-m", "vitviewer", "cat.png", "--headless", "--out", "seen"],
    "library": ["-c", LIBRARY],
}


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_printed_that_nobody_asked_for(tmp_path, name):
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "cat.png")
    done = run(COMMANDS[name], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_all_that_was_frozen_is_given_back_before_the_end(tmp_path):
    source = (
        "import atexit, gc\n"
        "from vitviewer.system.process import spare_imports\n"
        "atexit.register(lambda: print(gc.get_freeze_count()))\n"
        "spare_imports()\n"
        "print(gc.get_freeze_count() > 0)\n"
    )
    assert run(["-c", source], tmp_path).stdout.split() == ["True", "0"]


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python from a folder, on a platform without a screen."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
