"""What the scenes show: photographs, many pictures, odd names, and a real encoder."""

from __future__ import annotations

import shutil
import sys
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from vitviewer.system.resources import root

PROJECT = Path(__file__).resolve().parent.parent.parent
_PHOTOGRAPHS = ("chelsea", "coffee", "astronaut", "rocket")  # of scikit-image; CC0
_MANY = 100
_LONG = "a photograph whose name says everything that anybody may want to know of it"


class Shelf:
    """Pictures in a folder of their own, and models.

    Parameters
    ----------
    folder : Path
        Where the pictures are written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def photographs(self) -> dict[str, Path]:
        """Photographs by their names."""
        from skimage import data

        paths = {}
        for name in _PHOTOGRAPHS:
            path = paths[name] = self.folder / f"{name}.png"
            Image.fromarray(getattr(data, name)()[..., :3]).save(path)
        return paths

    @cached_property
    def many(self) -> Path:
        """A folder of a hundred pictures, cut out of the photographs."""
        folder = self.folder / "many"
        folder.mkdir()
        random = np.random.default_rng(0)
        sources = [Image.open(path) for path in self.photographs.values()]
        for index in range(_MANY):
            source = sources[index % len(sources)]
            left, top = (int(random.integers(0, side // 3)) for side in source.size)
            width, height = (side * 2 // 3 for side in source.size)
            part = source.crop((left, top, left + width, top + height))
            part.save(folder / f"cut {index + 1:03}.jpg", quality=85)
        return folder

    @cached_property
    def long_name(self) -> Path:
        """A photograph whose name is long."""
        path = self.folder / f"{_LONG}.png"
        path.write_bytes(self.photographs["coffee"].read_bytes())
        return path

    @cached_property
    def broken(self) -> Path:
        """A picture that ends too early."""
        path = self.folder / "cut short.jpg"
        Image.open(self.photographs["rocket"]).save(path)
        path.write_bytes(path.read_bytes()[:2000])
        return path

    @cached_property
    def encoder(self) -> str:
        """The folder of a real encoder, DINOv2-small."""
        sys.path.insert(0, str(PROJECT))
        from tests.real import model

        missing = model.missing()
        if missing:
            sys.exit(f"The pictures need {missing}.")
        place = self.folder / "dinov2-small"
        shutil.copytree(model.folder(), place)
        return str(place)

    @staticmethod
    def sample(name: str) -> Path:
        """Return a bundled sample by its file's name."""
        return next((root() / "samples").rglob(name))
