"""Checkpoints that hold a vision encoder as a part: which part, under which names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vitviewer.errors import ModelError
from vitviewer.models.families.family import Config
from vitviewer.models.families.refusals import INSTEAD
from vitviewer.text import quoted


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
        What goes on to read the tower's tokens, if that is not its own pooling.
    read : str
        Which of the tokens it reads.
    renames : dict
        Regular expressions of further names and what the tower's class calls them.
    """

    title: str
    tower: str
    key: str = "vision_config"
    prefix: str = ""
    reader: str = ""
    read: str = "the patch tokens"
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
    "vision-encoder-decoder": Composite(
        "Vision encoder–decoder",
        "vit",
        key="encoder",
        prefix=r"encoder\.",
        reader=DECODER,
        read="all of the encoder's tokens",
    ),
    "vision-text-dual-encoder": Composite(
        "Dual encoder", "vit", prefix=r"vision_model\."
    ),
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
    "upernet": Composite(
        "UperNet", "resnet", key="backbone_config", prefix=_BACKBONE, reader=DECODER
    ),
}
# A DPT either is a ViT of its own or has another family's as its backbone.
_DPT = Composite("DPT", "", key="backbone_config", prefix=_BACKBONE, reader=DECODER)
_CLASS_AND_PATCHES = "the class and the patch tokens"


def composite_of(config: Config) -> Composite | None:
    """Return which part of a whole is its encoder; None where the whole is one.

    Raises
    ------
    ModelError
        If there is no Vision Transformer over one grid of patches in it.
    """
    model_type = str(config.get("model_type"))
    if model_type != "dpt":
        return COMPOSITES.get(model_type)
    if config.get("is_hybrid"):
        raise ModelError(
            "The DPT hybrid runs a convolutional network first, so its tokens are no "
            f"patches of the picture: {INSTEAD}"
        )
    if not (config.get("backbone_config") or config.get("backbone")):
        return None
    reads_class = config.get("readout_type", "project") != "ignore"
    return replace(_DPT, read=_CLASS_AND_PATCHES) if reads_class else _DPT


def tower_of(config: Config, whole: Composite) -> Config:
    """Return the config of a whole's encoder, which names its own type.

    Raises
    ------
    ModelError
        If there is none.
    """
    encoder = config.get(whole.key) or {}
    if not isinstance(encoder, dict):
        raise ModelError(f"The {whole.key} in the model's config.json is no config.")
    if not encoder and config.get("backbone"):
        raise ModelError(
            "The model's config.json names its backbone "
            f"({quoted(str(config['backbone']))}) instead of describing it: load and "
            "save it with transformers once."
        )
    if encoder.get("model_type") == "clip" and whole.tower == "vit":
        # What a dual encoder was made of; it holds CLIP's vision tower alone.
        return {**encoder, "model_type": "clip_vision_model"}
    return encoder
