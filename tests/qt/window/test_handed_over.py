"""What other programs hand over, by real clipboards and real drags."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.picture_factory import encoded, noise
from tests.qt.real_desk import desktop_tests, open_desk, open_window
from tests.qt.real_hands import other_program, settle, uri_list
from tests.qt.window_kit import save_picture

pytestmark = desktop_tests
SILENT = "does not answer"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("home"), "1400x1000x24") as desk:
        yield desk


@pytest.fixture
def shown(desk):
    with open_window(desk) as shown:
        shown.ask("window.setGeometry(20, 40, 1240, 800)")
        settle(shown)
        yield shown


@pytest.fixture
def cat(tmp_path, chelsea):
    return save_picture(tmp_path, "a cat.png", chelsea)


def focus(shown) -> None:
    shown.ask("window.activateWindow() or window.stage.canvas.setFocus()")
    shown.wait("window.isActiveWindow()")


def paste(shown) -> None:
    focus(shown)
    shown.desk.do("key", "ctrl+v")


def wait_for_picture(shown, name: str) -> None:
    shown.wait("window.controller.picture and window.controller.picture.name", name)


def wait_for_notice(shown, words: str) -> None:
    shown.wait(f"window.notice.isVisible() and {words!r} in window.notice.label.text()")


# --- who does not answer --------------------------------------------------------------


def test_a_clipboard_whose_owner_hangs(desk, shown):
    """Not even which formats there are is answered."""
    picture = encoded(noise(6, 9))
    with other_program(desk, {"image/png": picture}) as other:
        paste(shown)
        wait_for_picture(shown, "pasted picture")
    with other_program(desk, {"image/png": picture}) as other:
        other.stop()
        paste(shown)
        wait_for_notice(shown, SILENT)


@pytest.mark.parametrize("kind", ["image/png", "text/uri-list", "text/html"])
def test_an_owner_that_hangs_as_data_are_asked_for(desk, shown, kind):
    """It has told its formats, and there are several to ask for."""
    formats = {kind: b"x", "text/plain": b"x", "image/bmp": b"x"}
    with other_program(desk, formats, hangs=True):
        paste(shown)
        wait_for_notice(shown, SILENT)


def test_a_source_of_a_drag_that_hangs(desk, shown):
    formats = {"text/uri-list": b"x", "text/plain": b"x", "image/png": b"x"}
    with other_program(desk, formats, hangs=True) as other:
        other.drag_to(shown, "window.stage")
        wait_for_notice(shown, SILENT)


def test_pasting_into_a_field_while_the_owner_hangs(desk, shown):
    with other_program(desk, {"text/plain": b"words"}) as other:
        shown.ask("window.panels.open_picker()")
        shown.wait("window.panels.picker.isActiveWindow()")
        other.stop()
        desk.do("key", "ctrl+v")
        shown.wait("window.panels.picker.line.text()", "")
        shown.ask("window.panels.close_picker()")


# --- wherever it is dropped -----------------------------------------------------------

FLOATING = "window.docks['Map']"
TARGETS = {
    "the picture": "window.stage",
    "a number beside a slider": "window.panels.map.opacity.number",
    "a section": "window.panels.details['Display']",
    "a menu bar": "window.menuBar()",
    "the status bar": "window.status",
    "a floating dock": FLOATING,
    "a number in a floating dock": "window.panels.map.opacity.number",
    "the dialog of models": "window.panels.picker.list",
    "the line in the dialog of models": "window.panels.picker.line",
    "the sheet of keys": "app.activeWindow()",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_drop_anywhere_opens(desk, shown, cat, target):
    if "floating" in target:
        shown.ask(f"{FLOATING}.setFloating(True)")
        shown.ask(f"{FLOATING}.move(300, 300)")
        shown.wait(f"{FLOATING}.isFloating() and {FLOATING}.isVisible()")
    elif "models" in target:
        shown.ask("window.panels.open_picker()")
        shown.wait("window.panels.picker.isActiveWindow()")
    elif "sheet" in target:
        shown.ask("window.menus.actions.show_shortcuts()")
        shown.wait("app.activeWindow() not in (None, window)")
    formats = {
        "text/uri-list": uri_list(cat.as_uri()),
        "text/plain": str(cat).encode(),
    }
    with other_program(desk, formats, moves=True) as other:
        settle(shown)
        other.drag_to(shown, TARGETS[target])
        wait_for_picture(shown, "a cat.png")
        assert other.became() == "CopyAction"  # or else a file manager deletes it
    shown.ask("window.panels.close_picker()")


def test_text_on_the_line_of_the_dialog_of_models(desk, shown):
    shown.ask("window.panels.open_picker()")
    shown.wait("window.panels.picker.isActiveWindow()")
    with other_program(desk, {"text/plain": b"beit"}) as other:
        other.drag_to(shown, "window.panels.picker.line")
        shown.wait("window.panels.picker.line.text()", "beit")
    shown.ask("window.panels.close_picker()")


def test_a_model_s_folder_dropped_on_the_dialog_of_models(desk, shown, tiny_vit):
    shown.ask("window.panels.open_picker()")
    shown.wait("window.panels.picker.isActiveWindow()")
    formats = {"text/uri-list": uri_list(tiny_vit.as_uri())}
    with other_program(desk, formats) as other:
        other.drag_to(shown, "window.panels.picker.list")
        model = "window.controller.model"
        shown.wait(f"{model} and {model}.source", str(tiny_vit))
    assert shown.ask("window.panels.picker is None")


# --- what browsers and file managers hand over ----------------------------------------


class Pictures(BaseHTTPRequestHandler):
    """A page at ``/page``; every other path is a picture."""

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        body = b"<html></html>" if self.path == "/page" else encoded(noise(6, 9))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_picture_that_links_to_a_page(desk, shown, web, encoding):
    html = f'<a href="{web}/page"><img alt="é" src="{web}/small.png"></a>'
    formats = {
        "text/uri-list": uri_list(f"{web}/page"),
        "text/html": html.encode(encoding),
        "text/plain": f"{web}/page".encode(),
    }
    with other_program(desk, formats) as other:
        other.drag_to(shown, "window.stage")
        wait_for_picture(shown, "small.png")


def test_html_with_an_embedded_picture_alone(desk, shown):
    from base64 import b64encode

    data = b64encode(encoded(noise(6, 9))).decode()
    html = f'<meta charset="utf-8"><img src="data:image/png;base64,{data}">'
    with other_program(desk, {"text/html": html.encode()}) as other:
        other.drag_to(shown, "window.stage")
        wait_for_picture(shown, "picture from a data URL")


def test_a_file_and_an_address_in_one_drop(desk, shown, cat, web):
    formats = {"text/uri-list": uri_list(f"{web}/b.png", cat.as_uri())}
    with other_program(desk, formats) as other:
        other.drag_to(shown, "window.stage")
        wait_for_picture(shown, "a cat.png")
        assert shown.ask("window.controller.playlist.sources") == [
            str(cat),
            f"{web}/b.png",
        ]


def test_a_pasted_picture_in_a_format_that_qt_cannot_read(desk, shown):
    with other_program(desk, {"image/avif": encoded(noise(16, 16), "AVIF")}):
        paste(shown)
        wait_for_picture(shown, "pasted picture")


@pytest.mark.parametrize("place", ["smb://host/share/a.png", "trash:///a.png"])
def test_places_of_file_managers_say_why(desk, shown, place):
    formats = {"text/uri-list": uri_list(place), "text/plain": place.encode()}
    words = {"smb": "on another computer", "trash": "in the trash"}
    with other_program(desk, formats) as other:
        other.drag_to(shown, "window.stage")
        wait_for_notice(shown, words[place.partition(":")[0]])


def test_two_quoted_paths_are_pasted(desk, shown, cat, tmp_path, coffee):
    other_cat = save_picture(tmp_path, "other.png", coffee)
    text = f"'{cat}' '{other_cat}'\n"
    with other_program(desk, {"text/plain": text.encode()}):
        paste(shown)
        wait_for_picture(shown, "a cat.png")
        sources = shown.ask("window.controller.playlist.sources")
        assert sources == [str(cat), str(other_cat)]
