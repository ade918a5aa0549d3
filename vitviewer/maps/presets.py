"""Ways to paint a map that have a name: several choices at once, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitviewer.maps.state import (
    EMBER,
    EMBER_AND_ICE,
    Alpha,
    Interpolation,
    Photograph,
)

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState


@dataclass(frozen=True)
class Preset:
    """Choices of a view that belong together.

    Parameters
    ----------
    name : str
        What command line and Python call it.
    label : str
        The same for people.
    colormap, signed_colormap, opacity, alpha, photograph, interpolation
        The fields of `vitviewer.maps.state.ViewState`.
    """

    name: str
    label: str
    colormap: str
    signed_colormap: str = EMBER_AND_ICE
    opacity: float = 0.85
    alpha: Alpha = Alpha.RISING
    photograph: Photograph = Photograph.MUTED
    interpolation: Interpolation = Interpolation.SMOOTH

    @property
    def choices(self) -> dict[str, Any]:
        """The fields of the view and their values."""
        return {field: getattr(self, field) for field in FIELDS}


FIELDS = (
    "colormap",
    "signed_colormap",
    "opacity",
    "alpha",
    "photograph",
    "interpolation",
)
"""The choices that a preset makes."""
_PRESETS = (
    Preset("ember", "Ember", EMBER),
    Preset("viridis", "Viridis, colour-blind first", "bids:viridis", "crameri:vik"),
    Preset(
        "notebook",
        "As in the notebook",
        "bids:magma",
        "crameri:vik",
        opacity=0.7,
        alpha=Alpha.UNIFORM,
        photograph=Photograph.AS_IS,
    ),
    Preset(
        "patches",
        "True patches",
        "bids:inferno",
        "crameri:vik",
        opacity=0.6,
        alpha=Alpha.UNIFORM,
        photograph=Photograph.AS_IS,
        interpolation=Interpolation.NEAREST,
    ),
)
PRESETS = {preset.name: preset for preset in _PRESETS}
"""The presets by name; the first one is the default."""


def known_preset(name: str) -> Preset:
    """Return the preset of a name.

    Raises
    ------
    ValueError
        In words, if there is none of that name.
    """
    if name not in PRESETS:
        raise ValueError(f"{name!r} is not a preset: there are {', '.join(PRESETS)}")
    return PRESETS[name]


def preset_of(state: ViewState) -> Preset | None:
    """Return the preset that a view follows in all its choices; None if none."""
    for preset in _PRESETS:
        if all(getattr(state, f) == value for f, value in preset.choices.items()):
            return preset
    return None


def use(preset: Preset, state: ViewState) -> None:
    """Take over a preset's choices."""
    for field, value in preset.choices.items():
        setattr(state, field, value)
