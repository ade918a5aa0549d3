"""Transparency: shown over white, whatever the hidden colours are."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.corpus.pictures.case import Case, luma, scene, shows
from tests.corpus.pictures.depth import made_tiff
from tests.picture_factory import encoded, swapped_profile

ALPHA = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
HIDDEN = np.dstack([scene(), ALPHA])
FULL = np.dstack([scene(), np.full((48, 64), 255, np.uint8)])
EMPTY = np.dstack([scene(), np.zeros((48, 64), np.uint8)])
GREY = luma(scene())
SAID = "over white"


def over_white(rgba: NDArray[np.uint8]) -> Callable[[], NDArray[np.uint8]]:
    """Blend in floating point."""
    share = rgba[..., -1:] / 255.0
    blend = rgba[..., :-1] * share + 255.0 * (1 - share)
    return lambda: np.rint(blend).astype(np.uint8)


def one_transparent(mode: str, form: str = "PNG", value: Any = 0) -> bytes:
    """Return a picture of two halves, value 0 and another, the first transparent."""
    image = Image.new(mode, (64, 48), 0)
    image.paste(1 if mode in ("1", "P") else 200, (32, 0, 64, 48))
    if mode == "P":
        image.putpalette([10, 20, 30, 200, 200, 200])
    buffer = io.BytesIO()
    image.save(buffer, form, transparency=value)
    return buffer.getvalue()


def halves(value: int) -> NDArray[np.uint8]:
    pixels = np.full((48, 64, 3), 255, np.uint8)
    pixels[:, 32:] = value
    return pixels


def _rgb_key() -> bytes:
    pixels = halves(90)
    pixels[:, :32] = (1, 2, 3)
    return encoded(pixels, transparency=(1, 2, 3))


def _premultiplied() -> bytes:
    share = HIDDEN[..., 3:] / 255.0
    colour = np.rint(HIDDEN[..., :3] * share).astype(np.uint8)
    return made_tiff(np.dstack([colour, ALPHA]), 1, (338, 1))()


def blended(name: str, data: Callable[[], bytes], values: Any, **more: Any) -> Case:
    return shows(name, data, over_white(values), tolerance=1, **more)


CASES = [
    *(
        blended(f"{form}, alpha", lambda f=form, o=o: encoded(HIDDEN, f, **o), HIDDEN,
                note=SAID)
        for form, o in (
            *(("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})),
        )
    ),
    blended("TIFF with LZW, alpha",
            lambda: encoded(HIDDEN, "TIFF", compression="tiff_lzw"), HIDDEN, note=SAID),
    shows(
        "AVIF, alpha", lambda: encoded(HIDDEN, "AVIF", quality=95), over_white(HIDDEN),
        tolerance=5, loose=True, note=SAID,
    ),
    shows("TIFF, premultiplied", _premultiplied, over_white(HIDDEN), tolerance=3),
    blended("alpha that hides all", lambda: encoded(EMPTY), EMPTY, note=SAID),
    blended("alpha that hides nothing", lambda: encoded(FULL), FULL),
    shows(
        "grey and alpha",
        lambda: encoded(np.dstack([GREY, ALPHA])),
        lambda: over_white(np.dstack([GREY, ALPHA]))()[..., 0],
        tolerance=1,
        note=SAID,
    ),
    shows("palette with a clear colour", lambda: one_transparent("P"),
          lambda: halves(200), note=SAID),
    shows("palette with alphas", lambda: one_transparent("P", value=b"\0\xff"),
          lambda: halves(200), note=SAID),
    shows("GIF with a clear colour", lambda: one_transparent("P", "GIF"),
          lambda: halves(200), note=SAID),
    shows("grey with a clear grey", lambda: one_transparent("L"),
          lambda: halves(200), note=SAID),
    shows("1 bit with a clear colour", lambda: one_transparent("1"),
          lambda: halves(255), note=SAID),
    shows("RGB with a clear colour", _rgb_key, lambda: halves(90), note=SAID),
    shows(
        "alpha beneath a colour profile",
        lambda: encoded(HIDDEN, icc_profile=swapped_profile()),
        over_white(HIDDEN[..., [2, 1, 0, 3]]),
        tolerance=2,
        note="profile",
    ),
]  # fmt: skip
