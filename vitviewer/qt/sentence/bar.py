"""The bar with the sentence: back and forward, the parts, lights, and tools."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from vitviewer.maps.selection import request_of
from vitviewer.maps.sentence import Sentence, sentence
from vitviewer.qt.looks.icons import icon
from vitviewer.qt.sentence.costs import Costs
from vitviewer.qt.sentence.lists import Lists
from vitviewer.qt.sentence.models import state_of, words_of
from vitviewer.qt.sentence.row import PartRow
from vitviewer.qt.sentence.trail import Trail
from vitviewer.qt.soon import Soon
from vitviewer.qt.widgets.plain import as_tooltip
from vitviewer.qt.widgets.tool_button import action_button

if TYPE_CHECKING:
    from vitviewer.maps.resolve import Resolved
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.sentence.popup import Popup

_AIR = 8


class SentenceBar(QToolBar):
    """Say what is shown, and let each part of it be chosen.

    Parameters
    ----------
    controller : Controller
        Owns what is chosen and what is shown.
    """

    models_wanted = Signal()
    folder_wanted = Signal()
    trust_wanted = Signal()
    layer_wanted = Signal(bool)
    """Layer and heads are to be chosen; with Shift, a mean over layers."""
    click_query_wanted = Signal()
    """A patch is to be chosen by a click in the picture."""
    left = Signal()
    """The sentence has done its part: the focus is the canvas's again."""
    said = Signal(object)
    """What is on the canvas, as a `Sentence`, or None while there is no map."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__("Sentence", parent)
        self.setObjectName("sentence")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.toggleViewAction().setVisible(False)
        self._controller = controller
        self._said: Sentence | None = None
        self._costs = Costs()
        self.lists = Lists(controller, self._costs, self)
        self.trail = Trail(controller, self)
        self.row = PartRow()
        self.back = self._action("caret-left", "Back", "Alt+Left", self.trail.back)
        self.forward = self._action(
            "caret-right", "Forward", "Alt+Right", self.trail.forward
        )
        self.enter = self._action("", "Sentence", "Ctrl+L", self.focus_first)
        self._lay_out()
        self._connect()
        self._show_verdict()
        self._on_shown(controller.shown)

    @property
    def shown(self) -> Sentence | None:
        """What is on the canvas; None while there is no map."""
        return self._said

    @property
    def popup(self) -> Popup | None:
        """The list that is open."""
        return self.lists.popup

    def add_tool(self, tool: QAction | QWidget) -> QWidget:
        """Put an action or a widget at the right end; return what shows it."""
        if isinstance(tool, QAction):
            tool = action_button(tool)
        self._tools.addWidget(tool)
        return tool

    def add_lights(self, lights: QWidget) -> None:
        """Put lights at the end of the sentence, before the tools."""
        self._lights.addWidget(lights)

    @Slot()
    def focus_first(self) -> None:
        """Go to the first part, for the keys."""
        if self.row.shown:
            self.row.shown[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- how it is laid out -----------------------------------------------------------

    def _action(self, picture: str, words: str, key: str, call: object) -> QAction:
        action = QAction(words, self)
        if picture:
            action.setIcon(icon(picture))
        action.setIconVisibleInMenu(False)
        action.setShortcut(QKeySequence(key))
        native = QKeySequence.SequenceFormat.NativeText
        keys = action.shortcut().toString(native)
        action.setToolTip(as_tooltip(f"{words} ({keys})"))
        action.triggered.connect(call)
        self.row.addAction(action)  # so that its keys work without a menu
        return action

    def _lay_out(self) -> None:
        whole = self._whole = QWidget()
        whole.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line = QHBoxLayout(whole)
        line.setContentsMargins(_AIR, 0, _AIR, 0)
        line.setSpacing(0)
        self._lights, self._tools = QHBoxLayout(), QHBoxLayout()
        self._tools.setSpacing(2)
        for action in (self.back, self.forward):
            line.addWidget(action_button(action))
        line.addSpacing(4)
        line.addWidget(self.row, 1)
        line.addLayout(self._lights)
        line.addSpacing(12)
        line.addLayout(self._tools)
        self.addWidget(whole)
        self._set_height()

    def _set_height(self) -> None:
        self._whole.setFixedHeight(self.row.sizeHint().height() + _AIR)

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_whole"):
            self._set_height()

    # --- what it says -----------------------------------------------------------------

    def _connect(self) -> None:
        controller, parts = self._controller, self.row.parts
        # It comes after the controller's own, which may have the map at once.
        self._soon = Soon(self._tell, self)
        controller.state.events.connect(self._soon.ask)
        controller.hovering.changed.connect(self._soon.ask)
        controller.shown_changed.connect(self._on_shown)
        controller.model_changed.connect(self._on_model)
        controller.explanation_changed.connect(self._on_explanation)
        self.lists.models.note(controller.model)
        self.trail.changed.connect(self._follow_trail)
        self._follow_trail()
        for name, part in parts.items():
            part.wanted.connect(partial(self._on_wanted, name))
        parts["model"].light_wanted.connect(self.trust_wanted)
        lists = self.lists
        lists.models_wanted.connect(self.models_wanted)
        lists.folder_wanted.connect(self.folder_wanted)
        lists.trust_wanted.connect(self.trust_wanted)
        lists.click_wanted.connect(self.click_query_wanted)
        for source in (self.row.left, lists.closed):
            source.connect(self.left)

    @Slot(object)
    def _on_shown(self, shown: Resolved | None) -> None:
        if shown is None:
            self._said = None
        else:
            view = self._controller.hovering.view(self._controller.state)
            model, answer = shown.explanation.model, shown.answer
            self._said = sentence(model, view, answer, translate)
            self._costs.answer(answer.request, monotonic())
        self._soon.withdraw()  # it would say the same
        self._tell(self._said)
        self.said.emit(self._said)

    @Slot(object)
    def _on_model(self, *_: object) -> None:
        self._costs.clear()
        self.lists.models.note(self._controller.model)
        self._show_verdict()
        self._tell()

    @Slot(object)
    def _on_explanation(self, *_: object) -> None:
        self._show_verdict()
        self._tell()

    @Slot()
    def _tell(self, wish: Sentence | None = None) -> None:
        """Write what is chosen; what is not on the canvas yet stands there quietly."""
        controller = self._controller
        view = controller.hovering.view(controller.state)
        shown, request = controller.shown, request_of(view)
        is_known = shown is not None and shown.answer.request == request
        answer = shown.answer if shown is not None and is_known else None
        if wish is None:
            wish = sentence(controller.model, view, answer, translate)
        passing = set()
        if self._said is not None and wish != self._said:
            on_canvas = set(self._said.parts)
            passing = {part.name for part in wish.parts if part not in on_canvas}
        if shown is not None and not is_known:
            self._costs.ask(request, monotonic())
        self.row.set_sentence(wish, passing)

    def _show_verdict(self) -> None:
        controller = self._controller
        facts = controller.explanation or controller.refusal or controller.model
        state = None if facts is None else state_of(facts.trust)
        self.row.parts["model"].set_light(state, words_of(state))
        self.row.place()

    @Slot()
    def _follow_trail(self) -> None:
        history = self.trail.history
        self.back.setEnabled(history.can_go_back)
        self.forward.setEnabled(history.can_go_forward)

    # --- what may be chosen -----------------------------------------------------------

    def _on_wanted(self, name: str, with_shift: bool) -> None:
        if name == "where":
            self.layer_wanted.emit(with_shift)
        else:
            self.open_part(name)

    def open_part(self, name: str) -> None:
        """Open the list of a part: "model", "method", "query" or "target"."""
        part = self.row.parts[name]
        if not part.isHidden():
            self.lists.open(name, part)


def translate(phrase: str, about: str) -> str:
    """Put a phrase of the sentence into the reader's language."""
    return QCoreApplication.translate("Sentence", phrase, about)
