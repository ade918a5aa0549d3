"""Grad-CAM on tokens (Selvaraju et al. 2017, arXiv:1610.02391), at any block.

    α_d = mean over patches of ∂y/∂z_jd,    m_j = Σ_d α_d z_jd

z is what a block's attention reads. Averaging gradients over positions comes from
convolutional networks, whose features mean the same everywhere; `token_gradient` does
without. The paper's ReLU is left to the colours: what is below zero stays.
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
    """Return each block's class activation map, for a logit or a difference of two."""
    import torch

    target, found = differentiated(context, request)
    n, patches = context.tokens.n_tokens, torch.from_numpy(context.tokens.patches)
    maps = []
    for z, gradient in zip(found.inputs, found.at_inputs, strict=True):
        weights = gradient[patches].float().mean(dim=0)
        maps.append((z.float() @ weights)[:n])
    values = torch.stack(maps)[:, None]
    return Result(values, target_value=found.answer, explained=target)


METHOD = Method(
    name="grad-cam",
    title="Grad-CAM",
    label="Grad-CAM",
    question="Which tokens have the features that the answer grows with?",
    source="Selvaraju et al. 2017, arXiv:1610.02391",
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
