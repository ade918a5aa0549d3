"""The essentials, always whole: layer, head, averaging, heads, opacity, colour bar."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from vitviewer.answers import Heads, Layers
from vitviewer.maps.evidence import quantity
from vitviewer.maps.selection import averaging_of
from vitviewer.maps.state import Scale
from vitviewer.methods.registry import method
from vitviewer.qt.panels.color_bar import ColorBar
from vitviewer.qt.widgets.segments import Segments
from vitviewer.qt.widgets.slider_row import SliderRow
from vitviewer.queries import Fusion, QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.resolve import Resolved
    from vitviewer.maps.state import ViewState
    from vitviewer.qt.controller import Controller

_WORDS = {
    Fusion.HEAD: "One",
    Fusion.MEAN: "Mean",
    Fusion.MAX: "Max",
    Fusion.MIN: "Min",
    Fusion.MEDIAN: "Median",
}
_PAD, _PLACEHOLDER = 16, 12


class MapPanel(QWidget):
    """Choose which map is shown, and read its values; the same rows with no picture.

    Parameters
    ----------
    controller : Controller
    heads : QWidget
        This layer's heads as small maps.
    """

    def __init__(self, controller: Controller, heads: QWidget) -> None:
        super().__init__()
        self._controller = controller
        self._state = controller.state
        self._offered: list[Fusion] = []
        self.layer = SliderRow("Layer", "Up and Down arrows step through the layers.")
        self.head = SliderRow("Head", "Left and Right arrows step through the heads.")
        self.fusion = Segments("Averaging")
        self.heads = heads
        hint = "[ and ], or Ctrl with Down and Up, change the opacity."
        self.opacity = SliderRow("Opacity", hint)
        self.bar = ColorBar()
        self.setAutoFillBackground(True)
        # Never higher than its rows, never lower: all else is for what scrolls.
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Fixed)
        self._lay_out()
        self._bind()
        self.set_model(controller.model)
        self.show_map(controller.shown)

    def _lay_out(self) -> None:
        layout = self._rows = QVBoxLayout(self)
        layout.setContentsMargins(_PAD, 0, _PAD, 8)
        layout.setSpacing(0)
        for widget, gap in (
            (self.layer, 0),
            (self.head, 0),
            (self.fusion, 6),
            (self.heads, 10),
            (self.opacity, 8),
            (self.bar, 6),
        ):
            layout.addSpacing(gap)
            layout.addWidget(widget)
        for row in (self.layer, self.head):
            row.set_range(1, _PLACEHOLDER)
            row.number.set_around("", f" / {_PLACEHOLDER}")
        self.opacity.set_range(0, 100)
        self.opacity.number.set_around("", "\u202f%")

    def event(self, event: QEvent) -> bool:
        """Be exactly as high as the rows need: what is left over is for the details."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.setFixedHeight(self._rows.sizeHint().height())
        return done

    def _bind(self) -> None:
        events = self._state.events
        self.opacity.slider.valueChanged.connect(self._choose_opacity)
        events.opacity.connect(self._show_opacity)
        self._show_opacity()
        self.layer.slider.valueChanged.connect(self._choose_layer)
        self.layer.slider.first_moved.connect(self._choose_first)
        self.head.slider.valueChanged.connect(self._choose_head)
        self.head.slider.touched.connect(self._choose_one)
        self.fusion.chosen.connect(self.choose_fusion)
        self.bar.dragged.connect(self._fix_range)
        self.bar.reset.connect(self.follow_the_map)
        for event in (events.layer, events.first_layer, events.head, events.query):
            event.connect(self._show_choices)
        for event in (events.fusion, events.method):
            event.connect(self._show_averaging)
        self._controller.model_changed.connect(self.set_model)
        self._controller.shown_changed.connect(self.show_map)

    # --- what is shown ----------------------------------------------------------------

    @Slot(object)
    def set_model(self, model: ModelFacts | None) -> None:
        """Take over the numbers of layers and heads."""
        if model is not None:
            self.layer.set_range(1, model.n_layers)
            self.head.set_range(1, model.n_heads)
        self._show_averaging()

    @Slot(object)
    def show_map(self, shown: Resolved | None) -> None:
        """Show the range of a map; None empties the colour bar."""
        if shown is None:
            self.bar.show_range(None)
        else:
            what = quantity(shown.explanation, shown.answer)
            self.bar.show_range(shown.style, shown.scale, shown.answer.unit, what)

    def _show_choices(self, *_: object) -> None:
        """Bring the controls to the state, and grey what has no effect on the map."""
        state, asked = self._state, method(self._state.method)
        has_model = self._controller.model is not None
        apart = asked.heads is Heads.APART
        each = asked.layers is Layers.EACH and state.query.kind is not QueryKind.POOL
        self._show_layers(state, asked.layers is not Layers.NONE and has_model, each)
        one = apart and state.fusion is Fusion.HEAD
        slider, number = self.head.slider, self.head.number
        self.head.show_value(state.head + 1)
        slider.set_hollow(not one)
        number.set_around("", f" / {slider.maximum()}")
        number.show_words("" if one else "all")
        self.head.setEnabled(apart and has_model)

    def _show_layers(self, state: ViewState, on: bool, each: bool) -> None:
        slider, number = self.layer.slider, self.layer.number
        first = state.first_layer if each else None
        self.layer.show_value(state.layer + 1)
        slider.set_first(None if first is None else min(first, state.layer) + 1)
        if first is None:
            number.set_around("", f" / {slider.maximum()}")
        else:  # "3–10": the number of layers gives way to the first one
            number.set_around(f"{min(first, state.layer) + 1}–", "")
        self.layer.setEnabled(on and state.query.kind is not QueryKind.POOL)

    def _show_averaging(self, *_: object) -> None:
        """Offer the ways of averaging that the method allows; no scrub changes them."""
        asked = method(self._state.method)
        self._offered = averaging_of(asked)
        words = {**_WORDS, Fusion.MEAN: "Sum"} if asked.adds else _WORDS
        # With none to choose from, the segments stay where they are, greyed.
        shown = self._offered or list(_WORDS)
        self.fusion.set_words([words[mode] for mode in shown])
        chosen = self._state.fusion if self._state.fusion in shown else Fusion.MEAN
        self.fusion.set_current(shown.index(chosen) if self._offered else -1)
        has_model = self._controller.model is not None
        self.fusion.setEnabled(has_model and bool(self._offered))
        self._order_tabs()
        self._show_choices()

    def _order_tabs(self) -> None:
        """Let Tab go from row to row, though segments are made anew."""
        rows = (self.head.slider, *self.fusion.stops, self.opacity.slider)
        for before, after in pairwise(rows):
            QWidget.setTabOrder(before, after)

    # --- what is chosen ---------------------------------------------------------------

    @Slot(int)
    def choose_fusion(self, index: int) -> None:
        """Choose one of the ways of averaging that are offered."""
        if 0 <= index < len(self._offered) and self.fusion.isEnabled():
            self._state.fusion = self._offered[index]

    def toggle_mean_over_layers(self) -> None:
        """Average over a range of layers, from the first one on; or show one again."""
        state = self._state
        state.first_layer = 0 if state.first_layer is None else None

    def _choose_layer(self, number: int) -> None:
        self._state.layer = number - 1

    def _choose_opacity(self, percent: int) -> None:
        self._state.opacity = percent / 100

    def _show_opacity(self, *_: object) -> None:
        self.opacity.show_value(round(self._state.opacity * 100))

    def _choose_first(self, number: int) -> None:
        self._state.first_layer = number - 1

    def _choose_head(self, number: int) -> None:
        self._state.head = number - 1
        self._choose_one()

    @Slot()
    def _choose_one(self) -> None:
        """Moving the head means that one head is wanted."""
        if self.head.isEnabled():
            self._state.fusion = Fusion.HEAD

    @Slot(float, float)
    def _fix_range(self, lo: float, hi: float) -> None:
        self._state.fixed = (lo, hi)
        self._state.scale = Scale.FIXED

    @Slot()
    def follow_the_map(self) -> None:
        """Take the range from each map again."""
        self._state.scale = Scale.MAP
