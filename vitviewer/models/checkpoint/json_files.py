"""Bounded reads of the small files in a model's folder, never waiting on a FIFO."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import IO, Any

from vitviewer.errors import ModelError
from vitviewer.text import quoted

_MOST_JSON_BYTES = 8 << 20
_MOST_LEVELS = 32
_POINTER = b"version https://git-lfs"


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of at most 8 MiB and 32 levels from a regular file.

    Raises
    ------
    ModelError
        If there is no such file, or it holds something else.
    """
    size, data = read_start(path, _MOST_JSON_BYTES)
    if size > _MOST_JSON_BYTES:
        raise ModelError(
            f"{named(path)} is too large to be a model's description: download the "
            "model again."
        )
    refuse_pointer(path, data)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{named(path)} is not valid JSON: download the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(
            f"{named(path)} does not describe a model: download the model again."
        )
    if not _is_flat(value):
        raise ModelError(
            f"{named(path)} is nested too deeply to describe a model: download the "
            "model again."
        )
    return value


def refuse_pointer(path: Path, start: bytes) -> None:
    """Refuse what git leaves in place of a large file.

    Raises
    ------
    ModelError
    """
    if start.startswith(_POINTER):
        raise ModelError(
            f"{named(path)} is only a git-lfs pointer: run `git lfs pull` in the "
            "model's folder."
        )


def _is_flat(value: Any) -> bool:
    """Tell whether lists and objects lie within few enough others."""
    level = [value]
    for _ in range(_MOST_LEVELS):
        parts = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for part in parts for v in part if isinstance(v, dict | list)]
        if not level:
            return True
    return False


def read_start(path: Path, limit: int) -> tuple[int, bytes]:
    """Return a regular file's size and its first bytes, at most ``limit`` of them.

    Raises
    ------
    ModelError
        If there is no such file, or it is something else, such as a FIFO.
    """
    try:
        with open(path, "rb", buffering=0, opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(
                    f"{named(path)} is not a regular file: put the model's own file "
                    "in its place."
                )
            return status.st_size, _read(file, min(limit, status.st_size))
    except OSError as error:
        raise ModelError(
            f"{named(path)} could not be read ({error.strerror}): check the folder."
        ) from error


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end of a FIFO."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: IO[bytes], size: int) -> bytes:
    """Read that many bytes, or all there are; a raw read may return fewer."""
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def named(path: Path) -> str:
    """Name a file in a sentence, with its folder where every folder has such a file."""
    return quoted(str(path) if path.suffix in (".json", ".safetensors") else path.name)
