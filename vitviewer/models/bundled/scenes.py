"""Procedural pictures whose objects, and where they are, are known exactly.

A scene is one or two bright shapes on a dim, cluttered background. Bright on
dim is deliberate: a patch tells by a linear reading whether an object covers
it, and so a transformer of under a million parameters learns the shapes in
under an hour on two CPU cores. The same seed draws the same scene at any size.
"""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from vitviewer.models.bundled.backdrop import SUPERSAMPLING, Plane, draw_backdrop
from vitviewer.models.bundled.shapes import SHAPES, Points, outline, unit_area

TRAINING_SIZE = 112
"""Side in pixels of the pictures that the bundled models see."""

LARGEST_SHARE = 0.4
"""Largest area of the second object, as a share of the first one's."""

_DEGREES = 20.0
_MARGIN = 0.03


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and what is in it, the dominant (largest) object first.

    Attributes
    ----------
    picture : ndarray, (size, size, 3) uint8
        sRGB values.
    masks : tuple of ndarray, each (size, size) bool
        Pixels at least half covered by each object.
    labels : tuple of int
        Class of each object, an index into `SHAPES`.
    """

    picture: NDArray[np.uint8]
    masks: tuple[NDArray[np.bool_], ...]
    labels: tuple[int, ...]

    @property
    def label(self) -> int:
        """Class of the dominant object: what a classifier should answer."""
        return self.labels[0]


@dataclass(frozen=True)
class Placement:
    """Where one object stands, in units of the picture's side.

    Attributes
    ----------
    label : int
        Index into `SHAPES`.
    x, y : float
        Centre, from the top-left corner.
    radius : float
        Circumradius.
    degrees : float
        Rotation, clockwise on screen.
    mirrored : bool
        Whether the shape is mirrored left to right before it is turned.
    """

    label: int
    x: float
    y: float
    radius: float
    degrees: float = 0.0
    mirrored: bool = False

    @property
    def area(self) -> float:
        """Area, in units of the picture's area."""
        return self.radius**2 * unit_area(SHAPES[self.label])

    def polygons(self) -> tuple[Points, ...]:
        """Corners of the placed shape, in units of the picture's side."""
        turn = math.radians(self.degrees)
        flip = -1.0 if self.mirrored else 1.0
        to_picture = self.radius * np.array(
            [
                [flip * math.cos(turn), flip * math.sin(turn)],
                [-math.sin(turn), math.cos(turn)],
            ]
        )
        corner = np.array([self.x, self.y])
        return tuple(p @ to_picture + corner for p in outline(SHAPES[self.label]))


def draw_scene(
    seed: int | np.random.Generator,
    size: int = TRAINING_SIZE,
    *,
    label: int | None = None,
    objects: int | None = None,
) -> Scene:
    """Draw one scene.

    Parameters
    ----------
    seed : int or numpy.random.Generator
        Source of every choice, whatever the size.
    size : int
        Side of the picture in pixels.
    label : int, optional
        Class of the dominant object; drawn at random if not given.
    objects : {1, 2}, optional
        How many objects; drawn at random if not given.

    Returns
    -------
    Scene
    """
    rng = np.random.default_rng(seed)
    canvas = draw_backdrop(rng, size)
    return paint_objects(rng, canvas, place_objects(rng, label, objects))


def paint_objects(
    rng: np.random.Generator, canvas: Plane, placements: tuple[Placement, ...]
) -> Scene:
    """Paint objects on a backdrop, (size, size, 3); the dominant one comes first."""
    size, masks = len(canvas), []
    # The small object first, so that the dominant one's shadow falls on it.
    for placement in reversed(placements):
        coverage = cover(placement, size)
        canvas = _paint(canvas, coverage, placement, _bright_color(rng))
        masks.append(coverage >= 0.5)
    picture = np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8)
    return Scene(picture, tuple(reversed(masks)), tuple(p.label for p in placements))


