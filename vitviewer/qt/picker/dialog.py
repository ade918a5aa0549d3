"""The dialog that finds a model: bundled, on this machine, or on the hub."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from vitviewer.models.catalog import list_models
from vitviewer.models.hub.address import is_address
from vitviewer.qt import drops
from vitviewer.qt.picker.download_pane import DownloadPane
from vitviewer.qt.picker.model_list import ModelList
from vitviewer.qt.picker.rows import (
    Action,
    HubAnswer,
    is_for_models,
    is_searchable,
    rows_for,
)
from vitviewer.qt.widgets.passing import pass_drops_on
from vitviewer.text import plain

if TYPE_CHECKING:
    from vitviewer.models.hub.plan import Plan
    from vitviewer.models.hub.search import HubModel
    from vitviewer.qt.picker.hub_session import HubSession
    from vitviewer.qt.picker.rows import Row

_DEBOUNCE_MS = 300
_TO_LIST = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)


class ModelPicker(QDialog):
    """Choose a model; what the hub has is downloaded first, when that is confirmed.

    The window behind stays usable. Closing the dialog gives a download up.
    """

    chosen = Signal(str)
    folder_wanted = Signal()
    dropped = Signal(object)

    def __init__(self, hub: HubSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self._entries = list_models()
        self._answer = HubAnswer()
        self._source = ""
        self._plan: Plan | None = None
        self.line = QLineEdit()
        self.list = ModelList()
        self.pane = DownloadPane()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._arrange()
        self._connect()
        self._refill()
        self.line.setFocus()

    def done(self, result: int) -> None:
        """Close, and give up what the hub was asked for."""
        self._timer.stop()
        self.hub.end()
        super().done(result)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let arrow keys in the search line move through the list.

        And paste into it, which asks for each kind of text anew by itself.
        """
        if not isinstance(event, QKeyEvent):
            return False
        if event.matches(QKeySequence.StandardKey.Paste):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                text = drops.text_in(QGuiApplication.clipboard().mimeData())
                self.line.insert(" ".join(text.split()))
            return True
        if event.key() not in _TO_LIST:
            return False
        if event.type() == QEvent.Type.KeyPress:
            self.list.keyPressEvent(event)
        return True

    def _arrange(self) -> None:
        self.setWindowTitle("Models")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(580, 560)
        self.line.setPlaceholderText(
            "Filter, or type a name, org/name@revision, a hub address or a folder"
        )
        self.line.setAccessibleName("Filter or search models")
        self.line.setClearButtonEnabled(True)
        self.line.installEventFilter(self)
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        column.addWidget(self.pane)
        pass_drops_on(self)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._search)
        self.line.textChanged.connect(self._on_text)
        self.line.returnPressed.connect(self.list.open_current)
        self.list.opened.connect(self._open)
        self.list.current_changed.connect(self._on_current)
        self.pane.open_wanted.connect(self.list.open_current)
        self.pane.download_wanted.connect(self._download)
        self.pane.again_wanted.connect(self._again)
        self.pane.back_wanted.connect(self._back)
        self.pane.close_wanted.connect(self.reject)
        self.hub.found.connect(self._on_found)
        self.hub.planned.connect(self._on_planned)
        self.hub.progressed.connect(self._on_progress)
        self.hub.downloaded.connect(self._on_downloaded)
        self.hub.failed.connect(self._on_failed)

    @property
    def downloading(self) -> str:
        """What is being downloaded, and how much of it is here; or nothing."""
        if self._plan is None or not self.hub.is_downloading:
            return ""
        return f"Downloading {plain(self._plan.repo)}: {self.pane.bar.text()}"

    # --- the list -----------------------------------------------------------------

    @property
    def _words(self) -> str:
        return self.line.text().strip()

    def _refill(self) -> None:
        wanted = self._words if is_address(self._words) else ""
        self.list.set_rows(rows_for(self._words, self._entries, self._answer), wanted)

    @Slot()
    def _on_text(self) -> None:
        self.hub.forget_search()
        searching = is_searchable(self._words)
        self._timer.start() if searching else self._timer.stop()
        self._answer = HubAnswer(searching=searching)
        self._refill()

    @Slot()
    def _on_current(self) -> None:
        self.pane.open.setEnabled(self.list.current_row() is not None)

    @Slot()
    def _search(self) -> None:
        self.hub.search(self._words)

    @Slot(str, object)
    def _on_found(self, text: str, models: list[HubModel]) -> None:
        if text == self._words:
            self._answer = HubAnswer(models)
            self._refill()

    # --- opening ------------------------------------------------------------------

    @Slot(object)
    def _open(self, row: Row) -> None:
        if row.action is Action.PLAN:
            self._ask(row.source)
            return
        if row.action is Action.FOLDER:
            self.accept()
            self.folder_wanted.emit()
        else:
            self._choose(row.source)

    def _choose(self, source: str) -> None:
        self.accept()
        self.chosen.emit(source)

    # --- what is dropped --------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what can be opened, and text to look for."""
        if event.mimeData().hasText() or drops.can_read(event.mimeData()):
            drops.accept(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a model's folder here; the window opens what else can be opened."""
        drops.accept(event)
        drop = drops.read(event.mimeData())
        source = drop.sources[0] if len(drop.sources) == 1 else ""
        if is_address(source) and self.line.isEnabled():
            self.line.setText(source)
        elif is_for_models(source):
            # Not before the drop has ended, which a window that is gone cannot do.
            QTimer.singleShot(0, self, partial(self._choose, source))
        elif drop or drop.silent or not self.line.isEnabled():
            self.dropped.emit(drop)
        else:
            self.line.setText(" ".join(drops.text_in(event.mimeData()).split()))

    def _ask(self, source: str) -> None:
        self._source, self._plan = source, None
        self._set_busy(True)
        self.pane.show_asking(source)
        self.hub.plan(source)

    @Slot(object)
    def _on_planned(self, plan: Plan) -> None:
        self._plan = plan
        if plan.missing_bytes:
            self.pane.show_plan(plan)
        else:
            self._download()

    @Slot()
    def _download(self) -> None:
        plan = self._plan
        if plan is not None:
            self._on_progress(plan.total_bytes - plan.missing_bytes, plan.total_bytes)
            self.hub.download(plan)

    @Slot(object, object)
    def _on_progress(self, done: int, total: int) -> None:
        if self._plan is not None:
            self.pane.show_progress(self._plan.repo, done, total)

    @Slot()
    def _on_downloaded(self) -> None:
        plan = self._plan
        if plan is not None:
            self._choose(_as_source(plan))

    @Slot()
    def _again(self) -> None:
        if self._plan is None:
            self._ask(self._source)
        else:
            self._download()

    @Slot()
    def _back(self) -> None:
        self.hub.cancel()
        self._plan = None
        self._set_busy(False)
        self.pane.show_idle()
        self.list.setFocus()

    @Slot(str, str)
    def _on_failed(self, kind: str, sentence: str) -> None:
        if kind == "search":
            self._answer = HubAnswer(error=sentence)
            self._refill()
        else:
            self.pane.show_failure(sentence)

    def _set_busy(self, busy: bool) -> None:
        """Leave the list as it is while one of its models is dealt with."""
        self.line.setDisabled(busy)
        self.list.setDisabled(busy)


def _as_source(plan: Plan) -> str:
    """Name what was downloaded: by its commit where it is not the main branch."""
    is_main = plan.branch == "main"
    return plan.repo if is_main else f"{plan.repo}@{plan.revision}"
