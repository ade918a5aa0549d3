"""timm's models without their weights: which of them are taken, and how they are built.

timm fetches nothing here: it is asked for a model without weights, and a folder says
no more than which one. Only plain Vision Transformers are taken.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.families import timm as timm_config
from vitviewer.models.families.family import Config
from vitviewer.models.families.refusals import INSTEAD
from vitviewer.text import quoted, reason_of

_MODULES = {"vision_transformer", "deit", "eva", "beit"}
_CLASSES = {"VisionTransformer", "VisionTransformerDistilled", "Eva", "Beit"}
_BLOCKS = {"Block", "ResPostBlock", "EvaBlock", "EvaBlockPostNorm"}
_ATTENTION = {"Attention", "AttentionRope", "EvaAttention"}
_NOT_THE_MODEL_S = {"self", "args", "kwargs", "device", "dtype"}


def built(config: Config) -> Any:
    """Return timm's model, with random weights.

    Raises
    ------
    ModelError
        If timm is not there, does not know it, or it is not of the kinds taken.
    """
    timm = _timm()
    architecture = timm_config.architecture_of(config)
    if not timm.is_model(architecture):
        raise ModelError(
            f"This version of timm knows no model {quoted(architecture)}: update timm."
        )
    maker = timm.model_entrypoint(architecture)
    if maker.__module__.rpartition(".")[2] not in _MODULES:
        raise _not_plain(architecture)
    arguments = timm_config.arguments_of(config)
    settings = timm_config.build_settings(config)
    _check_arguments(arguments, sys.modules[maker.__module__])
    try:
        return timm.create_model(
            architecture, pretrained=False, pretrained_cfg=settings, **arguments
        ).eval()
    except Exception as error:
        # What a config asks for fails in as many ways as there are arguments.
        reason = reason_of(error)
        raise ModelError(
            f"timm cannot build {quoted(architecture)} as the model's config.json says "
            f"({reason}): correct its model_args."
        ) from error


def _timm() -> Any:
    try:
        return import_module("timm")
    except (ImportError, RuntimeError, AttributeError) as error:
        # A torchvision for another torch fails in any of these ways.
        raise ModelError(
            "This is a model of timm, which is not installed here together with "
            'torchvision: pip install "vitviewer[timm]".'
        ) from error


def _check_arguments(arguments: Config, module: Any) -> None:
    """Refuse what the model itself does not take: other names are timm's loader's.

    Those open files and addresses.
    """
    classes = [getattr(module, name) for name in _CLASSES if hasattr(module, name)]
    signatures = [inspect.signature(part.__init__).parameters for part in classes]
    known = {name for names in signatures for name in names}
    for name in arguments.keys() - (known - _NOT_THE_MODEL_S):
        raise ModelError(
            f"The model_args in the model's config.json name {quoted(name)}, which is "
            "no property of such a model: remove it."
        )


def check_plain(model: Any, architecture: str) -> None:
    """Refuse what has not one self-attention of all tokens in each of its blocks.

    Raises
    ------
    ModelError
    """
    kind = type(model)
    ours = kind.__name__ in _CLASSES and kind.__module__.startswith("timm.models.")
    blocks = list(getattr(model, "blocks", ()))
    plain_blocks = all(
        type(block).__name__ in _BLOCKS
        and type(block.attn).__name__ in _ATTENTION
        and getattr(block.attn, "gate", None) is None
        for block in blocks
    )
    cuts = type(getattr(model, "patch_embed", None)).__name__ == "PatchEmbed"
    if not (ours and blocks and plain_blocks and cuts) or model.global_pool == "prr":
        raise _not_plain(architecture)


def _not_plain(architecture: str) -> ModelError:
    return ModelError(
        f"timm's {quoted(architecture)} is no plain Vision Transformer: {INSTEAD}"
    )
