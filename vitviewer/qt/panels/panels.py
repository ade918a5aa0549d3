"""What stands in the docks at the right, tied to the controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from vitviewer.maps.evidence import evidence
from vitviewer.qt.panels.details import Details
from vitviewer.qt.panels.display import DisplayPanel
from vitviewer.qt.panels.evidence import EvidencePanel
from vitviewer.qt.panels.map import MapPanel
from vitviewer.qt.panels.method_settings import MethodSettings
from vitviewer.qt.panels.model import ModelPanel
from vitviewer.qt.panels.prediction import PredictionPanel
from vitviewer.qt.panels.run_settings import RunSettings
from vitviewer.qt.panels.trust import TrustPanel
from vitviewer.qt.picker.dialog import ModelPicker
from vitviewer.qt.picker.hub_session import HubSession
from vitviewer.qt.wall.head_row import HeadRow
from vitviewer.qt.widgets.plain import plain_boxes
from vitviewer.queries import Direction

if TYPE_CHECKING:
    from vitviewer.answers import Answer, Explanation, ModelFacts
    from vitviewer.maps.resolve import Resolved
    from vitviewer.qt.controller import Controller

_OPEN_AT_FIRST = ("Budget", "Prediction")


class Panels(QObject):
    """Build map and details, and pass the controller's news to them."""

    trusted = Signal(object)
    failed = Signal()
    dropped = Signal(object)

    def __init__(self, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        self._window = parent
        self.picker: ModelPicker | None = None
        self._added_up: Answer | None = None
        self.model = ModelPanel()
        self.run_settings = RunSettings(controller.state)
        self.model.add_rows(self.run_settings.rows())
        self.method = MethodSettings(controller.state)
        self.display = DisplayPanel(controller.state)
        self.evidence = EvidencePanel()
        self.prediction = PredictionPanel()
        self.trust = TrustPanel()
        self.map = MapPanel(controller, HeadRow(controller))
        self.details = Details(
            [
                ("Budget", self.evidence),
                ("Prediction", self.prediction),
                ("Trust", self.trust),
                ("Method", self.method),
                ("Display", self.display),
                ("Model and input", self.model),
            ]
        )
        self.details.open_only(_OPEN_AT_FIRST)
        self.details["Budget"].hide()
        controller.state.events.method.connect(self._on_method)
        self._on_method()
        controller.model_changed.connect(self._on_model)
        controller.explanation_changed.connect(self._on_explanation)
        controller.shown_changed.connect(self._on_shown)
        self.display.summary_changed.connect(self._sum_up_display)
        controller.picture_changed.connect(self._on_picture)
        self.run_settings.set_picture(controller.picture)
        self._on_model(controller.model)
        self._on_explanation(controller.explanation)

    def by_title(self) -> dict[str, QWidget]:
        """Return what stands in the docks under their titles."""
        return {"Map": self.map, "Details": self.details}

    def reset(self) -> None:
        """Open the sections that are open at first."""
        self.details.open_only(_OPEN_AT_FIRST)

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
    def _on_picture(self, picture: object) -> None:
        self.run_settings.set_picture(self._controller.picture)

    @Slot(object)
    def _on_model(self, model: ModelFacts | None) -> None:
        self.model.set_model(model)
        self.run_settings.set_model(model)
        halved = model is not None and model.can_widen
        self.model.show_row(self.run_settings.precision, halved)
        self.details["Model and input"].set_summary(self.model.summary)
        self._sum_up_display()
        self.show_trust()

    @Slot(object)
    def _on_explanation(self, explanation: Explanation | None) -> None:
        refused = self._controller.refusal is not None
        self.prediction.set_explanation(explanation, refused)
        self.details["Prediction"].set_summary(self.prediction.summary)
        self.model.set_explanation(explanation)
        self.details["Model and input"].set_summary(self.model.summary)
        self.show_trust()

    @Slot(object)
    def _on_shown(self, shown: Resolved | None) -> None:
        if shown is not None:
            self.display.set_signed(shown.answer.signed)
        answer = None if shown is None else shown.answer
        if answer is self._added_up:
            return
        self._added_up = answer
        added = None
        if shown is not None:
            added = evidence(shown.explanation, shown.answer)
        self.evidence.show_evidence(added)
        self.details["Budget"].set_summary(self.evidence.summary)
        self.details["Budget"].setVisible(added is not None)

    def show_trust(self) -> None:
        """Show what was checked of the picture's pass, or else of the model."""
        controller = self._controller
        facts = controller.explanation or controller.refusal or controller.model
        checks = None if facts is None else facts.trust
        self.trust.set_checks(checks)
        self.details["Trust"].set_summary(self.trust.summary)
        self.trusted.emit(checks)

    def _on_method(self, *_: object) -> None:
        """Show the section of a method's settings where it has some."""
        self.details["Method"].setVisible(bool(self.method.controls))

    def _sum_up_display(self, *_: object) -> None:
        self.details["Display"].set_summary(self.display.summary())
