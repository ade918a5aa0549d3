"""All layers and heads of an answer, as a script or a notebook holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.export.wall import WallShot
from vitviewer.maps.tiles import TileScale

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture


class Wall:
    """One map for each layer and head; as an array float32 (layers, heads, rows, cols).

    Axes that a method does not tell apart have length 1.
    """

    def __init__(
        self, picture: Picture, shown: Resolved, scale: str, table: bool
    ) -> None:
        self._shot = WallShot(picture, shown, TileScale(scale), table)

    @property
    def values(self) -> NDArray[np.float32]:
        """The maps, float32 (layers, heads, rows, cols), as the model computed them."""
        return self._shot.stack.maps[0]

    @property
    def prefix_shares(self) -> NDArray[np.float32] | None:
        """Parts of the attention that go to tokens that are no patches.

        float32 (layers, heads); None where values are no parts of one row.
        """
        return self._shot.shares

    @property
    def title(self) -> str:
        """What it is: "attention from the class token, 12 layers × 12 heads"."""
        return self._shot.title

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The tiles with the layers' numbers and a caption, uint8 (height, width, 3).

        Raises
        ------
        ExportError
            If there are too many tiles for a picture.
        """
        return self._shot.pixels()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a picture (.png) or data (.npz), which say inside how they were made.

        Raises
        ------
        ExportError
            If it cannot be written, or has another suffix; an older file is untouched.
        """
        self._shot.write(path)

    def __array__(
        self, dtype: Any = None, copy: bool | None = None
    ) -> NDArray[np.float32]:
        """Return the values."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def _repr_png_(self) -> bytes:
        from vitviewer.api.notebook import png_bytes

        return png_bytes(self.pixels)

    def __repr__(self) -> str:
        return f"<Wall: {self.title}>"
