"""The docks' panels, tied to the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from vitviewer.models.catalog import list_models
from vitviewer.qt.panels.attention import AttentionPanel
from vitviewer.qt.panels.display import DisplayPanel
from vitviewer.qt.panels.model import ModelPanel
from vitviewer.qt.panels.prediction import PredictionPanel
from vitviewer.qt.panels.run_settings import RunSettings
from vitviewer.qt.panels.trust import TrustPanel
from vitviewer.qt.picker.dialog import ModelPicker
from vitviewer.qt.picker.hub_session import HubSession
from vitviewer.qt.widgets.plain import plain_boxes
from vitviewer.queries import Direction

if TYPE_CHECKING:
    from vitviewer.answers import Explanation, ModelFacts
    from vitviewer.maps.resolve import Resolved
    from vitviewer.qt.controller import Controller


class Panels(QObject):
    """Build the panels and pass the controller's news to them."""

    trusted = Signal(object)
    failed = Signal()
    dropped = Signal(object)

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        self._window = parent
        self.picker: ModelPicker | None = None
        self.model = ModelPanel()
        self.run_settings = RunSettings(controller.state)
        self.model.add_rows(self.run_settings.rows())
        self.attention = AttentionPanel(controller.state)
        self.overlay = DisplayPanel(controller.state)
        self.prediction = PredictionPanel()
        self.trust = TrustPanel()
        self.model.set_entries(list_models())
        self.model.chosen.connect(controller.load_model)
        self.model.more_wanted.connect(self.open_picker)
        self.model.folder_wanted.connect(self.open_model_folder)
        self.attention.reset_query.connect(self.reset_query)
        self.attention.following.toggled.connect(controller.hovering.switch)
        controller.hovering.switched.connect(self.attention.following.setChecked)
        controller.model_changed.connect(self._on_model)
        controller.explanation_changed.connect(self._on_explanation)
        controller.shown_changed.connect(self._on_shown)
        controller.picture_changed.connect(self.run_settings.set_picture)
        self.run_settings.set_picture(controller.picture)
        self._on_model(controller.model)
        self._on_explanation(controller.explanation)

    def by_title(self) -> dict[str, QWidget]:
        """Return the panels under the titles of their docks."""
        return {
            "Model": self.model,
            "Attention": self.attention,
            "Overlay": self.overlay,
            "Prediction": self.prediction,
            "Trust": self.trust,
        }

    @Slot()
    def open_model_folder(self) -> None:
        """Ask for a folder that holds a model."""
        with plain_boxes():
            folder = QFileDialog.getExistingDirectory(
                self._window, "Open a model folder"
            )
        if folder:
            self._controller.load_model(folder)

    @Slot()
    def open_picker(self) -> None:
        """Open the dialog of all models, or bring it to the front."""
        if self.picker is None:
            picker = ModelPicker(HubSession(self), self._window)
            picker.chosen.connect(self._controller.load_model)
            picker.folder_wanted.connect(self.open_model_folder)
            picker.hub.failed.connect(self.failed)
            picker.dropped.connect(self.dropped)
            picker.finished.connect(self._on_picked)
            self.picker = picker
        self.picker.show()
        self.picker.activateWindow()

    @property
    def downloading(self) -> str:
        """What the dialog of all models downloads, and how far that is; or nothing."""
        return "" if self.picker is None else self.picker.downloading

    def close_picker(self) -> None:
        """Close the dialog of all models, and give up what it downloads."""
        if self.picker is not None:
            self.picker.close()

    def stop(self, timeout_ms: int) -> bool:
        """End what still asks the hub; False if it would not stop in time."""
        sessions: list[HubSession] = self.findChildren(HubSession)
        for session in sessions:
            session.cancel()
        stopped = [session.stop(timeout_ms) for session in sessions]
        return all(stopped)

    @Slot()
    def _on_picked(self) -> None:
        self.picker = None

    @Slot()
    def reset_query(self) -> None:
        """Return to the class token, or to the mean where there is none."""
        model, state = self._controller.model, self._controller.state
        if model is not None:
            state.direction = Direction.FROM
            state.query = model.default_query

    @Slot(object)
    def _on_model(self, model: ModelFacts | None) -> None:
        self.model.set_model(model)
        self.attention.set_model(model)
        self.run_settings.set_model(model)
        halved = model is not None and model.can_widen
        self.model.show_row(self.run_settings.precision, halved)
        self.show_trust()

    @Slot(object)
    def _on_explanation(self, explanation: Explanation | None) -> None:
        refused = self._controller.refusal is not None
        self.prediction.set_explanation(explanation, refused)
        self.show_trust()

    @Slot(object)
    def _on_shown(self, shown: Resolved | None) -> None:
        if shown is not None:
            self.overlay.set_signed(shown.answer.signed)

    def show_trust(self) -> None:
        """Show what was checked of the picture's pass, or else of the model."""
        controller = self._controller
        facts = controller.explanation or controller.refusal or controller.model
        checks = None if facts is None else facts.trust
        self.trust.set_checks(checks)
        self.trusted.emit(checks)
