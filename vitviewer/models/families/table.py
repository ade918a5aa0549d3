"""The encoders that open, by the ``model_type`` of their config.

Sources: transformers' modeling files; each row is held to its model's own eager
attention by the tests, which write docs of what they measured.
"""

from __future__ import annotations

from dataclasses import replace

from vitviewer.models.families import published
from vitviewer.models.families.family import (
    CLASS,
    NO_CLASS_TOKEN,
    PATCH_MEAN,
    POOLED,
    Config,
    Family,
    Positions,
    Prefix,
    Readout,
    no_tokens,
)
from vitviewer.models.families.published import HALF, IMAGENET, OPENAI
from vitviewer.queries import Query, QueryKind
from vitviewer.tokens import CLASS_TOKEN, DISTILLATION_TOKEN

_BOTH_HEADS = Readout(
    Query(), "the answer is the mean of two heads, on class and distillation token"
)
_CLASS_AND_PATCHES = Readout(
    Query(), "the classifier reads the class token and the mean of the patches"
)
_DETECTION = Readout(
    Query(QueryKind.SPECIAL, 1), "the detector reads its detection tokens"
)
_SEVERAL = Readout(
    Query(QueryKind.SPECIAL, 0), "the model's answer reads all its class tokens"
)
_NO_POOLER = {"add_pooling_layer": False}


def _with_distillation(_config: Config) -> tuple[str, ...]:
    return (CLASS_TOKEN, DISTILLATION_TOKEN)


def _registers(default: int) -> Prefix:
    """Return the class token and as many registers as the config says."""
    return lambda config: (
        CLASS_TOKEN,
        *numbered("register", config.get("num_register_tokens", default)),
    )


def numbered(name: str, n: int) -> tuple[str, ...]:
    """Return "name 1" to "name n"."""
    return tuple(f"{name} {i + 1}" for i in range(n))


def _deit(architecture: str, _config: Config) -> Readout:
    return _BOTH_HEADS if architecture.endswith("WithTeacher") else CLASS


def _beit(architecture: str, config: Config) -> Readout:
    pools = "Classification" in architecture and config.get("use_mean_pooling", True)
    return PATCH_MEAN if pools else CLASS


def _dinov2(architecture: str, _config: Config) -> Readout:
    return _CLASS_AND_PATCHES if "Classification" in architecture else CLASS


def _clip(architecture: str, _config: Config) -> Readout:
    return PATCH_MEAN if "Classification" in architecture else CLASS


def _siglip(architecture: str, config: Config) -> Readout:
    if "Classification" in architecture:
        return PATCH_MEAN
    return POOLED if config.get("vision_use_head", True) else NO_CLASS_TOKEN


def _aimv2(_architecture: str, config: Config) -> Readout:
    return POOLED if config.get("use_head", True) else NO_CLASS_TOKEN


def _no_class(architecture: str, _config: Config) -> Readout:
    return PATCH_MEAN if "Classification" in architecture else NO_CLASS_TOKEN


def _clip_like(title: str, name: str, classifiers: tuple[str, ...] = ()) -> Family:
    return Family(
        title=title,
        backbone=f"{name}VisionModel",
        classifiers=classifiers,
        processor=published.cropped_openai,
        readout=_clip,
        normalisations=(OPENAI,),
    )