def place_objects(
    rng: np.random.Generator, label: int | None = None, objects: int | None = None
) -> tuple[Placement, ...]:
    """Choose one or two objects that neither overlap nor leave the picture."""
    drawn_label, drawn_objects = int(rng.integers(len(SHAPES))), int(rng.integers(1, 3))
    first = _place_first(rng, drawn_label if label is None else label)
    if (drawn_objects if objects is None else objects) == 1:
        return (first,)
    return first, _place_second(rng, first)


def _place_first(rng: np.random.Generator, label: int) -> Placement:
    radius = rng.uniform(0.22, 0.32)
    x, y = 0.5 + rng.uniform(-1, 1, 2) * min(0.5 - radius - _MARGIN, 0.18)
    return _turned(rng, label, x, y, radius)


def _place_second(rng: np.random.Generator, first: Placement) -> Placement:
    """Choose a smaller object of another class, clear of the first one."""
    label = (first.label + int(rng.integers(1, len(SHAPES)))) % len(SHAPES)
    widest = math.sqrt(LARGEST_SHARE * first.area / unit_area(SHAPES[label]))
    radius = min(rng.uniform(0.09, 0.13), widest)
    inset = radius + _MARGIN
    # Corners last: the one furthest from a centred object is always free.
    spots = np.concatenate([rng.uniform(inset, 1 - inset, (40, 2)), _corners(inset)])
    gaps = np.hypot(*(spots - (first.x, first.y)).T) - first.radius - radius
    x, y = spots[np.argmax(gaps > _MARGIN)]
    return _turned(rng, label, x, y, radius)


def _corners(inset: float) -> Points:
    near, far = inset, 1 - inset
    return np.array([(near, near), (near, far), (far, near), (far, far)])


def _turned(
    rng: np.random.Generator, label: int, x: float, y: float, radius: float
) -> Placement:
    degrees, mirrored = rng.uniform(-_DEGREES, _DEGREES), bool(rng.integers(2))
    return Placement(label, float(x), float(y), float(radius), degrees, mirrored)


def cover(placement: Placement, size: int) -> Plane:
    """Share of every pixel that an object covers, (size, size) float32."""
    side = size * SUPERSAMPLING
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    for fill, polygon in zip((255, 0), placement.polygons(), strict=False):
        # Pillow counts pixel centres as whole numbers.
        draw.polygon([(x, y) for x, y in polygon * side - 0.5], fill=fill)
    return np.asarray(image.reduce(SUPERSAMPLING), dtype=np.float32) / 255


def _bright_color(rng: np.random.Generator) -> Plane:
    """Return a clear colour, lightened until it outshines every background."""
    rgb = np.array(
        colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.5, 0.85), rng.uniform(0.94, 1)),
        dtype=np.float32,
    )
    lack = max(0.0, (0.6 - rgb.mean()) / (1 - rgb.mean()))
    return rgb + (1 - rgb) * np.float32(lack)


def _paint(canvas: Plane, coverage: Plane, placement: Placement, color: Plane) -> Plane:
    """Lay an object on the canvas, with a soft shadow and light from top left."""
    size = len(canvas)
    reach = 0.12 * placement.radius * size
    shadow = np.roll(_blurred(coverage, reach), (round(reach), round(reach)), (0, 1))
    lit = canvas * (1 - 0.55 * shadow[..., None])
    at = (np.arange(size, dtype=np.float32) + 0.5) / size
    slope = (placement.x - at[None, :] + placement.y - at[:, None]) / placement.radius
    rim = _blurred(coverage, 0.5 * reach)
    shade = (1 + 0.07 * slope) * (0.82 + 0.18 * rim)
    return lit + (color * shade[..., None] - lit) * coverage[..., None]


def _blurred(coverage: Plane, radius: float) -> Plane:
    image = Image.fromarray(np.rint(coverage * 255).astype(np.uint8))
    blurred = image.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(blurred, dtype=np.float32) / 255
