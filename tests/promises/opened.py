"""Which files of some folders were opened, by whatever language: the kernel tells."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

_OPENED, _OVERFLOWN, _FOLDER = 0x20, 0x4000, 0x4000_0000
_NONBLOCK, _CLOSE_ON_EXEC = 0o4000, 0o2000000
_HEAD = struct.Struct("iIII")
_MOST = 1 << 16


class Watch:
    """Watches folders, without those in them, from the start on (inotify of Linux)."""

    def __init__(self, *folders: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(_NONBLOCK | _CLOSE_ON_EXEC)
        self._folders = {}
        for folder in folders:
            path = os.fsencode(folder)
            number = libc.inotify_add_watch(self._descriptor, path, _OPENED)
            if number < 0:
                raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")
            self._folders[number] = folder

    @staticmethod
    def is_possible() -> bool:
        """Tell whether this system has such a thing."""
        return sys.platform == "linux"

    def end(self) -> set[Path]:
        """Return the files that were opened since the start."""
        found: set[Path] = set()
        while data := self._read():
            found.update(self._files(data))
        os.close(self._descriptor)
        return found

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, _MOST)
        except BlockingIOError:
            return b""

    def _files(self, data: bytes) -> set[Path]:
        found, at = set(), 0
        while at < len(data):
            number, what, _, length = _HEAD.unpack_from(data, at)
            assert not what & _OVERFLOWN, "more was opened than could be kept"
            at += _HEAD.size
            name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
            if name and not what & _FOLDER:
                found.add(self._folders[number] / name)
            at += length
        return found
