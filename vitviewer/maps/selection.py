"""From all layers and heads to one map: indexing and fusing, no model run.

Everything here works on the small arrays of `vitviewer.answers`, so that scrubbing
never waits for the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.answers import SHARE, Heads, Layers
from vitviewer.methods.registry import method
from vitviewer.queries import CLASS_QUERY, Direction, Fusion, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vitviewer.answers import Answer, Explanation
    from vitviewer.maps.state import ViewState
    from vitviewer.methods.method import Method

_FUSE: dict[Fusion, Callable[..., NDArray[np.float32]]] = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}


@dataclass(frozen=True)
class PatchMap:
    """One map over the patches of one pane, with what it is.

    Parameters
    ----------
    values : float32 (rows, cols)
        As the method computed them; never rescaled.
    special : float32 (special tokens,)
        The same for the tokens that are not patches.
    title : str
        What the map is, in words; it claims no more than that.
    n_keys : int
        How many tokens the query may read.
    direction : Direction
        FROM: values are shares of the query's attention. TO: each value is the share
        of its own patch's attention that goes to the query.
    unit : str
        What a value is measured in.
    pane : str
        Name of the grid, where the model has several.
    """

    values: NDArray[np.float32]
    special: NDArray[np.float32]
    title: str
    n_keys: int
    direction: Direction = Direction.FROM
    unit: str = SHARE
    pane: str = ""

    def share(self, row: int, col: int) -> float:
        """Value of one patch."""
        return float(self.values[row, col])

    def times_uniform(self, row: int, col: int) -> float:
        """Value of one patch over what each token would get if all got the same."""
        return self.share(row, col) * self.n_keys

    def rank(self, row: int, col: int) -> int:
        """Rank of one patch among the patches; 1 is the largest value."""
        return 1 + int((self.values > self.values[row, col]).sum())


def request_of(state: ViewState) -> Request:
    """Return the request whose answer holds every map that a scrub may show."""
    asked = method(state.method)
    settings = dict(state.settings.get(asked.name, {}))
    if asked.heads is Heads.FUSED and any(s.name == "fusion" for s in asked.settings):
        settings["fusion"] = fusion_of(state).value
    return Request(
        method=asked.name,
        query=state.query if asked.queries else CLASS_QUERY,
        direction=(
            state.direction
            if state.direction in asked.directions
            else asked.directions[0]
        ),
        target=state.target if asked.takes_target else None,
        settings=asked.checked(settings),
    )


def averaging_of(asked: Method) -> list[Fusion]:
    """Return the ways in which a method's heads can be shown as one map.

    Evidence of heads adds up: it is summed, where others are averaged, and no maximum
    of it means anything.
    """
    fused = asked.heads is Heads.FUSED
    if fused and not any(setting.name == "fusion" for setting in asked.settings):
        return []
    ways = [Fusion.HEAD, Fusion.MEAN] if asked.adds else list(Fusion)
    return [way for way in ways if not (fused and way is Fusion.HEAD)]


def fusion_of(state: ViewState) -> Fusion:
    """Return how a method that fuses heads does so: one head means their mean."""
    return Fusion.MEAN if state.fusion is Fusion.HEAD else state.fusion


def fuse_heads(
    values: NDArray[np.float32], fusion: Fusion, head: int = 0, adds: bool = False
) -> NDArray[np.float32]:
    """Reduce (..., heads, tokens) to (..., tokens); what adds up has a sum, no mean."""
    if fusion is Fusion.HEAD:
        return values[..., head, :]
    fuse = np.sum if adds and fusion is Fusion.MEAN else _FUSE[fusion]
    fused: NDArray[np.float32] = fuse(values, axis=-2)
    return fused


def layers_of(answer: Answer, state: ViewState) -> slice:
    """Return the layers that a map of the state shows, as a slice of the first axis."""
    if answer.layers is Layers.NONE:
        return slice(0, 1)
    first = state.layer
    if answer.layers is Layers.EACH and state.first_layer is not None:
        first = state.first_layer
    low, high = sorted((first, state.layer))
    return slice(low, high + 1)


def fused_tokens(answer: Answer, state: ViewState) -> NDArray[np.float32]:
    """Return the chosen layers and heads as one value a token, float32 (tokens,)."""
    values = answer.values[layers_of(answer, state)]
    if answer.heads is Heads.FUSED:
        layers = values[:, 0]
    else:
        layers = fuse_heads(values, state.fusion, state.head, answer.adds)
    whole: NDArray[np.float32]
    if len(layers) == 1:
        whole = layers[0]
    else:
        whole = layers.sum(axis=0) if answer.adds else layers.mean(axis=0)
    return whole


def select_maps(
    explanation: Explanation, answer: Answer, state: ViewState, title: str
) -> tuple[PatchMap, ...]:
    """Return the map that the state asks for, one for each pane of the input."""
    values = fused_tokens(answer, state)
    tokens = explanation.tokens
    special = tokens.special_values(values)
    return tuple(
        PatchMap(
            values=np.ascontiguousarray(tokens.grid(values, pane), dtype=np.float32),
            special=special,
            title=title,
            n_keys=answer.n_keys,
            direction=answer.direction,
            unit=answer.unit,
            pane=tokens.panes[pane].name,
        )
        for pane in range(len(tokens.panes))
    )
