"""From all layers and heads to the one map on the screen: indexing, no model run.

Everything here works on the small arrays of `vitviewer.answers`, so that scrubbing
never waits for the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps.state import Scale
from vitviewer.queries import Direction, Fusion, Method, Query, QueryKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vitviewer.answers import Explanation, ModelFacts, Rollout, Rows
    from vitviewer.maps.state import ViewState
    from vitviewer.tokens import TokenLayout

_FUSE: dict[Fusion, Callable[..., NDArray[np.float32]]] = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}


@dataclass(frozen=True)
class PatchMap:
    """One map over the patches, with what it is.

    Parameters
    ----------
    values : float32 (rows, cols)
        Attention shares, as the model computed them; never rescaled.
    special : float32 (special tokens,)
        The same for the tokens that are not patches.
    title : str
        What the map is, in words; it claims no more than that.
    direction : Direction
        FROM: values are shares of the query's attention. TO: each value is the share
        of its own patch's attention that goes to the query.
    """

    values: NDArray[np.float32]
    special: NDArray[np.float32]
    title: str
    direction: Direction = Direction.FROM

    @property
    def n_tokens(self) -> int:
        """Number of all tokens, patches and others."""
        return self.values.size + self.special.size

    def share(self, row: int, col: int) -> float:
        """Value of one patch."""
        return float(self.values[row, col])

    def times_uniform(self, row: int, col: int) -> float:
        """Value of one patch over what each token would get if all got the same."""
        return self.share(row, col) * self.n_tokens

    def rank(self, row: int, col: int) -> int:
        """Rank of one patch among the patches; 1 is the largest value."""
        return 1 + int((self.values > self.values[row, col]).sum())


def fuse_heads(
    values: NDArray[np.float32], fusion: Fusion, head: int = 0
) -> NDArray[np.float32]:
    """Reduce (..., heads, tokens) to (..., tokens)."""
    if fusion is Fusion.HEAD:
        return values[..., head, :]
    return _FUSE[fusion](values, axis=-2)


def fused_tokens(
    rows: Rows, rollout: Rollout | None, state: ViewState
) -> NDArray[np.float32]:
    """Return the chosen layers and heads as one value a token, float32 (tokens,).

    Raises
    ------
    ValueError
        If rollout is chosen and none was given.
    """
    if state.method is Method.ROLLOUT:
        if rollout is None:
            raise ValueError("The rollout has not been computed yet.")
        upto: NDArray[np.float32] = rollout.values[state.layer]
        return upto
    if rows.query.kind is QueryKind.POOL:
        return fuse_heads(rows.values[0], state.fusion, state.head)
    if state.first_layer is None:
        return fuse_heads(rows.values[state.layer], state.fusion, state.head)
    first, last = sorted((state.first_layer, state.layer))
    layers = fuse_heads(rows.values[first : last + 1], state.fusion, state.head)
    mean: NDArray[np.float32] = layers.mean(axis=0)
    return mean


def select_map(
    explanation: Explanation, rows: Rows, rollout: Rollout | None, state: ViewState
) -> PatchMap:
    """Return the map that the state asks for."""
    values = fused_tokens(rows, rollout, state)
    tokens = explanation.tokens
    return PatchMap(
        values=np.ascontiguousarray(tokens.grid(values), dtype=np.float32),
        special=tokens.special_values(values),
        title=title(explanation, rows, rollout, state),
        direction=rows.direction,
    )


def title(
    explanation: Explanation, rows: Rows, rollout: Rollout | None, state: ViewState
) -> str:
    """Say what the map is: "class-token attention, layer 12, mean of 12 heads".

    A raw attention map explains no class, so no class is ever named here.
    """
    subject = rows if rollout is None or state.method is Method.ATTENTION else rollout
    words = [_subject(subject, state.method, explanation.model)]
    n_heads = explanation.model.n_heads
    if subject.query.kind is QueryKind.POOL and state.method is Method.ATTENTION:
        pass  # it stands behind the last layer
    elif state.method is Method.ROLLOUT:
        words.append(f"layers 1–{state.layer + 1}")
    elif state.first_layer is None or state.first_layer == state.layer:
        words.append(f"layer {state.layer + 1}")
    else:
        first, last = sorted((state.first_layer, state.layer))
        words.append(f"mean of layers {first + 1}–{last + 1}")
    if state.fusion is Fusion.HEAD and state.method is Method.ATTENTION:
        words.append(f"head {state.head + 1} of {n_heads}")
    else:
        fusion = Fusion.MEAN if state.fusion is Fusion.HEAD else state.fusion
        words.append(f"{fusion.value} of {n_heads} heads")
    return ", ".join(words)


def _subject(subject: Rows | Rollout, method: Method, model: ModelFacts) -> str:
    """Name the query and the method; say where the answer is read from elsewhere."""
    query = subject.query
    if subject.direction is Direction.TO:
        return f"{method.value} to {_token(query, model)}"
    if query.kind is QueryKind.CLASS:
        note = f" ({model.reads})" if model.reads else ""
        return f"class-token {method.value}{note}"
    if query.kind is QueryKind.MEAN:
        return f"{method.value} averaged over all patch queries"
    if query.kind is QueryKind.POOL:
        return f"pooling-head {method.value}"
    return f"{method.value} from {_token(query, model)}"


def query_name(query: Query, model: ModelFacts) -> str:
    """Name a query: "class token", "patch (3, 4)"."""
    if query.kind is QueryKind.SPECIAL:
        named = query.row < len(model.special_tokens)
        return f"{model.special_tokens[query.row] if named else 'special'} token"
    return {
        QueryKind.CLASS: "class token",
        QueryKind.MEAN: "mean of all patches",
        QueryKind.POOL: "pooling head",
    }.get(query.kind, f"patch ({query.row}, {query.col})")


def _token(query: Query, model: ModelFacts) -> str:
    """Name the query within a sentence."""
    if query.kind is QueryKind.MEAN:
        return "the patches on average"
    article = "" if query.kind is QueryKind.PATCH else "the "
    return article + query_name(query, model)


def display_range(
    patch_map: PatchMap,
    tokens: TokenLayout,
    rows: Rows,
    state: ViewState,
    rollout: Rollout | None = None,
) -> tuple[float, float]:
    """Return the values that get the first and the last colour.

    ``MAP`` spans this map's own values. ``LAYER`` and ``MODEL`` run from 0 to the
    largest patch value of any single head in the shown layers or in the whole model
    (of any layer's rollout, where that is shown), so that maps can be compared by eye;
    ``ABSOLUTE`` runs from 0 to the user's limit.
    """
    if state.scale is Scale.ABSOLUTE:
        return 0.0, state.absolute_max
    if state.scale is Scale.MAP:
        return float(patch_map.values.min()), float(patch_map.values.max())
    first, every = state.first_layer, rows.values
    if state.method is Method.ROLLOUT and rollout is not None:
        first, every = None, rollout.values
    pools = rows.query.kind is QueryKind.POOL and every is rows.values
    if state.scale is Scale.LAYER and not pools:
        low, high = sorted((state.layer if first is None else first, state.layer))
        every = every[low : high + 1]
    return 0.0, float(every[..., tokens.patches].max())
