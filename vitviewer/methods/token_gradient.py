"""Token gradient × input: each token's part in the answer, to first order.

    m_j = Σ_d z_jd ∂y/∂z_jd

z is what a block's attention reads, the normalised residual stream; the path past the
block is thereby left out. This is HiResCAM (Draelos & Carin 2020, arXiv:2011.08891)
with tokens in place of pixels, and class-discriminative attention maps (Brocki et al.
2023, arXiv:2312.02364) at the last block. Values below zero speak against the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import Heads
from vitviewer.methods.method import Method, Result
from vitviewer.methods.targets import differentiated, no_classes

if TYPE_CHECKING:
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def compute(context: Context, request: Request) -> Result:
    """Return gradient × input of each block's tokens, for a logit or a difference."""
    import torch

    target, found = differentiated(context, request)
    n = context.tokens.n_tokens
    parts = [
        (z.float() * g.float()).sum(dim=-1)[:n]
        for z, g in zip(found.inputs, found.at_inputs, strict=True)
    ]
    values = torch.stack(parts)[:, None]
    return Result(values, target_value=found.answer, explained=target)


METHOD = Method(
    name="token-gradient",
    title="token gradient × input",
    label="Token gradient × input",
    question="By how much does the answer grow with each token of a block?",
    source="Draelos & Carin 2020, arXiv:2011.08891; Brocki et al. 2023, "
    "arXiv:2312.02364",
    compute=compute,
    queries=frozenset(),
    takes_target=True,
    heads=Heads.FUSED,
    unit="logit",
    signed=True,
    adds=True,
    missing=no_classes,
    runs_again=True,
)
