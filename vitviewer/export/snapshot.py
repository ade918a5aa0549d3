"""What is on the screen, frozen, so that it can be composed and written elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.export.figure import bands_of, page
from vitviewer.export.passes import Passes, tell_nobody
from vitviewer.export.png import write_bands
from vitviewer.maps.compose import compose_bands
from vitviewer.maps.legend import range_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from numpy.typing import NDArray
    from PIL.Image import Image

    from vitviewer.export.passes import Tell
    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture


_NUMBERS = 5
"""Most numbers of a regression in a caption."""


@dataclass(frozen=True)
class Snapshot:
    """A picture and what is shown over it.

    Whatever composes or writes takes a ``tell``: it is told how far that is, and what
    it raises ends the work, with no file and no part of one left.
    """

    picture: Picture
    shown: Resolved

    def overlay(self, tell: Tell = tell_nobody) -> NDArray[np.uint8]:
        """Compose the overlay at the picture's own size, uint8 (height, width, 3)."""
        result = np.empty_like(self.picture.pixels)
        for top, band in self._overlay_bands(Passes(tell)):
            result[top : top + len(band)] = band
        return result

    def side_by_side(self, tell: Tell = tell_nobody) -> NDArray[np.uint8]:
        """Compose picture, overlay, colour bar and caption, uint8 (h, w, 3)."""
        return np.asarray(self._page(Passes(tell)))

    def write_overlay(
        self, path: str | PathLike[str], tell: Tell = tell_nobody
    ) -> None:
        """Write what `overlay` returns as PNG, never holding all of it.

        Raises
        ------
        ExportError
            If it could not be written.
        """
        bands = (band for _, band in self._overlay_bands(Passes(tell)))
        write_bands(path, self.picture.size, bands, self.provenance())

    def write_side_by_side(
        self, path: str | PathLike[str], tell: Tell = tell_nobody
    ) -> None:
        """Write what `side_by_side` returns as PNG.

        Raises
        ------
        ExportError
            If it could not be written.
        """
        passes = Passes(tell, 2)
        drawn = self._page(passes)
        bands = passes.over(bands_of(drawn), drawn.height)
        write_bands(path, drawn.size, bands, self.provenance())

    def _overlay_bands(self, passes: Passes) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        geometry, values = self.shown.explanation.geometry, self.shown.patch_map.values
        bands = compose_bands(self.picture.pixels, values, geometry, self.shown.style)
        return passes.over(bands, self.picture.size[1], lambda band: band[1])

    def _page(self, passes: Passes) -> Image:
        return page(
            self.picture.pixels,
            self.shown.patch_map.values,
            self.shown.explanation.geometry,
            self.shown.style,
            self.shown.sentence.text,
            self.caption(),
            self.shown.answer.unit,
            passes,
        )

    def caption(self) -> list[str]:
        """Say in a few lines which picture and model this is, and how it is scaled."""
        model, style = self.shown.explanation.model, self.shown.style
        lo, hi = range_words(style.lo, style.hi, self.shown.answer.unit)
        lines = [
            f"{self.picture.name} · {model.name} ({model.family}, {model.dtype})",
            f"colours from {lo} to {hi}, {style.in_words}",
        ]
        prediction = self._prediction()
        return [*lines, prediction] if prediction else lines

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make this picture again."""
        return {
            **self.shown.explanation.provenance,
            "map": self.shown.title,
            "sentence": self.shown.sentence.full,
            "style": asdict(self.shown.style),
            "view": self.shown.choices,
        }

    def _prediction(self) -> str:
        explanation = self.shown.explanation
        several = _NUMBERS if explanation.model.regression else 1
        best = [str(one) for one in explanation.predictions(several)]
        return f"predicted: {', '.join(best)}" if best else ""
