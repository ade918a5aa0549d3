"""The logit budget: what each patch, through each head of each layer, wrote into it.

The answer y is a sum of what attention layers, MLPs, embedding and biases wrote into
the residual stream, with the scale of every norm held (`capture.direct_path`).
An attention layer writes what its heads move from token to token, so its part splits up
further, over the keys j that were read:

    c[l, h, j] = Σ_i A[l, h, i, j] ⟨v[l, h, j], ∂y/∂O[l, h, i]⟩,    O = A v

and Σ c + MLPs + embedding + biases = y exactly (Gandelsman, Efros & Steinhardt 2024,
arXiv:2310.05916, whose sum this is for any read-out; Elhage et al. 2021). The bias of a
value stays with its token. This is the direct path only: what a patch did through the
layers in between is booked on the tokens that carry it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitviewer.answers import HALF_PRECISION
from vitviewer.errors import ModelError
from vitviewer.methods.method import Method, Result
from vitviewer.methods.targets import explained, logit, no_classes

if TYPE_CHECKING:
    import torch

    from vitviewer.capture.direct_path import DirectPath
    from vitviewer.capture.layers import Layer
    from vitviewer.capture.recording import Recording
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request

TOLERANCE = 1e-4
"""How far the parts may be from the answer, as a part of the sum of their sizes.

Float32 comes to 1e-8; what is off by more is no rounding, but a part that was missed.
"""
_TANGENT = 0.25


def budget(recording: Recording, path: DirectPath) -> torch.Tensor:
    """Return what each token wrote, float32 (layers, heads, tokens).

    Parameters
    ----------
    recording : Recording
        Of L layers, H heads and N tokens.
    path : DirectPath
        Of the same pass.
    """
    import torch

    written = []
    for layer, pulled, values in zip(
        recording.layers, path.pulled, path.values, strict=True
    ):
        written.append(_written(recording, layer, pulled, values))
        recording.job.report(len(written), len(recording.layers))
    return torch.stack(written)


def _written(
    recording: Recording, layer: Layer, pulled: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Return one layer's part, (heads, tokens)."""
    import torch

    from vitviewer.capture.layers import row_blocks

    # Padding, which the recording has left out, is read by nobody.
    pulled, values = pulled[:, : layer.n_queries], values[:, : layer.n_keys]
    values = values.repeat_interleave(layer.n_heads // len(values), dim=0).float()
    # Few rows count: of the last layer's those that are read, of most models one.
    read = pulled.abs().amax(dim=(0, 2)).nonzero()[:, 0].cpu().numpy()
    moved = torch.zeros_like(values)
    for part in row_blocks(len(read), layer.n_heads * layer.n_keys):
        recording.check()
        rows = layer.sample(read[part])
        moved += rows.transpose(1, 2) @ pulled[:, read[part]].float()
    return (moved * values).sum(dim=-1)


def compute(context: Context, request: Request) -> Result:
    """Split a logit, or a difference of two, into what was written into it."""
    from vitviewer.capture.direct_path import direct_path

    target = explained(context, request)
    path = direct_path(context.replay, logit(target), context.recording.check)
    values = budget(context.recording, path)
    parts = {"mlp": path.mlp, "embedding": path.embedding, "bias": path.bias}
    gap = path.answer - float(values.double().sum()) - sum(parts.values())
    parts |= _left_over(path, gap, context)
    return Result(
        values,
        parts=parts,
        target_value=path.answer,
        explained=target,
        note=_note(path, gap),
    )


def _left_over(path: DirectPath, gap: float, context: Context) -> dict[str, Any]:
    """Name what the parts leave over; refuse what should be nothing and is not."""
    if path.is_linearised:
        return {"rest": gap}
    if context.model.dtype in HALF_PRECISION:
        return {"rounding": gap}
    if not abs(gap) <= TOLERANCE * path.size:
        raise ModelError(
            "What was written into the answer does not add up to it: this model has a "
            "part that is not known, so its budget would be wrong. Choose another "
            "method."
        )
    return {}


def _note(path: DirectPath, gap: float) -> str:
    if path.is_linearised and abs(gap) > _TANGENT * abs(path.answer):
        return "much of the answer is made after the last layer, and not shown"
    return ""


METHOD = Method(
    name="budget",
    title="logit budget",
    label="Logit budget",
    question="What did each patch, through each head, write into this answer?",
    source="Gandelsman et al. 2024, arXiv:2310.05916",
    compute=compute,
    queries=frozenset(),
    takes_target=True,
    unit="logit",
    signed=True,
    adds=True,
    missing=no_classes,
    runs_again=True,
)
