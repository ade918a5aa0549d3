"""A real X server, with a keyboard and a pointer that a test's own hands move.

Events go the way that a user's go, through the server and its grabs and focus: ones
that a test makes up inside Qt would hide what is lost on that way.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_PARENT, _ASYNC, _NOW = 2, 1, 0


def missing() -> str:
    """Say why there can be no such server here; empty if there can be one."""
    if shutil.which("Xvfb") is None:
        return "needs Xvfb"
    for name in ("libX11.so.6", "libXtst.so.6", "libxcb-cursor.so.0"):
        try:
            ctypes.CDLL(name)
        except OSError:
            return f"needs {name}"
    return ""


@contextmanager
def x_server(screen: str = "1600x1000x24") -> Iterator[str]:
    """Start a server; gives the name of its display."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp", "-noreset"]
    command += ["-screen", "0", screen]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, pass_fds=[writer], **quiet) as x:
        try:
            os.close(writer)
            with os.fdopen(reader) as told:
                yield f":{told.readline().strip()}"
        finally:
            x.terminate()


class Hands:
    """Keys and a pointer on a display, and a client that can take what it wants."""

    def __init__(self, display: str) -> None:
        self._x, self._xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XCreateSimpleWindow.restype = ctypes.c_ulong
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        ends = [ctypes.c_int(n) for n in (1400, 900, 50, 50)]
        none = ctypes.c_ulong(0)
        made = self._x.XCreateSimpleWindow(
            self._display, root, *ends, ctypes.c_uint(0), none, none
        )
        self._other = ctypes.c_ulong(made)
        self._x.XMapWindow(self._display, self._other)
        self._sync()

    def close(self) -> None:
        """Let go of the display."""
        self._x.XCloseDisplay(self._display)

    def move(self, x: int, y: int) -> None:
        """Move the pointer to a pixel of the screen."""
        self._xtst.XTestFakeMotionEvent(self._display, -1, x, y, _NOW)
        self._sync()

    def click(self) -> None:
        """Press and let go of the left button."""
        for down in (1, 0):
            self._xtst.XTestFakeButtonEvent(self._display, 1, down, _NOW)
        self._sync()

    def key(self, name: str, down: bool) -> None:
        """Press or let go of a key by its X name, such as ``Shift_L``."""
        symbol = ctypes.c_ulong(self._x.XStringToKeysym(name.encode()))
        code = self._x.XKeysymToKeycode(self._display, symbol) & 0xFF
        assert code
        self._xtst.XTestFakeKeyEvent(self._display, code, int(down), _NOW)
        self._sync()

    def tap(self, name: str) -> None:
        """Press and let go of a key."""
        self.key(name, True)
        self.key(name, False)

    def focus(self, window: int | None) -> None:
        """Give the keyboard to a window; None is one of another program."""
        target = self._other if window is None else ctypes.c_ulong(window)
        self._x.XSetInputFocus(self._display, target, _PARENT, _NOW)
        self._sync()

    def grab_keyboard(self, on: bool) -> None:
        """Take the keyboard from all windows, as a screenshot's program does."""
        if on:
            took = self._x.XGrabKeyboard(
                self._display, self._other, 0, _ASYNC, _ASYNC, _NOW
            )
            assert took == 0
        else:
            self._x.XUngrabKeyboard(self._display, _NOW)
        self._sync()

    def _sync(self) -> None:
        self._x.XSync(self._display, 0)
