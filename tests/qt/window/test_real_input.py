"""Real keys, wheels, clicks and windows: what made-up events would hide."""

from __future__ import annotations

import pytest

from tests.qt.real_desk import (
    LEFT,
    WHEEL_DOWN,
    WHEEL_UP,
    desktop_tests,
    open_desk,
    open_window,
    wait_until,
)
from tests.qt.window_kit import save_picture

pytestmark = [desktop_tests, pytest.mark.long]
PANELS = "window.panels"
OVERLAY, DETAILS = f"{PANELS}.display", f"{PANELS}.details"
OPACITY = f"{PANELS}.map.opacity"
CANVAS = "Picture with its attention map"
OPACITY_NUMBER = f"{OPACITY}.number"
# Places on a keyboard, as X numbers them: of the letters that are there on a US one.
LETTER_O, LETTER_M, LETTER_N, SHIFT, CTRL, ALT_GR = 32, 58, 57, 50, 37, 108
DOWN, UP = 116, 111


@pytest.fixture(scope="module")
def opened(tmp_path_factory, tiny_vit, chelsea, coffee):
    folder = tmp_path_factory.mktemp("desk")
    first = save_picture(folder, "a.png", chelsea)
    second = save_picture(folder, "b.png", coffee)
    with open_desk(folder) as desk, open_window(desk, tiny_vit, first, second) as shown:
        yield shown


@pytest.fixture
def shown(opened):
    """The window as it was at first, with the focus on the canvas."""
    opened.desk.layout("us")
    opened.ask("window.controller.step(-1)")
    opened.wait("window.controller.picture.name", "a.png")
    for field, value in (
        *(("opacity", 0.6), ("overlay_visible", True), ("show_input", False)),
        *(("layer", 1), ("absolute_max", 0.05), ("colormap", "bids:inferno")),
    ):
        opened.ask(f"setattr(state, {field!r}, {value!r})")
    opened.ask("setattr(state, 'scale', type(state.scale).ABSOLUTE)")
    opened.ask(f"{DETAILS}.open_only(['Display'])")
    opened.ask("window.focus_canvas()")
    opened.wait("focused()", CANVAS)
    opened.ask("window.stage.canvas.fit()")
    return opened


# --- the wheel ------------------------------------------------------------------------


def make_low(shown) -> None:
    """Make the window so low that the details scroll."""
    shown.ask(f"{DETAILS}.open_only(list({DETAILS}.sections))")
    shown.ask("window.resize(1000, 640)")
    shown.wait("window.height()", 640)
    shown.wait(f"{DETAILS}.verticalScrollBar().maximum() > 0")


SCROLLED = f"{DETAILS}.verticalScrollBar().value()"
IN_DETAILS = {
    "combo": (f"{OVERLAY}.colormap", f"{OVERLAY}.colormap.currentIndex()"),
    "number": (f"{OVERLAY}.absolute", f"{OVERLAY}.absolute.value()"),
}
IN_MAP = {
    "slider": (f"{OPACITY}.slider", f"{OPACITY}.slider.value()"),
    "number beside a slider": (OPACITY_NUMBER, f"{OPACITY}.slider.value()"),
}


@pytest.mark.parametrize("box", IN_DETAILS)
def test_wheel_over_a_box_without_focus_scrolls_the_panel(shown, box):
    make_low(shown)
    widget, value = IN_DETAILS[box]
    shown.ask(f"{DETAILS}.verticalScrollBar().setValue(0)")
    shown.ask(f"{DETAILS}.ensureWidgetVisible({widget})")
    at, before = shown.ask(SCROLLED), shown.ask(value)
    turn = WHEEL_UP if at else WHEEL_DOWN
    shown.click(widget, turn)
    shown.wait(f"{SCROLLED} != {at}")
    assert shown.ask(value) == before
    assert shown.ask("focused()") == CANVAS


