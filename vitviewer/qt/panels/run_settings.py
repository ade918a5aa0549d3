"""What goes into the model and where it runs: size, background, device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from vitviewer.qt.widgets.bindings import bind_combo, follow
from vitviewer.qt.widgets.plain import set_tooltip
from vitviewer.queries import Background, Resolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.answers import ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.pictures.picture import Picture

_RESOLUTIONS = {
    Resolution.TRAINED: "Trained size",
    Resolution.DOUBLE: "Twice the trained size",
    Resolution.PICTURE: "The picture's own shape",
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
_AUTO = "auto"


class RunSettings(QObject):
    """Three combo boxes, tied to the state; they stand in the model's panel.

    Parameters
    ----------
    state : ViewState
        Where the choices live.
    """

    def __init__(self, state: ViewState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.resolution = _combo("Resolution", "At which size the picture goes in")
        self.background = _combo("Background", _BACKGROUND_TIP)
        self.background.addItems(list(_BACKGROUNDS.values()))
        bind_combo(self.background, state, "background", list(_BACKGROUNDS))
        self.device = _combo("Device", "What the model runs on")
        self.resolution.activated.connect(self._choose_resolution)
        self.device.activated.connect(self._choose_device)
        self.set_model(None)
        self.set_picture(None)
        for box, field in ((self.resolution, "resolution"), (self.device, "device")):
            follow(box, state, field, _shower(box))

    def rows(self) -> list[tuple[str, QWidget]]:
        """Return the controls with their labels."""
        return [
            ("Resolution", self.resolution),
            ("Background", self.background),
            ("Device", self.device),
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
        _fill(self.resolution, [(_RESOLUTIONS[size], size.value) for size in sizes])
        _fill(self.device, named)
        _shower(self.resolution)(self._state.resolution)
        _shower(self.device)(self._state.device)

    def _choose_resolution(self, index: int) -> None:
        self._state.resolution = Resolution(self.resolution.itemData(index))

    def _choose_device(self, index: int) -> None:
        self._state.device = self.device.itemData(index)


def _combo(name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setMinimumContentsLength(12)
    set_tooltip(combo, tip)
    return combo


def _fill(combo: QComboBox, entries: list[tuple[str, str]]) -> None:
    blocker = QSignalBlocker(combo)
    combo.clear()
    for text, data in entries:
        combo.addItem(text, data)
    combo.setEnabled(len(entries) > 1)
    blocker.unblock()


def _shower(combo: QComboBox) -> Callable[[object], None]:
    return lambda value: combo.setCurrentIndex(combo.findData(str(value)))
