"""Colour profiles: followed where they fit, named where they do not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

from tests.corpus.pictures.case import luma, scene, shows
from tests.picture_factory import encoded, srgb_profile, swapped_profile

#: Primaries in the connection space, one a row.
DISPLAY_P3 = (
    (0.5151, 0.2412, -0.0011),
    (0.2920, 0.6922, 0.0419),
    (0.1571, 0.0666, 0.7841),
)
ADOBE_LIKE = (
    (0.6097, 0.3111, 0.0195),
    (0.2053, 0.6257, 0.0609),
    (0.1492, 0.0632, 0.7446),
)
SRGB = (
    (0.4361, 0.2225, 0.0139),
    (0.3851, 0.7169, 0.0971),
    (0.1431, 0.0606, 0.7141),
)
GREY = luma(scene())


def profile(primaries: Any) -> bytes:
    """Return sRGB's profile with other primaries."""
    data = bytearray(srgb_profile())
    for n, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        offset = struct.unpack_from(">I", data, data.index(name) + 4)[0]
        fixed = [round(v * 65536) for v in primaries[n]]
        struct.pack_into(">3i", data, offset + 8, *fixed)
    return bytes(data)


def converted(primaries: Any) -> NDArray[np.uint8]:
    """Convert the scene to sRGB by the matrices and the curve of the standard."""
    share = scene() / 255.0
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = light @ np.array(primaries) @ np.linalg.inv(np.array(SRGB))
    light = np.clip(light, 0, 1)
    share = np.where(
        light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055
    )
    return np.rint(share * 255).astype(np.uint8)


def with_profile(data: bytes, form: str = "PNG") -> bytes:
    options: dict[str, Any] = {"JPEG": {"quality": 97, "subsampling": 0}}.get(form, {})
    return encoded(scene(), form, icc_profile=data, **options)


def _lab() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _long() -> bytes:
    return srgb_profile() + bytes(3_000_000)


def ignored(name: str, data: Callable[[], bytes]) -> Any:
    return shows(name, lambda: with_profile(data()), scene, note="ignored")


CASES = [
    *(
        shows(
            f"{words}, {form}",
            partial(with_profile, profile(primaries), form),
            partial(converted, primaries),
            tolerance=4 if form == "JPEG" else 3,
            note="profile",
            loose=form == "JPEG",
        )
        for words, primaries in (("Display P3", DISPLAY_P3), ("wide", ADOBE_LIKE))
        for form in ("PNG", "TIFF", "JPEG")
    ),
    *(
        shows(
            f"red and blue swapped, {form}",
            partial(with_profile, swapped_profile(), form),
            lambda: scene()[..., ::-1],
            tolerance=3,
            note="profile",
            loose=form == "JPEG",
        )
        for form in ("PNG", "TIFF", "JPEG")
    ),
    shows("sRGB, said", lambda: with_profile(srgb_profile()), scene),
    shows("grey with a profile for colours",
          lambda: encoded(GREY, icc_profile=srgb_profile()), lambda: GREY,
          note="ignored"),
    ignored("a profile for LAB", _lab),
    ignored("a profile cut short", lambda: srgb_profile()[:200]),
    ignored("a profile of zeros", lambda: bytes(500)),
    ignored("a profile of text", lambda: b"this is no profile" * 9),
    shows("a profile with a long tail", lambda: with_profile(_long()), scene),
]  # fmt: skip
