"""The program in a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_SESSION_TYPE")

_PATH = os.environ.get("PYTHONPATH", "")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment in which nothing is remembered and no screen promised."""
    kept = {k: v for k, v in os.environ.items() if k not in _DISPLAYS}
    places = ("HOME", "HF_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    return {
        **kept,
        **dict.fromkeys(places, str(home)),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), _PATH))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "QT_QPA_PLATFORM": "offscreen",
        **more,
    }


def run(
    home: Path, *words: str, environ: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, in its home folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "vitviewer", *words],
        cwd=home,
        env=environ or environment(home),
        text=True,
        timeout=300,
        check=False,
        **options,
    )
