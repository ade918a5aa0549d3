"""The chosen layers and heads of one query's answer as one array of four axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.answers import SHARE, Heads, Layers
from vitviewer.maps.selection import fuse_heads
from vitviewer.maps.targets import described
from vitviewer.methods.method import FUSION
from vitviewer.methods.registry import method
from vitviewer.queries import Fusion, QueryKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.answers import Answer, Explanation
    from vitviewer.tokens import TokenLayout

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
    unit : str
        What a value is measured in.
    parts : dict of str to float
        What the maps of the first pane lack of the number that is explained; see
        `parts_of`.
    target : dict or None
        What is explained, as `vitviewer.maps.targets.described` says it.
    target_value : float or None
        The number that is explained.
    """

    maps: tuple[NDArray[np.float32], ...]
    special: NDArray[np.float32]
    description: dict[str, Any]
    unit: str = SHARE
    parts: dict[str, float] = field(default_factory=dict)
    target: dict[str, Any] | None = None
    target_value: float | None = None


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
    chosen = answer.values
    apart, whole = answer.heads is Heads.APART, answer.layers is Layers.NONE
    if layer is not ALL and not whole:
        chosen = chosen[layer : layer + 1]
    if apart and fusion is Fusion.HEAD and head is not ALL:
        chosen = chosen[:, head : head + 1]
    values = chosen
    if apart and fusion is not Fusion.HEAD:
        values = fuse_heads(chosen, fusion, adds=answer.adds)[:, None]
    tokens, target = explanation.tokens, answer.explained or answer.request.target
    told = None if target is None else described(target, explanation.model)
    return MapStack(
        maps=tuple(
            np.ascontiguousarray(tokens.grid(values, pane), dtype=np.float32)
            for pane in range(len(tokens.panes))
        ),
        special=tokens.special_values(values).astype(np.float32),
        description={
            "method": answer.request.method,
            "query": _query(answer),
            "direction": _direction(answer),
            "layers": [] if whole else _counted(layer, explanation.model.n_layers),
            "heads": _heads(head, fusion, explanation.model.n_heads),
            "fusion": _fusion(answer, fusion),
            "special_tokens": list(tokens.special),
            **({} if told is None else {"target": told}),
        },
        unit=answer.unit,
        parts=parts_of(answer, chosen, tokens),
        target=told,
        target_value=answer.target_value,
    )


def parts_of(
    answer: Answer, chosen: NDArray[np.float32], tokens: TokenLayout
) -> dict[str, float]:
    """Return what belongs to no token of the first pane's maps, by name.

    These are the answer's own parts. Where it has some, and adds up, there is also
    ``prefix``: what the chosen layers and heads give to tokens that are no patches;
    ``other panes``: to patches that only further panes show, where there are such;
    ``others``: what the layers and heads that were not chosen give to any token. With
    the sum over the first pane's tokens, each taken once, they then make the number
    that is explained. Where layers are accumulated, that is said of the last one that
    was chosen.

    Parameters
    ----------
    answer : Answer
    chosen : float32 (layers, heads, tokens)
        Those of the answer's values that the maps hold, heads not yet fused.
    tokens : TokenLayout
    """
    own = {name: float(part) for name, part in answer.parts.items()}
    # Evidence may add up over layers and still be no part of the number, as a gradient
    # is; only what names the rest of it claims to make the whole.
    if not (answer.adds and own):
        return own
    last = slice(-1 if answer.layers is Layers.UP_TO else None, None)
    every, given = (_of_tokens(v[last]) for v in (answer.values, chosen))
    further = np.setdiff1d(tokens.patches, tokens.panes[0].index)
    made = {"prefix": float(given[tokens.special_positions].sum())}
    if further.size:
        made["other panes"] = float(given[further].sum())
    made["others"] = float((every - given).sum())
    return own | {name: own.get(name, 0.0) + value for name, value in made.items()}


def _of_tokens(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Add up layers and heads, float64 (tokens,)."""
    total: NDArray[np.float64] = values.sum(axis=(0, 1), dtype=np.float64)
    return total


def _query(answer: Answer) -> dict[str, Any] | None:
    if not method(answer.request.method).queries:
        return None
    query = answer.query
    if query.kind is QueryKind.SPECIAL:
        return {"kind": query.kind.value, "index": query.row}
    patch = (
        {"row": query.row, "col": query.col} if query.kind is QueryKind.PATCH else {}
    )
    return {"kind": query.kind.value, **patch}


def _direction(answer: Answer) -> str | None:
    """Return the direction, None for a method that is asked about no token."""
    asked = method(answer.request.method)
    return answer.direction.value if asked.queries else None


def _fusion(answer: Answer, fusion: Fusion) -> str | None:
    """Return how heads became one map: "sum" where they add up, None where kept."""
    if fusion is Fusion.HEAD:
        return None
    if answer.heads is Heads.APART:
        return "sum" if answer.adds and fusion is Fusion.MEAN else fusion.value
    asked = method(answer.request.method)
    return fusion.value if FUSION in asked.settings else None


def _counted(index: int | None, count: int) -> list[int]:
    """Count one index, or all of them, from 1."""
    return list(range(1, count + 1)) if index is ALL else [index + 1]


def _heads(head: int | None, fusion: Fusion, n_heads: int) -> list[int]:
    """Return the heads that stand along the axis, or that were fused into it."""
    return _counted(ALL if fusion is not Fusion.HEAD else head, n_heads)
