"""The whole tree of widgets: in both themes, three sizes, four sizes of the font.

One window in each theme, and one in a language of long words, serves all tests.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from tests.model_factory import make_model
from tests.qt.conftest import patient_bot
from tests.qt.window.tree_kit import (
    FONTS,
    SIZES,
    cut_off,
    font_size,
    name_of,
    overlapping,
    places,
    resize,
    settle,
    shown_in,
    spoken,
    tab_stops,
    takes_tab,
    whole_window,
)
from tests.qt.window_kit import save_picture
from vitviewer.maps.state import Interpolation, Scale
from vitviewer.queries import Direction, Fusion, Query

LOOKS = (("dark", "english"), ("light", "english"), ("dark", "long"))
CANVAS_SHARE = 0.65
LONG = pytest.mark.long


@pytest.fixture(scope="module")
def large_model(tmp_path_factory):
    """A model of 48 layers with 48 heads each."""
    sizes = {"num_hidden_layers": 48, "num_attention_heads": 48, "hidden_size": 96}
    return make_model(tmp_path_factory.mktemp("models") / "large", **sizes)


@pytest.fixture(scope="module", params=LOOKS, ids="-".join)
def opened(request, qapp, tmp_path_factory, large_model, chelsea):
    folder = tmp_path_factory.mktemp("tree")
    picture = save_picture(folder, "cat.png", chelsea)
    bot = patient_bot(request)
    with whole_window(bot, folder, large_model, picture, *request.param) as viewer:
        yield viewer


@pytest.fixture
def viewer(opened):
    """The window as it was at first."""
    window, state = opened.window, opened.state
    state.fusion, state.layer, state.first_layer = Fusion.MEAN, 47, None
    window.panels.reset()
    window.layout_keeper.reset()
    opened.canvas.setFocus()
    resize(opened, 1280, 720)
    return opened


@pytest.fixture(
    params=[
        # The ends of the range are tried each time, what is between in `make check`.
        pytest.param(size, marks=() if size in (FONTS[0], FONTS[-1]) else LONG)
        for size in FONTS
    ],
    ids="{} px".format,
)
def font(request, viewer, monkeypatch):
    with font_size(monkeypatch, request.param):
        yield request.param


@pytest.fixture(params=["left to right", "right to left"])
def direction(request, viewer):
    right = request.param == "right to left"
    directions = Qt.LayoutDirection
    app = QApplication.instance()
    app.setLayoutDirection(directions.RightToLeft if right else directions.LeftToRight)
    yield
    app.setLayoutDirection(directions.LeftToRight)


# --- words ----------------------------------------------------------------------------


def test_no_words_are_wider_than_their_place(viewer, font, direction):
    titles = list(viewer.window.panels.details.sections)
    for width, height in SIZES:
        resize(viewer, width, height)
        for opened in ([], titles):  # the latter beside a scroll bar
            viewer.window.panels.details.open_only(opened)
            settle(viewer)
            assert cut_off(viewer.window) == [], (width, height, opened)


def test_details_are_no_wider_than_their_place(viewer, font):
    details = viewer.window.panels.details
    details.open_only(list(details.sections))
    viewer.state.scale = Scale.ABSOLUTE  # has a row of its own
    settle(viewer)
    assert details.verticalScrollBar().isVisible()
    assert details.widget().width() <= details.viewport().width()
    viewer.state.scale = Scale.MAP


def test_nothing_in_map_overlaps_or_is_cut_off(viewer, font, direction):
    panel = viewer.window.panels.map
    for width, height in SIZES:
        resize(viewer, width, height)
        for fusion in Fusion:
            viewer.state.fusion = fusion
            settle(viewer)
            assert overlapping(panel) == [], (width, height, fusion)
            assert cut_off(panel) == [], (width, height, fusion)


def test_menus_are_seen(viewer, font, direction):
    bar = viewer.window.menuBar()
    line = bar.fontMetrics().height()
    for menu in viewer.window.menu_shells:
        place = bar.actionGeometry(menu.menuAction())
        assert bar.rect().contains(place)
        assert place.height() >= line


# --- focus ----------------------------------------------------------------------------


def test_all_that_takes_the_focus_is_named_and_comes_once(viewer, direction):
    window = viewer.window
    window.panels.details.open_only(list(window.panels.details.sections))
    resize(viewer, 1920, 1080)
    wanted = {w for w in shown_in(window) if takes_tab(w)}
    nameless = [type(w).__name__ for w in wanted if not spoken(w)]
    assert nameless == []
    stops = tab_stops(viewer.qtbot, viewer.canvas)
    assert [name_of(w) for w in stops if stops.count(w) > 1] == []
    assert {name_of(w) for w in wanted - set(stops)} == set()
    assert {name_of(w) for w in set(stops) - wanted} == set()


def test_tab_goes_from_the_canvas_to_map_and_then_to_details(viewer):
    stops, panels = tab_stops(viewer.qtbot, viewer.canvas), viewer.window.panels
    parts = [viewer.canvas, panels.map, panels.details, viewer.window.status]
    order = [
        parts.index(part)
        for stop in stops
        for part in parts
        if part is stop or part.isAncestorOf(stop)
    ]
    assert order == sorted(order)
    assert {0, 1, 2} <= set(order)


# --- room -----------------------------------------------------------------------------


def is_whole(panel) -> bool:
    return panel.visibleRegion().boundingRect() == panel.rect()


def test_map_is_whole_and_as_high_as_it_asks_for(viewer, font):
    panel = viewer.window.panels.map
    for width, height in SIZES:
        resize(viewer, width, height)
        assert panel.height() == panel.sizeHint().height()
        assert panel.width() == viewer.window.docks["Map"].width()
        assert is_whole(panel)


def test_map_keeps_its_height_whatever_it_shows(viewer, font):
    state, panel = viewer.state, viewer.window.panels.map
    height = panel.height()
    width = panel.width()
    changes = [
        *(("layer", n) for n in (0, 8, 9, 47)),
        *(("head", n) for n in (0, 8, 9, 47)),
        *(("fusion", mode) for mode in Fusion),
        *(("first_layer", n) for n in (0, 9, None)),
        *(("opacity", part) for part in (0.0, 0.05, 1.0)),
        *(("method", name) for name in ("rollout", "attention")),
        *(("scale", scale) for scale in Scale),
    ]
    for name, value in changes:
        setattr(state, name, value)
        QApplication.processEvents()
        assert (panel.height(), panel.width()) == (height, width), (name, value)
        assert panel.sizeHint().height() == height, (name, value)
    panel.show_map(None)
    settle(viewer)
    assert panel.height() == panel.sizeHint().height() == height


def test_the_canvas_has_most_of_the_window(viewer):
    canvas, window = viewer.canvas, viewer.window
    share = canvas.width() * canvas.height() / (window.width() * window.height())
    assert share >= CANVAS_SHARE


@pytest.mark.parametrize("length", [1, 12])
def test_nothing_moves_when_a_notice_comes(viewer, length):
    window = viewer.window
    before = places(window)
    viewer.controller.noticed.emit("That is no picture that can be read. " * length)
    settle(viewer)
    assert window.notice.isVisible()
    after = places(window)
    moved = {key for key in before if after.get(key) != before[key]}
    assert moved == set()
    window.notice.hide()
    settle(viewer)
    assert places(window) == before


def test_nothing_moves_when_the_program_says_what_it_does(viewer, font):
    window, status = viewer.window, viewer.window.status
    centre, panels = window.centralWidget(), window.panels.map
    before = centre.geometry(), panels.height(), status.height()
    for activity in (status.engine, status.export, status.fetching):
        activity.show_words("Computing what each patch adds")
    settle(viewer)
    assert before == (centre.geometry(), panels.height(), status.height())
    assert overlapping(status) == []
    cancel = status.engine.cancel
    assert cancel.height() >= cancel.fontMetrics().height()
    for activity in (status.engine, status.export, status.fetching):
        activity.show_words("")
    settle(viewer)


CHANGES = {
    "layer": [0, 1],
    "first_layer": [0, None],
    "head": [1, 0],
    "fusion": [Fusion.HEAD, Fusion.MAX, Fusion.MEAN],
    "query": [Query.patch(1, 1), Query.patch(0, 2)],
    "direction": [Direction.TO, Direction.FROM],
    "method": ["rollout", "attention"],
    "opacity": [0.1, 0.9],
    "colormap": ["bids:viridis", "matlab:gray"],
    "interpolation": [Interpolation.SMOOTH, Interpolation.NEAREST],
    "scale": [Scale.LAYER, Scale.MAP],
    "overlay_visible": [False, True],
    "fade": [True, False],
}


def test_no_change_of_the_map_changes_the_zoom(viewer):
    canvas = viewer.canvas
    canvas.fit()
    canvas.zoom_by(3.0, canvas.viewport().rect().center() + QPoint(60, -40))

    def view():
        return canvas.transform(), canvas.sceneRect(), canvas.percent

    before = view()
    for name, values in CHANGES.items():
        for value in values:
            setattr(viewer.state, name, value)
            viewer.qtbot.waitUntil(lambda: viewer.controller.shown is not None)
            QApplication.processEvents()
            assert view() == before, (name, value)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Escape):
        viewer.press(key)
        assert view() == before, key
    viewer.qtbot.keyPress(canvas, Qt.Key.Key_Space)
    assert view() == before
    viewer.qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert view() == before
    canvas.fit()
