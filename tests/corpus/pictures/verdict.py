"""Whether what came of an odd picture is what was expected of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.corpus.pictures.case import Made


def wrong_picture(made: Made, result: dict[str, Any]) -> Iterator[str]:
    """Say what is wrong with a picture that opened: its name, notes, size, pixels."""
    if made.refused:
        yield f"opened, but {made.refused!r} was expected"
    if not result["name"].isprintable():
        yield "a name that cannot be printed"
    if not any(made.note in note for note in result["notes"] or [""]):
        yield f"no note says {made.note!r}"
    if made.size and tuple(result["size"]) != made.size:
        yield f"a size of {result['size']}"
    if made.pixels is not None:
        yield from _wrong_pixels(made, result["pixels"])


def _wrong_pixels(made: Made, shown: np.ndarray) -> Iterator[str]:
    right = made.pixels if made.pixels.ndim == 3 else made.pixels[..., None]
    if shown.shape[:2] != right.shape[:2]:
        yield f"pixels of {shown.shape}, not {right.shape}"
        return
    errors = np.abs(shown.astype(int) - right.astype(int))
    error = errors.mean() if made.loose else errors.max()
    if error > made.tolerance:
        yield f"pixels are wrong by {error:.1f}"


def wrong_sentence(made: Made, words: str) -> Iterator[str]:
    """Say what is wrong with a sentence on why a picture did not open."""
    if not made.either and not (made.refused and re.search(made.refused, words)):
        yield f"refused, but {made.refused or 'a picture'!r} was expected"
    if not words.isprintable() or not words.endswith("."):
        yield "not one printable sentence that ends in a full stop"
    if len(words) >= 400:
        yield f"a sentence of {len(words)} characters"
