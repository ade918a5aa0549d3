"""Maps and overlays as a notebook holds them: NumPy arrays that show themselves."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.export.snapshot import Snapshot
from vitviewer.maps.colormaps import known_colormap
from vitviewer.maps.presets import known_preset, use
from vitviewer.maps.resolve import Resolved, resolve
from vitviewer.maps.state import (
    Alpha,
    Interpolation,
    Photograph,
    Scale,
    ViewState,
)

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from vitviewer.answers import Answer, Explanation
    from vitviewer.pictures.picture import Picture


class Map:
    """One value a patch; as an array it is float32 (rows, cols)."""

    def __init__(
        self,
        picture: Picture,
        explanation: Explanation,
        answer: Answer,
        state: ViewState,
    ) -> None:
        self._picture = picture
        self._explanation = explanation
        self._state = state
        self.answer = answer
        self._resolved = resolve(explanation, answer, state)

    @property
    def values(self) -> NDArray[np.float32]:
        """The map, float32 (rows, cols), as the model computed it."""
        return self._resolved.patch_map.values

    @property
    def special(self) -> NDArray[np.float32]:
        """The same for the tokens that are no patches, float32 (special tokens,)."""
        return self._resolved.patch_map.special

    @property
    def title(self) -> str:
        """What it is: "attention from the class token in layer 12, mean of 12 heads".

        Where the model's answer is read from elsewhere, that is said too.
        """
        return self._resolved.title

    @property
    def unit(self) -> str:
        """What a value is measured in."""
        return self.answer.unit

    def overlay(
        self,
        opacity: float | None = None,
        colormap: str | None = None,
        interpolation: str | None = None,
        scale: str = "map",
        preset: str = "ember",
        alpha: str | None = None,
        photograph: str | None = None,
    ) -> Overlay:
        """Lay the map over the picture, at the picture's own resolution.

        Parameters
        ----------
        opacity : float, optional
            Of the values that are painted most opaque, from 0 to 1.
        colormap : str, optional
            "ember", or any name that cmap knows, such as "magma" or "cmocean:ice".
            Signed values get the preset's own where it does not diverge.
        interpolation : str, optional
            "smooth", "nearest" (true patches) or "contours": lines that hold a quarter
            and a half of the map's sum.
        scale : str
            What the colours span: this "map", the "layer", or the whole "model".
        preset : str
            What is taken for all that is left out: "ember", "viridis", "notebook"
            (magma, evenly over the picture as it is) or "patches".
        alpha : str, optional
            "rising" with the value, "linear", or "uniform".
        photograph : str, optional
            "muted" or "as-is".

        Raises
        ------
        ValueError
            If a name is none of those, or the opacity lies outside its range.
        """
        state = copy(self._state)
        use(known_preset(preset), state)
        if opacity is not None:
            if not 0.0 <= opacity <= 1.0:
                raise ValueError(f"opacity lies between 0 and 1, not at {opacity}")
            state.opacity = opacity
        if colormap is not None:
            state.colormap = known_colormap(colormap)
        if interpolation is not None:
            state.interpolation = Interpolation(interpolation)
        if alpha is not None:
            state.alpha = Alpha(alpha)
        if photograph is not None:
            state.photograph = Photograph(photograph)
        state.scale = Scale(scale)
        shown = resolve(self._explanation, self.answer, state)
        return Overlay(self._picture, shown)

    def __array__(
        self, dtype: Any = None, copy: bool | None = None
    ) -> NDArray[np.float32]:
        """Return the values."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def _repr_png_(self) -> bytes:
        return self.overlay()._repr_png_()

    def __repr__(self) -> str:
        rows, cols = self.values.shape
        return f"<Map {rows} × {cols}: {self.title}>"


class Overlay:
    """A map over its picture; as an array it is uint8 (height, width, 3)."""

    def __init__(self, picture: Picture, shown: Resolved) -> None:
        self._shot = Snapshot(picture, shown)
        self.pixels = self._shot.overlay()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a PNG that says inside how it was made.

        Raises
        ------
        ExportError
            If it cannot be written; an older file of that name is untouched.
        """
        from vitviewer.export.png import write_png

        write_png(path, self.pixels, self._shot.provenance())

    def side_by_side(self) -> NDArray[np.uint8]:
        """Return picture, overlay, colour bar and caption, uint8 (h, w, 3)."""
        return self._shot.side_by_side()

    def __array__(
        self, dtype: Any = None, copy: bool | None = None
    ) -> NDArray[np.uint8]:
        """Return the pixels."""
        return np.array(self.pixels, dtype=dtype, copy=copy)

    def _repr_png_(self) -> bytes:
        from vitviewer.api.notebook import png_bytes

        return png_bytes(self.pixels)

    def __repr__(self) -> str:
        height, width, _ = self.pixels.shape
        return f"<Overlay {width} × {height}: {self._shot.shown.title}>"
