"""What goes into the model and how it runs: size, background, device, precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from vitviewer.qt.widgets.bindings import bind_combo, follow
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.queries import Background, Precision, Resolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.answers import ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.pictures.picture import Picture

_RESOLUTIONS = {
    Resolution.TRAINED: "{} size",
    Resolution.DOUBLE: "twice the {} size",
    Resolution.PICTURE: "the picture's own shape",
}
_BACKGROUNDS = {
    Background.WHITE: "White",
    Background.GREY: "Grey",
    Background.BLACK: "Black",
    Background.IGNORED: "Transparency ignored",
}
_BACKGROUND_TIP = (
    "What is behind a transparent picture. Most training code ignores transparency, "
    "and so sees the colours that are hidden."
)
_SIZE_TIP = "At which size the picture goes in"
_PRECISION_TIP = (
    "What the model computes in. What overflows in float16 does not in float32, which "
    "takes twice the memory."
)
_AUTO = "auto"


class RunSettings(QObject):
    """Four combo boxes, tied to the state; they stand in the model's panel.

    Parameters
    ----------
    state : ViewState
        Where the choices live.
    """

    def __init__(self, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.resolution = _combo("Resolution", _SIZE_TIP)
        self.background = _combo("Background", _BACKGROUND_TIP)
        self.background.addItems(list(_BACKGROUNDS.values()))
        bind_combo(self.background, state, "background", list(_BACKGROUNDS))
        self.device = _combo("Device", "What the model runs on")
        self.precision = _combo("Precision", _PRECISION_TIP)
        self.resolution.activated.connect(self._choose_resolution)
        self.precision.activated.connect(self._choose_precision)
        self.device.activated.connect(self._choose_device)
        self.set_model(None)
        self.set_picture(None)
        for field in ("resolution", "device", "precision"):
            box = getattr(self, field)
            follow(box, state, field, _shower(box))

    def rows(self) -> list[tuple[str, QWidget]]:
        """Return the controls with their labels."""
        return [
            ("Resolution", self.resolution),
            ("Background", self.background),
            ("Device", self.device),
            ("Precision", self.precision),
        ]

    @Slot(object)
    def set_picture(self, picture: Picture | None) -> None:
        """Offer a background where something of the picture is transparent."""
        transparent = picture is not None and picture.transparency is not None
        self.background.setEnabled(transparent)

    def set_model(self, model: ModelFacts | None) -> None:
        """Offer what this model and this machine can do."""
        sizes = (Resolution.TRAINED,) if model is None else model.resolutions
        devices = () if model is None else model.devices
        auto = "Automatic" if model is None else f"Automatic (now {model.device})"
        named = [(auto, _AUTO), *((name, name) for name in devices)]
        of = "processor's" if model is not None and model.is_resized else "trained"
        words = [_RESOLUTIONS[size].format(of).capitalize() for size in sizes]
        _fill(self.resolution, [*zip(words, sizes, strict=True)])
        fixed = "" if model is None else model.fixed
        self.resolution.setProperty("tip", f"{_SIZE_TIP}. {fixed}".rstrip(". "))
        _fill(self.precision, _precisions(model))
        _fill(self.device, named)
        _shower(self.resolution)(self._state.resolution)
        _shower(self.device)(self._state.device)
        _shower(self.precision)(self._state.precision)

    def _choose_resolution(self, index: int) -> None:
        self._state.resolution = Resolution(self.resolution.itemData(index))

    def _choose_precision(self, index: int) -> None:
        self._state.precision = Precision(self.precision.itemData(index))

    def _choose_device(self, index: int) -> None:
        self._state.device = self.device.itemData(index)


def _precisions(model: ModelFacts | None) -> list[tuple[str, str]]:
    """Return what a model may run in: float32 is another for half precision alone."""
    dtype = "" if model is None else f" ({model.published or model.dtype})"
    published = [(f"As published{dtype}", Precision.PUBLISHED.value)]
    if model is None or not model.can_widen:
        return published
    return [*published, ("float32", Precision.FLOAT32.value)]


def _combo(name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(8)
    combo.setProperty("tip", tip)
    combo.currentTextChanged.connect(lambda: _tell(combo))
    _tell(combo)
    return combo


def _tell(combo: QComboBox) -> None:
    """Put the whole choice, which may be cut off, before what it is about."""
    chosen, tip = combo.currentText(), combo.property("tip")
    set_tooltip(combo, f"{chosen}. {tip}" if chosen else tip)


def _fill(combo: QComboBox, entries: list[tuple[str, str]]) -> None:
    blocker = QSignalBlocker(combo)
    combo.clear()
    for text, data in entries:
        combo.addItem(text, data)
    combo.setEnabled(len(entries) > 1)
    blocker.unblock()
    _tell(combo)


def _shower(combo: QComboBox) -> Callable[[object], None]:
    return lambda value: combo.setCurrentIndex(combo.findData(str(value)))
