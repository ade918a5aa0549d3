"""Bounded reads of the small files in a model's folder, never waiting on a FIFO."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.image_files import quoted

_MOST_JSON_BYTES = 32 << 20


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of at most 32 MiB from a regular file.

    Raises
    ------
    ModelError
        If there is no such file, or it holds something else.
    """
    size, data = read_start(path, _MOST_JSON_BYTES)
    if size > _MOST_JSON_BYTES:
        raise ModelError(f"{named(path)} is too large to be a model's description.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{named(path)} is not valid JSON: download the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"{named(path)} does not describe a model.")
    return value


def read_start(path: Path, limit: int) -> tuple[int, bytes]:
    """Return a regular file's size and its first bytes, at most ``limit`` of them.

    Raises
    ------
    ModelError
        If there is no such file, or it is something else, such as a FIFO.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{named(path)} is not a regular file.")
            return status.st_size, file.read(limit)
    except OSError as error:
        raise ModelError(
            f"{named(path)} could not be read ({error.strerror}): check the folder."
        ) from error


def named(path: Path) -> str:
    """Name a file in a sentence, with its folder where every folder has such a file."""
    return quoted(str(path) if path.suffix in (".json", ".safetensors") else path.name)
