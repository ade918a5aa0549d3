"""Tiny seeded models that hold a vision encoder as a part: nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.model_factory import LABELS, SMALL
from tests.zoo import peak, squash

_TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 32,
    "vocab_size": 64,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_OPT = {"model_type": "opt", **_TEXT, "ffn_dim": 32, "word_embed_proj_dim": 32}
_PAIRS = {**SMALL, "image_size": [32, 32], "patch_size": [8, 8]}
_NECK = {"fusion_hidden_size": 8, "neck_hidden_sizes": [8] * 4}
_FOUR = {"out_indices": [0, 1, 2, 3], "reshape_hidden_states": False}
_UPERNET = {
    "hidden_size": 16,
    "pool_scales": [1, 2],
    "auxiliary_channels": 8,
    "auxiliary_in_channels": 32,
}


def _both(**vision: Any) -> dict[str, Any]:
    return {"text_config": _TEXT, "vision_config": {**SMALL, **vision}}


def _language(text: str, tower: str | None, **vision: Any) -> dict[str, Any]:
    kind = {} if tower is None else {"model_type": tower}
    return {
        "text_config": {"model_type": text, **_TEXT},
        "vision_config": {**SMALL, **kind, **vision},
    }


COMPOSITE_ZOO: dict[str, dict[str, Any]] = {
    "CLIPModel": _both(),
    "CLIPForImageClassification": _both(),
    "MetaClip2Model": _both(),
    "ChineseCLIPModel": _both(),
    "AltCLIPModel": _both(),
    "CLIPSegForImageSegmentation": {
        **_both(),
        "extract_layers": [0, 1],
        "reduce_dim": 16,
        "decoder_num_attention_heads": 2,
        "decoder_intermediate_size": 16,
    },
    "SiglipModel": _both(),
    "SiglipForImageClassification": _both(),
    "Aimv2Model": _both(),
    "OwlViTForObjectDetection": _both(),
    "Owlv2ForObjectDetection": _both(),
    "Tipsv2Model": _both(),
    "BlipForConditionalGeneration": _both(),
    "Blip2ForConditionalGeneration": {
        "text_config": _OPT,
        "vision_config": SMALL,
        "qformer_config": _TEXT,
    },
    "InstructBlipForConditionalGeneration": {
        "text_config": _OPT,
        "vision_config": SMALL,
        "qformer_config": _TEXT,
    },
    "GitForCausalLM": {"vision_config": SMALL, **_TEXT},
    "FlavaModel": {
        "image_config": SMALL,
        "text_config": _TEXT,
        "multimodal_config": _TEXT,
    },
    "JanusModel": {
        **_both(projection_dim=32),
        "vq_config": {
            "embed_dim": 8,
            "num_embeddings": 16,
            "latent_channels": 16,
            "base_channels": 32,
            "channel_multiplier": [1],
            "num_res_blocks": 1,
            "projection_dim": 32,
            "hidden_size": 32,
            "num_patches": 4,
        },
    },
    "InternVLForConditionalGeneration": {
        "text_config": {"model_type": "qwen2", **_TEXT},
        "vision_config": _PAIRS,
    },
    "Mistral3ForConditionalGeneration": _language("mistral", "pixtral"),
    "Idefics3ForConditionalGeneration": _language("llama", None),
    "SmolVLMForConditionalGeneration": _language("llama", None),
    "LlavaForConditionalGeneration": _language("llama", "clip_vision_model"),
    "LlavaNextForConditionalGeneration": _language("llama", "clip_vision_model"),
    "VipLlavaForConditionalGeneration": _language("llama", "clip_vision_model"),
    "LlavaOnevisionForConditionalGeneration": _language("qwen2", "siglip_vision_model"),
    "PaliGemmaForConditionalGeneration": _language("gemma", "siglip_vision_model"),
    "Gemma3ForConditionalGeneration": _language("gemma3_text", "siglip_vision_model"),
    "AyaVisionForConditionalGeneration": _language("cohere2", "siglip_vision_model"),
    "DepthAnythingForDepthEstimation": {
        "backbone_config": {"model_type": "dinov2", **SMALL, "mlp_ratio": 2, **_FOUR},
        "head_hidden_size": 4,
        "patch_size": 8,
        **_NECK,
    },
    "VitPoseForPoseEstimation": {
        "backbone_config": {"model_type": "vitpose_backbone", **_PAIRS},
        "num_labels": 3,
    },
    "ZoeDepthForDepthEstimation": {
        "backbone_config": {
            "model_type": "beit",
            **SMALL,
            "use_relative_position_bias": True,
            **_FOUR,
        },
        "num_relative_features": 8,
        "bottleneck_features": 8,
        "patch_transformer_hidden_size": 16,
        "patch_transformer_intermediate_size": 16,
        "patch_transformer_num_attention_heads": 2,
        "num_patch_transformer_layers": 1,
        **_NECK,
    },
    "VisionTextDualEncoderModel": {
        "vision_config": {"model_type": "vit", **SMALL},
        "text_config": {"model_type": "bert", **_TEXT},
    },
    "DPTForDepthEstimation": {
        "backbone_config": {"model_type": "dinov2", **SMALL, "mlp_ratio": 2, **_FOUR},
        **_NECK,
    },
    "UperNetForSemanticSegmentation": {
        "backbone_config": {
            "model_type": "beit",
            **SMALL,
            "use_relative_position_bias": True,
            "out_indices": [0, 1, 2, 3],
        },
        **_UPERNET,
    },
}


def breed_composite(
    folder: Path, name: str, settings: dict[str, Any] | None = None
) -> dict[str, torch.Tensor]:
    """Save a seeded model and return all of its tensors, by transformers' names."""
    return breed_whole(folder, name, settings).state_dict()


def breed_whole(folder: Path, name: str, settings: dict[str, Any] | None = None) -> Any:
    """Save a seeded model and return it."""
    architecture = getattr(transformers, name)
    settings = dict(COMPOSITE_ZOO[name] if settings is None else settings)
    if name.endswith("ImageClassification"):
        settings["id2label"] = LABELS
    torch.manual_seed(0)
    model = architecture(architecture.config_class(**settings))
    peak(model)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(squash()))
    return model
