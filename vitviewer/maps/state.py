"""What the user has chosen to see: one evented object, free of Qt.

Controls write to a `ViewState`; everything that shows something listens to its
events. It can be saved, restored, and driven from a script.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from psygnal import SignalGroupDescriptor

from vitviewer.methods.registry import list_methods
from vitviewer.queries import (
    CLASS_QUERY,
    Background,
    Direction,
    Fusion,
    Precision,
    Query,
    QueryKind,
    Resolution,
    Target,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitviewer.answers import ModelFacts


EMBER, EMBER_AND_ICE = "ember", "ember-and-ice"
"""The colormaps that are taken at first, for values of one sign and of both."""


class Scale(StrEnum):
    """Which values the two ends of the colormap stand for."""

    MAP = "map"
    LAYER = "layer"
    MODEL = "model"
    ABSOLUTE = "absolute"
    FIXED = "fixed"


class Interpolation(StrEnum):
    """How the space between patch centres is filled."""

    NEAREST = "nearest"
    SMOOTH = "smooth"
    CONTOURS = "contours"
    """Nothing is filled: lines hold a quarter and a half of the map's sum."""


class Alpha(StrEnum):
    """How opaque a value is painted, as a part of the opacity.

    v is where the value stands in its range, from 0 to 1, or from -1 to 1, of which the
    amount counts. RISING is 3v² - 2v³, which leaves the photograph where there is
    little and covers it where there is much; LINEAR is v.
    """

    UNIFORM = "uniform"
    LINEAR = "linear"
    RISING = "rising"


class Photograph(StrEnum):
    """What becomes of the picture while a map is over it: its colours compete."""

    MUTED = "muted"
    AS_IS = "as-is"


@dataclass
class ViewState:
    """The user's choices; each field has an event of its name in ``events``.

    Layers and heads count from 0 here, and from 1 wherever a person reads them.
    ``first_layer`` is None to show ``layer`` alone; otherwise the map is the mean
    over the layers from ``first_layer`` to ``layer``. ``absolute_max`` is the
    attention share (0 to 1) that gets the last colour when ``scale`` is absolute;
    ``fixed`` holds the values of the first and the last colour when it is fixed.
    ``signed_colormap`` is taken for signed values where ``colormap`` does not diverge.
    ``resolution``, ``device`` and ``precision`` are asked of the engine, another one
    means another forward pass; a saved one is not taken over, since the next model or
    machine may not have it. ``background`` is what is behind transparent pictures.
    ``settings`` holds what was set about each method, by the method's name; to change
    one, assign another dictionary.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    method: str = "attention"
    layer: int = 0
    first_layer: int | None = None
    head: int = 0
    fusion: Fusion = Fusion.MEAN
    query: Query = CLASS_QUERY
    target: Target | None = None
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    direction: Direction = Direction.FROM
    overlay_visible: bool = True
    opacity: float = 0.85
    colormap: str = EMBER
    signed_colormap: str = EMBER_AND_ICE
    interpolation: Interpolation = Interpolation.SMOOTH
    scale: Scale = Scale.MAP
    absolute_max: float = 0.05
    fixed: tuple[float, float] = (0.0, 0.05)
    alpha: Alpha = Alpha.RISING
    photograph: Photograph = Photograph.MUTED
    show_input: bool = False
    resolution: Resolution = Resolution.TRAINED
    device: str = "auto"
    precision: Precision = Precision.PUBLISHED
    background: Background = Background.WHITE

    def fit_to(self, model: ModelFacts) -> None:
        """Bring layer, head and query within a newly loaded model.

        The last layer is shown, from the query that the model offers first, and of the
        class that it predicts: another model's classes are others.
        """
        self.first_layer = None
        self.layer = model.n_layers - 1
        self.head = min(self.head, model.n_heads - 1)
        self.direction = Direction.FROM
        self.query = model.default_query
        self.target = None

    def fit_method(self, model: ModelFacts) -> str:
        """Take attention where a model cannot be asked the method; return why not.

        Empty if it can.
        """
        missing = list_methods()[self.method].missing(model)
        if missing:
            self.method = ViewState.method
        return missing

    def fit_target(self, model: ModelFacts) -> None:
        """Leave the class to the method where a model has no such class."""
        target, n_classes = self.target, len(model.labels or ())
        named = () if target is None else (target.index, target.minus)
        if any(index is not None and index >= n_classes for index in named):
            self.target = None

    def to_dict(self) -> dict[str, Any]:
        """Return the choices as plain JSON values.

        What few models and methods have is left out where it was not chosen.
        """
        choices = {k: v for k, v in asdict(self).items() if k != "events"}
        choices["fixed"] = list(self.fixed)
        for name in ("target", "settings"):
            if not choices[name]:
                del choices[name]
        for name in ("precision", "signed_colormap"):
            if choices[name] == getattr(ViewState, name):
                del choices[name]
        if not self.query.pane:
            del choices["query"]["pane"]
        return choices

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over those saved choices that are valid; the others stay."""
        for name, value in _brought_up(saved).items():
            checked = _checked(name, value)
            if checked is not None:
                setattr(self, name, checked)


