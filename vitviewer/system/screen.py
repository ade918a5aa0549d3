"""Whether there is a screen to open a window on: asked before Qt, which would abort.

A display counts when it answers, whatever the environment promises.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from vitviewer.system.qt_libraries import loads

_ANSWER_S = 5.0
"""How long a display has to answer: over ssh, or while the machine starts up."""
_UNSEEN = ("offscreen", "minimal", "minimalegl")
_WAYLAND = ("libwayland-client.so.0", "libwayland-cursor.so.0")
_USUAL = ["wayland", "xcb"]
_DEVICES = {"eglfs": "dri/card*", "vkkhrdisplay": "dri/card*", "linuxfb": "fb*"}
"""What platforms without a window system paint on: files below /dev."""


def has_screen() -> bool:
    """Return whether a window can be opened here, not only whether one was promised."""
    return bool(_answering()) if sys.platform == "linux" else _may_be_seen()


def settle_platform() -> bool:
    """Return whether there is a screen, and let Qt try no other platform.

    Qt waits for ever for a display that takes its call and says nothing.
    """
    if sys.platform != "linux":
        return _may_be_seen()
    answering = _answering()
    if answering and answering != _USUAL:  # of the usual ones Qt knows which is better
        os.environ["QT_QPA_PLATFORM"] = ";".join(answering)
    return bool(answering)


def _may_be_seen() -> bool:
    return _name_of(_asked_for()[0]) not in _UNSEEN


def _asked_for() -> list[str]:
    """Return the platforms that the environment names, most wanted first."""
    return os.environ.get("QT_QPA_PLATFORM", "").split(";")


def _name_of(platform: str) -> str:
    """Return a platform's name without its options."""
    return platform.partition(":")[0].strip()


def _answering() -> list[str]:
    """Return the platforms that can show a window, most wanted first.

    None if one that shows nothing is wanted more.
    """
    found: list[str] = []
    for platform in list(filter(_name_of, _asked_for())) or _USUAL:
        if _name_of(platform) in _UNSEEN:
            break
        if _answers(_name_of(platform)):
            found.append(platform)
    return found


def _answers(name: str) -> bool:
    if name.startswith("wayland"):
        return _wayland_answers()
    if name == "xcb":
        return _x11_answers()
    if name in _DEVICES:
        return any(Path("/dev").glob(_DEVICES[name]))
    return _is_installed(name)


def _is_installed(name: str) -> bool:
    """Return whether Qt has a plugin of this name; others may be somewhere else."""
    if {"QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"} & set(os.environ):
        return True
    found = find_spec("PySide6")
    if found is None or not found.submodule_search_locations:
        return True  # Qt is not installed yet
    plugins = Path(found.submodule_search_locations[0], "Qt", "plugins", "platforms")
    return any(plugins.glob(f"libq{name}*"))


def _wayland_answers() -> bool:
    """Ask the compositor to say "done": the least that the protocol has."""
    if "WAYLAND_SOCKET" in os.environ:
        return True  # a connection that was handed down can be used only once
    name = os.environ.get("WAYLAND_DISPLAY")
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), name or "")
    if not name or not path.is_absolute() or not all(map(loads, _WAYLAND)):
        return False
    sync = struct.pack("=III", 1, 12 << 16, 2)  # of wl_display (1), answered by 2
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_S)
        try:
            connection.connect(str(path))
            connection.sendall(sync)
            return bool(connection.recv(1))
        except OSError:
            return False


def _x11_answers() -> bool:
    if not os.environ.get("DISPLAY"):
        return False
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return True  # cannot ask; the check of Qt's libraries will say what is missing
    answered: list[bool] = []
    asking = threading.Thread(target=lambda: answered.append(_opens(x11)), daemon=True)
    asking.start()
    asking.join(_ANSWER_S)  # a hung server would keep it for ever
    return answered == [True]


def _opens(x11: ctypes.CDLL) -> bool:
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if display:
        x11.XCloseDisplay(ctypes.c_void_p(display))
    return bool(display)
