"""Pictures that a camera stored turned or mirrored: all eight ways in five formats."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.corpus.pictures.case import Case, scene, shows
from tests.picture_factory import ORIENTATION, encoded, oriented

FORMS = ("PNG", "TIFF", "WEBP", "JPEG", "AVIF")


def upright(turn: int) -> NDArray[Any]:
    """Return the scene as it must be shown, by the words of the EXIF standard."""
    stored = scene()
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: np.rot90(stored, 2).transpose(1, 0, 2),
        8: np.rot90(stored),
    }.get(turn, stored)


def odd(value: Any) -> bytes:
    """Return a PNG with an orientation that is none."""
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return encoded(scene(), exif=exif)


def _case(form: str, turn: int) -> Case:
    lossy = form in ("JPEG", "AVIF")
    return shows(
        f"{form}, orientation {turn}",
        partial(oriented, scene(), turn, form),
        partial(upright, turn),
        tolerance=8 if lossy else 0,
        loose=lossy,
    )


CASES = [
    *(_case(form, turn) for form in FORMS for turn in range(1, 9)),
    *(
        shows(f"orientation {value!r}", partial(odd, value), scene)
        for value in (0, 9, 65535)
    ),
]
