"""A tiny seeded model of every family, made from its config class: no downloads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.model_factory import LABELS, SMALL

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
OPENAI = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SQUARE = {"height": 32, "width": 32}


def squash(kind: str = "ViT", **settings: Any) -> dict[str, Any]:
    """Return a processor that resizes to 32 × 32."""
    name = f"{kind}ImageProcessor"
    return {"image_processor_type": name, "size": SQUARE, **settings}


def crop(kind: str = "CLIP", **settings: Any) -> dict[str, Any]:
    """Return a processor that crops the middle 32 × 32."""
    return {
        "image_processor_type": f"{kind}ImageProcessor",
        "size": {"shortest_edge": 36},
        "crop_size": SQUARE,
        **settings,
    }


@dataclass(frozen=True)
class Species:
    """How to make one kind of model.

    Parameters
    ----------
    architecture : str
        The class to make and save.
    processor : dict
        Its ``preprocessor_config.json``.
    config : dict
        What its config has besides or instead of `SMALL`.
    special : int
        How many tokens are no patches, counted by hand.
    sizes : tuple of (width, height)
        Input sizes to try, in pixels.
    grid : (int, int)
        Columns and rows of a picture of 83 × 61 pixels, with its own processor.
    """

    architecture: str
    processor: dict[str, Any]
    config: dict[str, Any] = field(default_factory=dict)
    special: int = 1
    sizes: tuple[tuple[int, int], ...] = ((32, 32), (48, 24))
    grid: tuple[int, int] = (4, 4)


_MAE = {
    "decoder_hidden_size": 16,
    "decoder_num_hidden_layers": 1,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 16,
}
_BIASED = {"use_relative_position_bias": True}
_SHARED = {"use_shared_relative_position_bias": True}
_PAIRS = {"image_size": [32, 32], "patch_size": [8, 8]}
_ONE_SIZE = ((32, 32),)
_NAFLEX = {
    "image_processor_type": "Siglip2ImageProcessor",
    "patch_size": 8,
    "max_num_patches": 16,
}
_PIXTRAL = {
    "image_processor_type": "PixtralImageProcessor",
    "size": {"longest_edge": 32},
    "patch_size": {"height": 8, "width": 8},
    **OPENAI,
}

ZOO = {
    "ViT": Species("ViTForImageClassification", squash()),
    "DINO": Species("ViTModel", squash(**IMAGENET)),
    "DeiT": Species(
        "DeiTForImageClassification",
        crop("DeiT", size={"height": 36, "width": 36}, **IMAGENET),
        special=2,
    ),
    "DeiT, two heads": Species(
        "DeiTForImageClassificationWithTeacher", squash(**IMAGENET), special=2
    ),
    "ViT-MSN": Species("ViTMSNForImageClassification", squash(**IMAGENET)),
    "ViT-MAE": Species("ViTMAEForPreTraining", squash(**IMAGENET), _MAE),
    "I-JEPA": Species("IJepaForImageClassification", squash(), special=0),
    "BEiT, bias of each layer": Species(
        "BeitForImageClassification", squash("Beit", do_center_crop=False), _BIASED
    ),
    "BEiT, shared bias": Species("BeitForImageClassification", squash(), _SHARED),
    "data2vec-vision": Species(
        "Data2VecVisionForImageClassification", squash(), _BIASED
    ),
    "data2vec-vision, shared bias": Species("Data2VecVisionModel", squash(), _SHARED),
    "DINOv2": Species("Dinov2Model", crop("Bit", **IMAGENET), {"mlp_ratio": 2}),
    "DINOv2, classifier": Species(
        "Dinov2ForImageClassification", squash(**IMAGENET), {"mlp_ratio": 2}
    ),
    "DINOv2 with registers": Species(
        "Dinov2WithRegistersForImageClassification",
        crop("Bit", **IMAGENET),
        {"mlp_ratio": 2, "num_register_tokens": 3},
        special=4,
    ),
    "DINOv3 ViT": Species(
        "DINOv3ViTModel",
        squash("DINOv3ViT", **IMAGENET),
        {"num_register_tokens": 2},
        special=3,
    ),
    "Pixio": Species("PixioModel", squash(**IMAGENET), special=8),
    "CLIP": Species("CLIPVisionModel", crop(**OPENAI)),
    "MetaCLIP 2": Species("MetaClip2VisionModel", crop(**OPENAI)),
    "Chinese-CLIP": Species("ChineseCLIPVisionModel", crop("ChineseCLIP", **OPENAI)),
    "AltCLIP": Species("AltCLIPVisionModel", crop(**OPENAI)),
    "CLIPSeg": Species("CLIPSegVisionModel", squash(**IMAGENET)),
    "OWL-ViT": Species("OwlViTVisionModel", squash("OwlViT", **OPENAI)),
    "OWLv2": Species("Owlv2VisionModel", squash("Owlv2", **OPENAI)),
    "GIT": Species("GitVisionModel", crop(**OPENAI)),
    "MLCD": Species("MLCDVisionModel", crop(**OPENAI)),
    "SigLIP": Species("SiglipVisionModel", squash("Siglip"), special=0),
    "SigLIP 2": Species(
        "Siglip2VisionModel",
        _NAFLEX,
        {"num_patches": 16},
        special=0,
        sizes=_ONE_SIZE,
        grid=(5, 3),
    ),
    "AIMv2": Species("Aimv2VisionModel", crop(**OPENAI), special=0, sizes=_ONE_SIZE),
    "BLIP": Species("BlipVisionModel", squash("Blip", **OPENAI)),
    "BLIP-2": Species("Blip2VisionModel", squash("Blip", **OPENAI)),
    "InstructBLIP": Species("InstructBlipVisionModel", squash("Blip", **OPENAI)),
    "FLAVA": Species("FlavaImageModel", squash("Flava", crop_size=SQUARE, **OPENAI)),
    "InternViT": Species("InternVLVisionModel", squash(**IMAGENET), _PAIRS),
    "Pixtral": Species(
        "PixtralVisionModel", _PIXTRAL, special=0, sizes=_ONE_SIZE, grid=(4, 3)
    ),
    "Idefics3": Species(
        "Idefics3VisionTransformer", squash("Siglip"), special=0, sizes=_ONE_SIZE
    ),
    "SmolVLM": Species(
        "SmolVLMVisionTransformer", squash("Siglip"), special=0, sizes=_ONE_SIZE
    ),
    "Janus": Species("JanusVisionModel", squash("Siglip"), special=0),
    "YOLOS": Species(
        "YolosModel",
        squash(**IMAGENET),
        {"image_size": [32, 32], "num_detection_tokens": 7},
        special=8,
    ),
    "DPT": Species("DPTModel", squash(), {"backbone_out_indices": [0, 1, 2]}),
    "ViTPose": Species(
        "VitPoseBackbone", squash(**IMAGENET), _PAIRS, special=0, sizes=_ONE_SIZE
    ),
    "RADIO": Species(
        "RadioModel",
        squash("CLIP", do_center_crop=False, do_normalize=False),
        special=10,
    ),
    "Sapiens 2": Species("Sapiens2Model", squash(**IMAGENET), special=9),
    "TIPSv2": Species(
        "Tipsv2VisionModel",
        squash("CLIP", do_center_crop=False, do_normalize=False),
        special=2,
    ),
}


def breed(folder: Path, name: str, dtype: torch.dtype = torch.float32) -> Path:
    """Save a seeded model of a species whose attention is peaked; return its folder."""
    species = ZOO[name]
    architecture = getattr(transformers, species.architecture)
    torch.manual_seed(0)
    settings = {**SMALL, **species.config}
    if "Classification" in species.architecture:
        settings["id2label"] = LABELS
    model = architecture(architecture.config_class(**settings))
    peak(model)
    model.to(dtype).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(species.processor))
    return folder


def peak(model: torch.nn.Module) -> None:
    """Make attention peaked and tokens different: fresh weights attend evenly."""
    for name, parameter in model.named_parameters():
        if parameter.ndim >= 2 and "norm" not in name:
            torch.nn.init.normal_(parameter, std=1.4 * parameter.shape[-1] ** -0.5)
        elif "relative_position_bias" in name:
            torch.nn.init.normal_(parameter)
