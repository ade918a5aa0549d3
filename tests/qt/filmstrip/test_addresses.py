"""No address is fetched for the strip: what is shown is all it takes."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from tests.picture_factory import encoded
from tests.serving import serving

RED, BLUE = (200, 30, 30), (40, 60, 220)


class Server(ThreadingHTTPServer):
    """Sends a red picture, and counts who asks for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.release = threading.Event()
        self.asked: list[str] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(encoded(np.full((20, 30, 3), RED, np.uint8)))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    with serving(server):
        yield server


def test_an_address_gets_its_picture_when_it_is_shown(film, server, tmp_path):
    path = tmp_path / "here.png"
    Image.new("RGB", (30, 20), BLUE).save(path)
    controller = film.viewer.controller
    sources = [str(path), server.url("one.png"), server.url("two.png")]
    with film.qtbot.waitSignal(controller.picture_changed):
        controller.open(sources)
    film.qtbot.waitUntil(lambda: film.made(0) is not None)
    assert server.asked == []
    assert "once it has been opened" in film.text(1, Qt.ItemDataRole.ToolTipRole)
    controller.step(1)
    film.qtbot.waitUntil(lambda: film.made(1) is not None)
    assert film.pixels(film.cell(1))[32, 48].tolist() == list(RED)
    controller.step(-1)
    film.qtbot.waitUntil(lambda: controller.picture.name == "here.png")
    film.strip.verticalScrollBar().setValue(1)
    film.qtbot.waitUntil(lambda: not film.strip.thumbnails.is_busy)
    assert film.made(1).image is not None
    assert film.made(2) is None
    assert server.asked == ["/one.png"]


def test_a_hidden_strip_takes_it_too(film, server):
    film.dock.hide()
    controller = film.viewer.controller
    with film.qtbot.waitSignal(controller.picture_changed):
        controller.open([server.url("one.png"), server.url("two.png")])
    film.qtbot.waitUntil(lambda: film.made(0) is not None)
    film.dock.show()
    film.qtbot.waitUntil(lambda: not film.strip.thumbnails.is_busy)
    assert film.pixels(film.cell(0))[32, 48].tolist() == list(RED)
    assert server.asked == ["/one.png"]


@pytest.mark.parametrize(
    "source",
    [
        *("ftp://127.0.0.1/a.png", "smb://nowhere/a.png", "file://elsewhere/a.png"),
        *("data:image/png;base64,nothing", "/nowhere/a.png", "~\0/a.png"),
    ],
)
def test_odd_sources_are_quiet(film, source, tmp_path):
    path = tmp_path / "here.png"
    Image.new("RGB", (30, 20), BLUE).save(path)
    controller = film.viewer.controller
    with film.qtbot.waitSignal(controller.picture_changed):
        controller.open([str(path), source])
    film.qtbot.waitUntil(lambda: film.strip.count == 1 or film.made(1) is not None)
    assert not film.viewer.window.notice.isVisible()
    if film.strip.count == 2:
        assert film.made(1).image is None
        assert film.text(1).endswith("cannot be shown")


def test_a_data_url_is_a_picture(film, tmp_path):
    import base64

    data = base64.b64encode(encoded(np.full((20, 30, 3), RED, np.uint8))).decode()
    path = tmp_path / "here.png"
    Image.new("RGB", (30, 20), BLUE).save(path)
    controller = film.viewer.controller
    with film.qtbot.waitSignal(controller.picture_changed):
        controller.open([str(path), f"data:image/png;base64,{data}"])
    film.qtbot.waitUntil(lambda: film.made(1) is not None)
    assert film.text(1) == "picture from a data URL, 2 of 2"
    film.click(1)
    film.qtbot.waitUntil(lambda: film.text(1).endswith("chosen"))
    assert film.pixels(film.cell(1))[32, 48].tolist() == list(RED)
