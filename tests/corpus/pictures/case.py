"""What one odd picture is: a function that makes it, and what is expected of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.picture_factory import encoded


@dataclass(frozen=True)
class Made:
    """A source that was made, and what is expected of it.

    Parameters
    ----------
    source : str
        Path or URL to open.
    refused : str
        Regular expression that the sentence must match; empty where it opens.
    pixels : uint8 (height, width) or (height, width, 3), optional
        What it must show, computed without the program.
    tolerance : float
        By how much a value may differ; in the mean for ``loose``.
    loose : bool
        Compare the mean difference and not the largest, for lossy formats.
    size : (width, height), optional
        Where the pixels are not compared.
    note : str
        Words that one of the notes must hold.
    either : bool
        A damaged picture: a sentence or any pixels will do.
    """

    source: str
    refused: str = ""
    pixels: NDArray[Any] | None = None
    tolerance: float = 0.0
    loose: bool = False
    size: tuple[int, int] | None = None
    note: str = ""
    either: bool = False


@dataclass(frozen=True)
class Case:
    """One kind of odd picture: its name, and what makes it in an empty folder."""

    name: str
    make: Callable[[Path], Made]


def put(folder: Path, data: bytes, name: str = "picture.png") -> str:
    """Write a file; return its path."""
    path = folder / name
    path.write_bytes(data)
    return str(path)


def shows(
    name: str, data: Callable[[], bytes], pixels: Callable[[], Any], **more: Any
) -> Case:
    """Return a case of bytes that must show these pixels."""
    return Case(name, lambda folder: Made(put(folder, data()), pixels=pixels(), **more))


def refuses(name: str, data: Callable[[], bytes], words: str) -> Case:
    """Return a case of bytes that must be refused in words that match."""
    return Case(name, lambda folder: Made(put(folder, data()), refused=words))


def survives(name: str, data: Callable[[], bytes]) -> Case:
    """Return a case of damaged bytes: a sentence or any picture will do."""
    return Case(name, lambda folder: Made(put(folder, data()), either=True))


def scene(height: int = 48, width: int = 64) -> NDArray[np.uint8]:
    """Return a smooth coloured picture, which lossy formats keep well."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 40 + 160 * x / width, 200 - 150 * y / height
    blue = 60 + 120 * (x + y) / (width + height)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the first channel, for grey pictures."""
    return np.ascontiguousarray(pixels[..., 0])


def sparse(path: str, size: int) -> str:
    """Make a file this long without writing it; return its path."""
    os.truncate(path, size)
    return path


def good() -> bytes:
    """Return a sound PNG of `scene`."""
    return encoded(scene())
