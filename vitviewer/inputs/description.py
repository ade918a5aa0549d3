"""What an image processor does, in one line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image


def describe(processor: Any) -> str:
    """Return the steps of a processor, in the order in which they are done."""
    words = [*_padding_first(processor), _resize(processor)]
    if getattr(processor, "do_center_crop", None) and processor.crop_size:
        size = processor.crop_size
        words.append(f"centre crop {size.width}×{size.height}")
    if getattr(processor, "do_pad", None) and getattr(processor, "pad_size", None):
        words.append(f"pad to {processor.pad_size.width}×{processor.pad_size.height}")
    return ", ".join([*words, *normalisation(processor)])


def normalisation(processor: Any) -> list[str]:
    """Return the mean and the deviation in words, if there are any."""
    if not processor.do_normalize:
        return []
    mean, std = _short(processor.image_mean), _short(processor.image_std)
    return [f"mean {mean}, std {std}"]


def method(processor: Any) -> str:
    """Return the name of the filter."""
    return Image.Resampling(processor.resample).name.lower()


def _padding_first(processor: Any) -> list[str]:
    names = ("Owlv2ImageProcessorPil", "LlavaImageProcessorPil")
    pads = type(processor).__name__ in names and processor.do_pad
    return ["pad to a square"] if pads else []


def _resize(processor: Any) -> str:
    if getattr(processor, "do_affine_transform", False):
        return f"fit into {_sides(processor.size)} with a margin, bilinear"
    if not processor.do_resize:
        return "no resizing"
    return f"{_resized_size(processor)}, {method(processor)}"


def _resized_size(processor: Any) -> str:
    """Return the size to which it resizes, and how it treats the aspect ratio."""
    if hasattr(processor, "max_num_patches"):
        most, patch = processor.max_num_patches, processor.patch_size
        return f"at most {most} patches of {patch}×{patch}"
    if hasattr(processor, "max_image_size"):
        side = processor.max_image_size["longest_edge"]
        return f"squash to {side}×{side}"
    size = processor.size
    if getattr(processor, "keep_aspect_ratio", False):
        return f"near {_sides(size)} in the picture's shape"
    if hasattr(processor, "min_size"):
        return f"longer side to {size.height}"
    return _by_keys(size)


def _by_keys(size: Any) -> str:
    short, long = size.get("shortest_edge"), size.get("longest_edge")
    if short:
        bound = f", longer at most {long}" if long else ""
        return f"shorter side to {short}{bound}"
    if long:
        return f"longer side at most {long}"
    if size.get("max_width"):
        return f"fit into {size.max_width}×{size.max_height}"
    return f"squash to {_sides(size)}"


def _sides(size: Any) -> str:
    return f"{size.width}×{size.height}"


def _short(values: Any) -> str:
    """Write one number where all channels agree."""
    numbers = [float(v) for v in np.atleast_1d(values)]
    if all(math.isclose(n, numbers[0]) for n in numbers):
        return f"{numbers[0]:g}"
    return " ".join(f"{n:.3g}" for n in numbers)
