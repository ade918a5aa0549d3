"""A TIFF's strips and tiles as arrays of samples, piece by piece.

Compressed bytes are given to libtiff as the rows of a grey picture of 8 bits: what they
mean is none of its business. It gets copies of ours: a file that it maps into memory
and that is cut short meanwhile would end the program.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import IO, TYPE_CHECKING

import numpy as np
from PIL import Image

from vitviewer.pictures.tiff_layout import (
    DEFLATE,
    OLD_DEFLATE,
    SIGNED,
    UNCOMPRESSED,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vitviewer.pictures.tiff_layout import Layout

_BATCH_BYTES = 8_000_000
_BLOCK_BYTES = 1_000_000
_REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))


def pieces(
    file: IO[bytes], layout: Layout
) -> Iterator[tuple[int, slice, slice, NDArray[np.generic]]]:
    """Read the samples that are used.

    Yields
    ------
    band : int
        Number of the first sample that the piece holds.
    rows, columns : slice
        Where in the picture.
    values : (rows, columns, samples)
        All samples that stand together; in `Layout.dtype`.

    Raises
    ------
    OSError, ValueError
        If data is missing or cannot be decompressed.
    """
    across, down = layout.grid
    a_plane = across * down
    n_planes = layout.samples if layout.is_planar else 1
    if len(layout.offsets) < a_plane * n_planes:
        raise OSError("pieces are missing")
    for plane in range(n_planes):
        if layout.is_planar and plane not in layout.used:
            continue
        for places in _batches(layout):
            numbers = [plane * a_plane + place for place in places]
            height = _height(layout, places[0])
            decoded = _decoded(file, layout, numbers, height)
            for n, place in enumerate(places):
                left = place % across * layout.piece[0]
                top = place // across * layout.piece[1]
                rows = slice(top, min(top + height, layout.size[1]))
                columns = slice(left, min(left + layout.piece[0], layout.size[0]))
                stored = decoded[n * height : n * height + rows.stop - rows.start]
                for part, values in _values(stored, layout):
                    lines = slice(top + part.start, top + part.stop)
                    seen = values[:, : columns.stop - columns.start]
                    yield plane, lines, columns, seen


def _batches(layout: Layout) -> Iterator[list[int]]:
    """Group the pieces of a plane; a last strip that is shorter stands alone."""
    across, down = layout.grid
    many = max(1, _BATCH_BYTES // max(1, layout.row_bytes * layout.piece[1]))
    full = across * down
    if _height(layout, full - 1) < layout.piece[1]:
        full -= 1
    for start in range(0, full, many):
        yield list(range(start, min(start + many, full)))
    if full < across * down:
        yield [full]


def _height(layout: Layout, place: int) -> int:
    """Return how many rows a piece holds: tiles are always whole."""
    if layout.is_tiled:
        return layout.piece[1]
    return min(layout.piece[1], layout.size[1] - place * layout.piece[1])


def _decoded(
    file: IO[bytes], layout: Layout, numbers: list[int], height: int
) -> NDArray[np.uint8]:
    """Read and decompress pieces of so many rows, uint8 (all rows, row_bytes)."""
    n_bytes = height * layout.row_bytes
    raw = []
    for number in numbers:
        file.seek(layout.offsets[number])
        size = n_bytes
        if layout.compression != UNCOMPRESSED:
            size = layout.counts[number] if number < len(layout.counts) else -1
        data = file.read(size)
        raw.append(data.translate(_REVERSED) if layout.fill_order == 2 else data)
    if layout.compression in (DEFLATE, OLD_DEFLATE):
        raw = [zlib.decompressobj().decompress(data, n_bytes) for data in raw]
    if layout.compression in (UNCOMPRESSED, DEFLATE, OLD_DEFLATE):
        if any(len(data) < n_bytes for data in raw):
            raise OSError("cut short")
        together = np.frombuffer(raw[0] if len(raw) == 1 else b"".join(raw), np.uint8)
        return together.reshape(-1, layout.row_bytes)
    grey = _grey_tiff(raw, layout, height)
    with Image.open(io.BytesIO(grey), formats=["TIFF"]) as image:
        return np.asarray(image)


def _grey_tiff(raw: list[bytes], layout: Layout, height: int) -> bytes:
    """Return a TIFF of 8-bit grey with compressed pieces for strips."""
    sizes = [len(data) for data in raw]
    n_tags = 9
    lists = 8 + 2 + 12 * n_tags + 4
    begin = lists + 8 * len(raw)
    starts = [begin]
    for size in sizes[:-1]:
        starts.append(starts[-1] + size)
    one = len(raw) == 1
    tags = [
        *((256, 1, layout.row_bytes), (257, 1, height * len(raw)), (258, 1, 8)),
        *((259, 1, layout.compression), (262, 1, 1)),
        (273, len(raw), starts[0] if one else lists),
        *((277, 1, 1), (278, 1, height)),
        (279, len(raw), sizes[0] if one else lists + 4 * len(raw)),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, n, value) for tag, n, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, n_tags) + entries + bytes(4)
    numbers = struct.pack(f"<{2 * len(raw)}I", *starts, *sizes)
    return b"".join((head, numbers, *raw))


def _values(
    stored: NDArray[np.uint8], layout: Layout
) -> Iterator[tuple[slice, NDArray[np.generic]]]:
    """Turn rows of bytes into samples, in blocks of rows."""
    step = max(1, _BLOCK_BYTES // layout.row_bytes)
    for top in range(0, len(stored), step):
        block = np.ascontiguousarray(stored[top : top + step])
        predictor = layout.predictor if layout.is_predicted else 1
        if predictor == 3:
            values = _float_predicted(block, layout)
        else:
            values = _samples(block, layout)
        values = values.reshape(len(block), -1, layout.samples_a_piece)
        if predictor == 2:  # differences of whole numbers, also where they are floats
            whole = values.view(f"u{values.itemsize}")
            values = np.cumsum(whole, axis=1, dtype=whole.dtype).view(layout.dtype)
        yield slice(top, top + len(block)), values


def _samples(block: NDArray[np.uint8], layout: Layout) -> NDArray[np.generic]:
    """Return the samples of rows of bytes, (rows, samples), in this machine's order."""
    if layout.bits == 24:
        return _of_three_bytes(block.reshape(len(block), -1, 3), layout)
    if layout.bits in (8, 16, 32, 64):
        return block.view(layout.stored_dtype).astype(layout.dtype, copy=False)
    n = layout.piece[0] * layout.samples_a_piece
    bits = np.unpackbits(block, axis=1)[:, : n * layout.bits]
    values = np.zeros((len(block), n), layout.dtype)
    for bit in range(layout.bits):  # the highest first, whatever the order of bytes
        values <<= 1
        values |= bits[:, bit :: layout.bits]
    return values


def _of_three_bytes(triples: NDArray[np.uint8], layout: Layout) -> NDArray[np.generic]:
    """Return whole numbers of three bytes, as numbers of four."""
    padded = np.zeros((*triples.shape[:2], 4), np.uint8)
    padded[..., 1:] = triples if layout.order == "<" else triples[..., ::-1]
    wide = padded.view("<i4" if layout.kind == SIGNED else "<u4")[..., 0]
    return (wide >> 8).astype(layout.dtype)


def _float_predicted(block: NDArray[np.uint8], layout: Layout) -> NDArray[np.generic]:
    """Undo the floating-point predictor (Adobe's Technote 3 on TIFF).

    A row holds the highest bytes of all its numbers first, then the next ones, each as
    the difference to the byte before of the same sample.
    """
    rows, n_bytes = len(block), layout.bits // 8
    step = layout.samples_a_piece
    sums = np.cumsum(block.reshape(rows, -1, step), axis=1, dtype=np.uint8)
    planes = sums.reshape(rows, n_bytes, -1).swapaxes(1, 2)
    numbers = np.ascontiguousarray(planes).view(layout.dtype.newbyteorder(">"))
    return numbers[..., 0].astype(layout.dtype)
