"""Closing at any moment ends the program at once, with status 0 and in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.qt.window_kit import save_picture
from tests.withstand import record

#: Of a seed, that many closes: 8 on every run, 50 where there is time.
CLOSES = {0: 18, 1: 16, 2: 16} if os.environ.get("VITVIEWER_SOAK") else {0: 8}
LONGEST_S = 5.0


@pytest.mark.parametrize("seed", CLOSES)
def test_closing_at_seeded_moments(seed, tiny_vit, tmp_path, chelsea, coffee):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, pixels in (("a.png", chelsea), ("b.png", coffee)):
        save_picture(pictures, name, pixels)
    closes, left = [], CLOSES[seed]
    while left:  # a thread that is left behind ends the process
        code, lines, complaints = run(pictures, tiny_vit, seed, left)
        assert (code, complaints) == (0, "")
        assert lines
        closes += lines
        left -= len(lines)
        seed += 100
    good = [c for c in closes if c[1] == 0 and c[2] < LONGEST_S]
    worst = max(seconds for _, _, seconds, _ in closes)
    record("exits", tried=len(closes), expected=len(good), worst_s=worst)
    assert good == closes


def run(pictures, model, seed, count):
    folders = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.qt.exits",
            pictures,
            model,
            str(seed),
            str(count),
        ],
        env={**os.environ, **dict.fromkeys(folders, str(pictures.parent))},
        capture_output=True,
        text=True,
        timeout=60 + 20 * count,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines, done.stderr
