"""The program in the desktop's menu, for those who installed it with pip or pipx.

Their environment is a folder that no desktop looks into: the entry and the icon are
copied to the user's own, as the XDG Base Directory Specification places it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from vitviewer.errors import ExportError
from vitviewer.system.files import make_folder, write_bytes
from vitviewer.system.resources import root
from vitviewer.text import quoted

APP_ID = "io.github.vitviewer.vitviewer"
_ENTRY = f"applications/{APP_ID}.desktop"
_ICON = f"icons/hicolor/scalable/apps/{APP_ID}.svg"


def install() -> list[Path]:
    """Write entry and icon for this user; return their paths.

    Raises
    ------
    ExportError
        If one could not be written.
    """
    here = root()
    entry = (here / "desktop" / f"{APP_ID}.desktop").read_text(encoding="utf-8")
    files = {
        _ENTRY: entry.replace("Exec=vitviewer ", f"Exec={_command()} ").encode(),
        _ICON: (here / "icons" / "vitviewer.svg").read_bytes(),
    }
    paths = []
    for name, data in files.items():
        paths.append(_data_home() / name)
        make_folder(paths[-1].parent, "check its permissions")
        write_bytes(paths[-1], data)
    _tell_desktop()
    return paths


def uninstall() -> list[Path]:
    """Remove what `install` wrote; return the paths of what was there.

    Raises
    ------
    ExportError
        If something could not be removed.
    """
    found = [p for n in (_ENTRY, _ICON) if os.path.lexists(p := _data_home() / n)]
    for path in found:
        try:
            path.unlink()
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise ExportError(
                f"{quoted(str(path))} could not be removed ({reason}): check its "
                "permissions."
            ) from error
    _tell_desktop()
    return found


def _data_home() -> Path:
    """Return the folder of the user's data; a relative one is to be ignored."""
    named = os.environ.get("XDG_DATA_HOME", "")
    return Path(named) if os.path.isabs(named) else Path.home() / ".local" / "share"


def _command() -> str:
    """Return what starts this installation, from any folder, in an entry's quoting."""
    return f"{_quoted(sys.executable)} -P -m vitviewer"


def _quoted(word: str) -> str:
    """Quote an argument of Exec: once for the command line, once for the string."""
    for character in '\\"`$':
        word = word.replace(character, f"\\{character}")
    word = word.replace("\\", "\\\\").replace("%", "%%")
    return f'"{word}"'


def _tell_desktop() -> None:
    """Let the desktop know at once which files the program opens, where it can."""
    tool = shutil.which("update-desktop-database")
    folder = (_data_home() / _ENTRY).parent
    if tool and folder.is_dir():
        subprocess.run([tool, str(folder)], capture_output=True, check=False)
