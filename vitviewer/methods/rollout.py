"""Attention rollout (Abnar & Zuidema 2020, arXiv:2005.00928), without N×N products.

Each layer's heads are fused into one matrix A, the residual connection is counted in
as (A + I) / 2, and rows are normalised to sum to 1. The rollout up to layer l is
R_l = A_l ··· A_1. One query needs one row (or column) of it, which is a vector carried
through the layers: exact for any fusion, since matrix products are associative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import Heads, Layers
from vitviewer.errors import ModelError
from vitviewer.methods.method import FUSION, Method, Result
from vitviewer.queries import Direction, Fusion

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from vitviewer.capture.layers import Layer
    from vitviewer.capture.recording import Recording
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def fuse(attention: torch.Tensor, fusion: Fusion) -> torch.Tensor:
    """Fuse heads, (heads, rows, tokens) -> (rows, tokens).

    A single head makes no rollout: `Fusion.HEAD` gives the mean.
    """
    if fusion is Fusion.MAX:
        return attention.amax(dim=0)
    if fusion is Fusion.MIN:
        return attention.amin(dim=0)
    if fusion is Fusion.MEDIAN:
        # The mean of the two middle heads, as NumPy has it; torch takes the lower.
        return attention.quantile(0.5, dim=0)
    return attention.mean(dim=0)


def rollout(
    recording: Recording, query: torch.Tensor, fusion: Fusion, direction: Direction
) -> torch.Tensor:
    """Return one query's rollout up to every layer.

    Parameters
    ----------
    recording : Recording
        Of L layers and N tokens.
    query : float32 (N,)
        Weights of the query tokens: one-hot, or uniform over the patches.
    fusion : Fusion
        How heads are fused in each layer.
    direction : Direction
        FROM: the query's row of R_l; TO: its column.

    Returns
    -------
    float32 (L, N)
        Entry l is rolled out over the first l + 1 layers.

    Raises
    ------
    ModelError
        If a layer has not all tokens' rows over all tokens.
    """
    if any(layer.n_queries != layer.n_keys for layer in recording.layers):
        raise ModelError(
            "Rollout needs the attention of all tokens to all tokens, which this model "
            "does not have: look at single layers instead."
        )
    if direction is Direction.TO:
        return _columns(recording, query, fusion)
    return _rows(recording, query, fusion)


def _rows(recording: Recording, query: torch.Tensor, fusion: Fusion) -> torch.Tensor:
    """Carry a row for every end layer from the last layer to the first, (L, N)."""
    import torch

    rows = torch.zeros((0, query.numel()), device=query.device)
    for layer in reversed(recording.layers):
        rows = torch.cat([query[None], rows])
        carried = torch.zeros_like(rows)
        for part, matrix in _residual_blocks(recording, layer, fusion):
            carried += rows[:, part] @ matrix
        rows = carried
        recording.job.report(len(rows), len(recording.layers))
    return rows


def _columns(recording: Recording, query: torch.Tensor, fusion: Fusion) -> torch.Tensor:
    """Carry the column from the first layer to the last, (L, N)."""
    import torch

    columns = []
    column = query
    for layer in recording.layers:
        blocks = _residual_blocks(recording, layer, fusion)
        column = torch.cat([matrix @ column for _, matrix in blocks])
        columns.append(column)
        recording.job.report(len(columns), len(recording.layers))
    return torch.stack(columns)


def _residual_blocks(
    recording: Recording, layer: Layer, fusion: Fusion
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Stream (A + I) / 2 with rows that sum to 1, as (rows, (rows, tokens))."""
    import torch

    for part, attention in recording.blocks(layer):
        matrix = fuse(attention, fusion)
        index = torch.arange(part.start, part.stop, device=matrix.device)
        matrix[index - part.start, index] += 1.0
        yield part, matrix / matrix.sum(dim=-1, keepdim=True)


def compute(context: Context, request: Request) -> Result:
    """Return one query's rollout up to every layer."""
    fusion = Fusion(METHOD.setting(request, FUSION.name))
    weights = context.weights(request.query)
    rolled = rollout(context.recording, weights, fusion, request.direction)
    return Result(rolled[:, None])


METHOD = Method(
    name="rollout",
    title="rollout",
    label="Rollout up to the layer",
    question="From which tokens did this one's content come, through all layers?",
    source="Abnar & Zuidema 2020, arXiv:2005.00928",
    compute=compute,
    layers=Layers.UP_TO,
    heads=Heads.FUSED,
    settings=(FUSION,),
)
