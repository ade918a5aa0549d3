"""Scenes drawn ahead of training, in parallel, and kept in memory-mapped files."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from vitviewer.models.bundled.scenes import TRAINING_SIZE, Scene, draw_scene
from vitviewer.models.bundled.shapes import SHAPES

NOTHING = len(SHAPES)
"""The class of a pixel that no object covers."""

HELD_OUT = 1_000_000_000
"""First seed of the held-out scenes; training seeds count up from zero."""

_SHIFT = 6
_ORDERS = np.array([(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
_FILES = ("pictures", "classes", "labels")
_CHUNK = 250


@dataclass(frozen=True)
class Batch:
    """Some scenes, ready to be learnt.

    Attributes
    ----------
    pictures : ndarray, (batch, size, size, 3) uint8
    classes : ndarray, (batch, size, size) uint8
        Class of the object that covers each pixel, or `NOTHING`.
    labels : ndarray, (batch,) int64
        Class of each picture's dominant object.
    """

    pictures: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class SceneStore:
    """Drawn scenes; the arrays are those of `Batch`, one row a scene."""

    pictures: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """Take some scenes as they were drawn."""
        return Batch(self.pictures[rows], self.classes[rows], self.labels[rows])

    def augmented(self, rng: np.random.Generator, rows: NDArray[np.int64]) -> Batch:
        """Take some scenes, each shifted, recoloured and perhaps mirrored."""
        drawn = self.batch(rows)
        pairs = [
            _vary(rng, picture, classes)
            for picture, classes in zip(drawn.pictures, drawn.classes, strict=True)
        ]
        pictures, classes = (np.stack(part) for part in zip(*pairs, strict=True))
        return Batch(pictures, classes, drawn.labels)


def draw_scenes(seeds: Iterable[int]) -> SceneStore:
    """Draw the scenes of some seeds into memory."""
    scenes = [draw_scene(seed) for seed in seeds]
    return SceneStore(
        np.stack([scene.picture for scene in scenes]),
        np.stack([_classes(scene) for scene in scenes]),
        np.array([scene.label for scene in scenes]),
    )


def _classes(scene: Scene) -> NDArray[np.uint8]:
    classes = np.full(scene.picture.shape[:2], NOTHING, np.uint8)
    for mask, label in zip(scene.masks, scene.labels, strict=True):
        classes[mask] = label
    return classes


def draw_store(folder: Path, count: int, first_seed: int, workers: int) -> SceneStore:
    """Draw scenes into a folder, or open it if it already holds as many.

    Parameters
    ----------
    folder : Path
        Where the arrays are kept.
    count : int
        How many scenes; scene ``i`` has the seed ``first_seed + i``.
    first_seed : int
        Seed of the first scene.
    workers : int
        How many processes draw.

    Returns
    -------
    SceneStore
    """
    finished = folder / f"drawn-{first_seed}-{count}"
    if not finished.exists():
        _draw(folder, count, first_seed, workers)
        finished.touch()
    return SceneStore(*_open(folder, "r"))


def _draw(folder: Path, count: int, first_seed: int, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    side = TRAINING_SIZE
    shapes: list[tuple[int, ...]] = [
        (count, side, side, 3),
        (count, side, side),
        (count,),
    ]
    for name, shape in zip(_FILES, shapes, strict=True):
        dtype = np.int64 if name == "labels" else np.uint8
        open_memmap(folder / f"{name}.npy", "w+", dtype, shape)
    starts = range(0, count, _CHUNK)
    jobs = [(folder, s, min(s + _CHUNK, count), first_seed) for s in starts]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.starmap(_draw_rows, jobs, chunksize=1)


def _draw_rows(folder: Path, start: int, stop: int, first_seed: int) -> None:
    drawn = draw_scenes(range(first_seed + start, first_seed + stop))
    for kept, name in zip(_open(folder, "r+"), _FILES, strict=True):
        kept[start:stop] = getattr(drawn, name)


def _open(folder: Path, mode: str) -> list[NDArray[Any]]:
    return [open_memmap(folder / f"{name}.npy", mode) for name in _FILES]


def _vary(
    rng: np.random.Generator, picture: NDArray[np.uint8], classes: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Shift by a few pixels, permute the channels, change the brightness, mirror."""
    top, left = rng.integers(0, 2 * _SHIFT + 1, 2)
    side = len(picture)
    window = np.s_[top : top + side, left : left + side]
    border = (_SHIFT, _SHIFT)
    picture = np.pad(picture, (border, border, (0, 0)), "edge")[window]
    classes = np.pad(classes, (border, border), "edge")[window]
    gain = rng.uniform(0.85, 1.1)
    levels = np.clip(np.arange(256) * gain, 0, 255).astype(np.uint8)
    picture = levels[picture[..., _ORDERS[rng.integers(len(_ORDERS))]]]
    if rng.integers(2):
        return picture[:, ::-1], classes[:, ::-1]
    return picture, classes
