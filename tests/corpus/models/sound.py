"""The sound folders that cases change copies of."""

from __future__ import annotations

import json
from pathlib import Path

from tests.composite_zoo import breed_composite
from tests.model_factory import make_model
from tests.zoo import OPENAI, crop


def make_sound(folder: Path) -> dict[str, Path]:
    """Save one folder of each base."""
    return {
        "vit": make_model(folder / "vit"),
        "dinov2": make_model(folder / "dinov2", "dinov2"),
        "registers": make_model(folder / "registers", "dinov2-registers"),
        "clip": _composite(folder / "clip", "CLIPModel"),
        "llava": _composite(folder / "llava", "LlavaForConditionalGeneration"),
    }


def _composite(folder: Path, name: str) -> Path:
    breed_composite(folder, name)
    settings = crop("CLIP", **OPENAI)
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder
