"""What a file says of its pixels that Pillow does not tell, or tells half of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from vitviewer.pictures import avif, exif_color, first_frame, jpeg, png

if TYPE_CHECKING:
    from PIL import Image

    from vitviewer.pictures.colorimetry import Encoding
    from vitviewer.pictures.png import Key

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Declared:
    """What is said of an image.

    Parameters
    ----------
    colors : tuple of bytes or Encoding
        ICC profiles and other descriptions, the one that counts most first.
    key : Key, optional
        The one colour that is transparent.
    covered : (left, top, right, bottom), optional
        What the first frame covers; all around it is transparent.
    notes : tuple of str
        What was left aside, for the user.
    """

    colors: tuple[bytes | Encoding, ...] = ()
    key: Key | None = None
    covered: Box | None = None
    notes: tuple[str, ...] = ()


def declared_by(image: Image.Image, file: IO[bytes]) -> Declared:
    """Read what a file says of an image that is loaded; leave the file where it is."""
    place = file.tell()
    try:
        return _read(image, file)
    finally:
        file.seek(place)


def _read(image: Image.Image, file: IO[bytes]) -> Declared:
    notes: list[str] = []
    if image.format == "PNG":
        chunks = png.read_chunks(file)
        colors = png.colors(chunks, notes)
        colors += exif_color.colors(image, [] if colors else notes)
        return Declared(tuple(colors), png.transparent(chunks), None, tuple(notes))
    profile = image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):
        profile = jpeg.profile(file, image.mode, notes)
    colors = [profile] if profile else []
    if image.format == "AVIF":
        colors += avif.colors(file, notes)
    colors += exif_color.colors(image, [] if colors else notes)
    covered = first_frame.covered(image, file)
    return Declared(tuple(colors), None, covered, tuple(notes))
