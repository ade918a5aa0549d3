"""The colour space that EXIF names where there is no profile (DCF 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.pictures.colorimetry import Encoding, adobe_rgb

if TYPE_CHECKING:
    from PIL import Image

_EXIF, _INTEROPERABILITY, _COLOR_SPACE, _INDEX = 0x8769, 0xA005, 0xA001, 1
_ADOBE_RGB, _UNCALIBRATED = 2, 0xFFFF


def colors(image: Image.Image, notes: list[str]) -> list[Encoding]:
    """Return the encoding that EXIF names, if it is not sRGB.

    Cameras call Adobe RGB "uncalibrated" with the interoperability index R03; some
    write 2.
    """
    try:
        exif = image.getexif()
        space = exif.get_ifd(_EXIF).get(_COLOR_SPACE)
        if space == _UNCALIBRATED:
            index = exif.get_ifd(_INTEROPERABILITY).get(_INDEX)
            if str(index).strip("\0 ") != "R03":
                notes.append("EXIF names no known colour space: taken as sRGB")
                return []
            space = _ADOBE_RGB
    except Exception:  # any parser error: the pixels are good without it
        return []
    return [adobe_rgb()] if space == _ADOBE_RGB else []
