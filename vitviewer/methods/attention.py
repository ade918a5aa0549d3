"""Attention itself: one query's row of every attention matrix, or its column.

``softmax(q · kᵀ · scale + bias)`` (Vaswani et al. 2017, arXiv:1706.03762), from the
very q and k of the recorded pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import Layers
from vitviewer.methods.method import Method, Result
from vitviewer.queries import Direction, QueryKind

if TYPE_CHECKING:
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def compute(context: Context, request: Request) -> Result:
    """Return one query's attention in all layers and heads."""
    recording, query = context.recording, request.query
    looks = request.direction is Direction.FROM
    if query.kind is QueryKind.POOL:
        return Result(context.pool_row()[None], layers=Layers.NONE)
    if query.kind is QueryKind.MEAN:
        mean = recording.mean_rows if looks else recording.mean_columns
        return Result(mean(context.tokens.patches))
    position = context.position(query)
    if not looks:
        return Result(recording.columns(position))
    readable = recording.layers[-1].readable(position)
    return Result(recording.rows(position), n_keys=readable)


METHOD = Method(
    name="attention",
    title="attention",
    label="Attention of one layer",
    question="How much of its attention does this token give to each other one?",
    source="Vaswani et al. 2017, arXiv:1706.03762",
    compute=compute,
)
