"""The shapes of published encoders, with random weights whose attention is peaked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from vitviewer.capture import attention_function as capture


@dataclass(frozen=True)
class Shape:
    """One encoder's class, config and input side in pixels."""

    architecture: str
    config: dict[str, Any]
    side: int


_DINOV2 = {"patch_size": 14, "image_size": 518, "mlp_ratio": 4}
_LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16}
_SMALL = {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6}
_BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}

SHAPES = {
    "ViT-B/16@224": Shape("ViTModel", {"image_size": 224, **_BASE}, 224),
    "ViT-L/16@384": Shape(
        "ViTModel", {"image_size": 384, "intermediate_size": 4096, **_LARGE}, 384
    ),
    "DINOv2-B@518": Shape("Dinov2Model", {**_DINOV2, **_BASE}, 518),
    "DINOv2-L@518": Shape("Dinov2Model", {**_DINOV2, **_LARGE}, 518),
}

SMALL_SHAPES = {
    "ViT-S/16@224": Shape(
        "ViTModel", {"image_size": 224, "intermediate_size": 1536, **_SMALL}, 224
    ),
    "DINOv2-S@448": Shape("Dinov2Model", {**_DINOV2, **_SMALL}, 448),
    "DINOv2-S@518": Shape("Dinov2Model", {**_DINOV2, **_SMALL}, 518),
}


def build(
    name: str, attention: str, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[Any, torch.Tensor]:
    """Return a seeded model with one of transformers' attentions, and its input."""
    shape = {**SHAPES, **SMALL_SHAPES}[name]
    capture.register()
    torch.manual_seed(0)
    architecture = getattr(transformers, shape.architecture)
    config = architecture.config_class(**shape.config)
    model = architecture._from_config(config, attn_implementation=attention)
    for key, parameter in model.named_parameters():
        if key.endswith(("q_proj.weight", "k_proj.weight")):
            parameter.data.mul_(4.0)
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(1, 3, shape.side, shape.side, generator=generator)
    model = model.eval().requires_grad_(False).to(device, dtype)
    return model, values.to(device, dtype)
