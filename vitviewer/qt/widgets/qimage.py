"""From NumPy pixels to Qt images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """Copy uint8 (height, width, 3) RGB, or (height, width, 4) RGBA, into a QImage."""
    return view_as_qimage(np.ascontiguousarray(pixels)).copy()


def view_as_grey(pixels: NDArray[np.uint8]) -> QImage:
    """Look at C-contiguous uint8 (height, width) as a QImage, as `view_as_qimage`."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8)


def view_as_qimage(
    pixels: NDArray[np.uint8], four: QImage.Format = QImage.Format.Format_RGBA8888
) -> QImage:
    """Look at C-contiguous pixels as a QImage; they must outlive it, unchanged.

    ``four`` says what four channels are; three are red, green and blue.
    """
    height, width, channels = pixels.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else four
    return QImage(pixels.data, width, height, channels * width, form)
