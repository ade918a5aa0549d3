"""What a user types or drops: paths, URLs, and names of models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vitviewer.errors import ImageError, ModelError
from vitviewer.models import sources
from vitviewer.models.hub import address
from vitviewer.pictures import fetch
from vitviewer.pictures.opening import is_url, local_path

_TEXTS = (
    *("picture.png", "~/picture.png", "~root/x", "C:\\picture.png", "org/name@main"),
    *("file:///a%20b.png", "file://localhost/a.png", "file://host/a.png", "file:a"),
    *("http://user:word@example.org:80/a.png?b#c", "https://[::1]/a.jpg", "shapes"),
    *("data:image/png;base64,iVBORw0KGgo=", "data:,a%20b", "data:text/plain;x,é"),
    *("https://huggingface.co/org/name/tree/main/", "https://hf.co/org/name?x"),
)


def attempt(data: bytes, _folder: Path) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert fetch.shown(text).isprintable()
    if is_url(text):
        _look_at_url(text)
    else:
        with suppress(ImageError):
            assert isinstance(local_path(text), str)
    found = address.parse(text)
    if found is not None:
        assert address.is_address(text)
        assert found.repo.count("/") == 1
        assert ".." not in (found.revision or "").split("/")
    with suppress(ModelError):
        assert sources.find(text).name.isprintable()


def _look_at_url(url: str) -> None:
    """Do what comes before the network, if the network would come at all."""
    with suppress(ImageError):
        if url.lower().startswith("data:"):
            assert isinstance(fetch.fetch(url, limit_bytes=1000), bytes)
        elif url.lower().startswith(("http:", "https:")):
            fetch._check_address(url)
        else:
            fetch.fetch(url)


def seeds() -> Iterator[bytes]:
    yield from (text.encode() for text in _TEXTS)
