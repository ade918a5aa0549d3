"""The model families that open, and why some others do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.image_files import quoted
from vitviewer.tokens import CLASS_TOKEN, DISTILLATION_TOKEN

Config = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """What transformers' classes of one ``model_type`` are, and their tokens.

    Parameters
    ----------
    title : str
        What people call the family.
    classifiers : tuple of str
        Classes with a classifier, the usual one first.
    backbone : str
        The class without one.
    prefix : callable
        Names of the prefix tokens, from the architecture and the config.
    interpolates : bool
        Whether another input size needs ``interpolate_pos_encoding=True``; if not,
        the class interpolates by itself.
    processor : callable
        Settings of the image processor where the model's folder has none, from the
        config.
    backbone_options : dict
        Arguments of the backbone's class.
    """

    title: str
    classifiers: tuple[str, ...]
    backbone: str
    prefix: Callable[[Config], tuple[str, ...]]
    interpolates: bool
    processor: Callable[[Config], Config]
    backbone_options: dict[str, Any] = field(default_factory=dict)

    def architecture(self, config: Config) -> str:
        """Return the class to load: the classifier if the weights are one's."""
        named = config.get("architectures") or [""]
        first = named[0] if isinstance(named, list) and named else ""
        return first if first in self.classifiers else self.backbone


def _class_only(_config: Config) -> tuple[str, ...]:
    return (CLASS_TOKEN,)


def _with_distillation(_config: Config) -> tuple[str, ...]:
    return (CLASS_TOKEN, DISTILLATION_TOKEN)


def _squashed(config: Config) -> Config:
    side = config.get("image_size") or 224
    return {"image_processor_type": "ViTImageProcessor", "size": side}


def _resized_and_cropped(_config: Config) -> Config:
    """Return what DeiT and DINOv2 were published with: 256, cropped to 224."""
    return {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }


def _with_registers(config: Config) -> tuple[str, ...]:
    n = config.get("num_register_tokens", 4)
    return (CLASS_TOKEN, *(f"register {i + 1}" for i in range(n)))


FAMILIES = {
    "vit": Family(
        title="ViT",
        classifiers=("ViTForImageClassification",),
        backbone="ViTModel",
        prefix=_class_only,
        interpolates=True,
        processor=_squashed,
        backbone_options={"add_pooling_layer": False},
    ),
    "deit": Family(
        title="DeiT",
        classifiers=(
            "DeiTForImageClassification",
            "DeiTForImageClassificationWithTeacher",
        ),
        backbone="DeiTModel",
        prefix=_with_distillation,
        interpolates=True,
        processor=_resized_and_cropped,
        backbone_options={"add_pooling_layer": False},
    ),
    "vit_msn": Family(
        title="ViT-MSN",
        classifiers=("ViTMSNForImageClassification",),
        backbone="ViTMSNModel",
        prefix=_class_only,
        interpolates=True,
        processor=_squashed,
    ),
    "dinov2": Family(
        title="DINOv2",
        classifiers=("Dinov2ForImageClassification",),
        backbone="Dinov2Model",
        prefix=_class_only,
        interpolates=False,
        processor=_resized_and_cropped,
    ),
    "dinov2_with_registers": Family(
        title="DINOv2 with registers",
        classifiers=("Dinov2WithRegistersForImageClassification",),
        backbone="Dinov2WithRegistersModel",
        prefix=_with_registers,
        interpolates=False,
        processor=_resized_and_cropped,
    ),
}

_WINDOWED = {
    *("swin", "swinv2", "swin2sr", "maxvit", "donut-swin", "focalnet", "dinat", "nat"),
}
_POOLED = {
    *(
        "hiera",
        "segformer",
        "pvt",
        "pvt_v2",
        "cvt",
        "levit",
        "mobilevit",
        "mobilevitv2",
    ),
    *("glpn", "poolformer", "mvit", "efficientformer", "swiftformer"),
}
_CONVOLUTIONAL = {
    *("resnet", "convnext", "convnextv2", "bit", "regnet", "efficientnet", "van"),
    *("mobilenet_v1", "mobilenet_v2"),
}
_TEXT = {"bert", "roberta", "distilbert", "gpt2", "t5", "llama", "qwen2", "qwen3"}
_INSTEAD = "use a model with global self-attention, such as ViT, DeiT or DINOv2."


def family_of(model_type: str) -> Family:
    """Return the family of a ``model_type``.

    Raises
    ------
    ModelError
        In one sentence, why a model of this type cannot be shown.
    """
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    name = quoted(model_type)
    if model_type in _WINDOWED:
        why = "attends within windows, so no token sees the whole picture"
    elif model_type in _POOLED:
        why = "pools its tokens from layer to layer, so there is no one patch grid"
    elif model_type in _CONVOLUTIONAL:
        why = "is a convolutional network and has no attention"
    elif model_type in _TEXT:
        why = "reads text, not pictures"
    else:
        raise ModelError(
            f"Models of type {name} are not supported: open one of "
            f"{', '.join(f.title for f in FAMILIES.values())}."
        )
    raise ModelError(f"A model of type {name} {why}: {_INSTEAD}")
