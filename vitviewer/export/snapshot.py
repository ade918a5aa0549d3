"""What is on the screen, frozen, so that it can be composed and written elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vitviewer.export.figure import side_by_side
from vitviewer.maps.colors import compose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.answers import Explanation
    from vitviewer.maps.colors import OverlayStyle
    from vitviewer.maps.selection import PatchMap
    from vitviewer.pictures.picture import Picture


@dataclass(frozen=True)
class Snapshot:
    """A picture, a map of it, and how the map is painted.

    ``choices`` are the view's settings as plain JSON values, for the provenance.
    """

    picture: Picture
    explanation: Explanation
    patch_map: PatchMap
    style: OverlayStyle
    choices: dict[str, Any]

    def overlay(self) -> NDArray[np.uint8]:
        """Compose the overlay at the picture's own size, uint8 (height, width, 3)."""
        geometry, values = self.explanation.geometry, self.patch_map.values
        return compose(self.picture.pixels, values, geometry, self.style)

    def side_by_side(self) -> NDArray[np.uint8]:
        """Compose picture, overlay, colour bar and caption, uint8 (h, w, 3)."""
        return side_by_side(
            self.picture.pixels,
            self.patch_map.values,
            self.explanation.geometry,
            self.style,
            self.patch_map.title,
            self.caption(),
        )

    def caption(self) -> list[str]:
        """Say in a few lines which picture and model this is, and how it is scaled."""
        model, style = self.explanation.model, self.style
        lines = [
            f"{self.picture.name} · {model.name} ({model.family}, {model.dtype})",
            f"colours from {style.lo:.3%} to {style.hi:.3%} of the attention, "
            f"opacity {style.opacity:.0%}",
        ]
        prediction = self._prediction()
        return [*lines, prediction] if prediction else lines

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make this picture again."""
        return {
            **self.explanation.provenance,
            "map": self.patch_map.title,
            "style": asdict(self.style),
            "view": self.choices,
        }

    def _prediction(self) -> str:
        labels, shares = self.explanation.model.labels, self.explanation.probabilities
        if labels is None or shares is None:
            return ""
        best = int(shares.argmax())
        return f"predicted: {labels[best]} ({float(shares[best]):.1%})"
