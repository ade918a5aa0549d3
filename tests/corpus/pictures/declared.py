"""Colours and transparency as chunks, segments and boxes declare them."""

from __future__ import annotations

import numpy as np

from tests.corpus.pictures.case import scene, shows
from tests.picture_factory import chunk, encoded, swapped_profile
from tests.pictures.declared_files import (
    chromaticities,
    code_points,
    gamma,
    gif,
    grey_profile,
    key,
    piece,
    png_of,
    profile_chunk,
    to_srgb,
    webp_at,
)

SCENE = scene()
DEEP = SCENE.astype(int) * 257
RAMP = np.tile(np.arange(0, 65536, 1024), (8, 1))[..., None]
LINEAR = to_srgb(SCENE / 255.0)
SWAPPED = SCENE[..., ::-1]
PATCH = np.full((6, 8, 3), (10, 20, 30), np.uint8)


def _keyed() -> np.ndarray:
    shown = SCENE.copy()
    shown[(SCENE[5, 5] == SCENE).all(axis=-1)] = 255
    return shown


def _framed() -> np.ndarray:
    canvas = np.full((16, 20, 3), 255, np.uint8)
    canvas[2:8, 4:12] = PATCH
    return canvas


def _piece_alone() -> bytes:
    data = encoded(SCENE, "JPEG", quality=97, subsampling=0)
    return data[:2] + piece(1, 2, swapped_profile()[:500]) + data[2:]


CASES = [
    shows("16-bit grey, linear", lambda: png_of(RAMP, 16, profile_chunk(
        grey_profile(1.0))), lambda: to_srgb(RAMP / 65535), tolerance=2,
        note="profile"),
    shows("16-bit RGB, one colour clear",
          lambda: png_of(DEEP, 16, key(*map(int, DEEP[5, 5]))), _keyed,
          note="over white"),
    shows("16-bit RGB, a neighbour of one clear",
          lambda: png_of(DEEP, 16, key(*(int(v) ^ 1 for v in DEEP[5, 5]))),
          lambda: SCENE),
    shows("gamma", lambda: png_of(SCENE, 8, gamma(1.0)), lambda: LINEAR, tolerance=1,
          note="gAMA"),
    shows("primaries", lambda: png_of(SCENE, 8, chromaticities(
        0.3127, 0.3290, 0.15, 0.06, 0.30, 0.60, 0.64, 0.33)), lambda: SWAPPED,
        tolerance=2, note="cHRM"),
    shows("sRGB over gamma",
          lambda: png_of(SCENE, 8, gamma(1.0), chunk(b"sRGB", b"\0")), lambda: SCENE),
    shows("code points over a profile", lambda: png_of(
        SCENE, 8, profile_chunk(swapped_profile()), code_points(1, 8)),
        lambda: LINEAR, tolerance=1, note="cICP"),
    shows("HDR", lambda: png_of(SCENE, 8, code_points(9, 16)), lambda: None,
          note="HDR picture (PQ)"),
    shows("a JPEG's profile lacks a piece", _piece_alone, lambda: SCENE, tolerance=3,
          loose=True, note="missing"),
    shows("a GIF's frame within its screen", lambda: gif((20, 16), (4, 2, 8, 6)),
          _framed, note="over white"),
    shows("a WebP's frame within its canvas", lambda: webp_at(
        4, 2, (20, 16), encoded(PATCH, "WEBP", lossless=True)), _framed,
        note="over white"),
]  # fmt: skip
