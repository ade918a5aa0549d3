"""How a map is painted over its picture."""

from __future__ import annotations

from dataclasses import dataclass

from vitviewer.maps.state import Alpha, Interpolation, Photograph


@dataclass(frozen=True)
class OverlayStyle:
    """How a map is painted; ``lo`` and ``hi`` get the first and the last colour.

    Parameters
    ----------
    colormap : str
        The one that is painted with: of signed values one that diverges.
    opacity : float
        From 0 to 1; of the values that are painted most opaque.
    interpolation : Interpolation
    lo, hi : float
        A map of signed values has ``lo == -hi``.
    alpha : Alpha
        How the opacity depends on the value.
    photograph : Photograph
        What becomes of the picture under the map.
    signed : bool
        Whether values below zero mean something.
    """

    colormap: str
    opacity: float
    interpolation: Interpolation
    lo: float
    hi: float
    alpha: Alpha = Alpha.UNIFORM
    photograph: Photograph = Photograph.AS_IS
    signed: bool = False

    @property
    def mutes(self) -> bool:
        """Whether the picture loses most of its colour: not under a map unseen."""
        return self.photograph is Photograph.MUTED and self.opacity > 0.0

    @property
    def in_words(self) -> str:
        """How opaque it is, and what was done to the picture, for a caption."""
        words = f"opacity {self.opacity:.0%}"
        if self.interpolation is Interpolation.CONTOURS:
            words = "lines around 25% and 50% of the sum"
        elif self.alpha is not Alpha.UNIFORM:
            words = f"opacity rising to {self.opacity:.0%}"
        return f"{words}, picture muted" if self.mutes else words


def is_flat(lo: float, hi: float) -> bool:
    """Say whether a range is no more than rounding: it is then not stretched."""
    return not hi - lo > 1e-5 * max(abs(lo), abs(hi))
