"""What is on the screen, frozen, so that it can be composed and written elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vitviewer.export.figure import bands_of, page, side_by_side
from vitviewer.export.png import write_bands
from vitviewer.maps.colors import compose, compose_bands
from vitviewer.maps.legend import range_words

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture


_NUMBERS = 5
"""Most numbers of a regression in a caption."""


@dataclass(frozen=True)
class Snapshot:
    """A picture and what is shown over it."""

    picture: Picture
    shown: Resolved

    def overlay(self) -> NDArray[np.uint8]:
        """Compose the overlay at the picture's own size, uint8 (height, width, 3)."""
        geometry, values = self.shown.explanation.geometry, self.shown.patch_map.values
        return compose(self.picture.pixels, values, geometry, self.shown.style)

    def side_by_side(self) -> NDArray[np.uint8]:
        """Compose picture, overlay, colour bar and caption, uint8 (h, w, 3)."""
        return side_by_side(*self._figure())

    def write_overlay(self, path: str | PathLike[str]) -> None:
        """Write what `overlay` returns as PNG, never holding all of it.

        Raises
        ------
        ExportError
            If it could not be written.
        """
        geometry, values = self.shown.explanation.geometry, self.shown.patch_map.values
        pixels, style = self.picture.pixels, self.shown.style
        bands = compose_bands(pixels, values, geometry, style)
        size = self.picture.size
        write_bands(path, size, (band for _, band in bands), self.provenance())

    def write_side_by_side(self, path: str | PathLike[str]) -> None:
        """Write what `side_by_side` returns as PNG.

        Raises
        ------
        ExportError
            If it could not be written.
        """
        drawn = page(*self._figure())
        write_bands(path, drawn.size, bands_of(drawn), self.provenance())

    def _figure(self) -> tuple[Any, ...]:
        return (
            self.picture.pixels,
            self.shown.patch_map.values,
            self.shown.explanation.geometry,
            self.shown.style,
            self.shown.title,
            self.caption(),
            self.shown.answer.unit,
        )

    def caption(self) -> list[str]:
        """Say in a few lines which picture and model this is, and how it is scaled."""
        model, style = self.shown.explanation.model, self.shown.style
        lo, hi = range_words(style.lo, style.hi, self.shown.answer.unit)
        lines = [
            f"{self.picture.name} · {model.name} ({model.family}, {model.dtype})",
            f"colours from {lo} to {hi}, opacity {style.opacity:.0%}",
        ]
        prediction = self._prediction()
        return [*lines, prediction] if prediction else lines

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make this picture again."""
        return {
            **self.shown.explanation.provenance,
            "map": self.shown.title,
            "style": asdict(self.shown.style),
            "view": self.shown.choices,
        }

    def _prediction(self) -> str:
        explanation = self.shown.explanation
        several = _NUMBERS if explanation.model.regression else 1
        best = [str(one) for one in explanation.predictions(several)]
        return f"predicted: {', '.join(best)}" if best else ""
