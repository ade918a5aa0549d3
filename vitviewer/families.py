"""The model families that open, and why some others do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vitviewer.errors import ModelError
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
    processor : str
        The image processor where the model's folder names none.
    """

    title: str
    classifiers: tuple[str, ...]
    backbone: str
    prefix: Callable[[Config], tuple[str, ...]]
    interpolates: bool
    processor: str
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
        processor="ViTImageProcessor",
        backbone_options={"add_pooling_layer": False},
    ),
    "deit": Family(
        title="DeiT",
        classifiers=("DeiTForImageClassification", "DeiTForImageClassificationWithTeacher"),
        backbone="DeiTModel",
        prefix=_with_distillation,
        interpolates=True,
        processor="DeiTImageProcessor",
        backbone_options={"add_pooling_layer": False},
    ),
    "vit_msn": Family(
        title="ViT-MSN",
        classifiers=("ViTMSNForImageClassification",),
        backbone="ViTMSNModel",
        prefix=_class_only,
        interpolates=True,
        processor="ViTImageProcessor",
    ),
    "dinov2": Family(
        title="DINOv2",
        classifiers=("Dinov2ForImageClassification",),
        backbone="Dinov2Model",
        prefix=_class_only,
        interpolates=False,
        processor="BitImageProcessor",
    ),
    "dinov2_with_registers": Family(
        title="DINOv2 with registers",
        classifiers=("Dinov2WithRegistersForImageClassification",),
        backbone="Dinov2WithRegistersModel",
        prefix=_with_registers,
        interpolates=False,
        processor="BitImageProcessor",
    ),
}

_WINDOWED = {"swin", "swinv2", "swin2sr", "maxvit", "donut-swin", "focalnet", "dinat"}
_POOLED = {"hiera", "segformer", "pvt", "pvt_v2", "cvt", "levit", "mobilevit", "glpn"}
_CONVOLUTIONAL = {"resnet", "convnext", "convnextv2", "bit", "regnet", "efficientnet"}
_INSTEAD = "Use a model with global self-attention instead, such as ViT, DeiT or DINOv2."


def family_of(model_type: str) -> Family:
    """Return the family of a ``model_type``.

    Raises
    ------
    ModelError
        In one sentence, why a model of this type cannot be shown.
    """
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    name = "".join(c if c.isprintable() else "�" for c in model_type)[:60]
    if model_type in _WINDOWED:
        why = "attends within windows, so no token sees the whole picture"
    elif model_type in _POOLED:
        why = "pools its tokens from layer to layer, so there is no one patch grid"
    elif model_type in _CONVOLUTIONAL:
        why = "is a convolutional network and has no attention"
    else:
        raise ModelError(
            f"Models of type “{name}” are not supported: open one of "
            f"{', '.join(f.title for f in FAMILIES.values())}."
        )
    raise ModelError(f"A model of type “{name}” {why}: it cannot be shown. {_INSTEAD}")
