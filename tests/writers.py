"""Everything that writes a file for the user, to be interrupted and refused.

``python -m tests.writers kill WRITER FOLDER SEED COUNT`` kills a writing process at
seeded moments; ``python -m tests.writers refuse WRITER FOLDER FAULT`` lets one write
that the system refuses. Both end with a failed assertion if a file is damaged.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QByteArray, QSettings

from vitviewer.errors import ExportError
from vitviewer.export.figure import side_by_side
from vitviewer.export.npz import npz_bytes
from vitviewer.export.png import PROVENANCE, write_png
from vitviewer.geometry import Geometry
from vitviewer.maps.state import Interpolation
from vitviewer.maps.style import OverlayStyle
from vitviewer.qt.lifecycle.session import Session, read_session, write_session
from vitviewer.qt.settings import Settings
from vitviewer.system.files import write_bytes

NOBODY = 65534
#: Versions 1 and 2 of every file are larger than this.
LIMIT_BYTES = 4096


def _pixels(version: int) -> Any:
    side = 200 if version else 8
    noise = np.random.default_rng(version)
    return noise.integers(0, 256, (side, side, 3), np.uint8)


def _write_png(path: Path, version: int) -> None:
    write_png(path, _pixels(version), {"version": version})


def _read_png(path: Path) -> int:
    with Image.open(path) as image:
        image.load()
        version = int(json.loads(image.text[PROVENANCE])["version"])
    return version


def _write_figure(path: Path, version: int) -> None:
    pixels = _pixels(version)
    size, seen, patch = (len(pixels), len(pixels)), (32, 32), (16, 16)
    geometry = Geometry(size, seen, (0, 0), seen, patch, (0, 0))
    style = OverlayStyle("bids:inferno", 0.5, Interpolation.NEAREST, 0.0, 1.0)
    values = np.eye(2, dtype=np.float32)
    figure = side_by_side(pixels, values, geometry, style, "title", ["caption"])
    write_png(path, figure, {"version": version})


def _write_npz(path: Path, version: int) -> None:
    maps = np.random.default_rng(version).random((12, 12, 14, 14), np.float32)
    few = maps if version else maps[:1, :1]
    write_bytes(path, npz_bytes({"maps": few, "version": np.array(version)}))


def _read_npz(path: Path) -> int:
    with np.load(path, allow_pickle=False) as saved:
        assert saved["maps"].ndim == 4
        return int(saved["version"])


def _write_session(path: Path, version: int) -> None:
    names = tuple(f"/a/long/folder/{n:0100d}.png" for n in range(900 * version + 1))
    write_session(path, Session(names[:2000], 0, str(version)))


def _read_session(path: Path) -> int:
    session = read_session(path)
    assert session is not None
    return int(session.model)


def _settings(path: Path) -> Settings:
    ini, scope = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, scope, str(path.parent.parent))
    return Settings()


def _write_settings(path: Path, version: int) -> None:
    settings = _settings(path)
    geometry = QByteArray(bytes([version]) * (1_500 * version + 1))
    settings.save_layout(geometry, geometry)
    settings.sync()
    if settings._store.status() != QSettings.Status.NoError:
        raise ExportError("the settings could not be written")


def _read_settings(path: Path) -> int:
    geometry, state = _settings(path).layout()
    assert geometry == state
    assert not path.with_name(f"{path.name}.damaged").exists()
    return geometry.data()[0]


WRITERS: dict[str, tuple[str, Callable[[Path, int], None], Callable[[Path], int]]] = {
    "png": ("map.png", _write_png, _read_png),
    "figure": ("figure.png", _write_figure, _read_png),
    "npz": ("maps.npz", _write_npz, _read_npz),
    "session": ("session.json", _write_session, _read_session),
    "settings": ("vitviewer.ini", _write_settings, _read_settings),
}


def kill(writer: str, folder: str, seed: str, count: str) -> None:
    """Kill so many processes that write one version after another."""
    name, write, read = WRITERS[writer]
    path, dice = Path(folder, "vitviewer", name), random.Random(int(seed))
    path.parent.mkdir(exist_ok=True)
    write(path, 0)
    for _ in range(int(count)):
        child = os.fork()
        if child == 0:
            while True:
                for version in (1, 2):
                    write(path, version)
        time.sleep(dice.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        print(read(path))


def limit_size() -> None:
    """Let no file become larger than the limit."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))


def fill_disk(folder: Path) -> None:
    """Leave a little room on a small disk: what is written begins well."""
    with open(folder.parent / "filler", "wb", buffering=0) as file:
        with suppress(OSError):
            while file.write(bytes(4096)):
                pass
        file.truncate(file.tell() - LIMIT_BYTES)


FAULTS: dict[str, Callable[[Path], object]] = {
    "full": fill_disk,
    "limit": lambda _folder: limit_size(),
    "read-only": lambda folder: folder.chmod(0o555),
}


def refuse(writer: str, folder: str, fault: str) -> None:
    """Write what fits, then what the system refuses; the first must be left."""
    name, write, read = WRITERS[writer]
    path = Path(folder, "vitviewer", name)
    path.parent.mkdir()
    write(path, 0)
    child = os.fork()  # QSettings would read back what it has not written
    if child == 0:
        _write_refused(path, write, fault)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert read(path) == 0
    left = set(os.listdir(path.parent)) - {name, f"{name}.lock"}
    assert not left, left


def _write_refused(path: Path, write: Callable[[Path, int], None], fault: str) -> None:
    FAULTS[fault](path.parent)
    if fault == "read-only" and os.getuid() == 0:
        os.setuid(NOBODY)
    try:
        write(path, 1)
        print("not refused", flush=True)
    except ExportError as error:
        print(f"refused: {error}", flush=True)


if __name__ == "__main__":
    {"kill": kill, "refuse": refuse}[sys.argv[1]](*sys.argv[2:])