_ENUMS: dict[str, type[StrEnum]] = {
    "fusion": Fusion,
    "direction": Direction,
    "interpolation": Interpolation,
    "scale": Scale,
    "alpha": Alpha,
    "photograph": Photograph,
    "background": Background,
}
_FRACTIONS = ("opacity", "absolute_max")
_SWITCHES = ("overlay_visible", "show_input")


def _brought_up(saved: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say in today's words what version 0.1.0 saved, so that it looks as it did.

    It painted over the photograph as it is, and had a switch where alpha is now.
    """
    faded = saved.get("fade")
    if not isinstance(faded, bool) or "alpha" in saved:
        return saved
    alpha = Alpha.LINEAR if faded else Alpha.UNIFORM
    return {"photograph": Photograph.AS_IS.value, **saved, "alpha": alpha.value}


def _checked(name: str, value: Any) -> Any:
    """Return the value if it is valid for the field, else None."""
    if name in _ENUMS:
        return _ENUMS[name](value) if value in list(_ENUMS[name]) else None
    if name == "method":
        return value if isinstance(value, str) and value in list_methods() else None
    if name == "settings" and isinstance(value, dict):
        return {n: kept for n, v in value.items() if (kept := _checked_settings(n, v))}
    if name == "target" and isinstance(value, dict):
        return _checked_target(value)
    if name in _SWITCHES:
        return value if isinstance(value, bool) else None
    if name in _FRACTIONS:
        number = isinstance(value, float | int) and not isinstance(value, bool)
        ok = number and 0.0 <= value <= 1.0
        return float(value) if ok else None
    if name == "fixed":
        return _checked_range(value)
    if name in ("colormap", "signed_colormap"):
        return value if isinstance(value, str) else None
    if name in ("layer", "head", "first_layer"):
        return value if _is_count(value) else None
    if name == "query" and isinstance(value, dict):
        return _checked_query(value)
    return None


def _checked_settings(name: str, saved: Any) -> dict[str, Any]:
    """Return those of a method's saved settings that it has and takes."""
    known = list_methods().get(name)
    if known is None or not isinstance(saved, dict):
        return {}
    kept: dict[str, Any] = {}
    for key, value in saved.items():
        with suppress(ValueError):
            kept.update(known.checked({key: value}))
    return kept


def _checked_target(value: dict[str, Any]) -> Target | None:
    """Return a saved target if it makes sense, else None."""
    index, minus = value.get("index"), value.get("minus")
    sound = _is_count(index) and (minus is None or _is_count(minus))
    return Target(int(value["index"]), minus) if sound else None


def _checked_query(value: dict[str, Any]) -> Query | None:
    """Return a saved query if it makes sense, else None."""
    if value.get("kind") not in list(QueryKind):
        return None
    places = [value.get(name, 0) for name in ("row", "col", "pane")]
    if not all(map(_is_count, places)):
        return None
    return Query(QueryKind(value["kind"]), *places)


def _checked_range(value: Any) -> tuple[float, float] | None:
    """Return two saved ends of a range if they are finite and rise, else None."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    if not all(isinstance(v, float | int) and not isinstance(v, bool) for v in value):
        return None
    with suppress(OverflowError):
        lo, hi = map(float, value)
        return (lo, hi) if isfinite(lo) and isfinite(hi) and lo < hi else None
    return None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
