"""What is shown, resolved in one place: choices and an answer become one frozen value.

The window paints it, exports write it, the command line and Python make the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.answers import Layers
from vitviewer.maps.colormaps import is_diverging
from vitviewer.maps.naming import layers_name
from vitviewer.maps.selection import PatchMap, layers_of, select_maps
from vitviewer.maps.sentence import Sentence, sentence
from vitviewer.maps.state import Scale
from vitviewer.maps.style import OverlayStyle
from vitviewer.queries import QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import Answer, Explanation
    from vitviewer.maps.state import ViewState
    from vitviewer.tokens import TokenLayout


@dataclass(frozen=True)
class Resolved:
    """One picture's maps as they are shown, with everything that was chosen.

    Parameters
    ----------
    explanation : Explanation
        What the model told of the picture.
    answer : Answer
        All layers and heads of what was asked.
    maps : tuple of PatchMap
        The selected map, one for each pane of the input.
    style : OverlayStyle
        How they are painted, with the values of the first and the last colour.
    scale : str
        Which values those two are taken from, in words.
    choices : dict
        The view's choices as plain JSON values, for the provenance.
    sentence : Sentence
        What it is, in words, part by part.
    """

    explanation: Explanation
    answer: Answer
    maps: tuple[PatchMap, ...]
    style: OverlayStyle
    scale: str
    choices: dict[str, Any]
    sentence: Sentence

    @property
    def patch_map(self) -> PatchMap:
        """The map of the first pane."""
        return self.maps[0]

    @property
    def title(self) -> str:
        """What the map is, in words: the sentence without the model."""
        return self.sentence.title

    @property
    def lo(self) -> float:
        """The value of the first colour."""
        return self.style.lo

    @property
    def hi(self) -> float:
        """The value of the last colour."""
        return self.style.hi

    @property
    def query_patch(self) -> tuple[int, int] | None:
        """Row and column of the patch that is asked about, if one is."""
        query = self.answer.query
        return (query.row, query.col) if query.kind is QueryKind.PATCH else None


def resolve(explanation: Explanation, answer: Answer, state: ViewState) -> Resolved:
    """Return what the state shows of an answer."""
    words = sentence(explanation.model, state, answer)
    maps = select_maps(explanation, answer, state, words.title)
    lo, hi = display_range(maps, explanation.tokens, answer, state)
    style = OverlayStyle(
        colormap=painted_colormap(state, answer.signed),
        opacity=state.opacity,
        interpolation=state.interpolation,
        lo=lo,
        hi=hi,
        alpha=state.alpha,
        photograph=state.photograph,
        signed=answer.signed,
    )
    scale = scale_name(answer, state)
    choices = state.to_dict()
    return Resolved(explanation, answer, maps, style, scale, choices, words)


def painted_colormap(state: ViewState, signed: bool) -> str:
    """Return the colormap that values get: signed ones never one that does not diverge.

    Zero would else have a colour among others.
    """
    if signed and not is_diverging(state.colormap):
        return state.signed_colormap
    return state.colormap


def display_range(
    maps: tuple[PatchMap, ...], tokens: TokenLayout, answer: Answer, state: ViewState
) -> tuple[float, float]:
    """Return the values that get the first and the last colour.

    ``MAP`` spans this map's own values. ``LAYER`` and ``MODEL`` run from 0 to the
    largest patch value of any single head in the shown layers or in the whole model
    (of any layer's accumulated map, where that is shown), so that maps can be compared
    by eye; ``ABSOLUTE`` runs from 0 to the user's limit, and ``FIXED`` between the two
    that were set. Signed values get a range that is symmetric about 0.
    """
    if state.scale is Scale.FIXED:
        lo, hi = state.fixed
        most = max(abs(lo), abs(hi))
        return (-most, most) if answer.signed else (lo, hi)
    if state.scale is Scale.ABSOLUTE:
        limit = state.absolute_max
        return (-limit, limit) if answer.signed else (0.0, limit)
    if state.scale is Scale.MAP:
        values = [patch_map.values for patch_map in maps]
        low, high = min(map(np.min, values)), max(map(np.max, values))
        return _symmetric(low, high) if answer.signed else (float(low), float(high))
    every = answer.values
    if state.scale is Scale.LAYER:
        every = every[layers_of(answer, state)]
    patches = every[..., tokens.patches]
    if answer.signed:
        return _symmetric(patches.min(), patches.max())
    return 0.0, float(patches.max())


def scale_name(answer: Answer, state: ViewState) -> str:
    """Name what the range is taken from, for the colour bar."""
    layers = layers_name(answer, state)
    if answer.layers is Layers.UP_TO:
        layers = f"layer {state.layer + 1}"
    return {
        Scale.MAP: "this map",
        Scale.LAYER: layers or "all heads",
        Scale.MODEL: "whole model",
        Scale.ABSOLUTE: "absolute",
        Scale.FIXED: "fixed",
    }[state.scale]


def _symmetric(low: np.float32, high: np.float32) -> tuple[float, float]:
    most = float(max(abs(low), abs(high)))
    return -most, most
