"""The first page of a TIFF: whether a picture has such a one, and who reads it.

A tag can claim a billion strips. Pillow takes the values of all tags into memory, and
makes an object of each strip or tile: it is asked later.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from vitviewer.errors import ImageError
from vitviewer.pictures.tiff_classic import ClassicTiff, needs_classic
from vitviewer.pictures.tiff_directory import MOST_TAGS, first_directory
from vitviewer.pictures.tiff_layout import can_be_read, is_pillows, layout_of
from vitviewer.pictures.tiff_samples import read_samples
from vitviewer.text import quoted

if TYPE_CHECKING:
    from PIL import Image

    from vitviewer.pictures.tiff_directory import Directory
    from vitviewer.pictures.tiff_layout import Layout

_MOST_NUMBERS = 400_000  # tiles of 16 × 16 in 100 megapixels
_MOST_BYTES = 128_000_000
_OLD_JPEG = 6  # its data stands outside of strips
_KINDS = {1: "whole numbers", 2: "signed numbers", 3: "floating-point numbers"}
_KINDS |= {5: "complex numbers", 6: "complex numbers"}
_LAST_OF_PICTURE, _DESCRIPTION = 700, 270


@dataclass(frozen=True)
class Page:
    """The first page of a TIFF.

    Parameters
    ----------
    file : binary file
    directory : Directory
    layout : Layout
    """

    file: IO[bytes]
    directory: Directory
    layout: Layout

    @property
    def can_be_read(self) -> bool:
        """Whether `read` can do it, if Pillow cannot."""
        return can_be_read(self.layout)

    @property
    def is_pillows(self) -> bool:
        """Whether Pillow may try first."""
        return is_pillows(self.layout) or not self.can_be_read

    @property
    def is_misread(self) -> bool:
        """Whether Pillow is wrong and `read` cannot do it either."""
        return self.layout.is_subsampled

    def read(self, name: str) -> tuple[Image.Image, list[str]]:
        """Read an image of 8 bits as it is stored, and notes; see `read_samples`."""
        image, notes = read_samples(self.file, self.directory, self.layout, name)
        return image, [*self.notes, *notes]

    @property
    def for_pillow(self) -> IO[bytes]:
        """The file, with a header that Pillow knows."""
        if needs_classic(self.directory):
            return cast("IO[bytes]", ClassicTiff(self.file, self.directory))
        return self.file

    @property
    def end(self) -> int:
        """Where the last of its tags and pixels ends; much else may lie behind."""
        length = self.for_pillow.seek(0, io.SEEK_END)
        if needs_classic(self.directory) or self.layout.compression == _OLD_JPEG:
            return length
        pieces = zip(self.layout.offsets, self.layout.counts, strict=False)
        ends = [place + n_bytes for place, n_bytes in pieces]
        return min(length, max([self.directory.end, *ends]))

    @property
    def notes(self) -> list[str]:
        """What of it is not shown."""
        left_out, samples = self.layout.n_left_out, self.layout.samples
        return [f"{left_out} of {samples} bands left out"] if left_out else []

    @property
    def words(self) -> str:
        """What kind of TIFF it is, for those who know."""
        layout = self.layout
        kind = _KINDS.get(layout.kind, "mixed kinds of numbers")
        bits = f"{layout.bits}-bit " if layout.bits else "bits of several sizes, "
        return (
            f"{bits}{kind}, {layout.samples} a pixel, compression "
            f"{layout.compression}, photometric interpretation {layout.photometric}"
        )


def first_page(file: IO[bytes], name: str) -> Page | None:
    """Read a TIFF's first directory, and refuse one of more than a picture can have.

    Returns
    -------
    Page or None
        None where it is cut short, and Pillow has to say so.

    Raises
    ------
    ImageError
    """
    directory = first_directory(file)
    if directory is None:
        return None
    _check(directory, name)
    layout = layout_of(directory)
    return None if layout is None else Page(file, directory, layout)


def _check(directory: Directory, name: str) -> None:
    """Refuse a directory that no picture has."""
    entries = directory.entries.items()
    numbers = max((e.count for tag, e in entries if _of_picture(tag)), default=0)
    n_bytes = sum(entry.n_bytes for _, entry in entries)
    if directory.n_tags > MOST_TAGS or numbers > _MOST_NUMBERS:
        raise ImageError(f"{quoted(name)} is damaged: copy or download it again.")
    if n_bytes > _MOST_BYTES:
        raise ImageError(
            f"{quoted(name)} holds {n_bytes / 1e6:,.0f} MB beside its pixels, such as "
            "layers: save it without them, or as PNG."
        )


def _of_picture(tag: int) -> bool:
    return tag < _LAST_OF_PICTURE and tag != _DESCRIPTION
