"""Write a picture as PNG, whole or not at all, with its provenance inside."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vitviewer.system.files import open_regular, write_bytes

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

PROVENANCE = "vitviewer"
"""The key of the PNG text chunk that holds the provenance as JSON."""
_MARK = PROVENANCE.encode() + b"\0"


_SIGNATURE = b"\x89PNG\r\n\x1a\n"


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
    info = PngInfo()
    info.add_itxt(PROVENANCE, json.dumps(provenance))
    buffer = io.BytesIO()
    # Level 3 takes half the time of the usual 6, for a file a tenth larger.
    Image.fromarray(pixels).save(buffer, "PNG", pnginfo=info, compress_level=3)
    write_bytes(path, buffer.getvalue())
