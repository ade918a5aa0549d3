"""URLs give bytes, or one sentence, from a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.picture_factory import encoded, noise
from tests.serving import serving
from vitviewer.errors import Cancelled, ImageError
from vitviewer.pictures.fetch import fetch
from vitviewer.pictures.opening import open_image

BODY = encoded(noise(6, 9))


class Server(ThreadingHTTPServer):
    """Answers by path; a stalling answer lasts until `release` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.release = threading.Event()
        self.stalled = threading.Event()

    def url(self, path: str, user: str = "") -> str:
        """Return the address of a path."""
        return f"http://{user}127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    """Behaves well or badly, as the path says."""

    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer one request."""
        path = self.path.partition("?")[0]
        if path.endswith("/cat%201.png"):
            self._answer(200, {"Content-Length": str(len(BODY))}, BODY)
        elif path == "/moved":
            self._answer(302, {"Location": "/a/cat%201.png"})
        elif path == "/to-file":
            self._answer(302, {"Location": "file:///etc/passwd"})
        elif path == "/to-ftp":
            self._answer(302, {"Location": "ftp://127.0.0.1/a.png"})
        elif path == "/round":
            self._answer(302, {"Location": "/round"})
        elif path == "/short":
            self._answer(200, {"Content-Length": "5000"}, BODY[:50])
        elif path == "/unannounced":
            self._answer(200, {}, bytes(3000))
        elif path == "/announced":
            self._answer(200, {"Content-Length": "3000"}, bytes(3000))
        elif path == "/stall":
            self._answer(200, {"Content-Length": "3000"}, b"x")
            self.server.stalled.set()
            self.server.release.wait(30)
        else:
            self._answer(404, {"Content-Length": "0"})

    def _answer(self, code: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Run a server for one test."""
    monkeypatch.setenv("no_proxy", "*")
    server = Server()
    with serving(server):
        yield server


def test_bytes_arrive_also_after_a_redirect(server: Server) -> None:
    assert fetch(server.url("/a/cat%201.png")) == BODY
    assert fetch(server.url("/moved")) == BODY


def test_a_picture_opens_and_is_named_after_its_path(server: Server) -> None:
    url = server.url("/a/cat%201.png?size=large")
    picture = open_image(url)
    assert (picture.name, picture.source, picture.size) == ("cat 1.png", url, (9, 6))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone.png", r"refused by the server \(404\)"),
        ("/to-file", "not a web address"),
        ("/to-ftp", "not a web address"),
        ("/round", "in a circle"),
        ("/short", "only in part"),
        ("/unannounced", "more than"),
        ("/announced", "more than"),
    ],
)
def test_failures_are_one_sentence(server: Server, path: str, words: str) -> None:
    limit = 2000 if "announced" in path else 10_000
    with pytest.raises(ImageError, match=words) as caught:
        fetch(server.url(path), limit_bytes=limit)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_stalling_server_is_left(server: Server) -> None:
    with pytest.raises(ImageError, match=r"did not arrive within 0\.2 s"):
        fetch(server.url("/stall"), timeout=0.2)


def test_a_fetch_can_be_cancelled(server: Server) -> None:
    with pytest.raises(Cancelled):
        fetch(server.url("/stall"), cancel=server.stalled.is_set)


def test_passwords_and_queries_are_not_repeated(server: Server) -> None:
    with pytest.raises(ImageError) as caught:
        fetch(server.url("/gone.png?token=hush", user="me:secret@"))
    assert "secret" not in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a.org/b.png", "not an http"),
        ("file:///etc/passwd", "not an http"),
        ("http://", "not a web address"),
        ("http://a b/", "not a web address"),
        ("http://[bad/", "not a web address"),
        ("data:image/png;base64", "holds no data"),
        ("data:image/png;base64,?!", "damaged"),
        ("data:,123456789012345678901", "more than"),
        ("data:;base64," + "AAAA" * 16, "more than"),
    ],
)
def test_bad_addresses(url: str, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        fetch(url, limit_bytes=20)


def test_an_unreachable_server() -> None:
    closed = Server()
    closed.server_close()
    with pytest.raises(ImageError, match="could not be reached"):
        fetch(closed.url("/a.png"))


def test_data_urls() -> None:
    assert fetch("data:text/plain,a%20b%ff") == b"a b\xff"
    assert fetch("data:image/png;base64,AAEC%0A Aw==") == bytes(range(4))
