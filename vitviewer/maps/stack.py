"""The chosen layers and heads of one query's answer as one array of four axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.answers import Heads, Layers
from vitviewer.maps.selection import fuse_heads
from vitviewer.queries import Fusion, QueryKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.answers import Answer, Explanation

ALL = None


@dataclass(frozen=True)
class MapStack:
    """Attention maps over layers and heads, with what they are.

    Parameters
    ----------
    maps : tuple of float32 (layers, heads, rows, cols)
        What the method computed, one array for each pane. An axis has length 1 where
        one layer or one head was asked for, and where heads are fused.
    special : float32 (layers, heads, special tokens)
        The same for the tokens that are not patches.
    description : dict
        Layers (none for a pooling head) and heads, counted from 1, method, query,
        direction, fusion and the names of the special tokens, as plain JSON values.
    """

    maps: tuple[NDArray[np.float32], ...]
    special: NDArray[np.float32]
    description: dict[str, Any]


def stack_maps(
    explanation: Explanation,
    answer: Answer,
    layer: int | None,
    head: int | None,
    fusion: Fusion,
) -> MapStack:
    """Take the chosen layers and heads out of one query's answer.

    Parameters
    ----------
    explanation : Explanation
        What the model told of the picture.
    answer : Answer
        All layers and heads that the method tells apart.
    layer, head : int or None
        Counted from 0; None for all. ``head`` matters for ``Fusion.HEAD`` alone.
    fusion : Fusion
        ``Fusion.HEAD`` keeps heads apart.
    """
    values = answer.values
    if answer.heads is Heads.APART and fusion is not Fusion.HEAD:
        values = fuse_heads(values, fusion, adds=answer.adds)[:, None]
    elif answer.heads is Heads.APART and head is not ALL:
        values = values[:, head : head + 1]
    whole = answer.layers is Layers.NONE
    if layer is not ALL and not whole:
        values = values[layer : layer + 1]
    tokens = explanation.tokens
    return MapStack(
        maps=tuple(
            np.ascontiguousarray(tokens.grid(values, pane), dtype=np.float32)
            for pane in range(len(tokens.panes))
        ),
        special=tokens.special_values(values).astype(np.float32),
        description={
            "method": answer.request.method,
            "query": _query(answer),
            "direction": answer.direction.value,
            "layers": [] if whole else _counted(layer, explanation.model.n_layers),
            "heads": _heads(head, fusion, explanation.model.n_heads),
            "fusion": None if fusion is Fusion.HEAD else fusion.value,
            "special_tokens": list(tokens.special),
        },
    )


def _query(answer: Answer) -> dict[str, Any]:
    query = answer.query
    if query.kind is QueryKind.SPECIAL:
        return {"kind": query.kind.value, "index": query.row}
    patch = (
        {"row": query.row, "col": query.col} if query.kind is QueryKind.PATCH else {}
    )
    return {"kind": query.kind.value, **patch}


def _counted(index: int | None, count: int) -> list[int]:
    """Count one index, or all of them, from 1."""
    return list(range(1, count + 1)) if index is ALL else [index + 1]


def _heads(head: int | None, fusion: Fusion, n_heads: int) -> list[int]:
    """Return the heads that stand along the axis, or that were fused into it."""
    return _counted(ALL if fusion is not Fusion.HEAD else head, n_heads)
