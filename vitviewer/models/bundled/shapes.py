"""The ten shapes of the demo scenes, as polygons of circumradius one.

The shapes are chosen so that none can be taken for another at 14 x 14
patches, and so that each is still itself when mirrored left to right: a
mirrored training picture keeps its label.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

SHAPES = (
    "disc",
    "ring",
    "square",
    "triangle",
    "star",
    "cross",
    "heart",
    "crescent",
    "arrow",
    "hourglass",
)
"""Class names; a label is an index into this tuple."""

RING_HOLE = 0.55
"""Radius of the ring's hole, as a share of its outer radius."""

_ARC_POINTS = 128


@cache
def outline(name: str) -> tuple[Points, ...]:
    """Polygons of one shape, the first filled and any further one cut out.

    Parameters
    ----------
    name : str
        One of `SHAPES`.

    Returns
    -------
    tuple of ndarray, each (points, 2)
        Corners (x right, y down). The filled polygon's smallest box is
        centred on the origin, or nearly, and no corner is further than 1
        from the origin.
    """
    return _OUTLINES[name]()


@cache
def unit_area(name: str) -> float:
    """Area of a shape of circumradius one, in squared radii."""
    filled, *holes = (_area(polygon) for polygon in outline(name))
    return filled - sum(holes)


def _area(polygon: Points) -> float:
    x, y = polygon.T
    return abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2


def _fitted(polygon: Points) -> Points:
    """Centre the polygon's box on the origin and scale it to circumradius 1."""
    centred = polygon - (polygon.min(axis=0) + polygon.max(axis=0)) / 2
    return np.asarray(centred / np.hypot(*centred.T).max())


def _arc(radius: float, points: int = _ARC_POINTS, start: float = 0.0) -> Points:
    turn = start + np.arange(points) * (2 * math.pi / points)
    return radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _star(inner: float) -> Points:
    tips = _arc(1.0, points=5, start=-math.pi / 2)
    notches = _arc(inner, points=5, start=-math.pi / 2 + math.pi / 5)
    return np.stack([tips, notches], axis=1).reshape(-1, 2)


def _cross(arm: float) -> Points:
    quarter = np.array([(arm, -1.0), (arm, -arm), (1.0, -arm)])
    turned = [quarter]
    for _ in range(3):
        x, y = turned[-1].T
        turned.append(np.stack([-y, x], axis=1))
    return _fitted(np.concatenate(turned))


def _heart() -> Points:
    t = np.arange(_ARC_POINTS) * (2 * math.pi / _ARC_POINTS)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return _fitted(np.stack([x, y], axis=1))


def _crescent() -> Points:
    """Take from a disc another of 0.8 of its radius, its centre at x = 0.45."""
    radius, shift = 0.8, 0.45
    meet_x = (1 - radius**2 + shift**2) / (2 * shift)
    outer_turn = math.acos(meet_x)
    inner_turn = math.acos((meet_x - shift) / radius)
    half = _ARC_POINTS // 2
    outer = np.linspace(outer_turn, 2 * math.pi - outer_turn, half)
    inner = np.linspace(2 * math.pi - inner_turn, inner_turn, half)[1:-1]
    edge = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    bite = np.stack([shift + radius * np.cos(inner), radius * np.sin(inner)], axis=1)
    return _fitted(np.concatenate([edge, bite]))


def _arrow() -> Points:
    right = [(0.0, -1.0), (0.8, -0.1), (0.3, -0.1), (0.3, 1.0)]
    left = [(-x, y) for x, y in reversed(right[1:])]
    return _fitted(np.array(right + left))


def _hourglass() -> Points:
    waist, width = 0.12, 0.75
    right = [(width, -1.0), (waist, 0.0), (width, 1.0)]
    left = [(-x, y) for x, y in reversed(right)]
    return _fitted(np.array(right + left))


_OUTLINES: dict[str, Callable[[], tuple[Points, ...]]] = {
    "disc": lambda: (_arc(1.0),),
    "ring": lambda: (_arc(1.0), _arc(RING_HOLE)),
    "square": lambda: (_arc(1.0, points=4, start=math.pi / 4),),
    "triangle": lambda: (_fitted(_arc(1.0, points=3, start=-math.pi / 2)),),
    "star": lambda: (_star(inner=0.42),),
    "cross": lambda: (_cross(arm=0.3),),
    "heart": lambda: (_heart(),),
    "crescent": lambda: (_crescent(),),
    "arrow": lambda: (_arrow(),),
    "hourglass": lambda: (_hourglass(),),
}
