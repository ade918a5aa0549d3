"""Alpha compositing over one grey value: color × alpha + background × (1 − alpha)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.queries import Background

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND_PIXELS = 500_000

#: The grey value, 0 to 255, that stands for a background.
VALUES = {Background.WHITE: 255, Background.GREY: 128, Background.BLACK: 0}


@dataclass(frozen=True, eq=False)
class Transparency:
    """Straight (not premultiplied) sRGB colours, and how much of each is seen.

    Parameters
    ----------
    color : uint8 (height, width, 3)
    alpha : uint8 (height, width)
        0 where the background shows, 255 where it does not.
    """

    color: NDArray[np.uint8]
    alpha: NDArray[np.uint8]

    def over(self, background: Background) -> NDArray[np.uint8]:
        """Return the pixels over a background, uint8 (height, width, 3).

        The blend is of the stored values, as browsers and Pillow do, not of light.
        """
        if background is Background.IGNORED:
            return self.color
        pixels = np.empty_like(self.color)
        step = max(1, _BAND_PIXELS // self.color.shape[1])
        for top in range(0, len(pixels), step):
            rows = slice(top, top + step)
            alpha = self.alpha[rows, :, None].astype(np.uint16)
            behind = VALUES[background] * (255 - alpha)
            pixels[rows] = (self.color[rows] * alpha + behind + 127) // 255
        return pixels
