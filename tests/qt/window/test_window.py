"""The window as a user meets it: drop, scrub, click, read, keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication

from tests.qt.window_kit import close_viewer, make_viewer, retype, save_picture
from vitviewer.maps.state import Scale
from vitviewer.queries import Direction, Fusion, Query, QueryKind


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


@pytest.fixture
def cat(tmp_path, chelsea):
    return save_picture(tmp_path, "cat.png", chelsea)


def expected(viewer, layer, head=None):
    """Return the patch map by plain indexing of the explanation's rows."""
    explanation = viewer.controller.explanation
    values = explanation.rows.values[layer]
    values = values.mean(0) if head is None else values[head]
    return explanation.tokens.grid(values)


def test_dropped_picture_is_explained_at_once(viewer, cat):
    viewer.open(cat)
    model = viewer.controller.model
    title = viewer.title
    assert title == (
        f"Attention from the class token in layer {model.n_layers}, "
        f"mean of {model.n_heads} heads"
    )
    shown = viewer.controller.shown.patch_map.values
    np.testing.assert_allclose(shown, expected(viewer, model.n_layers - 1), rtol=1e-6)
    assert "cat.png" in viewer.place
    with_map = viewer.pixels()
    viewer.state.overlay_visible = False
    assert np.abs(with_map.astype(int) - viewer.pixels()).mean() > 5


def test_arrows_scrub_layers_and_heads(viewer, cat):
    viewer.open(cat)
    last = viewer.controller.model.n_layers - 1
    viewer.press(Qt.Key.Key_Down)
    viewer.wait_for_title(f"layer {last},")
    shown = viewer.controller.shown.patch_map.values
    np.testing.assert_allclose(shown, expected(viewer, last - 1), rtol=1e-6)
    viewer.press(Qt.Key.Key_Right)
    viewer.press(Qt.Key.Key_Right)
    viewer.wait_for_title("head 2 of")
    shown = viewer.controller.shown.patch_map.values
    np.testing.assert_allclose(shown, expected(viewer, last - 1, 1), rtol=1e-6)
    panel = viewer.window.panels.map
    assert (panel.layer.slider.value(), panel.head.slider.value()) == (last, 2)
    heads = viewer.controller.model.n_heads
    assert panel.head.number.text() == f"2 / {heads}"
    for _ in range(99):
        viewer.press(Qt.Key.Key_Down)
    assert viewer.state.layer == 0


class Painted(QObject):
    """Which of some widgets were painted, in their order."""

    def __init__(self, **widgets):
        super().__init__()
        self.order = []
        self._names = {widget: name for name, widget in widgets.items()}
        for widget in widgets.values():
            widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.order.append(self._names[watched])
        return False


def test_a_step_paints_the_map_before_all_that_tells_of_it(viewer, cat):
    viewer.open(cat)
    panel = viewer.window.panels.map
    canvas = viewer.window.stage.canvas.viewport()
    painted = Painted(canvas=canvas, heads=panel.heads, bar=panel.bar)
    told = []
    viewer.controller.shown_changed.connect(lambda _: told.extend(painted.order))
    viewer.press(Qt.Key.Key_Down)
    viewer.qtbot.waitUntil(lambda: {"heads", "bar"} <= set(painted.order))
    assert told == ["canvas"]
    assert painted.order.count("canvas") == 1


def test_controls_and_state_follow_each_other(viewer, cat):
    viewer.open(cat)
    panel = viewer.window.panels.map
    panel.layer.slider.setValue(1)
    assert viewer.state.layer == 0
    choose(viewer, "Max")
    viewer.wait_for_title("layer 1, max of")
    values = viewer.controller.explanation.rows.values[0].max(0)
    grid = viewer.controller.explanation.tokens.grid(values)
    np.testing.assert_allclose(viewer.controller.shown.patch_map.values, grid)
    viewer.state.fusion = Fusion.MEDIAN
    chosen = [b.text() for b in panel.fusion.buttons if b.isChecked()]
    assert [panel.fusion.combo.currentText()] == chosen == ["Median"]