@pytest.mark.parametrize("box", IN_MAP)
def test_wheel_over_a_slider_without_focus_changes_nothing(shown, box):
    widget, value = IN_MAP[box]
    before = shown.ask(value)
    shown.click(widget, WHEEL_DOWN)
    shown.click("window.stage.canvas", WHEEL_DOWN)  # that one does something
    shown.wait("window.stage.canvas.percent != 0")
    assert shown.ask(value) == before
    assert shown.ask("focused()") == CANVAS


@pytest.mark.parametrize(
    ("widget", "value"), [IN_MAP["slider"], IN_DETAILS["number"]], ids=str
)
def test_wheel_over_a_box_with_the_focus_turns_it(shown, widget, value):
    before = shown.ask(value)
    shown.click(widget, LEFT, across=0.3)
    shown.wait(f"focused() != {CANVAS!r}")
    middle = shown.ask(value)
    shown.click(widget, WHEEL_DOWN)
    shown.wait(f"{value} < {middle}")
    assert before


# --- who has the keys -----------------------------------------------------------------


def takes_focus(shown, widget: str) -> bool:
    """Click a widget, and tell whether the focus has left the canvas."""
    shown.click(widget)
    return shown.ask("focused()") != CANVAS


def edit(shown, widget: str = OPACITY_NUMBER) -> None:
    shown.ask("window.resize(1100, 900)")
    shown.wait("window.size() == QtCore.QSize(1100, 900)")
    # A busy window manager may be late with the size, and then the click goes astray.
    wait_until(lambda: takes_focus(shown, widget), f"the focus of {widget}")
    shown.ask("window.activateWindow()")  # with the click's it may be late too
    shown.wait("window.isActiveWindow()")


SPIN_LINE = f"{OVERLAY}.absolute.findChild(QtWidgets.QLineEdit)"


def peek(shown):
    """Look at the raw picture for as long as Space is held."""
    shown.desk.do("keydown", "space")
    shown.wait("window.stage._peeking")
    shown.desk.do("keyup", "space")
    shown.wait("window.stage._peeking", False)


@pytest.mark.parametrize("widget", [OPACITY_NUMBER, SPIN_LINE])
def test_keys_that_are_no_number_go_to_the_window(shown, widget):
    edit(shown, widget)
    shown.desk.do("key", "o")
    shown.wait("state.overlay_visible", False)
    shown.desk.do("key", "m")
    shown.wait("state.show_input", True)
    shown.desk.do("key", "bracketright")
    shown.wait("state.opacity", 0.65)
    peek(shown)
    shown.desk.do("key", "Page_Down")
    shown.wait("window.controller.picture.name", "b.png")


def test_paste_goes_to_the_window_unless_it_is_a_number(shown, tmp_path, chelsea):
    pasted = save_picture(tmp_path, "pasted.png", chelsea)
    edit(shown)
    shown.desk.do("key", "ctrl+a")
    shown.ask("app.clipboard().setText('45')")
    shown.desk.do("key", "ctrl+v", "Return")
    shown.wait("round(state.opacity, 2)", 0.45)
    edit(shown)
    shown.ask(f"app.clipboard().setText({str(pasted)!r})")
    shown.desk.do("key", "ctrl+v")
    shown.wait("window.controller.picture.name", "pasted.png")
    shown.ask(
        "window.controller.open([str(Path(window.settings.recent[-1]).parent / n) "
        "for n in ('a.png', 'b.png')])"
    )
    shown.wait("window.controller.picture.name", "a.png")


@pytest.mark.parametrize(("end", "value"), [("Return", 0.3), ("Escape", 0.6)])
def test_enter_takes_a_number_and_escape_puts_it_back(shown, end, value):
    shown.ask("setattr(state, 'query', type(state.query).patch(1, 1))")
    edit(shown)
    shown.desk.do("key", "ctrl+a", "3", "0", end)
    shown.wait("focused()", CANVAS)
    assert shown.ask("round(state.opacity, 2)") == value
    assert shown.ask("str(state.query.kind)") == "patch"
    shown.desk.do("key", "Escape")
    shown.wait("str(state.query.kind) != 'patch'")


