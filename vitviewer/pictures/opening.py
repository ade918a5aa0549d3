"""Open what was dropped: the first picture of files, folders and addresses.

Pillow is imported with the first picture, not with the window that waits for one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.queries import Background

if TYPE_CHECKING:
    from vitviewer.pictures.picture import Picture


@dataclass(frozen=True)
class Opened:
    """What came of opening some sources; ``picture`` is None if the first failed."""

    sources: list[str]
    picture: Picture | None
    error: str


def open_first(sources: list[str], background: Background = Background.WHITE) -> Opened:
    """Expand folders and open the first picture, over a background."""
    from vitviewer.pictures.folders import picture_paths

    found: list[str] = []
    for source in sources:
        if os.path.isdir(source):
            found += picture_paths(source)
        else:
            found.append(source)
    if not found:
        name = Path(sources[0]).name
        words = "holds neither pictures nor a model: choose another folder."
        return Opened([], None, f"The folder {name!r} {words}")
    opened = open_one(found[0], background)
    return Opened(found, opened.picture, opened.error)


def open_one(source: str, background: Background = Background.WHITE) -> Opened:
    """Open one picture; the sources stay as they are."""
    from vitviewer.pictures.picture import open_image

    try:
        return over_background(open_image(source), background)
    except ImageError as error:
        return Opened([], None, str(error))


def decode_bytes(
    data: bytes, name: str, background: Background = Background.WHITE
) -> Opened:
    """Decode picture bytes."""
    from vitviewer.pictures.picture import decode_image

    try:
        return over_background(decode_image(data, name, name), background)
    except ImageError as error:
        return Opened([], None, str(error))


def over_background(picture: Picture, background: Background) -> Opened:
    """Put a picture over a background, and ready it for the screen."""
    picture = picture.over(background)
    _ = picture.smaller  # here and not in the thread that paints
    return Opened([], picture, "")
