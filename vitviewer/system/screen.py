"""Whether there is a screen to open a window on: asked before Qt, which would abort."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path


def has_screen() -> bool:
    """Return whether a window can be opened here, not only whether one was promised.

    A ``DISPLAY`` that nobody answers counts as none.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform:
        return platform not in ("offscreen", "minimal")
    if sys.platform != "linux":
        return True
    return _wayland_answers() or _x11_answers()


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return bool(name) and Path(folder, str(name)).is_socket()


def _x11_answers() -> bool:
    if not os.environ.get("DISPLAY"):
        return False
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return True  # cannot ask; the check of Qt's libraries will say what is missing
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display:
        x11.XCloseDisplay(ctypes.c_void_p(display))
    return bool(display)
