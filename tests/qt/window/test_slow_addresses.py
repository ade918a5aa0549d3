"""What is on this machine never waits for the network, and the newest wish wins."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl

from tests.picture_factory import encoded, noise
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.serving import serving
from vitviewer.queries import Background

PATIENCE_S = 60
SLOW, QUICK = encoded(noise(7, 5)), encoded(noise(6, 9))


class Server(ThreadingHTTPServer):
    """Sends half of ``slow.png`` byte by byte, and the rest when it is released."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.release, self.ended = threading.Event(), threading.Event()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        slow = self.path == "/slow.png"
        body = SLOW if slow else QUICK
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # whoever asked may be gone
            self._trickle(body) if slow else self.wfile.write(body)
        self.server.ended.set()

    def _trickle(self, body: bytes) -> None:
        """Send half of it, a byte every little while; then the rest, if wanted."""
        for at in range(len(body) // 2):
            self.wfile.write(body[at : at + 1])
            if self.server.release.wait(0.1):
                self.wfile.write(body[at + 1 :])
                return
        assert self.server.release.wait(PATIENCE_S)
        self.wfile.write(body[len(body) // 2 :])


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    with serving(server):
        yield server


@pytest.fixture
def viewer(qtbot):
    viewer = make_viewer(qtbot, None)
    yield viewer
    close_viewer(viewer)


def drop_address(viewer, *addresses: str) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl(address) for address in addresses])
    viewer.drop_mime(mime)


def drop_slow(viewer, server) -> None:
    """Drop the slow address, and wait until some of it is here."""
    drop_address(viewer, server.url("slow.png"))
    status = viewer.window.status.fetching
    viewer.qtbot.waitUntil(lambda: f" B of {len(SLOW)} B" in status.label.text())
    assert "Fetching slow.png from 127.0.0.1" in status.label.text()
    assert status.cancel.isVisible()


def wait_for_picture(viewer, name: str) -> None:
    def shown() -> bool:
        picture = viewer.controller.picture
        return picture is not None and picture.name == name

    viewer.qtbot.waitUntil(shown)


def still(server) -> bool:
    """Return whether the server is still sending."""
    return not server.release.is_set()


def test_what_arrives_slowly_is_shown(viewer, server):
    drop_slow(viewer, server)
    server.release.set()
    wait_for_picture(viewer, "slow.png")
    assert not viewer.window.status.fetching.isVisible()
    assert viewer.controller.playlist.current == server.url("slow.png")


def test_a_file_is_shown_meanwhile(viewer, server, tmp_path, chelsea):
    drop_slow(viewer, server)
    viewer.drop(save_picture(tmp_path, "cat.png", chelsea))
    wait_for_picture(viewer, "cat.png")
    assert not viewer.window.status.fetching.isVisible()
    viewer.qtbot.waitUntil(lambda: not viewer.controller.opener.fetcher.is_busy)
    server.release.set()
    viewer.qtbot.waitUntil(server.ended.is_set)
    assert viewer.controller.picture.name == "cat.png"


def test_what_is_pasted_is_shown_meanwhile(viewer, server):
    drop_slow(viewer, server)
    mime = QMimeData()
    mime.setData("image/png", QUICK)
    viewer.drop_mime(mime)
    wait_for_picture(viewer, "pasted picture")
    assert still(server)


def test_another_address_is_shown_meanwhile(viewer, server):
    drop_slow(viewer, server)
    drop_address(viewer, server.url("quick.png"))
    wait_for_picture(viewer, "quick.png")
    assert still(server)


def test_a_server_that_never_answers_holds_up_nothing(viewer, tmp_path, chelsea):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        drop_address(viewer, f"http://127.0.0.1:{silent.getsockname()[1]}/a.png")
        viewer.qtbot.waitUntil(viewer.window.status.fetching.isVisible)
        viewer.drop(save_picture(tmp_path, "cat.png", chelsea))
        wait_for_picture(viewer, "cat.png")


def test_one_goes_through_the_open_set_meanwhile(viewer, server, tmp_path, chelsea):
    paths = [save_picture(tmp_path, f"{n}.png", chelsea) for n in range(2)]
    viewer.drop(*paths)
    wait_for_picture(viewer, "0.png")
    drop_slow(viewer, server)
    viewer.press(Qt.Key.Key_N)
    wait_for_picture(viewer, "1.png")
    assert still(server)


def test_files_behind_a_slow_address_are_there(viewer, server, tmp_path, chelsea):
    """Opened together, in this order: the first is what is waited for."""
    path = save_picture(tmp_path, "cat.png", chelsea)
    viewer.controller.open([server.url("slow.png"), str(path)])
    viewer.qtbot.waitUntil(lambda: len(viewer.controller.playlist) == 2)
    viewer.controller.step(1)
    wait_for_picture(viewer, "cat.png")
    viewer.controller.step(-1)
    server.release.set()
    wait_for_picture(viewer, "slow.png")
    assert len(viewer.controller.playlist) == 2


def test_the_background_changes_meanwhile(viewer, server, tmp_path):
    clear = np.zeros((8, 8, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    viewer.drop(tmp_path / "clear.png")
    wait_for_picture(viewer, "clear.png")
    drop_slow(viewer, server)
    viewer.state.background = Background.BLACK
    viewer.qtbot.waitUntil(lambda: (viewer.controller.picture.pixels == 0).all())
    assert viewer.window.status.fetching.isVisible()
    assert still(server)


def test_cancel_gives_it_up(viewer, server, tmp_path, chelsea):
    viewer.drop(save_picture(tmp_path, "cat.png", chelsea))
    wait_for_picture(viewer, "cat.png")
    drop_slow(viewer, server)
    viewer.window.status.fetching.cancel.click()
    assert not viewer.window.status.fetching.isVisible()
    viewer.qtbot.waitUntil(lambda: not viewer.controller.opener.fetcher.is_busy)
    server.release.set()
    viewer.qtbot.waitUntil(server.ended.is_set)
    assert viewer.controller.picture.name == "cat.png"
    assert not viewer.window.notice.isVisible()
