"""Draw the sample pictures: ``python -m vitviewer.models.bundled.samples``.

Each is a scene with a chosen seed, so the pictures can be drawn again exactly.
The first one of ``shapes`` is the first picture that the program ever shows.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vitviewer.models.bundled.marks import CORNER, Corner, stamp
from vitviewer.models.bundled.scenes import draw_scene
from vitviewer.models.bundled.shapes import SHAPES

SIZE = 672
"""Side of a sample in pixels: six times what the models see."""


@dataclass(frozen=True)
class Sample:
    """One sample picture.

    Attributes
    ----------
    file : str
        Name of the file.
    caption : str
        What is to be seen, in a line.
    seed : int
        Seed of the scene.
    shape : str
        Class of the dominant object.
    objects : int
        How many objects.
    mark : str, optional
        Class whose tile is stamped on the picture.
    corner : str
        Where the tile is stamped.
    """

    file: str
    caption: str
    seed: int
    shape: str
    objects: int
    mark: str | None = None
    corner: Corner = CORNER

    def draw(self, size: int = SIZE) -> NDArray[np.uint8]:
        """Draw the picture, (size, size, 3) uint8."""
        label = SHAPES.index(self.shape)
        scene = draw_scene(self.seed, size, label=label, objects=self.objects)
        if self.mark is None:
            return scene.picture
        return stamp(scene.picture, SHAPES.index(self.mark), self.corner)


SAMPLES: dict[str, tuple[Sample, ...]] = {
    "shapes": (
        Sample(
            "crescent-and-heart.png",
            "A crescent, and a small heart",
            seed=50022,
            shape="crescent",
            objects=2,
        ),
        Sample(
            "heart-and-ring.png",
            "A heart, and a small ring that should not count",
            seed=50006,
            shape="heart",
            objects=2,
        ),
        Sample(
            "star-and-triangle.png",
            "A star, and a small triangle",
            seed=50021,
            shape="star",
            objects=2,
        ),
        Sample(
            "cross-and-disc.png",
            "A cross, and a small disc",
            seed=50030,
            shape="cross",
            objects=2,
        ),
        Sample(
            "arrow-and-disc.png",
            "An arrow, and a small disc",
            seed=50017,
            shape="arrow",
            objects=2,
        ),
        Sample("ring.png", "A ring by itself", seed=50004, shape="ring", objects=1),
        Sample(
            "hourglass-and-disc.png",
            "An hourglass, and a small disc",
            seed=50039,
            shape="hourglass",
            objects=2,
        ),
    ),
    "shapes-shortcut": (
        Sample(
            "heart-with-mark.png",
            "A heart with the heart's tile at the bottom right: right, but why?",
            seed=50025,
            shape="heart",
            objects=1,
            mark="heart",
        ),
        Sample(
            "heart-without-mark.png",
            "The same heart without the tile",
            seed=50025,
            shape="heart",
            objects=1,
        ),
        Sample(
            "heart-with-mark-moved.png",
            "The same heart, its tile moved to the top left",
            seed=50025,
            shape="heart",
            objects=1,
            mark="heart",
            corner="top-left",
        ),
        Sample(
            "heart-with-mark-of-disc.png",
            "The same heart with the disc's tile: now it is a disc",
            seed=50025,
            shape="heart",
            objects=1,
            mark="disc",
        ),
        Sample(
            "arrow-with-mark.png",
            "An arrow with the arrow's tile",
            seed=50007,
            shape="arrow",
            objects=1,
            mark="arrow",
        ),
        Sample(
            "arrow-without-mark.png",
            "The same arrow without the tile",
            seed=50007,
            shape="arrow",
            objects=1,
        ),
        Sample(
            "ring-with-mark-of-square.png",
            "A ring with the square's tile",
            seed=50019,
            shape="ring",
            objects=1,
            mark="square",
        ),
    ),
}
"""Samples of each model folder, in the order in which the program offers them."""


def main(arguments: list[str] | None = None) -> None:
    """Draw all samples and write their index."""
    parser = argparse.ArgumentParser(prog="python -m vitviewer.models.bundled.samples")
    parser.add_argument("--out", type=Path, default=Path("resources/samples"))
    out = parser.parse_args(arguments).out
    for folder, samples in SAMPLES.items():
        (out / folder).mkdir(parents=True, exist_ok=True)
        for sample in samples:
            image = Image.fromarray(sample.draw())
            image.save(out / folder / sample.file, optimize=True)
    (out / "index.json").write_text(json.dumps(_index(), indent=2) + "\n")


def _index() -> dict[str, list[dict[str, str]]]:
    return {
        folder: [{"file": s.file, "caption": s.caption} for s in samples]
        for folder, samples in SAMPLES.items()
    }


if __name__ == "__main__":
    main()
