"""The real model, its reference, and what both make of photographs; once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import photograph
from tests.real import model as real_model
from vitviewer.queries import Resolution


@dataclass
class Pass:
    """What the program and the reference make of one photograph.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    run : Run
        The program's.
    reference : Reference
    """

    pixels: np.ndarray
    run: object
    reference: object
    resolution: Resolution

    @cached_property
    def values(self) -> np.ndarray:
        """What goes in, made by Pillow alone, (3, height, width)."""
        from tests.real.reference import normalised

        picture = Image.fromarray(self.pixels)
        if self.resolution is Resolution.PICTURE:
            rows, cols = self.run.grid
            size = (cols * real_model.PATCH, rows * real_model.PATCH)
            return normalised(
                np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
            )
        times = 2 if self.resolution is Resolution.DOUBLE else 1
        short, side = 256 * times, 224 * times
        size = [length * short // min(picture.size) for length in picture.size]
        resized = picture.resize(size, Image.Resampling.BICUBIC)
        left, top = ((length - side) // 2 for length in size)
        cut = resized.crop((left, top, left + side, top + side))
        return normalised(np.asarray(cut))

    @cached_property
    def matrices(self) -> np.ndarray:
        """All attention in float64, (layers, heads, queries, keys)."""
        return self.reference.matrices(self.values)


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The folder of the real model; without its package the test is skipped."""
    if reason := real_model.missing():
        pytest.skip(reason)
    return real_model.folder()


@pytest.fixture(scope="session")
def real(real_folder):
    """The real model as the program loads it, on the CPU."""
    from vitviewer.models.loading import load

    return load(str(real_folder), "cpu")


@pytest.fixture(scope="session")
def real_classifier_folder(real_folder) -> Path:
    """The folder of the real model with a classifier for the generator's shapes."""
    from tests.real.classifier import classifier_folder

    return classifier_folder()


@pytest.fixture(scope="session")
def real_classifier(real_classifier_folder):
    """The real classifier as the program loads it, on the CPU."""
    from vitviewer.models.loading import load

    return load(str(real_classifier_folder), "cpu")


@pytest.fixture(scope="session")
def passes(real, real_folder):
    """A function from a photograph's name and a resolution to its `Pass`."""
    from tests.real.reference import Reference

    reference = Reference(real_folder)
    made: dict[tuple[str, Resolution], Pass] = {}

    def passed(name: str, resolution: Resolution = Resolution.TRAINED) -> Pass:
        if (name, resolution) not in made:
            pixels = photograph(name)
            run = real.run(pixels, resolution=resolution)
            made[name, resolution] = Pass(pixels, run, reference, resolution)
        return made[name, resolution]

    return passed
