"""Hold what is shown of timm's models to timm's own attention, written out in full.

Needs timm and torchvision: ``python -m benchmarks.timm_check``. Each model is a few
layers deep and has random weights whose attention is peaked; it is saved as timm saves
models, opened by the program, and run by timm alone with fused attention off. Nothing
is downloaded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vitviewer.models.loading import load
from vitviewer.models.vision_model import Run, VisionModel
from vitviewer.trust import Verdict

LARGEST = 1e-5
_TRAINED = {
    "input_size": [3, 224, 224],
    "fixed_input_size": True,
    "interpolation": "bicubic",
    "crop_pct": 0.9,
    "crop_mode": "center",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}


@dataclass(frozen=True)
class Sort:
    """An architecture of timm, with what it has that others have not."""

    n_special: int
    n_classes: int = 10
    arguments: dict[str, Any] = field(default_factory=dict)
    trained: dict[str, Any] = field(default_factory=dict)


_HALF = {"input_size": [3, 112, 112]}
SORTS = {
    "vit_tiny_patch16_224": Sort(1),
    "deit3_small_patch16_224": Sort(1),
    "deit_tiny_distilled_patch16_224": Sort(2),
    "vit_small_patch14_reg4_dinov2": Sort(5, 0, trained=_HALF),
    "vit_small_patch16_dinov3": Sort(5, 0, trained={"fixed_input_size": False}),
    "eva02_tiny_patch14_224": Sort(1, trained={"crop_mode": "squash"}),
    "eva02_base_patch16_clip_224": Sort(1),
    "beitv2_base_patch16_224": Sort(1, trained=_HALF),
    "vit_base_patch16_siglip_224": Sort(0, 0, trained=_HALF),
}


def main(_words: list[str] | None = None) -> int:
    """Print the largest difference of each model; return how many are too large."""
    if not is_there():
        print("timm and torchvision are not installed: nothing was checked.")
        return 1
    failures = 0
    for name, sort in SORTS.items():
        with tempfile.TemporaryDirectory() as folder:
            rows, outputs, not_green = differences(Path(folder), name, sort)
        bad = rows > LARGEST or outputs > LARGEST or bool(not_green)
        failures += bad
        words = "; ".join(not_green) or "all checks green"
        print(f"{name:34} rows {rows:.1e}, output {outputs:.1e}, {words}", flush=True)
    return min(failures, 1)


def is_there() -> bool:
    """Tell whether timm can be imported as a whole."""
    return all(find_spec(name) is not None for name in ("timm", "torchvision"))


def differences(folder: Path, name: str, sort: Sort) -> tuple[float, float, list[str]]:
    """Compare one model with timm; say as well which checks are not green.

    Returns
    -------
    float
        Largest difference of any row, the pooling head's included.
    float
        Largest difference of the output, relative to its largest value.
    list of str
        Reasons of the checks that are not green.
    """
    theirs = make(folder, name, sort)
    model = load(str(folder), "cpu")
    picture = np.random.default_rng(7).integers(0, 256, (261, 383, 3), dtype=np.uint8)
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    hook = model.module.register_forward_hook(
        lambda _m, _i, given, output: seen.append(
            (given["pixel_values"], output.logits)
        ),
        with_kwargs=True,
    )
    run = model.run(picture)
    hook.remove()
    values, ours = seen[0]
    assert len(run.tokens.special) == sort.n_special, run.tokens.special
    attention, pooled, output = reference(theirs, values)
    scale = float(output.abs().max())
    not_green = [c.reason for c in model.facts.trust if c.verdict is not Verdict.GREEN]
    rows = max(_largest(run, attention), _pool_difference(model, run, pooled))
    return rows, float((ours - output).abs().max()) / scale, not_green


def make(folder: Path, name: str, sort: Sort) -> torch.nn.Module:
    """Save a seeded model of a few layers as timm does, and return it."""
    import timm

    torch.manual_seed(0)
    arguments = {"depth": 3, **sort.arguments}
    trained = {**_TRAINED, "num_classes": sort.n_classes, **sort.trained}
    model = timm.create_model(
        name, pretrained=False, pretrained_cfg=dict(trained), **arguments
    ).eval()
    for key, parameter in model.named_parameters():
        if parameter.ndim >= 2 and "norm" not in key:
            torch.nn.init.normal_(parameter, std=1.4 * parameter.shape[-1] ** -0.5)
        if "relative_position_bias" in key:
            torch.nn.init.normal_(parameter)
    names = [f"thing {i}" for i in range(sort.n_classes)]
    timm.models.save_for_hf(
        model,
        str(folder),
        model_config={"label_names": names},
        model_args=arguments,
        safe_serialization=True,
    )
    return model


def reference(
    model: Any, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor]:
    """Run timm with its attention written out; return matrices, pooling and output."""
    matrices: list[torch.Tensor] = []
    parts: dict[str, torch.Tensor] = {}
    for block in model.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(
            lambda _m, inputs: matrices.append(inputs[0][0].detach())
        )
    head = getattr(model, "attn_pool", None)
    if head is not None:
        for name in ("q", "kv"):
            getattr(head, name).register_forward_hook(
                lambda _m, _i, output, name=name: parts.update({name: output[0]})
            )
    with torch.no_grad():
        output = model(values)
    return torch.stack(matrices), _pooled(head, parts), output


def _pooled(head: Any, parts: dict[str, torch.Tensor]) -> torch.Tensor | None:
    """Return the pooling head's softmax, (heads, tokens)."""
    if head is None:
        return None
    keys = parts["kv"].chunk(2, dim=-1)[0].detach()
    query = parts["q"].detach()
    split = [
        t.reshape(len(t), head.num_heads, -1).transpose(0, 1) for t in (query, keys)
    ]
    logits = split[0] @ split[1].transpose(1, 2) * head.scale
    return logits.softmax(dim=-1)[:, 0]


def _largest(run: Run, attention: torch.Tensor) -> float:
    rows = [run.recording.rows(token) for token in range(run.recording.n_tokens)]
    return float((torch.stack(rows, dim=2) - attention).abs().max())


def _pool_difference(
    model: VisionModel, run: Run, pooled: torch.Tensor | None
) -> float:
    assert model.facts.pools == (pooled is not None)
    if pooled is None:
        return 0.0
    assert run.recording.pool is not None
    return float((run.recording.pool.sample([0])[:, 0] - pooled).abs().max())


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.exit(main())
