"""Pillow's settings are the host's before and after a decode, and ours within."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.picture_factory import encoded, noise
from vitviewer.errors import ImageError
from vitviewer.pictures.limits import MAX_PIXELS
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.pillow_settings import settings_of_ours


@pytest.fixture(autouse=True)
def host(monkeypatch) -> Iterator[tuple[object, ...]]:
    """A host with limits of its own, which it finds again in the end."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 11)
    before = settings()
    yield before
    assert settings() == before


def settings() -> tuple[object, ...]:
    limits = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK
    return *limits, tuple(warnings.filters)


def warn_as_pillow() -> None:
    warnings.warn_explicit("odd", UserWarning, "x.py", 1, module="PIL.TiffImagePlugin")


def test_ours_within_and_silent():
    with settings_of_ours():
        assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS
        warn_as_pillow()  # pytest would make an error of it
        with pytest.raises(UserWarning):
            warnings.warn("of somebody else", stacklevel=1)


def test_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), settings_of_ours():
        raise ZeroDivisionError
    with pytest.raises(ImageError):
        decode_image(encoded(noise(90, 90))[:99], "cut", "cut")


def test_the_last_of_several_puts_back(host):
    with settings_of_ours():
        with settings_of_ours():
            pass
        assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS
        warn_as_pillow()
    assert settings() == host


def test_what_the_host_sets_meanwhile_stays(host):
    with settings_of_ours():
        Image.MAX_IMAGE_PIXELS = 12
    assert settings() == (12, *host[1:])
    Image.MAX_IMAGE_PIXELS = 10


def test_the_host_may_catch_warnings_meanwhile(host):
    ours, theirs = settings_of_ours(), warnings.catch_warnings()
    ours.__enter__()
    theirs.__enter__()  # keeps the list, with ours in it, and goes on with a copy
    warnings.simplefilter("ignore")
    ours.__exit__(None, None, None)
    assert warnings.filters[0][:3] == ("ignore", None, Warning)
    theirs.__exit__(None, None, None)
    assert settings() == host


def test_many_threads_decode_at_once():
    together = threading.Barrier(8)
    pictures = [noise(40, 50, seed=n) for n in range(8)]

    def decode_some(pixels: np.ndarray) -> bool:
        data = encoded(pixels)
        together.wait()
        again = (decode_image(data, "name", "source").pixels for _ in range(20))
        return all(np.array_equal(pixels, each) for each in again)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(decode_some, pictures))
