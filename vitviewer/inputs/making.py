"""How image processors are made and run where transformers' way does not do.

Some know only torchvision, some cut a picture into tiles, one wants a person's box:
each is brought to take one picture whole, on Pillow.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch.nn import functional

from vitviewer.errors import ModelError
from vitviewer.inputs.placing import Place
from vitviewer.inputs.resizing import Size

Make = Callable[[str, dict[str, Any]], Any]

_IMAGENET = {
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
_MODES = {
    Image.Resampling.BILINEAR: "bilinear",
    Image.Resampling.BICUBIC: "bicubic",
}


def of_transformers(name: str, settings: dict[str, Any]) -> Any:
    """Make transformers' processor on Pillow."""
    cls = getattr(transformers, f"{name}Pil", None)
    if cls is None:
        raise ModelError(
            f"The model's image processor {name} needs a newer transformers: update it."
        )
    return cls(**settings)


def with_scipy(name: str, settings: dict[str, Any]) -> Any:
    """Make a processor that resizes by means of scipy."""
    if find_spec("scipy") is None:
        raise ModelError(
            f"The model's image processor {name} needs scipy: pip install scipy."
        )
    return of_transformers(name, settings)


def whole_view(name: str, settings: dict[str, Any]) -> Any:
    """Make what a tiling processor does to its first tile, the picture as a whole."""
    p = of_transformers(name, settings)
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


def plain(processor: Any) -> Any:
    """Make a processor with the same scale and normalisation, and nothing else."""
    return transformers.ViTImageProcessorPil(
        do_resize=False, resample=processor.resample, **_value_settings(processor)
    )


def dinov3(_name: str, settings: dict[str, Any]) -> Any:
    """Make the holder of DINOv3's settings; `run_dinov3` does the work."""
    processor = transformers.ViTImageProcessorPil(**{**_IMAGENET, **settings})
    if processor.do_resize and processor.resample not in _MODES:
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


def always(_processor: Any) -> bool:
    """Let Pillow resize: it is what the processor does."""
    return True


def never(_processor: Any) -> bool:
    """Leave it to the processor, which resizes in a way of its own."""
    return False


def unless_padded(processor: Any) -> bool:
    """Let Pillow resize, unless padding comes first."""
    return not processor.do_pad


def run(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run a processor on a picture."""
    return processor(image, return_tensors="pt")


def run_last_view(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run a processor and keep its last view: after the tiles, if any, the whole."""
    values = processor(image, return_tensors="pt").pixel_values
    return transformers.BatchFeature({"pixel_values": values[:, -1]})


def squash_exactly(processor: Any, image: Image.Image, place: Place) -> Any:
    """Run a processor so that it resizes, unpadded, to the size of the place."""
    width, height = place.size
    further = (
        {"keep_aspect_ratio": False, "ensure_multiple_of": 1}
        if hasattr(processor, "keep_aspect_ratio")
        else {}
    )
    return processor(
        image,
        return_tensors="pt",
        do_resize=True,
        do_pad=False,
        size={"height": height, "width": width},
        **further,
    )


def run_vitpose(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run ViTPose's processor on the whole picture as a person's box."""
    box = [0.0, 0.0, float(image.width), float(image.height)]
    return processor(image, boxes=[[box]], return_tensors="pt")


def run_dinov3(processor: Any, image: Image.Image, place: Place) -> Any:
    """Do what DINOv3's processor does: scale to [0, 1], resize, crop, normalise.

    The order is its own, and so is the resize of floating-point numbers, by the torch
    function that torchvision calls, on memory laid out as torchvision's: no value is
    rounded to a grey level and bicubic ones are not clipped. The steps were taken from
    the source; torchvision itself has not been compared.
    """
    values = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
    values = values * processor.rescale_factor if processor.do_rescale else values
    if processor.do_resize:
        width, height = place.steps[-1]
        mode = _MODES[Image.Resampling(processor.resample)]
        values = functional.interpolate(
            values.float(), size=(height, width), mode=mode, antialias=True
        )
    values = _cut(values, place)
    if processor.do_normalize:
        mean, std = (
            torch.tensor(np.broadcast_to(numbers, 3).copy(), dtype=torch.float32)
            for numbers in (processor.image_mean, processor.image_std)
        )
        values = (values - mean[:, None, None]) / std[:, None, None]
    return transformers.BatchFeature({"pixel_values": values})


def no_inputs(_size: Size, _grid: Size) -> dict[str, Any]:
    """Nothing but the pixel values."""
    return {}


def image_sizes(size: Size, _grid: Size) -> dict[str, Any]:
    """The height and width of the part that is not padding: all of it."""
    return {"image_sizes": torch.tensor([[size[1], size[0]]])}


def all_patches(_size: Size, grid: Size) -> dict[str, Any]:
    """A mask, (1, rows, columns), of the patches that are not padding: all of them."""
    return {"patch_attention_mask": torch.ones((1, *grid), dtype=torch.bool)}


def _value_settings(processor: Any) -> dict[str, Any]:
    names = ("do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std")
    return {name: getattr(processor, name) for name in names}


def _cut(values: torch.Tensor, place: Place) -> torch.Tensor:
    left, top = int(place.offset[0]), int(place.offset[1])
    width, height = place.size
    if min(left, top) < 0:
        raise ModelError(
            "The model's image processor crops more than the picture has, which is not "
            "supported: correct crop_size in its preprocessor_config.json."
        )
    return values[:, :, top : top + height, left : left + width]
