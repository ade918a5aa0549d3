"""Pillow's settings, which are of the whole process: ours during a decode only.

The host of the library may use Pillow too, under limits and filters of its own.
"""

from __future__ import annotations

import re
import warnings
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from PIL import Image, PngImagePlugin

from vitviewer.pictures import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# Profiles of printers are larger than the megabyte that Pillow allows a PNG's.
_MOST_TEXT = 8 * 1024**2
# As `warnings.filterwarnings` makes them: what Pillow says of odd metadata, and of
# sizes above its limit before ours can speak.
_IGNORE_PILLOW = ("ignore", None, Warning, re.compile(r"PIL\."), 0)

_lock = Lock()
_decodes = 0
_undo = ExitStack()


@contextmanager
def settings_of_ours() -> Iterator[None]:
    """Let Pillow decode under our limits, and silently, within the context.

    Any number of threads may decode at once: the first one in changes the settings,
    the last one out puts them back, also after an error.
    """
    global _decodes
    with _lock:
        if not _decodes:
            _change()
        _decodes += 1
    try:
        yield
    finally:
        with _lock:
            _decodes -= 1
            if not _decodes:
                _undo.close()


def _change() -> None:
    _set(Image, "MAX_IMAGE_PIXELS", limits.MAX_PIXELS)
    _set(PngImagePlugin, "MAX_TEXT_CHUNK", _MOST_TEXT)
    _silence()


def _set(module: ModuleType, name: str, value: Any) -> None:
    """Set a module's variable; a value that someone else sets meanwhile stays."""
    before = getattr(module, name)
    setattr(module, name, value)

    def put_back() -> None:
        if getattr(module, name) is value:
            setattr(module, name, before)

    _undo.callback(put_back)


def _silence() -> None:
    """Ignore Pillow's warnings.

    Not by `warnings.catch_warnings`, which puts the whole list of filters back and with
    it undoes what other threads did meanwhile: this takes out what it put in. Another
    thread's `catch_warnings` may have replaced the list by a copy.
    """
    filters = _filters()
    filters.insert(0, _IGNORE_PILLOW)

    def put_back() -> None:
        for some in {id(each): each for each in (filters, _filters())}.values():
            with suppress(ValueError):
                some.remove(_IGNORE_PILLOW)

    _undo.callback(put_back)


def _filters() -> list[tuple[Any, ...]]:
    return cast("list[tuple[Any, ...]]", warnings.filters)
