"""A host's process is after any use of the library what it was before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.picture_factory import encoded, noise, png
from tests.system.host import SINS, STAGES

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asks a Unix process")
# tests/conftest.py sets what the program's doors would set; a host need not.
_LEFT_OUT = ("HF_HUB_DISABLE_TELEMETRY", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny_vit) -> Path:
    """A folder with a model and with pictures, good, odd and broken."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "model").symlink_to(tiny_vit)
    pictures = folder / "pictures"
    pictures.mkdir()
    for form in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"):
        data = encoded(noise(40, 50), form)
        (pictures / f"good.{form.lower()}").write_bytes(data)
        (pictures / f"cut.{form.lower()}").write_bytes(data[: len(data) // 2])
    (pictures / "bomb.png").write_bytes(png(13_000, 13_000, 2, 8))
    (pictures / "larger bomb.png").write_bytes(png(30_000, 30_000, 2, 8))
    (pictures / "text.png").write_bytes(b"no picture")
    clear = Image.fromarray(np.zeros((9, 9), np.uint8), "P")
    clear.save(pictures / "good palette.png", transparency=bytes(range(256)))
    return folder


def changes(place: Path, *words: str) -> dict[str, list[str]]:
    """Run a host and return what changed in each stage."""
    environment = {k: v for k, v in os.environ.items() if k not in _LEFT_OUT}
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.host", str(place), *words],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_of_the_host_s_process_is_changed(place):
    assert changes(place) == {name: [] for name, *_ in STAGES}


def test_what_the_library_once_did_would_be_noticed(place):
    committed = {stage: set(sins) for stage, sins in SINS.items()}
    noticed = {k: set(v) for k, v in changes(place, "sinful").items()}
    assert noticed == committed
