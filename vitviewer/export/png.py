"""Write a picture as PNG, whole or not at all, with its provenance inside.

Written here and not by Pillow, which would hold it once more, at 4 bytes a pixel: rows
come in bands, and what is written is given up.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from vitviewer.system.files import open_regular, replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

PROVENANCE = "vitviewer"
"""The key of the PNG text chunk that holds the provenance as JSON."""
_MARK = PROVENANCE.encode() + b"\0"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _DEPTH = 2, 8
# Half the time of the usual 6, for a file a tenth larger.
_LEVEL = 3
_BAND_PIXELS = 1 << 18
_SUB, _UP, _AVERAGE = 1, 2, 3


def is_own_png(path: str | PathLike[str]) -> bool:
    """Return whether a file is a PNG that `write_png` wrote: its provenance says so."""
    try:
        with open_regular(path) as file:
            if file.read(len(_SIGNATURE)) != _SIGNATURE:
                return False
            while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
                size = int.from_bytes(head[:4], "big")
                start = file.read(min(size, len(_MARK)))
                if head[4:] == b"iTXt" and start == _MARK:
                    return True
                file.seek(size - len(start) + 4, 1)  # 4 are its checksum
    except (OSError, ValueError):
        pass
    return False


def write_png(
    path: str | PathLike[str], pixels: NDArray[np.uint8], provenance: dict[str, Any]
) -> None:
    """Write uint8 (height, width, 3) as PNG; an older file is replaced only whole.

    Raises
    ------
    ExportError
        If it could not be written.
    """
    height, width, _ = pixels.shape
    write_bands(path, (width, height), [pixels], provenance)


def write_bands(
    path: str | PathLike[str],
    size: tuple[int, int],
    bands: Iterable[NDArray[np.uint8]],
    provenance: dict[str, Any],
) -> None:
    """Write a picture that comes in bands of rows, from the top; see `write_png`.

    Parameters
    ----------
    path : str or path
    size : (width, height)
    bands : iterable of uint8 (rows, width, 3)
        Each is taken when those before it are written.
    provenance : dict
        Goes into the file as JSON.

    Raises
    ------
    ExportError
        If it could not be written.
    """
    width, height = size
    text = json.dumps(provenance).encode()
    with replacing(path) as file:
        file.write(_SIGNATURE)
        header = struct.pack(">IIBBBBB", width, height, _DEPTH, _RGB, 0, 0, 0)
        _write_chunk(file, b"IHDR", header)
        _write_chunk(file, b"iTXt", PROVENANCE.encode() + b"\0\0\0\0\0" + text)
        squeeze = zlib.compressobj(_LEVEL)
        for rows in _filtered(bands):
            data = squeeze.compress(rows.data)
            if data:
                _write_chunk(file, b"IDAT", data)
        _write_chunk(file, b"IDAT", squeeze.flush())
        _write_chunk(file, b"IEND", b"")


def _write_chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind + data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _filtered(bands: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Yield rows as PNG stores them: the filter's number, then differences.

    Of the filters Sub, Up and Average each row takes the one with the smallest sum of
    absolute differences, the rule that the specification recommends.
    """
    above: NDArray[np.uint8] | None = None
    for band in bands:
        step = max(1, _BAND_PIXELS // band.shape[1])
        for top in range(0, len(band), step):
            rows = band[top : top + step]
            if above is None:
                above = np.zeros_like(rows[0])
            yield _differences(rows, np.concatenate([above[None], rows[:-1]]))
            above = rows[-1].copy()


def _differences(
    rows: NDArray[np.uint8], above: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Filter some rows, uint8 (rows, 1 + 3 · width)."""
    left = np.zeros_like(rows)
    left[:, 1:] = rows[:, :-1]
    mean = (left & above) + ((left ^ above) >> 1)  # without a ninth bit
    kinds = np.array([_SUB, _UP, _AVERAGE], np.uint8)
    differences = [
        (rows - guess).reshape(len(rows), -1) for guess in (left, above, mean)
    ]
    sums = [np.abs(d.view(np.int8)).sum(axis=1, dtype=np.int64) for d in differences]
    best = np.argmin(sums, axis=0)
    result = np.empty((len(rows), 1 + differences[0].shape[1]), np.uint8)
    result[:, 0] = kinds[best]
    for n, some in enumerate(differences):
        result[best == n, 1:] = some[best == n]
    return result
