"""Gradient × attention rollout (Chefer, Gur & Wolf 2021, arXiv:2103.15679).

Section 3.1 of "Generic Attention-model Explainability", for self-attention alone: each
layer's attention is weighted by its gradient, what speaks against the answer is cut
off, heads are averaged, and relevance flows through layers and past them:

    Ā_l = mean_h relu(∂y/∂A_l ⊙ A_l),    R ← R + Ā_l R,    R = I at first

The map is what R says of the tokens that the answer is read from. One row of R needs no
N×N product: it is carried from the last layer to the first, for each end layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import Heads, Layers
from vitviewer.methods.method import Method, Result
from vitviewer.methods.targets import differentiated, no_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from vitviewer.capture.gradients import Gradients
    from vitviewer.capture.layers import Layer
    from vitviewer.capture.recording import Recording
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def relevance(
    recording: Recording, found: Gradients, readout: torch.Tensor
) -> torch.Tensor:
    """Return the relevance of each token up to every layer, float32 (L, N).

    Parameters
    ----------
    recording : Recording
        Of L layers and N tokens.
    found : Gradients
        Of the same pass.
    readout : float32 (N,)
        The weights by which the answer reads tokens.
    """
    import torch

    rows = torch.zeros((0, readout.numel()), device=readout.device)
    layers = zip(recording.layers, found.outputs, found.values, strict=True)
    for layer, gradient, values in reversed(list(layers)):
        rows = torch.cat([readout[None], rows])
        carried = rows.clone()
        for part, matrix in _weighted(recording, layer, gradient, values):
            carried += rows[:, part] @ matrix
        rows = carried
        recording.job.report(len(rows), len(recording.layers))
    return rows


def _weighted(
    recording: Recording, layer: Layer, gradient: torch.Tensor, values: torch.Tensor
) -> Iterator[tuple[slice, torch.Tensor]]:
    """Stream Ā of a layer as (rows, (rows, tokens))."""
    gradient = gradient[:, : layer.n_queries].float()
    values = values[:, : layer.n_keys].float().transpose(1, 2)
    values = values.repeat_interleave(layer.n_heads // len(values), dim=0)
    for part, attention in recording.blocks(layer):
        # Cut off before heads are averaged, as the paper has it.
        weighted = (gradient[:, part] @ values).mul_(attention).clamp_min_(0.0)
        yield part, weighted.mean(dim=0)


def compute(context: Context, request: Request) -> Result:
    """Return the relevance of each token for a logit, or a difference of two."""
    target, found = differentiated(context, request)
    values = relevance(context.recording, found, context.readout(found.read))
    return Result(values[:, None], target_value=found.answer, explained=target)


METHOD = Method(
    name="chefer",
    title="gradient × attention rollout",
    label="Gradient × attention rollout",
    question="Which tokens speak for this answer, through the attention of all layers?",
    source="Chefer, Gur & Wolf 2021, arXiv:2103.15679",
    compute=compute,
    queries=frozenset(),
    takes_target=True,
    layers=Layers.UP_TO,
    heads=Heads.FUSED,
    unit="relevance",
    missing=no_classes,
    runs_again=True,
)
