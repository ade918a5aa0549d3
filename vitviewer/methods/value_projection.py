"""What each token's value is of all that a head adds: signed, and summing to 1.

    p[i, j] = A[i, j] ⟨v[j] W, o[i]⟩ / ‖o[i]‖²,    o[i] = Σ_j A[i, j] v[j] W

The projection of what comes from one token onto what comes from all: the share of a
token in its head's output, where `value_norm` has sizes alone, which may cancel. Where
values all point one way it is attention itself.
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
    """Return each token's signed share in what every head adds to the query."""
    import torch

    from vitviewer.capture.carried import carried

    recording = context.recording
    layers = carried(context.replay, recording.n_tokens, recording.check)
    rows = recording.rows(context.position(request.query))
    shares = [_shares(a, layer) for a, layer in zip(rows, layers, strict=True)]
    return Result(torch.stack(shares))


def _shares(attention: torch.Tensor, layer: Carried) -> torch.Tensor:
    """Return the projections, (heads, tokens); zeros where a head adds nothing."""
    gram = layer.projection @ layer.projection.transpose(1, 2)
    whole = attention[:, None] @ layer.values @ gram  # o Wᵀ, (heads, 1, width)
    along = (layer.values * whole).sum(dim=-1) * attention
    size = along.sum(dim=-1, keepdim=True)
    return along.where(size > 0.0, 0.0) / size.where(size > 0.0, 1.0)


METHOD = Method(
    name="value-projection",
    title="share of what heads add",
    label="Share of what heads add",
    question="Which part of what a head adds to this token came from each other one?",
    source="Kobayashi et al. 2020, arXiv:2004.10102; by projection",
    compute=compute,
    queries=frozenset(QueryKind) - {QueryKind.POOL, QueryKind.MEAN},
    directions=(Direction.FROM,),
    unit="share of what the head adds",
    signed=True,
    runs_again=True,
)
