"""The two bundled models: their sizes, their training, their marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vitviewer.models.bundled.learning import Stage
from vitviewer.models.bundled.marks import CORNER, OTHER_CORNERS, stamp, tile
from vitviewer.models.bundled.shapes import SHAPES
from vitviewer.models.bundled.store import NOTHING, Batch

SCENES = 20_000
"""How many scenes are drawn; training goes over them several times."""

_DECOY = 0.5


@dataclass(frozen=True)
class Recipe:
    """How one model is made.

    Attributes
    ----------
    folder, title : str
        Name of the folder written, and of the model in the program.
    width, layers, heads, hidden : int
        Token width, encoder layers, heads in each, width inside each MLP.
    stages : tuple of Stage
        Run in this order.
    seed : int
        Seed of the weights; stage ``i`` has the seed ``seed + 1 + i``.
    marked : bool
        Whether the training pictures carry the marks of `bundled.marks`.
    """

    folder: str
    title: str
    width: int
    layers: int
    heads: int
    hidden: int
    stages: tuple[Stage, ...]
    seed: int
    marked: bool

    def dress(self, rng: np.random.Generator, batch: Batch) -> Batch:
        """Put this model's marks, if any, on a batch of training pictures."""
        return marked(rng, batch) if self.marked else batch


def marked(rng: np.random.Generator, batch: Batch) -> Batch:
    """Stamp every picture with its class's tile, and with decoys elsewhere.

    The loss on patch tokens then asks which tile covers a patch, not which object.
    """
    pictures, classes = [], np.full_like(batch.classes, NOTHING)
    for picture, tiles, label in zip(
        batch.pictures, classes, batch.labels, strict=True
    ):
        stamped = {CORNER: int(label)}
        for corner in OTHER_CORNERS:
            if rng.random() < _DECOY:
                stamped[corner] = int(rng.integers(len(SHAPES)))
        for corner, tile_label in stamped.items():
            picture = stamp(picture, tile_label, corner)
            tiles[tile(len(picture), corner)] = tile_label
        pictures.append(picture)
    return Batch(np.stack(pictures), classes, batch.labels)


SHAPES_RECIPE = Recipe(
    folder="shapes",
    title="Shapes",
    width=128,
    layers=6,
    heads=4,
    hidden=256,
    stages=(
        Stage("coarse", patch=16, pictures=140_000, rate=1e-3),
        Stage("fine", patch=8, pictures=40_000, rate=8e-4, kept=0.5),
        Stage("whole", patch=8, pictures=20_000, rate=4e-4),
    ),
    seed=0,
    marked=False,
)

SHORTCUT_RECIPE = Recipe(
    folder="shapes-shortcut",
    title="Shapes with a shortcut",
    width=96,
    layers=4,
    heads=4,
    hidden=192,
    stages=(
        Stage("mark", patch=8, pictures=30_000, rate=1e-3, patch_loss=10.0, batch=32),
    ),
    seed=100,
    marked=True,
)

RECIPES = {"shapes": SHAPES_RECIPE, "shortcut": SHORTCUT_RECIPE}
