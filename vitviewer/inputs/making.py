"""How each kind of image processor is constructed from its settings.

Some of transformers' processors need torchvision, others cut a picture into tiles:
what is constructed here takes one picture whole, on Pillow.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import transformers
from PIL import Image

from vitviewer.errors import ModelError

Make = Callable[[str, dict[str, Any]], Any]

_IMAGENET = {
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
INTERPOLATION_MODES = {
    Image.Resampling.BILINEAR: "bilinear",
    Image.Resampling.BICUBIC: "bicubic",
}
"""Torch's names of the filters that DINOv3's processor may resize with."""


def from_transformers(name: str, settings: dict[str, Any]) -> Any:
    """Make transformers' processor on Pillow.

    Raises
    ------
    ModelError
        If this version of transformers has none of that name.
    """
    cls = getattr(transformers, f"{name}Pil", None)
    if cls is None:
        raise ModelError(
            f"The model's image processor {name} needs a newer transformers: update it."
        )
    return cls(**settings)


def with_scipy(name: str, settings: dict[str, Any]) -> Any:
    """Make a processor that resizes by means of scipy.

    Raises
    ------
    ModelError
        If scipy is not installed.
    """
    if find_spec("scipy") is None:
        raise ModelError(
            f"The model's image processor {name} needs scipy: pip install scipy."
        )
    return from_transformers(name, settings)


def whole_view(name: str, settings: dict[str, Any]) -> Any:
    """Make what a tiling processor does to its first tile, the picture as a whole."""
    p = from_transformers(name, settings)
    side = p.size.get("shortest_edge")
    given = p.size.get("height") and p.size.get("width")
    size = (p.size.height, p.size.width) if given else (side, side)
    return transformers.CLIPImageProcessorPil(
        size=dict(zip(("height", "width"), size, strict=True)),
        resample=p.resample,
        do_center_crop=bool(p.do_center_crop),
        **({"crop_size": dict(p.crop_size)} if p.crop_size else {}),
        **_value_settings(p),
    )


def values_only(processor: Any) -> Any:
    """Make a processor with the same scale and normalisation, and nothing else."""
    return transformers.ViTImageProcessorPil(
        do_resize=False, resample=processor.resample, **_value_settings(processor)
    )


def timm(_name: str, settings: dict[str, Any]) -> Any:
    """Make the holder of timm's settings; `running.timm` resizes and cuts."""
    return transformers.CLIPImageProcessorPil(**settings)


def dinov3(_name: str, settings: dict[str, Any]) -> Any:
    """Make the holder of DINOv3's settings; `running.dinov3` does the work.

    Raises
    ------
    ModelError
        If it resizes with a filter that torch does not have.
    """
    processor = transformers.ViTImageProcessorPil(**{**_IMAGENET, **settings})
    if processor.do_resize and processor.resample not in INTERPOLATION_MODES:
        raise ModelError(
            "The model's image processor resizes with a filter that is not supported: "
            "resample must be 2 or 3."
        )
    return processor


def tipsv2(_name: str, settings: dict[str, Any]) -> Any:
    """Make TIPSv2's processor, within a grey level of torchvision's."""
    usual = {"size": {"height": 448, "width": 448}, "do_normalize": False}
    return transformers.ViTImageProcessorPil(**{**usual, **settings})


def sapiens2(_name: str, settings: dict[str, Any]) -> Any:
    """Make Sapiens 2's processor for whole pictures, within a level of torchvision's.

    With ``do_pad`` it fits the picture into the size, in the middle of it.

    Raises
    ------
    ModelError
        If it is to pad and to crop.
    """
    pads = settings.pop("do_pad", False)
    usual = {**_IMAGENET, "size": {"height": 1024, "width": 768}}
    processor = transformers.ViTImageProcessorPil(**{**usual, **settings})
    if not (pads and processor.do_resize):
        return processor
    if processor.do_center_crop:
        raise ModelError(
            "The model's image processor both pads and crops, which is not supported: "
            "correct do_pad and do_center_crop in its preprocessor_config.json."
        )
    size = processor.size
    within = {"max_height": size.height, "max_width": size.width}
    changes = {"size": within, "crop_size": dict(size), "do_center_crop": True}
    return transformers.ViTImageProcessorPil(**{**usual, **settings, **changes})


def _value_settings(processor: Any) -> dict[str, Any]:
    names = ("do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std")
    return {name: getattr(processor, name) for name in names}