def test_escape_puts_back_what_was_applied_while_it_was_typed(shown):
    edit(shown, SPIN_LINE)
    shown.desk.do("key", "ctrl+a", "7")
    shown.wait("round(state.absolute_max, 3)", 0.07)
    shown.desk.do("key", "Escape")
    shown.wait("focused()", CANVAS)
    assert shown.ask("round(state.absolute_max, 3)") == 0.05
    assert shown.ask(f"{OVERLAY}.absolute.text()") == "5.00 %"


def test_a_value_that_is_picked_gives_the_focus_back(shown):
    shown.ask("window.resize(1100, 900)")
    shown.wait("window.size() == QtCore.QSize(1100, 900)")
    shown.click(f"{OVERLAY}.colormap")
    shown.wait(f"{OVERLAY}.colormap.view().isVisible()")
    shown.desk.do("key", "Down", "Return")
    shown.wait("focused()", CANVAS)
    assert shown.ask("state.colormap") != "bids:inferno"
    shown.click(f"{OVERLAY}.rising", across=0.05)
    shown.wait("focused()", CANVAS)


def test_arrows_are_the_windows_again_and_a_focused_slider_keeps_its_own(shown):
    edit(shown)
    shown.desk.do("key", "Return", "Down")
    shown.wait("state.layer", 0)
    shown.click(f"{OPACITY}.slider", across=0.1)
    shown.wait(f"focused() != {CANVAS!r}")
    before = shown.ask(f"{OPACITY}.slider.value()")
    shown.desk.do("key", "Right")
    shown.wait(f"{OPACITY}.slider.value()", before + 1)
    shown.desk.do("key", "Escape")
    shown.wait("focused()", CANVAS)


def test_a_floating_dock_leaves_keys_and_focus_to_the_window(shown):
    dock = "window.docks['Map']"
    shown.ask(f"{dock}.setFloating(True)")
    try:
        shown.wait(f"{dock}.isVisible()")
        shown.click(OPACITY_NUMBER)
        shown.wait(f"{dock}.isActiveWindow()")
        shown.desk.do("key", "Down")
        shown.wait("round(state.opacity, 2)", 0.59)
        peek(shown)
        shown.desk.do("key", "Return")
        shown.wait("window.isActiveWindow() and focused()", CANVAS)
    finally:
        shown.ask(f"{dock}.setFloating(False)")


# --- what is held ---------------------------------------------------------------------


def other_window(shown) -> None:
    """Let another program's window have the keys."""
    shown.ask("globals().setdefault('other', QtGui.QRasterWindow()).show()")


@pytest.mark.parametrize("focus", ["canvas", "slider", "number"])
def test_the_raw_picture_ends_with_the_focus(shown, focus):
    if focus == "slider":
        shown.click(f"{OPACITY}.slider")
        shown.wait(f"focused() != {CANVAS!r}")
    elif focus == "number":
        edit(shown)
    shown.desk.do("keydown", "space")
    shown.wait("window.stage._peeking")
    with another_program(shown):
        shown.wait("window.isActiveWindow()", False)
        shown.wait("window.stage._peeking", False)
        shown.desk.do("keyup", "space")
    shown.wait("window.isActiveWindow()")
    assert shown.ask("window.stage._peeking") is False


def another_program(shown):
    """Open a window of another program over ours, and close it again."""
    import contextlib
    import subprocess
    import sys

    @contextlib.contextmanager
    def opened():
        code = (
            "from PySide6.QtWidgets import *; a = QApplication([]); w = QLabel('x');"
            "w.resize(300, 200); w.show(); w.activateWindow(); a.exec()"
        )
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, env=shown.desk.environ) as process:
            try:
                yield
            finally:
                process.terminate()

    return opened()


def test_the_raw_picture_ends_where_a_menu_or_dialog_takes_the_release(shown):
    shown.desk.do("keydown", "space")
    shown.wait("window.stage._peeking")
    shown.ask("window.menus.actions.show_about()")
    shown.wait("app.activeModalWidget() is not None")
    shown.wait("window.stage._peeking", False)
    shown.desk.do("keyup", "space")
    shown.ask("app.activeModalWidget().close()")
    shown.wait("window.isActiveWindow()")
    shown.desk.do("keydown", "space")
    shown.wait("window.stage._peeking")
    shown.desk.do("key", "alt+f")
    shown.wait("app.activePopupWidget() is not None")
    shown.desk.do("keyup", "space")
    shown.wait("window.stage._peeking", False)
    shown.desk.do("key", "Escape")
    shown.wait("app.activePopupWidget() is None")


