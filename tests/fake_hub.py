"""A hub on this machine: the few answers that searching and downloading need."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

VIT = {"config.json": b'{"model_type": "vit"}', "model.safetensors": b"x" * 1000}
COMMIT = "c0ffee" + "0" * 34
_ERRORS = {
    "401": (401, "RepoNotFound"),
    "403": (403, "GatedRepo"),
    "404": (404, "RepoNotFound"),
    "login": (401, ""),
    "429": (429, ""),
    "500": (500, ""),
}


@dataclass
class FakeRepo:
    """A model on the hub, and how the hub behaves about it.

    ``behaviour`` is "good", "stalled" (half of each large file, then silence until the
    hub closes), "cut" (the connection closes half-way, as often as ``cuts`` says), or
    one of the errors "401", "403" (gated), "404", "login", "429" and "500".
    """

    files: dict[str, bytes] = field(default_factory=dict)
    behaviour: str = "good"
    cuts: int = 0
    downloads: int = 0
    gated: str | bool = False
    commits: dict[str, str] = field(default_factory=lambda: {"main": COMMIT})
    #: Whether a Range is answered with the part that was asked for.
    ranges: bool = True
    #: Replaces the body of a file, by name, with what the listing does not say.
    wrong: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, **settings: Any) -> FakeRepo:
        """Put a folder's files on the hub."""
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        return cls(files, **settings)

    def siblings(self) -> list[dict[str, Any]]:
        """List the files as the hub does when it is asked for ``blobs``."""
        return [_sibling(name, data) for name, data in self.files.items()]

    def config(self) -> dict[str, Any]:
        """Return what the hub's own listing tells of config.json."""
        try:
            config = json.loads(self.files.get("config.json", b"{}"))
        except ValueError:
            return {}
        return {key: config[key] for key in ("model_type",) if key in config}


def _sibling(name: str, data: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
    if name.endswith(".safetensors"):
        sha256 = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
    return entry


class FakeHub(ThreadingHTTPServer):
    """Serves ``repos``, and notes each request as (path, Range header).

    ``tokens`` are the Authorization headers by path.
    """

    daemon_threads = False  # closing waits for the answers that are under way

    def __init__(self, repos: dict[str, FakeRepo]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos = repos
        self.requests: list[tuple[str, str | None]] = []
        self.tokens: dict[str, str | None] = {}
        self.stalled = threading.Event()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The hub's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def cdn(self) -> str:
        """The address that bytes come from: another host, as of the real hub."""
        return f"http://localhost:{self.server_address[1]}"

    def asked(self, name: str) -> list[str | None]:
        """Return the Range headers with which a file's bytes were asked for."""
        return [r for path, r in self.requests if path.startswith("/cdn/" + name)]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: clients that hang up are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("Range")))
        self.server.tokens[self.path] = self.headers.get("Authorization")
        parts = [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]
        if parts == ["api", "models"]:
            self._search(parse_qs(urlsplit(self.path).query))
        elif parts[:2] == ["api", "models"]:
            self._info("/".join(parts[2:4]), parts[5] if len(parts) > 5 else "main")
        elif parts[0] == "cdn":
            self._bytes(self.server.repos["/".join(parts[2:4])], parts[1])
        else:
            self._resolve("/".join(parts[:2]), parts[3], "/".join(parts[4:]))

    def _search(self, query: dict[str, list[str]]) -> None:
        if refused := self.server.repos.get("search"):
            return self._error(*_ERRORS[refused.behaviour])
        text, found = query["search"][0].lower(), []
        for name, repo in self.server.repos.items():
            if text in name.lower():
                entry = {"id": name, "config": repo.config(), "gated": repo.gated}
                files = [{"rfilename": file} for file in repo.files]
                found.append(entry | {"downloads": repo.downloads, "siblings": files})
        self._json(found[: int(query["limit"][0])])

    def _info(self, name: str, revision: str) -> None:
        if repo := self._good(name, revision):
            commit = repo.commits.get(revision, revision)
            info = {"id": name, "sha": commit, "siblings": repo.siblings()}
            self._json(info)

    def _resolve(self, name: str, revision: str, file: str) -> None:
        repo = self._good(name, revision)
        if repo is None:
            return
        if file not in repo.files:
            return self._error(404, "EntryNotFound")
        sibling = _sibling(file, repo.files[file])
        headers = {"X-Repo-Commit": repo.commits.get(revision, revision)}
        headers["X-Linked-Size"] = str(sibling["size"])
        etag = sibling.get("lfs", {}).get("sha256", sibling["blobId"])
        headers["X-Linked-Etag"] = f'"{etag}"'
        headers["Location"] = f"{self.server.cdn}/cdn/{file}/{name}"
        self._head(302, headers)

    def _good(self, name: str, revision: str) -> FakeRepo | None:
        """Return a repo that may be answered about, else send the error."""
        repo = self.server.repos.get(name, FakeRepo(behaviour="404"))
        if repo.behaviour in _ERRORS:
            return self._error(*_ERRORS[repo.behaviour])
        if revision not in {*repo.commits, *repo.commits.values()}:
            return self._error(404, "RevisionNotFound")
        return repo

    def _bytes(self, repo: FakeRepo, file: str) -> None:
        data, start = repo.wrong.get(file, repo.files[file]), 0
        asked = self.headers.get("Range")
        if asked and repo.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= len(data) > 0:
            return self._error(416, "")
        rest = data[start:]
        headers = {"Content-Length": str(len(rest))}
        if start:
            total = len(data)
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        self._head(206 if start else 200, headers)
        if self.command == "GET":
            self._send(rest, repo if file.endswith(".safetensors") else FakeRepo())

    def _send(self, data: bytes, repo: FakeRepo) -> None:
        cut = repo.behaviour == "cut" and repo.cuts > 0
        repo.cuts -= cut
        half = cut or repo.behaviour == "stalled"
        self.wfile.write(data[: len(data) // 2] if half else data)
        if repo.behaviour == "stalled":
            self.wfile.flush()
            self.server.stalled.set()
            self.server.released.wait(60)

    def _json(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self._head(200, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _error(self, status: int, code: str) -> None:
        self._head(status, {"X-Error-Code": code} if code else {})

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(monkeypatch: Any, cache: Path, **repos: FakeRepo) -> Iterator[FakeHub]:
    """Run a hub, and let this process take it for the real one.

    ``repos`` are called ``org/<keyword>``; the hub's cache is the folder ``cache``.
    """
    import huggingface_hub
    from huggingface_hub import constants

    hub = FakeHub({f"org/{name}": repo for name, repo in repos.items()})
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    page = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", page)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    huggingface_hub.close_session()
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        huggingface_hub.close_session()
        hub.shutdown()
        thread.join()
        hub.server_close()
