"""Attention weighted by what it carries (Kobayashi et al. 2020, arXiv:2004.10102).

    w[i, j] = A[i, j] ‖v[j] W‖

v W is what a head adds to the residual stream for a token that is read whole. A token
that takes much attention and has next to no value, as sinks do, nearly vanishes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.methods.method import Method, Result
from vitviewer.queries import Direction, QueryKind

if TYPE_CHECKING:
    import torch

    from vitviewer.capture.carried import Carried
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def compute(context: Context, request: Request) -> Result:
    """Return one query's attention times the size of what each token's value adds."""
    import torch

    from vitviewer.capture.carried import carried

    recording, query = context.recording, request.query
    layers = carried(context.replay, recording.n_tokens, recording.check)
    if query.kind is QueryKind.MEAN:
        rows = recording.mean_rows(context.tokens.patches)
    else:
        rows = recording.rows(context.position(query))
    return Result(rows * torch.stack([_norms(layer) for layer in layers]))


def _norms(layer: Carried) -> torch.Tensor:
    """Return ‖v W‖, (heads, tokens), by the Gram matrix of W: W is wider than v."""
    gram = layer.projection @ layer.projection.transpose(1, 2)
    squares = ((layer.values @ gram) * layer.values).sum(dim=-1)
    return squares.clamp_min_(0.0).sqrt_()


METHOD = Method(
    name="value-norm",
    title="value-weighted attention",
    label="Value-weighted attention",
    question="How much does this token take over from each other one, by size?",
    source="Kobayashi et al. 2020, arXiv:2004.10102",
    compute=compute,
    queries=frozenset(QueryKind) - {QueryKind.POOL},
    directions=(Direction.FROM,),
    unit="norm",
    runs_again=True,
)