def test_a_drag_ends_where_a_dialog_takes_the_release(shown):
    canvas = "window.stage.canvas"
    shown.ask(f"{canvas}.zoom_by(3.0)")
    shown.point_at(canvas)
    shown.desk.do("mousedown", LEFT)
    shown.desk.do("mousemove_relative", "--sync", 40, 30)
    shown.wait(f"{canvas}._dragging")
    shown.ask("window.menus.actions.show_about()")
    shown.wait("app.activeModalWidget() is not None")
    shown.desk.do("mouseup", LEFT)
    shown.ask("app.activeModalWidget().close()")
    shown.wait("window.isActiveWindow()")
    before = shown.ask(f"{canvas}.sceneRect().center().toTuple()")
    shown.desk.do("mousemove_relative", "--sync", 50, 20)
    shown.wait("window.status.readout.text() != ''")
    assert shown.ask(f"{canvas}.sceneRect().center().toTuple()") == before
    shown.wait(f"{canvas}.viewport().cursor().shape().name != 'ClosedHandCursor'")


# --- keyboards ------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["us", "ru", "gr", "il", "ara", "de", "fr"])
def test_single_keys_on_keyboards_of_all_kinds(shown, layout):
    shown.desk.layout(layout)
    m = 47 if layout == "fr" else LETTER_M  # French has M where others have ;
    shown.desk.press_code(LETTER_O)
    shown.wait("state.overlay_visible", False)
    shown.desk.press_code(m)
    shown.wait("state.show_input", True)
    shown.desk.press_code(CTRL, UP)
    shown.wait("state.opacity", 0.65)
    shown.desk.press_code(CTRL, DOWN)
    shown.wait("state.opacity", 0.6)
    shown.desk.press_code(LETTER_N)
    shown.wait("window.controller.picture.name", "b.png")


@pytest.mark.parametrize(
    ("layout", "less", "more"),
    [
        ("de", (ALT_GR, 17), (ALT_GR, 18)),
        ("fr", (ALT_GR, 14), (ALT_GR, 20)),
        ("es", (ALT_GR, 34), (ALT_GR, 35)),
        ("ru", (34,), (35,)),
        ("ara", (34,), (35,)),
        ("il", (35,), (34,)),  # they are there, the other way round
    ],
)
def test_brackets_where_they_are_and_by_place(shown, layout, less, more):
    shown.desk.layout(layout)
    shown.desk.press_code(*more)
    shown.wait("state.opacity", 0.65)
    shown.desk.press_code(*less)
    shown.wait("state.opacity", 0.6)


@pytest.mark.parametrize(("layout", "help_key"), [("ru", 16), ("ara", 61), ("gr", 61)])
def test_keys_with_ctrl_and_shift_by_place(shown, layout, help_key):
    shown.desk.layout(layout)
    shown.desk.press_code(CTRL, 54)  # C: a copy
    shown.wait("window.status.readout.text()", "Copied to the clipboard.")
    shown.desk.press_code(SHIFT, help_key)
    shown.wait("app.activeWindow() is not window")
    shown.wait("app.activeWindow().windowTitle()", "Keyboard shortcuts")
    shown.ask("app.activeWindow().close()")
    shown.wait("window.isActiveWindow()")


def test_a_latin_letter_is_not_taken_for_another(shown):
    """The key of ü has [ on a US keyboard, that of Z has Y."""
    shown.desk.layout("de")
    shown.desk.press_code(34)
    shown.desk.layout("pl")
    shown.desk.press_code(ALT_GR, LETTER_O)  # ó
    shown.desk.press_code(LETTER_O)
    shown.wait("state.overlay_visible", False)
    assert shown.ask("state.opacity") == 0.6
