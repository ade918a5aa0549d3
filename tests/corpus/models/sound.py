"""The sound folders that cases change copies of."""

from __future__ import annotations

import json
from pathlib import Path

from tests.composite_zoo import breed_composite
from tests.model_factory import IMAGENET, make_model
from tests.zoo import OPENAI, crop


def make_sound(folder: Path) -> dict[str, Path]:
    """Save one folder of each base."""
    return {
        "vit": make_model(folder / "vit"),
        "dinov2": make_model(folder / "dinov2", "dinov2"),
        "registers": make_model(folder / "registers", "dinov2-registers"),
        "regression": make_model(folder / "regression", id2label={0: "LABEL_0"}),
        "oblong": _oblong(folder / "oblong", "vit"),
        "oblong dinov2": _oblong(folder / "oblong dinov2", "dinov2"),
        "clip": _composite(folder / "clip", "CLIPModel"),
        "llava": _composite(folder / "llava", "LlavaForConditionalGeneration"),
    }


def _oblong(folder: Path, kind: str) -> Path:
    """Save a model of 2 × 8 patches, whose processor makes its trained size."""
    make_model(folder, kind, image_size=[32, 128], patch_size=16)
    size = {"height": 32, "width": 128}
    settings = {"image_processor_type": "ViTImageProcessor", "size": size, **IMAGENET}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder


def _composite(folder: Path, name: str) -> Path:
    breed_composite(folder, name)
    settings = crop("CLIP", **OPENAI)
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder
