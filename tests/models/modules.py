"""Tiny seeded modules in memory, with their image processors."""

from __future__ import annotations

import numpy as np
import torch
import transformers

from tests.composite_zoo import COMPOSITE_ZOO
from tests.model_factory import LABELS, SMALL
from tests.zoo import IMAGENET, OPENAI, SQUARE, peak

PICTURE = np.random.default_rng(5).integers(0, 256, (61, 83, 3), dtype=np.uint8)
ARCHITECTURES = {
    "ViTForImageClassification": {**SMALL, "id2label": LABELS},
    "Dinov2WithRegistersModel": {**SMALL, "mlp_ratio": 2, "num_register_tokens": 3},
    "CLIPModel": COMPOSITE_ZOO["CLIPModel"],
    "SiglipVisionModel": SMALL,
}


def made(name: str = "ViTForImageClassification", **config):
    """Return a seeded module whose attention is peaked, in evaluation mode."""
    architecture = getattr(transformers, name)
    settings = {**ARCHITECTURES.get(name, SMALL), **config}
    torch.manual_seed(0)
    module = architecture(architecture.config_class(**settings))
    peak(module)
    return module.eval()


def processor(kind: str = "ViT", **settings):
    return getattr(transformers, f"{kind}ImageProcessorPil")(size=SQUARE, **settings)


PROCESSORS = {
    "ViTForImageClassification": processor(),
    "Dinov2WithRegistersModel": processor("Bit", do_center_crop=False, **IMAGENET),
    "CLIPModel": processor("CLIP", crop_size=SQUARE, **OPENAI),
    "SiglipVisionModel": processor("Siglip"),
}
