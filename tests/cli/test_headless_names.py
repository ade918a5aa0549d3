"""Without a window, too, each picture has files of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tests.picture_factory import encoded


def headless(model: Path, out: Path, *sources: Path) -> subprocess.CompletedProcess:
    words = [*map(str, sources), "--model", str(model), "--out", str(out), "--headless"]
    return subprocess.run(
        [sys.executable, "-m", "vitviewer", *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_same_stems_do_not_overwrite_one_another(tiny_vit, tmp_path):
    names = ("a/cat.png", "b/cat.bmp", "b/Cat.webp", "c/cat-2.png")
    for n, name in enumerate(names):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        # As many pixels wide as tells one from the others.
        pixels = np.full((40, 40 + n, 3), 50 * n, np.uint8)
        path.write_bytes(encoded(pixels, path.suffix[1:]))
    out = tmp_path / "out"
    done = headless(tiny_vit, out, *(tmp_path / name for name in names))
    assert (done.returncode, done.stderr) == (0, "")
    stems = ("cat", "cat-2", "Cat-3", "cat-2-2")
    ends = ("overlay", "window")
    expected = sorted(f"{stem}-{end}.png" for stem in stems for end in ends)
    assert sorted(os.listdir(out)) == expected
    widths = []
    for stem in stems:
        with Image.open(out / f"{stem}-overlay.png") as overlay:
            widths.append(overlay.width)
    assert len(set(widths)) == 4
    assert widths == sorted(widths)
    assert all(f"{stem}-window.png" in done.stdout for stem in stems)


def test_a_source_picture_is_never_replaced(tiny_vit, tmp_path):
    data = encoded(np.full((40, 40, 3), 90, np.uint8))
    for name in ("cat.png", "cat-overlay.png"):
        (tmp_path / name).write_bytes(data)
    sources = (tmp_path / "cat.png", tmp_path / "cat-overlay.png")
    done = headless(tiny_vit, tmp_path, *sources)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "cat-overlay.png").read_bytes() == data
    made = {"cat-2-overlay.png", "cat-2-window.png"}
    made |= {"cat-overlay-overlay.png", "cat-overlay-window.png"}
    assert made < set(os.listdir(tmp_path))