def choose(viewer, word: str) -> None:
    """Click one of the segments."""
    buttons = viewer.window.panels.map.fusion.buttons
    (button,) = (b for b in buttons if b.text() == word)
    viewer.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def handle(slider, value: int) -> QPoint:
    """Return where a value is on a slider."""
    part = (value - slider.minimum()) / (slider.maximum() - slider.minimum())
    return QPoint(8 + round(part * (slider.width() - 16)), slider.height() // 2)


def test_mean_over_a_range_of_layers(viewer, cat):
    viewer.open(cat)
    panel, slider = viewer.window.panels.map, viewer.window.panels.map.layer.slider
    slider.setValue(3)
    panel.toggle_mean_over_layers()
    viewer.wait_for_title("mean of layers 1–3")
    assert panel.layer.number.text() == "1–3"
    left = Qt.MouseButton.LeftButton
    viewer.qtbot.mousePress(slider, left, pos=handle(slider, 1))
    viewer.qtbot.mouseMove(slider, handle(slider, 2))
    viewer.qtbot.mouseRelease(slider, left, pos=handle(slider, 2))
    viewer.wait_for_title("mean of layers 2–3")
    assert panel.layer.number.text() == "2–3"
    rows = viewer.controller.explanation.rows.values
    grid = viewer.controller.explanation.tokens.grid(rows[1:3].mean(axis=(0, 1)))
    shown = viewer.controller.shown.patch_map.values
    np.testing.assert_allclose(shown, grid, rtol=1e-5)
    panel.toggle_mean_over_layers()
    viewer.wait_for_title("in layer 3,")
    assert panel.layer.number.text() == f"3 / {slider.maximum()}"


@pytest.mark.parametrize("way", ["click", "drag", "key", "typed", "the same typed"])
def test_moving_the_head_means_that_one_is_wanted(viewer, cat, way):
    viewer.open(cat)
    head = viewer.window.panels.map.head
    viewer.state.fusion = Fusion.MEAN
    assert head.number.text() == "all"
    slider, left = head.slider, Qt.MouseButton.LeftButton
    if way == "click":  # on the head that the handle is at
        viewer.qtbot.mouseClick(slider, left, pos=handle(slider, slider.value()))
    elif way == "drag":
        viewer.qtbot.mousePress(slider, left, pos=handle(slider, 1))
        viewer.qtbot.mouseMove(slider, handle(slider, 2))
        viewer.qtbot.mouseRelease(slider, left, pos=handle(slider, 2))
    elif way == "key":
        viewer.press(Qt.Key.Key_Right)
    else:
        head.number.setFocus()
        number = "1" if way == "the same typed" else "2"
        viewer.qtbot.keyClicks(head.number, number)
    assert viewer.state.fusion is Fusion.HEAD
    assert head.number.text() == f"{viewer.state.head + 1} / {slider.maximum()}"
    viewer.wait_for_title(f"head {viewer.state.head + 1} of")


@pytest.mark.parametrize("leave", ["Enter", "Escape", "elsewhere"])
def test_a_number_that_was_only_looked_at_changes_nothing(viewer, cat, leave):
    viewer.open(cat)
    number = viewer.window.panels.map.head.number
    viewer.qtbot.mouseClick(number.lineEdit(), Qt.MouseButton.LeftButton)
    assert number.hasFocus()
    if leave == "elsewhere":
        viewer.canvas.setFocus()
    else:
        viewer.qtbot.keyClick(number, getattr(Qt.Key, f"Key_{leave}"))
    viewer.qtbot.waitUntil(viewer.canvas.hasFocus)
    assert (number.text(), viewer.state.fusion) == ("all", Fusion.MEAN)


@pytest.mark.parametrize(
    ("row", "field", "typed", "value"),
    [
        *(("layer", "layer", "2", 1), ("layer", "layer", "٣", 2)),
        *(("opacity", "opacity", "45", 0.45), ("opacity", "opacity", "900", 1.0)),
        *(("opacity", "opacity", "12,6", 0.13), ("layer", "layer", "40", 2)),
    ],
)
def test_numbers_are_typed_to_their_end(viewer, cat, row, field, typed, value):
    viewer.open(cat)
    number = getattr(viewer.window.panels.map, row).number
    retype(number, typed)
    viewer.qtbot.keyClick(number, Qt.Key.Key_Return)
    assert getattr(viewer.state, field) == pytest.approx(value)
    viewer.qtbot.waitUntil(viewer.canvas.hasFocus)


def test_ends_of_the_colour_bar_fix_the_scale(viewer, cat):
    viewer.open(cat)
    bar, state = viewer.window.panels.map.bar, viewer.state
    left, at = Qt.MouseButton.LeftButton, bar.height() // 2
    lo, hi = viewer.controller.shown.lo, viewer.controller.shown.hi
    viewer.qtbot.mousePress(bar, left, pos=QPoint(bar.width() - 1, at))
    viewer.qtbot.mouseMove(bar, QPoint(bar.width() // 2, at))
    viewer.qtbot.mouseRelease(bar, left, pos=QPoint(bar.width() // 2, at))
    assert state.scale is Scale.FIXED
    half = pytest.approx((lo, (lo + hi) / 2), rel=0.02)
    viewer.qtbot.waitUntil(
        lambda: (viewer.controller.shown.lo, viewer.controller.shown.hi) == half
    )
    viewer.press(Qt.Key.Key_Down)
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown.explanation is not None)
    assert (viewer.controller.shown.lo, viewer.controller.shown.hi) == half
    viewer.qtbot.mouseDClick(bar, left, pos=QPoint(bar.width() // 2, at))
    assert state.scale is Scale.MAP


def test_clicked_patch_becomes_the_query_and_escape_returns(viewer, cat):
    viewer.open(cat)
    viewer.click_patch(2, 1)
    viewer.wait_for_title("Attention from patch (2, 1)")
    assert viewer.state.query == Query.patch(2, 1)
    from_patch = viewer.controller.shown.patch_map.values.copy()
    viewer.state.direction = Direction.TO
    viewer.wait_for_title("Attention to patch (2, 1)")
    assert not np.allclose(from_patch, viewer.controller.shown.patch_map.values)
    viewer.press(Qt.Key.Key_Escape)
    viewer.wait_for_title("Attention from the class token")
    assert viewer.state.query.kind is QueryKind.CLASS


def test_attention_from_and_to_are_transposes(viewer, cat):
    viewer.open(cat)
    tokens = viewer.controller.explanation.tokens
    viewer.click_patch(0, 3)
    viewer.wait_for_title("from patch (0, 3)")
    there = viewer.controller.shown.patch_map.share(3, 2)
    viewer.state.query = Query.patch(3, 2)
    viewer.state.direction = Direction.TO
    viewer.wait_for_title("to patch (3, 2)")
    back = viewer.controller.shown.patch_map.share(0, 3)
    assert tokens.rows > 3
    assert back == pytest.approx(there, abs=1e-6)


def test_rollout_is_shown_and_scrubs(viewer, cat):
    viewer.open(cat)
    viewer.state.method = "rollout"
    n_layers = viewer.controller.model.n_layers
    viewer.wait_for_title(
        f"Rollout from the class token in layers 1–{n_layers}, mean of"
    )
    total = viewer.controller.shown.patch_map
    assert total.values.sum() + total.special.sum() == pytest.approx(1, abs=1e-5)
    viewer.press(Qt.Key.Key_Down)
    viewer.wait_for_title(f"layers 1–{n_layers - 1}")
    assert not viewer.window.panels.map.head.isEnabled()


def test_space_held_shows_the_raw_picture(viewer, cat):
    viewer.open(cat)
    with_map = viewer.pixels()
    viewer.qtbot.keyPress(viewer.canvas, Qt.Key.Key_Space)
    raw = viewer.pixels()
    viewer.qtbot.keyRelease(viewer.canvas, Qt.Key.Key_Space)
    assert not np.array_equal(raw, with_map)
    np.testing.assert_array_equal(viewer.pixels(), with_map)


def test_single_keys(viewer, cat):
    viewer.open(cat)
    before = viewer.state.opacity
    viewer.press(Qt.Key.Key_BracketRight)
    assert viewer.state.opacity == pytest.approx(before + 0.05)
    viewer.press(Qt.Key.Key_BracketLeft)
    viewer.press(Qt.Key.Key_BracketLeft)
    assert viewer.state.opacity == pytest.approx(before - 0.05)
    viewer.press(Qt.Key.Key_O)
    assert viewer.state.overlay_visible is False
    viewer.press(Qt.Key.Key_M)
    assert viewer.state.show_input is True
    panel = viewer.window.panels.display
    assert panel.picture.currentText() == "As the model saw it (M)"
    viewer.press(Qt.Key.Key_M)
    assert panel.picture.currentText() == "Muted"
    ways = []
    for _ in range(3):
        viewer.press(Qt.Key.Key_I)
        ways.append(viewer.state.interpolation.value)
    assert ways == ["nearest", "contours", "smooth"]


def test_readout_tells_what_the_model_computed(viewer, cat):
    viewer.open(cat)
    row, col = 1, 2
    x, y, w, h = viewer.controller.explanation.geometry.patch_rect(row, col)
    viewer.canvas.hovered.emit((x + w / 2, y + h / 2, row, col))
    text = viewer.window.status.readout.text()
    patch_map = viewer.controller.shown.patch_map
    assert f"patch row {row}, column {col}" in text
    assert f"{patch_map.values[row, col] * 100:.3f} %" in text
    order = np.sort(patch_map.values.ravel())[::-1]
    rank = 1 + int(np.searchsorted(-order, -patch_map.values[row, col]))
    assert f"rank {rank} of {patch_map.values.size}" in text
    assert f"prefix tokens {patch_map.special.sum() * 100:.1f} %" in text


def test_scale_shows_its_real_range(viewer, cat):
    viewer.open(cat)
    state, rows = viewer.state, viewer.controller.explanation.rows.values
    patches = viewer.controller.explanation.tokens.patches
    state.scale = Scale.LAYER
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown.lo == 0)
    assert viewer.controller.shown.hi == pytest.approx(rows[-1][:, patches].max())
    state.scale = Scale.MODEL
    top = rows[:, :, patches].max()
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown.hi == pytest.approx(top))
    viewer.window.panels.display.absolute.setValue(2.5)
    state.scale = Scale.ABSOLUTE
    viewer.qtbot.waitUntil(lambda: viewer.controller.shown.hi == pytest.approx(0.025))


def test_several_dropped_pictures_are_stepped_through(
    viewer, tmp_path, chelsea, coffee
):
    first = save_picture(tmp_path, "a.png", chelsea)
    second = save_picture(tmp_path, "b.png", coffee)
    viewer.drop(first, second)
    viewer.wait_for_map("a.png")
    assert "1 of 2" in viewer.place
    viewer.press(Qt.Key.Key_PageDown)
    viewer.wait_for_map("b.png")
    viewer.press(Qt.Key.Key_PageUp)
    viewer.wait_for_map("a.png")


def test_dropped_folder_opens_its_pictures(viewer, tmp_path, chelsea, coffee):
    save_picture(tmp_path, "10.png", chelsea)
    save_picture(tmp_path, "9.png", coffee)
    (tmp_path / "notes.txt").write_text("no picture")
    viewer.drop(tmp_path)
    viewer.wait_for_map("9.png")
    assert len(viewer.controller.playlist) == 2


def test_dropped_model_folder_is_loaded(viewer, tiny_deit):
    viewer.drop(tiny_deit)
    viewer.qtbot.waitUntil(
        lambda: viewer.controller.model.family.lower() == "deit", timeout=60_000
    )


def test_burst_of_drops_ends_on_the_last(viewer, tmp_path, chelsea, coffee):
    pictures = [chelsea, coffee] * 4
    paths = [save_picture(tmp_path, f"{i}.png", p) for i, p in enumerate(pictures)]
    for path in paths:
        viewer.drop(path)
    viewer.wait_for_map("7.png")
    height, width = coffee.shape[:2]
    assert viewer.controller.explanation.geometry.picture_size == (width, height)


def test_paste_a_path(viewer, cat):
    QGuiApplication.clipboard().setText(str(cat))
    viewer.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    viewer.wait_for_map("cat.png")


def test_text_without_a_picture_is_refused_in_a_sentence(viewer):
    mime = QMimeData()
    mime.setText("hello")
    viewer.drop_mime(mime)
    assert viewer.window.notice.isVisible()
    assert "drop picture files" in viewer.window.notice.label.text()
