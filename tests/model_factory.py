"""Tiny seeded models of each family, saved as folders: nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

# Models this small gain nothing from a second thread, and where the cores are busy
# waiting for it takes a hundred times as long as the work.
torch.set_num_threads(1)

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "image_size": 32,
    "patch_size": 8,
}
LABELS = {i: f"thing {i}" for i in range(5)}
SQUASH = {
    "image_processor_type": "ViTImageProcessor",
    "size": {"height": 32, "width": 32},
}
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CROP = {
    "image_processor_type": "BitImageProcessor",
    **IMAGENET,
    "size": {"shortest_edge": 36},
    "crop_size": {"height": 32, "width": 32},
}
DEIT_CROP = {
    "image_processor_type": "DeiTImageProcessor",
    **IMAGENET,
    "size": {"height": 36, "width": 36},
    "crop_size": {"height": 32, "width": 32},
}


@dataclass(frozen=True)
class Recipe:
    """How to make one family's tiny model."""

    architecture: str
    processor: dict[str, Any]
    prefix: int
    config: dict[str, Any] = field(default_factory=dict)


RECIPES = {
    "vit": Recipe("ViTForImageClassification", SQUASH, 1),
    "dino": Recipe("ViTModel", SQUASH, 1),
    "deit": Recipe("DeiTForImageClassification", DEIT_CROP, 2),
    "deit-teacher": Recipe("DeiTForImageClassificationWithTeacher", DEIT_CROP, 2),
    "deit-plain": Recipe("ViTForImageClassification", DEIT_CROP, 1),
    "vit-msn": Recipe("ViTMSNForImageClassification", SQUASH, 1),
    "dinov2": Recipe("Dinov2Model", CROP, 1, {"mlp_ratio": 2}),
    "dinov2-classifier": Recipe("Dinov2ForImageClassification", CROP, 1),
    "dinov2-registers": Recipe(
        "Dinov2WithRegistersForImageClassification",
        CROP,
        4,
        {"num_register_tokens": 3},
    ),
}


def make_model(
    folder: Path, name: str = "vit", dtype: torch.dtype = torch.float32, **config: Any
) -> Path:
    """Save a seeded model whose attention is peaked, and return its folder."""
    recipe = RECIPES[name]
    architecture = getattr(transformers, recipe.architecture)
    torch.manual_seed(0)
    settings = {**SMALL, "id2label": LABELS, **recipe.config, **config}
    model = architecture(architecture.config_class(**settings))
    sharpen(model)
    model.to(dtype).save_pretrained(folder)
    save_processor(folder, recipe.processor)
    return folder


def sharpen(model: torch.nn.Module) -> None:
    """Scale query and key weights up: fresh ones attend almost evenly."""
    for name, parameter in model.named_parameters():
        if name.endswith("weight") and any(
            part in name for part in ("query.", "key.", "q_proj.", "k_proj.")
        ):
            parameter.data *= 12.0
        if "position_embeddings" in name or "cls_token" in name:
            torch.nn.init.normal_(parameter, std=0.5)


def save_processor(folder: Path, settings: dict[str, Any]) -> None:
    """Write a preprocessor_config.json."""
    kind = settings["image_processor_type"]
    arguments = {k: v for k, v in settings.items() if k != "image_processor_type"}
    getattr(transformers, f"{kind}Pil")(**arguments).save_pretrained(folder)
