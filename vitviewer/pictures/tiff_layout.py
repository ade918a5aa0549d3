"""How a TIFF's samples are laid out, and who reads them.

Pillow takes white for black in deep grey, separate planes for interleaved ones, signed
bytes for unsigned ones, and refuses what it has no mode for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from vitviewer.pictures.tiff_directory import Directory

UNCOMPRESSED, LZW, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 8, 32946, 32773
LZMA, ZSTD = 34925, 50000
#: Compressions of bytes, whatever they mean.
COMPRESSIONS = (UNCOMPRESSED, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
_PREDICTED = (LZW, DEFLATE, OLD_DEFLATE, LZMA, ZSTD)
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
#: How many samples colour takes, by the photometric interpretation.
COLOR_SAMPLES = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}
COLOR_SAMPLES |= {YCBCR: 3, LAB: 3}
UNSIGNED, SIGNED, FLOAT, UNDEFINED = 1, 2, 3, 4
_LETTERS = {UNSIGNED: "u", SIGNED: "i", FLOAT: "f"}
ASSOCIATED, UNASSOCIATED = 1, 2
_COREL = 999  # its alpha
COLOR_MAP = 320
_NODATA = 42113  # GDAL's
_MOST_TEXT = 100


@dataclass(frozen=True)
class Layout:
    """What stands where in a TIFF's first page.

    Parameters
    ----------
    size : (width, height)
    piece : (width, height)
        Of a tile, or of a strip; the pieces at the edge may reach over it.
    is_tiled, is_planar : bool
        Planar: each sample in pieces of its own.
    photometric, compression, predictor, fill_order : int
        As the tags have them.
    bits, kind, samples : int
        Bits of a sample, its format, and how many samples a pixel has. 0 bits where
        they differ from sample to sample.
    extra : tuple of int
        What each sample after those of the colour is.
    order : str
        "<" or ">": of the bytes of a sample.
    offsets, counts : tuple of int
        Where the pieces are, and how long.
    nodata : str
        The value of samples that were not measured; empty if none is named.
    has_narrow_map : bool
        Whether a palette's colours have 8 bits, where the format has 16.
    is_subsampled : bool
        Whether colours are stored for several pixels together, and not compressed.
    """

    size: tuple[int, int]
    piece: tuple[int, int]
    is_tiled: bool
    is_planar: bool
    photometric: int
    compression: int
    predictor: int
    fill_order: int
    bits: int
    kind: int
    samples: int
    extra: tuple[int, ...]
    order: str
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    nodata: str
    has_narrow_map: bool
    is_subsampled: bool

    @property
    def alpha(self) -> int | None:
        """Which sample is the alpha; None if there is none, or none that is shown."""
        if self.photometric == CMYK:
            return None
        first = COLOR_SAMPLES.get(self.photometric, self.samples)
        known = (ASSOCIATED, UNASSOCIATED)
        return next((first + n for n, e in enumerate(self.extra) if e in known), None)

    @property
    def is_premultiplied(self) -> bool:
        """Whether colours are stored times alpha."""
        return ASSOCIATED in self.extra and (
            UNASSOCIATED not in self.extra
            or self.extra.index(ASSOCIATED) < self.extra.index(UNASSOCIATED)
        )

    @property
    def n_left_out(self) -> int:
        """How many samples of a pixel are neither colour nor alpha."""
        color = COLOR_SAMPLES.get(self.photometric, self.samples)
        return max(0, self.samples - color - (self.alpha is not None))

    @property
    def used(self) -> tuple[int, ...]:
        """Which samples are read: those of the colour, then alpha."""
        color = range(COLOR_SAMPLES[self.photometric])
        return (*color, *(() if self.alpha is None else (self.alpha,)))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type, in this machine's order, of a sample once it is unpacked."""
        letter = _LETTERS[self.kind]
        n_bytes = next(n for n in (1, 2, 4, 8) if 8 * n >= self.bits)
        return np.dtype(f"{letter}{n_bytes}")

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """The type of a sample of whole bytes in the file."""
        return self.dtype.newbyteorder("<" if self.order == "<" else ">")

    @property
    def samples_a_piece(self) -> int:
        """How many samples of a pixel stand together."""
        return 1 if self.is_planar else self.samples

    @property
    def row_bytes(self) -> int:
        """How long a row of a piece is; it ends with a whole byte."""
        return -(-self.piece[0] * self.samples_a_piece * self.bits // 8)

    @property
    def grid(self) -> tuple[int, int]:
        """How many pieces stand across and down."""
        across = -(-self.size[0] // self.piece[0])
        return across, -(-self.size[1] // self.piece[1])

    @property
    def is_predicted(self) -> bool:
        """Whether samples are stored as differences; libtiff's other codecs never."""
        return self.predictor > 1 and self.compression in _PREDICTED


def layout_of(directory: Directory) -> Layout | None:
    """Read what the tags say; None if the size or the places are not there."""
    number, numbers = directory.number, directory.numbers
    size = number(256, 0), number(257, 0)
    is_tiled = 322 in directory.entries
    strip = size[0], min(number(278, size[1]), size[1])
    piece = (number(322, 0), number(323, 0)) if is_tiled else strip
    if not all(size) or not all(piece):
        return None
    photometric, samples = number(262, 0), number(277, 1)
    offsets = numbers(324 if is_tiled else 273) or numbers(273)
    counts = numbers(325 if is_tiled else 279) or numbers(279)
    layout = Layout(
        size=size,
        piece=piece,
        is_tiled=is_tiled,
        is_planar=number(284, 1) == 2 and samples > 1,
        photometric=photometric,
        compression=number(259, 1),
        predictor=number(317, 1),
        fill_order=number(266, 1),
        bits=_same(numbers(258, (1,))),
        kind=_kind(numbers(339, (1,))),
        samples=samples,
        extra=_extra(directory, photometric, samples),
        order=directory.order,
        offsets=offsets,
        counts=counts,
        nodata=_text(directory.values(_NODATA)),
        has_narrow_map=max(numbers(COLOR_MAP), default=256) < 256,
        is_subsampled=False,
    )
    if photometric == YCBCR and layout.compression == UNCOMPRESSED:
        missing = sum(counts) < size[0] * size[1] * samples
        layout = replace(layout, is_subsampled=missing)
    return layout if offsets else None


def can_be_read(layout: Layout) -> bool:
    """Return whether `tiff_samples` reads a layout.

    What is compressed as a picture and not as bytes is Pillow's alone.
    """
    if layout.photometric not in COLOR_SAMPLES or layout.is_subsampled:
        return False
    bits: tuple[int, ...] = _BITS.get(layout.kind, ())
    if layout.photometric in (YCBCR, LAB):
        bits = (8,) if layout.kind == UNSIGNED else ()
    elif layout.photometric == PALETTE:
        bits = tuple(range(1, 17)) if layout.kind == UNSIGNED else ()
    return (
        layout.compression in COMPRESSIONS
        and layout.bits in bits
        and _can_unpredict(layout)
        and layout.samples >= COLOR_SAMPLES[layout.photometric]
    )


_BITS = {
    UNSIGNED: (*range(1, 17), 24, 32, 64),
    SIGNED: (8, 16, 24, 32, 64),
    FLOAT: (16, 32, 64),
}


def is_pillows(layout: Layout) -> bool:
    """Return whether Pillow may try first: what it reads of this is as it is meant."""
    if layout.photometric == YCBCR and layout.compression != UNCOMPRESSED:
        return True
    if layout.kind != UNSIGNED or layout.is_planar or layout.fill_order != 1:
        return False
    if layout.bits in (1, 2, 4):
        return layout.samples == 1 and not layout.has_narrow_map
    if layout.bits == 16 and layout.samples == 1:
        return layout.photometric == BLACK_IS_ZERO and not layout.nodata
    if layout.photometric in (CMYK, YCBCR, LAB):
        n_colors = COLOR_SAMPLES[layout.photometric]
        return layout.bits in (8, 16) and layout.samples == n_colors
    if layout.photometric == PALETTE and layout.has_narrow_map:
        return False
    others = layout.extra[1:] if layout.alpha is not None else layout.extra
    known = not any(others) and (layout.alpha is None or layout.extra[0] > 0)
    if layout.photometric != RGB:
        few = layout.samples == 1 or (
            layout.samples == 2 and layout.photometric != WHITE_IS_ZERO
        )
        return layout.bits == 8 and few and known
    return known and layout.samples <= {8: 6, 16: 4}.get(layout.bits, 0)


def _can_unpredict(layout: Layout) -> bool:
    if layout.predictor == 2:
        return layout.bits in (8, 16, 32, 64) or not layout.is_predicted
    if layout.predictor == 3:
        return layout.kind == FLOAT or not layout.is_predicted
    return layout.predictor == 1 or not layout.is_predicted


def _same(bits: tuple[int, ...]) -> int:
    return bits[0] if len(set(bits)) == 1 else 0


def _kind(formats: tuple[int, ...]) -> int:
    """Return the one format of all samples; 0 where they differ."""
    kind = formats[0] if len(set(formats)) == 1 else 0
    return UNSIGNED if kind == UNDEFINED else kind


def _extra(directory: Directory, photometric: int, samples: int) -> tuple[int, ...]:
    """Return what the samples after those of the colour are, one number for each.

    A fourth sample of RGB that is not told of is alpha, as Pillow has it.
    """
    n = max(0, samples - COLOR_SAMPLES.get(photometric, samples))
    told = directory.numbers(338)
    if not told and photometric == RGB and n == 1:
        told = (UNASSOCIATED,)
    kinds = tuple(UNASSOCIATED if kind == _COREL else kind for kind in told[:n])
    return kinds + (0,) * (n - len(kinds))


def _text(data: bytes) -> str:
    return data[:_MOST_TEXT].split(b"\0")[0].decode("ascii", "replace").strip()
