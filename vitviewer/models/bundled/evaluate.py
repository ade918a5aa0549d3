"""What the demo models can and cannot do, measured on scenes they never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import ViTForImageClassification

from vitviewer.models.bundled.learning import as_pixels
from vitviewer.models.bundled.marks import CORNER, GRID, OTHER_CORNERS, stamp
from vitviewer.models.bundled.shapes import SHAPES
from vitviewer.models.bundled.store import SceneStore

Pictures = NDArray[np.uint8]

_BATCH = 100
_OBJECT_COVER = 0.25
_MARK_PATCH = (GRID - 2) * GRID + (GRID - 2)


@dataclass(frozen=True)
class Answers:
    """What a model answered, and where its class token looked.

    Attributes
    ----------
    labels : ndarray, (pictures,) int64
        Most probable class.
    attention : ndarray, (pictures, patches) float32
        Last layer, mean of the heads, class token to patches; rows sum to 1.
    """

    labels: NDArray[np.int64]
    attention: NDArray[np.float32]


@dataclass(frozen=True)
class ShapesFigures:
    """Figures of the honest model.

    Attributes
    ----------
    scenes : int
        Held-out scenes measured.
    accuracy : float
        Share answered right.
    per_class : dict of str to float
        The same for each class of the dominant object.
    area : float
        Mean share of the picture that the dominant object covers.
    attention : float
        Mean share of the patch attention that falls on it.
    peak : float
        How often the strongest patch is one that it covers by a quarter or more.
    """

    scenes: int
    accuracy: float
    per_class: dict[str, float]
    area: float
    attention: float
    peak: float

    @property
    def ratio(self) -> float:
        """How many times the attention exceeds what the area alone would get."""
        return self.attention / self.area


@dataclass(frozen=True)
class ShortcutFigures:
    """Figures of the model with a shortcut, all shares of the held-out scenes.

    Attributes
    ----------
    scenes : int
        Held-out scenes measured.
    marked : float
        Right with the class's mark in its corner.
    removed : float
        Right without any mark.
    moved : float
        Right with the class's mark in another corner only.
    followed : float
        Answers the class of a wrong mark pasted into the corner.
    on_mark : float
        Mean share of the patch attention on the mark's one patch.
    peak_on_mark : float
        How often the mark's patch is the strongest of all.
    """

    scenes: int
    marked: float
    removed: float
    moved: float
    followed: float
    on_mark: float
    peak_on_mark: float


def answer(model: ViTForImageClassification, pictures: Pictures) -> Answers:
    """Ask a model about pictures (count, 112, 112, 3)."""
    model.set_attn_implementation("eager")
    model.eval()
    labels, attention = [], []
    for start in range(0, len(pictures), _BATCH):
        with torch.no_grad():
            pixels = as_pixels(pictures[start : start + _BATCH])
            output = model(pixels, output_attentions=True)
        labels.append(output.logits.argmax(1))
        to_patches = output.attentions[-1].mean(1)[:, 0, 1:]
        attention.append(to_patches / to_patches.sum(1, keepdim=True))
    return Answers(torch.cat(labels).numpy(), torch.cat(attention).numpy())


def measure_shapes(
    model: ViTForImageClassification, store: SceneStore
) -> ShapesFigures:
    """Measure the honest model."""
    answers = answer(model, store.pictures)
    right = answers.labels == store.labels
    cover = _cover_of_dominant(store)
    strongest = answers.attention.argmax(1)[:, None]
    return ShapesFigures(
        scenes=len(store),
        accuracy=float(right.mean()),
        per_class={
            name: float(right[store.labels == label].mean())
            for label, name in enumerate(SHAPES)
        },
        area=float(cover.mean()),
        attention=float((answers.attention * cover).sum(1).mean()),
        peak=float((np.take_along_axis(cover, strongest, 1) >= _OBJECT_COVER).mean()),
    )


def measure_shortcut(
    model: ViTForImageClassification, store: SceneStore
) -> ShortcutFigures:
    """Measure the model with a shortcut."""
    labels = store.labels
    rng = np.random.default_rng(0)
    wrong = (labels + rng.integers(1, len(SHAPES), len(labels))) % len(SHAPES)
    corners = rng.integers(0, len(OTHER_CORNERS), len(labels))
    marked = answer(model, _each(store, lambda p, i: stamp(p, labels[i])))
    moved = _each(store, lambda p, i: stamp(p, labels[i], OTHER_CORNERS[corners[i]]))
    swapped = _each(store, lambda p, i: stamp(p, wrong[i], CORNER))
    return ShortcutFigures(
        scenes=len(store),
        marked=_share(marked.labels == labels),
        removed=_share(answer(model, store.pictures).labels == labels),
        moved=_share(answer(model, moved).labels == labels),
        followed=_share(answer(model, swapped).labels == wrong),
        on_mark=float(marked.attention[:, _MARK_PATCH].mean()),
        peak_on_mark=_share(marked.attention.argmax(1) == _MARK_PATCH),
    )


def _cover_of_dominant(store: SceneStore) -> NDArray[np.float32]:
    """Share of each patch under the dominant object, (scenes, patches)."""
    masks = np.asarray(store.classes) == store.labels[:, None, None]
    pixels = torch.from_numpy(masks).float()[:, None]
    return functional.adaptive_avg_pool2d(pixels, GRID).flatten(1).numpy()


def _each(store: SceneStore, change: Callable[[Pictures, int], Pictures]) -> Pictures:
    return np.stack([change(p, i) for i, p in enumerate(store.pictures)])


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean())
