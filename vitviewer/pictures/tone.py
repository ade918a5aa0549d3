"""Curves on grey values of more than 8 bits, whose dark tones 8 bits cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.pictures.depth import Scaling


def toned(
    values: NDArray[np.generic], scaling: Scaling, tone: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Scale values and bend them by a curve.

    Parameters
    ----------
    values : numbers of any shape
        What is not finite becomes black.
    scaling : Scaling
        What is dark and what is light.
    tone : uint8 (256,)
        The curve, at 256 even steps; linear between them. The steps of a profile are
        those of sRGB's own curve, which is straight where it is steep.

    Returns
    -------
    uint8 of the same shape
    """
    if values.dtype == np.uint16:  # looked up: there are not many different ones
        table = _bent(np.arange(65536, dtype=np.uint16), scaling, tone)
        bent: NDArray[np.uint8] = table[values]
        return bent
    return _bent(values, scaling, tone)


def _bent(
    values: NDArray[np.generic], scaling: Scaling, tone: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    span = scaling.hi - scaling.lo or 1.0
    shares = (values.astype(np.float64) - scaling.lo) / span
    shares = np.clip(np.nan_to_num(shares, posinf=0.0, neginf=0.0), 0.0, 1.0)
    return np.rint(np.interp(shares * 255, np.arange(256), tone)).astype(np.uint8)
