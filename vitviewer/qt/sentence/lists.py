"""Opens the list of each part of the sentence, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vitviewer.qt.sentence.methods import method_choices
from vitviewer.qt.sentence.models import ModelChoices
from vitviewer.qt.sentence.popup import Popup
from vitviewer.qt.sentence.queries import query_choices
from vitviewer.qt.sentence.targets import target_choices

if TYPE_CHECKING:
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.sentence.choice import Choice
    from vitviewer.qt.sentence.costs import Costs
    from vitviewer.qt.sentence.part import PartButton


class Lists(QObject):
    """What may be chosen for the model, the method, the token and the class.

    Parameters
    ----------
    controller : Controller
    costs : Costs
        What each method took.
    parent : QObject
    """

    models_wanted = Signal()
    folder_wanted = Signal()
    trust_wanted = Signal()
    click_wanted = Signal()
    closed = Signal()

    def __init__(self, controller: Controller, costs: Costs, parent: QObject) -> None:
        super().__init__(parent)
        self.popup: Popup | None = None
        self.models = ModelChoices(
            controller,
            self.models_wanted.emit,
            self.folder_wanted.emit,
            self.trust_wanted.emit,
        )
        self._offers: dict[str, Callable[[str], list[Choice]]] = {
            "model": self.models.offer,
            "method": partial(method_choices, controller, costs),
            "query": partial(query_choices, controller, self.click_wanted.emit),
            "target": partial(target_choices, controller),
        }
        self._names = {
            "model": (self.tr("Models"), self.tr("Find a model")),
            "method": (self.tr("Methods"), self.tr("Find a method")),
            "query": (self.tr("Tokens"), self.tr("Find a token")),
            "target": (self.tr("Classes"), self.tr("Find a class")),
        }

    def open(self, name: str, part: PartButton) -> None:
        """Open the list of a part under it, unless one is open."""
        if self.popup is not None:
            return
        if name == "model":
            self.models.look()
        popup = Popup(self._offers[name], *self._names[name], part)
        popup.closed.connect(partial(self._on_closed, part))
        self.popup = popup
        part.set_open(True)
        popup.open()

    def _on_closed(self, part: PartButton) -> None:
        self.popup = None
        part.set_open(False)
        self.closed.emit()
