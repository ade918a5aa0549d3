"""Bounded reads of the small files in a model's folder, never waiting on a FIFO."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.system.files import NotRegular, open_regular
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
    """Return whether lists and objects lie within few enough others."""
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
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            return size, file.read(min(limit, size))
    except NotRegular as error:
        raise ModelError(
            f"{named(path)} is not a regular file: put the model's own file in its "
            "place."
        ) from error
    except OSError as error:
        raise ModelError(
            f"{named(path)} could not be read ({error.strerror}): check the folder."
        ) from error


def named(path: Path) -> str:
    """Name a file in a sentence, with its folder where every folder has such a file."""
    return quoted(str(path) if path.suffix in (".json", ".safetensors") else path.name)
