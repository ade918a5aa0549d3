"""A hub that no network is needed for, and a picker to drive before it."""

from __future__ import annotations

from threading import Event, current_thread, main_thread

from PySide6.QtCore import Qt
from shiboken6 import isValid

from vitviewer.errors import Cancelled
from vitviewer.models.catalog import ModelEntry
from vitviewer.models.hub import download as hub_download
from vitviewer.models.hub import plan as hub_plan
from vitviewer.models.hub import search as hub_search
from vitviewer.models.hub.http import HubError
from vitviewer.models.hub.plan import Plan
from vitviewer.models.hub.search import HubModel
from vitviewer.qt.picker import dialog as model_picker
from vitviewer.qt.picker.dialog import ModelPicker
from vitviewer.qt.picker.hub_session import HubSession

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATIENCE_S = 60
SUGGESTED = "google/vit-base-patch16-224"
BUNDLED = ModelEntry("Shapes", "shapes", "bundled", "ViT", 3_400_000)
CACHED = ModelEntry("org/cached-vit", "org/cached-vit", "cached", "ViT", 1_200_000_000)
_LEFT = Qt.MouseButton.LeftButton


def found(repo: str, **changes) -> HubModel:
    """Return a search result."""
    values = {"downloads": 1_234_567, "gated": False, "family": "ViT", "refusal": ""}
    return HubModel(repo, **{**values, **changes})


def planned(source: str, **changes) -> Plan:
    """Return a plan of 346 MB, none of which are here."""
    repo, _, branch = source.partition("@")
    values = {"total_bytes": 346_000_000, "missing_bytes": 346_000_000}
    values = {**values, "branch": branch or "main", **changes}
    files = (("model.safetensors", 346_000_000),)
    return Plan(repo, COMMIT, "ViT", files=files, **values)


class FakeHub:
    """Stands in for the hub's three functions and notes what they were asked.

    A search for a word in ``gates`` waits until its event is set.
    """

    def __init__(self, monkeypatch) -> None:
        self.searches: list[str] = []
        self.plans: list[str] = []
        self.models: dict[str, list[HubModel]] = {}
        self.gates: dict[str, Event] = {}
        self.entered: dict[str, Event] = {}
        self.error = ""
        self.plan_changes: dict[str, int] = {}
        self.download_error = ""
        self.finish, self.downloading = Event(), Event()
        self.was_cancelled = Event()
        self.in_gui_thread = False
        monkeypatch.setattr(hub_search, "search", self._search)
        monkeypatch.setattr(hub_plan, "plan", self._plan)
        monkeypatch.setattr(hub_download, "download", self._download)

    def hold(self, word: str) -> None:
        """Let a search for a word wait until it is released."""
        self.gates[word], self.entered[word] = Event(), Event()

    def release(self) -> None:
        """Let everything go on that waits."""
        self.finish.set()
        for gate in self.gates.values():
            gate.set()

    def _search(self, text: str, limit: int = 20) -> list[HubModel]:
        self._note_thread()
        self.searches.append(text)
        if text in self.gates:
            self.entered[text].set()
            assert self.gates[text].wait(PATIENCE_S)
        if self.error:
            raise HubError(self.error)
        return self.models.get(text, [])

    def _plan(self, source: str) -> Plan:
        self._note_thread()
        self.plans.append(source)
        if self.error:
            raise HubError(self.error)
        return planned(source, **self.plan_changes)

    def _download(self, plan, progress, cancelled) -> None:
        self._note_thread()
        progress(123_000_000, plan.total_bytes)
        self.downloading.set()
        while not self.finish.wait(0.01):
            if cancelled():
                self.was_cancelled.set()
                raise Cancelled
        if self.download_error:
            raise HubError(self.download_error)

    def _note_thread(self) -> None:
        self.in_gui_thread |= current_thread() is main_thread()


def list_two_models(monkeypatch) -> None:
    """Let the picker find one bundled and one cached model."""
    monkeypatch.setattr(model_picker, "list_models", lambda: [BUNDLED, CACHED])


def make_picker(qtbot) -> ModelPicker:
    """Show a picker; what it chose is in its ``choices``."""
    picker = ModelPicker(HubSession())
    picker.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    picker.choices = []
    picker.chosen.connect(picker.choices.append)
    qtbot.addWidget(picker)
    with qtbot.waitExposed(picker):
        picker.show()
    return picker


def end_picker(picker: ModelPicker) -> None:
    """End the picker's threads, if they are not gone with it."""
    assert not isValid(picker.hub) or picker.hub.stop(30_000)


def names(picker) -> list[str]:
    return [row.name or row.note for row in picker.list.rows()]


def row_of(picker, name: str) -> int:
    return names(picker).index(name)


def place(picker, name: str):
    item = picker.list.item(row_of(picker, name))
    return picker.list.visualItemRect(item).center()


def click(qtbot, picker, name: str) -> None:
    qtbot.mouseClick(picker.list.viewport(), _LEFT, pos=place(picker, name))


def double_click(qtbot, picker, name: str) -> None:
    click(qtbot, picker, name)
    qtbot.mouseDClick(picker.list.viewport(), _LEFT, pos=place(picker, name))


def type_and_wait(qtbot, picker, words: str, name: str) -> None:
    """Type into the search line until a row of this name is listed."""
    picker.line.clear()
    qtbot.keyClicks(picker.line, words)
    qtbot.waitUntil(lambda: name in names(picker))


def start_download(qtbot, picker, hub) -> None:
    click(qtbot, picker, SUGGESTED)
    qtbot.waitUntil(picker.pane.download.isVisible)
    qtbot.mouseClick(picker.pane.download, _LEFT)
    qtbot.waitUntil(hub.downloading.is_set)
    qtbot.waitUntil(lambda: "123 MB" in picker.pane.bar.text())
