"""Checkpoints that hold a vision encoder as a part: which part, under which names."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Composite:
    """A model with a vision tower or backbone.

    Parameters
    ----------
    title : str
        What people call the whole.
    tower : str
        ``model_type`` of the tower where its config names none.
    key : str
        Where the tower's config stands in the whole's.
    prefix : str
        Regular expression of what the tower's weights are called by within the whole,
        for names that the tower's own class does not know.
    reader : str
        What goes on to read the patch tokens, if that is not the tower's own pooling.
    renames : dict
        Regular expressions of further names and what the tower's class calls them.
    """

    title: str
    tower: str
    key: str = "vision_config"
    prefix: str = ""
    reader: str = ""
    renames: dict[str, str] = field(default_factory=dict)


_LANGUAGE, DECODER = "the language model", "the decoder"
_TOWER = r"(?:model\.)?vision_tower\."
_MODEL = r"(?:model\.)?vision_model\."
_BACKBONE = r"backbone\."


def _clip(title: str) -> Composite:
    return Composite(title, "clip_vision_model", prefix=_TOWER, reader=_LANGUAGE)


def _siglip(title: str) -> Composite:
    return Composite(title, "siglip_vision_model", prefix=_TOWER, reader=_LANGUAGE)


COMPOSITES = {
    "clip": Composite("CLIP", "clip_vision_model"),
    "metaclip_2": Composite("MetaCLIP 2", "metaclip_2_vision_model"),
    "chinese_clip": Composite("Chinese-CLIP", "chinese_clip_vision_model"),
    "altclip": Composite(
        "AltCLIP",
        "altclip_vision_model",
        renames={r"encoder\.layer\.": "encoder.layers."},
    ),
    "clipseg": Composite("CLIPSeg", "clipseg_vision_model", prefix=r"clip\."),
    "siglip": Composite("SigLIP", "siglip_vision_model"),
    "siglip2": Composite("SigLIP 2", "siglip2_vision_model"),
    "aimv2": Composite("AIMv2", "aimv2_vision_model", prefix=_MODEL),
    "owlvit": Composite("OWL-ViT", "owlvit_vision_model", prefix=r"owlvit\."),
    "owlv2": Composite("OWLv2", "owlv2_vision_model", prefix=r"owlv2\."),
    "tipsv2": Composite("TIPSv2", "tipsv2_vision_model", prefix=_MODEL),
    "blip": Composite("BLIP", "blip_vision_model", prefix=_MODEL),
    "blip-2": Composite("BLIP-2", "blip_2_vision_model", prefix=_MODEL),
    "instructblip": Composite(
        "InstructBLIP", "instructblip_vision_model", prefix=_MODEL
    ),
    "git": Composite("GIT", "git_vision_model", prefix=r"(?:git\.)?image_encoder\."),
    "flava": Composite(
        "FLAVA",
        "flava_image_model",
        key="image_config",
        prefix=r"(?:flava\.)?image_model\.",
    ),
    "janus": Composite("Janus", "janus_vision_model", prefix=_MODEL, reader=_LANGUAGE),
    "internvl": Composite(
        "InternVL", "internvl_vision", prefix=_TOWER, reader=_LANGUAGE
    ),
    "mistral3": Composite("Mistral 3", "pixtral", prefix=_TOWER, reader=_LANGUAGE),
    "idefics3": Composite(
        "Idefics3", "idefics3_vision", prefix=_MODEL, reader=_LANGUAGE
    ),
    "smolvlm": Composite("SmolVLM", "smolvlm_vision", prefix=_MODEL, reader=_LANGUAGE),
    "llava": _clip("LLaVA"),
    "llava_next": _clip("LLaVA-NeXT"),
    "vipllava": _clip("VipLLaVA"),
    "llava_onevision": _siglip("LLaVA-OneVision"),
    "paligemma": _siglip("PaliGemma"),
    "gemma3": _siglip("Gemma 3"),
    "aya_vision": _siglip("Aya Vision"),
    "depth_anything": Composite(
        "Depth Anything",
        "dinov2",
        key="backbone_config",
        prefix=_BACKBONE,
        reader=DECODER,
    ),
    "vitpose": Composite(
        "ViTPose",
        "vitpose_backbone",
        key="backbone_config",
        prefix=_BACKBONE,
        reader=DECODER,
    ),
    "zoedepth": Composite(
        "ZoeDepth", "beit", key="backbone_config", prefix=_BACKBONE, reader=DECODER
    ),
}