FAMILIES = {
    "vit": Family(
        title="ViT",  # and DINO; people train it with all sorts of normalisation
        backbone="ViTModel",
        classifiers=("ViTForImageClassification",),
        processor=published.squashed,
        options=_NO_POOLER,
    ),
    "deit": Family(
        title="DeiT",
        backbone="DeiTModel",
        classifiers=(
            "DeiTForImageClassification",
            "DeiTForImageClassificationWithTeacher",
        ),
        processor=published.cropped_imagenet,
        prefix=_with_distillation,
        readout=_deit,
        normalisations=(IMAGENET,),
        options=_NO_POOLER,
    ),
    "vit_msn": Family(
        title="ViT-MSN",
        backbone="ViTMSNModel",
        classifiers=("ViTMSNForImageClassification",),
        processor=published.squashed_imagenet,
        normalisations=(IMAGENET, HALF),
    ),
    "vit_mae": Family(
        title="ViT-MAE",
        backbone="ViTMAEModel",
        processor=published.squashed_imagenet,
        normalisations=(IMAGENET,),
        overrides={"mask_ratio": 0.0},
        inputs=lambda n: {"noise": list(range(n))},  # or it would shuffle the patches
    ),
    "ijepa": Family(
        title="I-JEPA",
        backbone="IJepaModel",
        classifiers=("IJepaForImageClassification",),
        processor=published.squashed_imagenet,
        prefix=no_tokens,
        readout=_no_class,
        normalisations=(IMAGENET, HALF),
        options=_NO_POOLER,
    ),
    "beit": Family(
        title="BEiT",
        backbone="BeitModel",
        classifiers=("BeitForImageClassification",),
        processor=published.squashed,
        positions=Positions.OWN,
        readout=_beit,
        normalisations=(HALF, IMAGENET),
        options=_NO_POOLER,
    ),
    "data2vec-vision": Family(
        title="data2vec-vision",
        backbone="Data2VecVisionModel",
        classifiers=("Data2VecVisionForImageClassification",),
        processor=published.squashed,
        positions=Positions.OWN,
        readout=_beit,
        options=_NO_POOLER,
    ),
    "dinov2": Family(
        title="DINOv2",
        backbone="Dinov2Model",
        classifiers=("Dinov2ForImageClassification",),
        processor=published.cropped_imagenet,
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_dinov2,
        normalisations=(IMAGENET,),
    ),
    "dinov2_with_registers": Family(
        title="DINOv2 with registers",
        backbone="Dinov2WithRegistersModel",
        classifiers=("Dinov2WithRegistersForImageClassification",),
        processor=published.cropped_imagenet,
        prefix=_registers(4),
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_dinov2,
        normalisations=(IMAGENET,),
    ),
    "dinov3_vit": Family(
        title="DINOv3 ViT",
        backbone="DINOv3ViTModel",
        processor=published.squashed_imagenet,
        prefix=_registers(0),
        positions=Positions.OWN,
        sizes_vary=True,
        normalisations=(IMAGENET,),
    ),
    "pixio": Family(
        title="Pixio",
        backbone="PixioModel",
        processor=published.squashed_imagenet,
        prefix=lambda c: numbered(CLASS_TOKEN, c.get("n_cls_tokens", 8)),
        positions=Positions.OWN,
        readout=lambda *_: _SEVERAL,
    ),
    "clip_vision_model": _clip_like("CLIP", "CLIP", ("CLIPForImageClassification",)),
    "metaclip_2_vision_model": _clip_like(
        "MetaCLIP 2", "MetaClip2", ("MetaClip2ForImageClassification",)
    ),
    "chinese_clip_vision_model": _clip_like("Chinese-CLIP", "ChineseCLIP"),
    "altclip_vision_model": _clip_like("AltCLIP", "AltCLIP"),
    "clipseg_vision_model": replace(
        _clip_like("CLIPSeg", "CLIPSeg"),
        normalisations=(IMAGENET, OPENAI),
        sizes_vary=True,
    ),
    "owlvit_vision_model": _clip_like("OWL-ViT", "OwlViT"),
    "owlv2_vision_model": _clip_like("OWLv2", "Owlv2"),
    "git_vision_model": _clip_like("GIT", "Git"),
    "mlcd_vision_model": Family(
        title="MLCD",
        backbone="MLCDVisionModel",
        processor=published.cropped_openai,
        positions=Positions.OWN,
        normalisations=(OPENAI,),
    ),
    "siglip_vision_model": Family(
        title="SigLIP",
        backbone="SiglipVisionModel",
        classifiers=("SiglipForImageClassification",),
        processor=published.squashed_siglip,
        prefix=no_tokens,
        readout=_siglip,
        normalisations=(HALF,),
        pools=True,
    ),
    "siglip2_vision_model": Family(
        title="SigLIP 2",
        backbone="Siglip2VisionModel",
        classifiers=("Siglip2ForImageClassification",),
        processor=published.patch_sequence,
        prefix=no_tokens,
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_siglip,
        normalisations=(HALF,),
        pools=True,
    ),
    "aimv2_vision_model": Family(
        title="AIMv2",
        backbone="Aimv2VisionModel",
        processor=published.cropped_openai,
        prefix=no_tokens,
        positions=Positions.FIXED,
        readout=_aimv2,
        normalisations=(OPENAI,),
        pools=True,
    ),
    "blip_vision_model": Family(
        title="BLIP",
        backbone="BlipVisionModel",
        processor=published.squashed_openai,
        normalisations=(OPENAI,),
    ),
    "blip_2_vision_model": Family(
        title="BLIP-2",
        backbone="Blip2VisionModel",
        processor=published.squashed_openai,
        normalisations=(OPENAI,),
    ),
    "instructblip_vision_model": Family(
        title="InstructBLIP",
        backbone="InstructBlipVisionModel",
        processor=published.squashed_openai,
        normalisations=(OPENAI,),
    ),
    "flava_image_model": Family(
        title="FLAVA",
        backbone="FlavaImageModel",
        processor=published.squashed_openai,
        normalisations=(OPENAI,),
    ),
    "internvl_vision": Family(
        title="InternViT",
        backbone="InternVLVisionModel",
        processor=published.squashed_imagenet,
        positions=Positions.OWN,
        normalisations=(IMAGENET,),
    ),
    "pixtral": Family(
        title="Pixtral",
        backbone="PixtralVisionModel",
        processor=published.pixtral,
        prefix=no_tokens,
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_no_class,
        normalisations=(OPENAI,),
    ),
    "idefics3_vision": Family(
        title="Idefics3",
        backbone="Idefics3VisionTransformer",
        processor=published.squashed_siglip,
        prefix=no_tokens,
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_no_class,
        normalisations=(HALF,),
    ),
    "smolvlm_vision": Family(
        title="SmolVLM",
        backbone="SmolVLMVisionTransformer",
        processor=published.squashed_siglip,
        prefix=no_tokens,
        positions=Positions.OWN,
        sizes_vary=True,
        readout=_no_class,
        normalisations=(HALF,),
    ),
    "janus_vision_model": Family(
        title="Janus",
        backbone="JanusVisionModel",
        processor=published.squashed_siglip,
        prefix=no_tokens,
        readout=_no_class,
        normalisations=(HALF,),
    ),
    "yolos": Family(
        title="YOLOS",
        backbone="YolosModel",
        processor=published.whole_shape,
        suffix=lambda c: numbered("detection", c.get("num_detection_tokens", 100)),
        positions=Positions.OWN,
        sizes_vary=True,
        readout=lambda *_: _DETECTION,
        normalisations=(IMAGENET,),
        options=_NO_POOLER,
    ),
    "dpt": Family(
        title="DPT",
        backbone="DPTModel",
        processor=published.squashed,
        positions=Positions.OWN,
        normalisations=(HALF, IMAGENET),
        options=_NO_POOLER,
    ),
    "vitpose_backbone": Family(
        title="ViTPose",
        backbone="VitPoseBackbone",
        processor=published.whole_shape,
        prefix=no_tokens,
        positions=Positions.FIXED,
        readout=_no_class,
        normalisations=(IMAGENET,),
    ),
    "radio": Family(
        title="RADIO",
        backbone="RadioModel",
        processor=published.unnormalised,
        prefix=lambda c: (
            *numbered("summary", c.get("num_cls_tokens", 3)),
            *numbered("register", c.get("num_registers", 7)),
        ),
        positions=Positions.OWN,
        sizes_vary=True,
        readout=lambda *_: _SEVERAL,
    ),
    "sapiens2": Family(
        title="Sapiens 2",
        backbone="Sapiens2Model",
        processor=published.whole_shape,
        prefix=_registers(8),
        positions=Positions.OWN,
        sizes_vary=True,
        normalisations=(IMAGENET,),
    ),
    "tipsv2_vision_model": Family(
        title="TIPSv2",
        backbone="Tipsv2VisionModel",
        processor=published.unnormalised,
        prefix=_registers(1),
        positions=Positions.OWN,
    ),
}
