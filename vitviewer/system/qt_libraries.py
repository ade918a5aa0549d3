"""The shared libraries that Qt's wheel expects of the system, checked before Qt loads.

Without some of them Qt ends the process before Python could say a word. Standard
library only: the set-up runs this before anything is installed.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

OFFSCREEN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
"""What Qt needs to paint at all: file to Debian package."""

SCREEN = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What it needs besides to open a window under X11; Wayland desktops bring theirs."""

FONTS = "fonts-dejavu-core"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts")
_FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".pfb")
_OTHERS = {
    "dnf": "mesa-libEGL mesa-libGL libX11-xcb dbus-libs fontconfig glib2 "
    "libxkbcommon-x11 xcb-util-cursor xcb-util-image xcb-util-keysyms "
    "xcb-util-renderutil xcb-util-wm dejavu-sans-fonts",
    "pacman": "libglvnd libx11 dbus fontconfig glib2 libxkbcommon-x11 xcb-util-cursor "
    "xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm ttf-dejavu",
}


def missing(screen: bool) -> list[str]:
    """List the Debian packages that Qt lacks here, fonts among them; sorted.

    Parameters
    ----------
    screen : bool
        Whether a window is to be opened, or Qt only paints offscreen.
    """
    if sys.platform != "linux":
        return []
    wanted = {**OFFSCREEN, **SCREEN} if screen else OFFSCREEN
    packages = {package for name, package in wanted.items() if not loads(name)}
    if not _has_font():
        packages.add(FONTS)
    return sorted(packages)


def advice(packages: Iterable[str]) -> str:
    """Return the line to run that installs what is missing, on this kind of system."""
    if shutil.which("dnf"):
        return f"sudo dnf install {_OTHERS['dnf']}"
    if shutil.which("pacman"):
        return f"sudo pacman -S {_OTHERS['pacman']}"
    return f"sudo apt-get install --no-install-recommends {' '.join(packages)}"


def loads(name: str) -> bool:
    """Ask the dynamic linker for a library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    """Return whether there is any font; without one Qt paints boxes for letters."""
    folders = (Path(folder).expanduser() for folder in _FONT_FOLDERS)
    if any(f.suffix in _FONT_SUFFIXES for folder in folders for f in folder.rglob("*")):
        return True
    # Some systems keep them elsewhere; asking takes longer than finding one.
    lister = shutil.which("fc-list")
    return lister is not None and bool(
        subprocess.run([lister], capture_output=True, check=False).stdout.strip()
    )
