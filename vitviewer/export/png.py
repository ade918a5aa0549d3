"""Write a picture as PNG, whole or not at all, with its provenance inside."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vitviewer.system.files import write_bytes

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

PROVENANCE = "vitviewer"
"""The key of the PNG text chunk that holds the provenance as JSON."""


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
