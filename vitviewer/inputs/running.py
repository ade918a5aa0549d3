"""How each kind of image processor is run on one whole picture.

Also: whether Pillow may do the resize before it, and what the model is given besides
the pixel values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch.nn import functional

from vitviewer.errors import ModelError
from vitviewer.inputs.making import INTERPOLATION_MODES
from vitviewer.inputs.placing import Place
from vitviewer.inputs.resizing import Size


def resized_by_pillow(_processor: Any) -> bool:
    """Let Pillow resize: it is what the processor does."""
    return True


def resized_by_processor(_processor: Any) -> bool:
    """Leave it to the processor, which resizes in a way of its own."""
    return False


def resized_by_pillow_unless_padded(processor: Any) -> bool:
    """Let Pillow resize, unless padding comes first."""
    return not processor.do_pad


def whole(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run a processor on a picture."""
    return processor(image, return_tensors="pt")


def last_view(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run a processor and keep its last view: after the tiles, if any, the whole."""
    values = processor(image, return_tensors="pt").pixel_values
    return transformers.BatchFeature({"pixel_values": values[:, -1]})


def at_exact_size(processor: Any, image: Image.Image, place: Place) -> Any:
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


def vitpose(processor: Any, image: Image.Image, _place: Place) -> Any:
    """Run ViTPose's processor on the whole picture as a person's box."""
    box = [0.0, 0.0, float(image.width), float(image.height)]
    return processor(image, boxes=[[box]], return_tensors="pt")


def timm(processor: Any, image: Image.Image, place: Place) -> Any:
    """Do what timm's transforms for evaluation do: resize, cut or pad, normalise.

    What is around the picture is black before it is normalised, as torchvision's.
    """
    for step in place.steps:
        image = image.resize(step, processor.resample)
    left, top = int(place.offset[0]), int(place.offset[1])
    image = image.crop((left, top, left + place.size[0], top + place.size[1]))
    return processor(image, do_resize=False, do_center_crop=False, return_tensors="pt")


def dinov3(processor: Any, image: Image.Image, place: Place) -> Any:
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
        mode = INTERPOLATION_MODES[Image.Resampling(processor.resample)]
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


def _cut(values: torch.Tensor, place: Place) -> torch.Tensor:
    left, top = int(place.offset[0]), int(place.offset[1])
    width, height = place.size
    if min(left, top) < 0:
        raise ModelError(
            "The model's image processor crops more than the picture has, which is not "
            "supported: correct crop_size in its preprocessor_config.json."
        )
    return values[:, :, top : top + height, left : left + width]
