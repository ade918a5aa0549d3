"""The composed image of some tiles, kept until something in it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtGui import QImage

from vitviewer.maps.tiles import TileScale, compose_tiles, prefix_shares

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vitviewer.answers import Answer
    from vitviewer.maps.mosaic import Plan
    from vitviewer.maps.resolve import Resolved


class Tiles(NamedTuple):
    """Maps of some layers and heads, and their shares to prefix tokens."""

    maps: NDArray[np.float32]
    shares: NDArray[np.float32] | None


class Look(NamedTuple):
    """All that tells how tiles are painted, beside their values."""

    plan: Plan
    part: tuple[int, ...]
    colormap: str
    smooth: bool
    scale: TileScale
    gap: int
    ratio: float
    most: float | None = None


class TileImage:
    """Composes when it is asked to and has to; its memory is used again."""

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self._look: Look | None = None
        self._memory = np.empty((0, 0), np.uint32)
        self._image = QImage()

    def of(self, answer: Answer, look: Look, tiles: Callable[[], Tiles]) -> QImage:
        """Return the image of an answer's tiles; ``tiles`` is called if it is new."""
        if answer is not self._answer or look != self._look:
            self._compose(answer, look, tiles())
            self._answer, self._look = answer, look
        return self._image

    def forget(self) -> None:
        """Let go of the answer."""
        self._answer = self._look = None

    def _compose(self, answer: Answer, look: Look, tiles: Tiles) -> None:
        width, height = look.plan.size
        if self._memory.shape != (height, width):
            self._memory = np.empty((height, width), np.uint32)
            form = QImage.Format.Format_RGB32
            self._image = QImage(self._memory.data, width, height, 4 * width, form)
        self._image.setDevicePixelRatio(look.ratio)
        compose_tiles(
            look.plan,
            tiles.maps,
            tiles.shares,
            look.colormap,
            answer.signed,
            look.scale,
            look.smooth,
            look.gap,
            look.most,
            self._memory,
        )


def tiles_of(shown: Resolved) -> Tiles:
    """Return all layers and heads of what is shown, on the first pane."""
    tokens, answer = shown.explanation.tokens, shown.answer
    return Tiles(tokens.grid(answer.values), prefix_shares(answer, tokens))
