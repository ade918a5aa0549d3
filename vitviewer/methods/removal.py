"""What the answer would be without a patch: the reference that other maps are held to.

    m_j = y(x) − y(x without j)

j is read by no token in any layer, and not by what the answer is read from
(`vitviewer.capture.hiding`); positions of the others stay. Occlusion (Zeiler & Fergus
2014, arXiv:1311.2901) without a colour to fill in: as if a ViT had never been given the
patch (Jain et al. 2022, arXiv:2204.08945). What several patches tell alike is missed
where each alone can go: removing blocks shows that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.answers import Heads, Layers
from vitviewer.errors import ModelError
from vitviewer.methods.method import Method, Result, Setting
from vitviewer.methods.targets import explained, logits, no_classes

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from vitviewer.methods.context import Context
    from vitviewer.queries import Request, Target
    from vitviewer.tokens import TokenLayout

BLOCKS = 7
"""How many blocks there are along each side."""
_MOST_PATCHES = 256
_MOST_RUNS, _MOST_TOKENS = 16, 4096
_UNSEEN = 1e-4

DETAIL = Setting(
    "detail",
    "Detail",
    "auto",
    f"patches one by one, or {BLOCKS} × {BLOCKS} blocks; auto takes blocks above "
    f"{_MOST_PATCHES} patches",
    ("auto", "patches", "blocks"),
)


def groups_of(tokens: TokenLayout, detail: str) -> list[NDArray[np.intp]]:
    """Return which tokens are removed together: each patch, or blocks of them."""
    if detail == "auto":
        detail = "patches" if tokens.n_patches <= _MOST_PATCHES else "blocks"
    if detail == "patches":
        return [np.array([position]) for position in tokens.patches]
    groups = []
    for pane in tokens.panes:
        for rows in np.array_split(pane.index, min(BLOCKS, pane.rows), axis=0):
            blocks = np.array_split(rows, min(BLOCKS, pane.cols), axis=1)
            groups += [np.unique(block) for block in blocks]
    return groups


def compute(context: Context, request: Request) -> Result:
    """Return by how much a logit, or a difference of two, falls without each patch."""
    import torch

    target = explained(context, request)
    tokens, detail = context.tokens, METHOD.setting(request, DETAIL.name)
    groups = groups_of(tokens, detail)
    hidden = torch.zeros(len(groups), tokens.n_tokens, dtype=torch.bool)
    for row, group in zip(hidden, groups, strict=True):
        row[torch.from_numpy(group)] = True
    whole = _whole(context, target, hidden[:1])
    values = torch.zeros(1, 1, tokens.n_tokens)
    step = max(1, min(_MOST_RUNS, _MOST_TOKENS // tokens.n_tokens))
    for first in range(0, len(groups), step):
        context.job.report(first, len(groups))
        answers = _answers(context, target, hidden[first : first + step])
        for group, answer in zip(groups[first:], answers, strict=False):
            values[0, 0, torch.from_numpy(group)] = whole - float(answer)
    context.job.report(len(groups), len(groups))
    n_blocks = len(groups) < tokens.n_patches
    note = f"removed in {BLOCKS} × {BLOCKS} blocks" if n_blocks else ""
    return Result(values, target_value=whole, explained=target, note=note)


def _whole(context: Context, target: Target, hidden: torch.Tensor) -> float:
    """Return the answer with everything; prove that what is hidden is not read.

    Raises
    ------
    ModelError
        If contents of tokens that nothing should read change the answer.
    """
    import torch

    runs = torch.cat([torch.zeros_like(hidden), hidden, hidden])
    changed = torch.tensor([False, False, True])
    whole, without, other = _answers(context, target, runs, changed)
    if not abs(other - without) <= _UNSEEN * max(1.0, abs(float(whole))):
        raise ModelError(
            "This model reads patches in a way that is not known, so none can be "
            "removed: choose another method."
        )
    return float(whole)


def _answers(
    context: Context,
    target: Target,
    hidden: torch.Tensor,
    changed: torch.Tensor | None = None,
) -> Any:
    from vitviewer.capture.hiding import run_without

    output = run_without(
        context.replay, context.tokens, hidden, changed, context.job.check
    )
    return logits(target, output).float().cpu()


METHOD = Method(
    name="removal",
    title="effect of removal",
    label="Effect of removal",
    question="By how much does the answer fall when nothing may read this patch?",
    source="Zeiler & Fergus 2014, arXiv:1311.2901; Jain et al. 2022, arXiv:2204.08945",
    compute=compute,
    queries=frozenset(),
    takes_target=True,
    layers=Layers.NONE,
    heads=Heads.FUSED,
    unit="logit",
    signed=True,
    settings=(DETAIL,),
    missing=no_classes,
    runs_again=True,
)
