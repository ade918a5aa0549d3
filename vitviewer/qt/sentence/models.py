"""What the popup of the model offers: those opened lately, those that are here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from vitviewer.models.catalog import list_models
from vitviewer.qt.sentence.choice import Choice, fitting
from vitviewer.qt.widgets.verdict_badge import STATES
from vitviewer.text import plain, short_bytes
from vitviewer.trust import overall

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.answers import ModelFacts
    from vitviewer.models.catalog import ModelEntry
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.looks.painting import State
    from vitviewer.trust import Check


def state_of(checks: tuple[Check, ...]) -> State:
    """Return a verdict as it is drawn; an empty ring where nothing was checked."""
    return STATES[overall(checks)] if checks else "none"


def words_of(state: State | None) -> str:
    """Return a verdict in words."""
    words = {
        "ok": _tr("checked"),
        "warn": _tr("right, but read the checks"),
        "bad": _tr("do not trust"),
        "none": _tr("not checked"),
    }
    return "" if state is None else words[state]


class ModelChoices:
    """Remembers which models were open, and lists them first.

    Parameters
    ----------
    controller : Controller
    more, folder, trust : callable
        Open the dialog of all models, ask for a folder, show what was checked.
    """

    def __init__(
        self,
        controller: Controller,
        more: Callable[[], None],
        folder: Callable[[], None],
        trust: Callable[[], None],
    ) -> None:
        self._controller = controller
        self._more, self._folder, self._trust = more, folder, trust
        self._lately: dict[str, ModelFacts] = {}
        self._here: list[ModelEntry] = []

    def note(self, model: ModelFacts | None) -> None:
        """Remember a model that is open now."""
        if model is not None:
            self._lately.pop(model.source, None)
            self._lately = {model.source: model, **self._lately}

    def look(self) -> None:
        """See which models are on this machine."""
        self._here = list_models()

    def offer(self, text: str) -> list[Choice]:
        """Return what fits the typed words."""
        here = {entry.source: entry for entry in self._here}
        lately = [self._opened(one, here.get(s)) for s, one in self._lately.items()]
        others = [
            self._entry(entry) for s, entry in here.items() if s not in self._lately
        ]
        return fitting([*lately, *others, *self._doors()], text)

    def _opened(self, model: ModelFacts, entry: ModelEntry | None) -> Choice:
        current = self._controller.model
        is_current = current is not None and current.source == model.source
        state = state_of(model.trust)
        return Choice(
            plain(model.name),
            partial(self._load, model.source),
            f"{model.family}, {words_of(state)}",
            short_bytes(entry.size_bytes) if entry else "",
            _tr("Opened lately"),
            is_chosen=is_current,
            light=state,
        )

    def _entry(self, entry: ModelEntry) -> Choice:
        ours = entry.kind == "bundled"
        place = _tr("comes with the program") if ours else _tr("on this machine")
        return Choice(
            plain(entry.name),
            partial(self._load, entry.source),
            f"{entry.family}, {place}",
            short_bytes(entry.size_bytes),
            _tr("On this machine"),
        )

    def _doors(self) -> list[Choice]:
        group = _tr("More")
        doors = [
            Choice(_tr("More models…"), self._more, "", "Ctrl+M", group, stays=True),
            Choice(_tr("Open folder…"), self._folder, group=group, stays=True),
        ]
        if self._controller.model is not None:
            words = _tr("What was checked of this model")
            doors.append(Choice(words, self._trust, group=group, stays=True))
        return doors

    def _load(self, source: str) -> None:
        model = self._controller.model
        if model is None or model.source != source:
            self._controller.load_model(source)


def _tr(words: str) -> str:
    return QCoreApplication.translate("Models", words)
