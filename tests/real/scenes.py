"""Scenes of the bundled models' generator, in the real model's size.

A side of 256 pixels is what its processor makes of any picture: no pixel of these is
resampled, and the middle 224 go in.
"""

from __future__ import annotations

import numpy as np

from vitviewer.models.bundled.backdrop import draw_backdrop
from vitviewer.models.bundled.scenes import Placement, Scene, draw_scene, paint_objects
from vitviewer.models.bundled.shapes import SHAPES

SIDE, SEEN = 256, 224
N_TRAINING, N_HELD_OUT = 300, 100
HELD_OUT = 10_000
"""The seed of the first scene that the classifier was not fitted to."""


def training_scene(number: int) -> Scene:
    """Return one of the `N_TRAINING` scenes that the classifier is fitted to."""
    return draw_scene(number, SIDE)


def held_out_scene(number: int) -> Scene:
    """Return a scene of the same kind that it was not fitted to."""
    return draw_scene(HELD_OUT + number, SIDE)


def two_object_scene(seed: int) -> Scene:
    """Draw two objects of different classes and about the same size, apart.

    The second object of a training scene is smaller than the first, and its class not
    the label. Here each has its own quarter of the picture, the two lie across from
    each other, and the classifier mostly puts both classes first.
    """
    rng = np.random.default_rng(seed)
    canvas = draw_backdrop(rng, SIDE)
    labels = rng.choice(len(SHAPES), 2, replace=False)
    near, far = 0.3, 0.7
    left, right = (near, far) if rng.integers(2) else (far, near)
    placements = []
    for label, centre in zip(labels, [(near, left), (far, right)], strict=True):
        x, y = centre + rng.uniform(-0.03, 0.03, 2)
        radius, degrees = rng.uniform(0.20, 0.23), rng.uniform(-20, 20)
        placements.append(Placement(int(label), x, y, radius, degrees))
    placements.sort(key=lambda placement: placement.area, reverse=True)
    return paint_objects(rng, canvas, tuple(placements))


def seen(scene: Scene) -> np.ndarray:
    """Return the part of a scene's picture that goes in, (224, 224, 3)."""
    edge = (SIDE - SEEN) // 2
    return scene.picture[edge:-edge, edge:-edge]
