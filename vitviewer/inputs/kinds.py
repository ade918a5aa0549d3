"""The image processors that are known, and how each is made, asked and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vitviewer.errors import ModelError
from vitviewer.inputs import making, placing, resizing, running
from vitviewer.inputs.making import Make
from vitviewer.inputs.placing import Place, Placing
from vitviewer.inputs.resizing import Size
from vitviewer.text import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SETTINGS = (
    *("do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale"),
    *("rescale_factor", "do_normalize", "image_mean", "image_std", "do_convert_rgb"),
    *("do_pad", "pad_size"),
)
_KINDS = ("image_processor_type", "feature_extractor_type")
_LARGEST_SIDE = 4096
_MOST_PATCHES = 65_536
_MOST, _LEAST = 1e6, 1e-6  # of a mean or scale: what goes further ends in infinity
_NUMBERS = ("min_size", "ensure_multiple_of", "size_divisor", "normalize_factor")

Run = Callable[[Any, Image.Image, Place], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is particular to one kind of image processor.

    Parameters
    ----------
    place : callable
        Where the resized picture sits inside the input.
    make : callable, optional
        Makes the processor from its name and settings; else transformers' Pillow one.
    extra : tuple of str
        Its settings beyond those that all share.
    forced : mapping
        Settings that hold whatever the file says: one view of the whole picture.
    pillow_resizes : callable
        Whether Pillow may do the resize: same result, fewer copies of the picture.
    options : mapping
        Arguments of the processor when Pillow has resized before.
    run : callable
        Runs the processor on a whole picture.
    at_exact_size : callable, optional
        Runs it so that it resizes to the size of the place; else Pillow does.
    in_own_shape : callable
        Turns ``place`` into that of a picture in its own shape.
    pads_tokens : bool
        Whether the input is a sequence of patches, padded at its end.
    further_inputs : callable
        What the model is given with the pixel values of (rows, columns) patches.
    """

    place: Placing
    make: Make = making.from_transformers
    extra: tuple[str, ...] = ()
    forced: Mapping[str, Any] = field(default_factory=dict)
    pillow_resizes: Callable[[Any], bool] = running.resized_by_pillow
    options: Mapping[str, Any] = field(default_factory=dict)
    run: Run = running.whole
    at_exact_size: Run | None = None
    in_own_shape: Callable[[Placing, Size], Placing] = placing.in_own_shape
    pads_tokens: bool = False
    further_inputs: Callable[[Size, Size], dict[str, Any]] = running.no_inputs


_PLAIN = Kind(placing.cropped(resizing.by_size))
_WHOLE_VIEW = Kind(placing.cropped(resizing.by_size), making.whole_view)
_IDEFICS3 = Kind(
    placing.thumbnail(resizing.idefics3, resizing.idefics3_tiles),
    extra=("max_image_size", "do_image_splitting"),
    options={"do_image_splitting": False},
    run=running.last_view,
    further_inputs=running.all_patches,
)

KINDS = {
    "BeitImageProcessor": _PLAIN,
    "BitImageProcessor": _PLAIN,
    "BlipImageProcessor": _PLAIN,
    "CLIPImageProcessor": _PLAIN,
    "ChineseCLIPImageProcessor": _PLAIN,
    "DeiTImageProcessor": _PLAIN,
    "FlavaImageProcessor": _PLAIN,
    "OwlViTImageProcessor": _PLAIN,
    "SegformerImageProcessor": _PLAIN,
    "SiglipImageProcessor": _PLAIN,
    "ViTImageProcessor": _PLAIN,
    "DINOv3ViTImageProcessor": Kind(
        placing.cropped(resizing.by_size),
        making.dinov3,
        pillow_resizes=running.resized_by_processor,
        run=running.dinov3,
        at_exact_size=running.dinov3,
    ),
    "TimmImageProcessor": Kind(  # `models.families.timm` asks for it, no file does
        placing.cut_by_torchvision(resizing.by_size),
        making.timm,
        pillow_resizes=running.resized_by_processor,
        run=running.timm,
        at_exact_size=running.timm,
    ),
    "DPTImageProcessor": Kind(
        placing.centred(resizing.dpt, placing.divisible),
        extra=("ensure_multiple_of", "keep_aspect_ratio", "size_divisor"),
    ),
    "Gemma3ImageProcessor": Kind(
        placing.only(resizing.by_size), forced={"do_pan_and_scan": False}
    ),
    "GotOcr2ImageProcessor": Kind(
        placing.only(resizing.by_size), forced={"crop_to_patches": False}
    ),
    "Idefics2ImageProcessor": Kind(
        placing.only(resizing.idefics2),
        forced={"do_image_splitting": False},
        further_inputs=running.all_patches,
    ),
    "Idefics3ImageProcessor": _IDEFICS3,
    "JanusImageProcessor": Kind(
        placing.centred(resizing.janus, placing.square), extra=("min_size",)
    ),
    "LlavaImageProcessor": Kind(
        placing.squared_first(resizing.by_size),
        pillow_resizes=running.resized_by_pillow_unless_padded,
    ),
    "LlavaNextImageProcessor": _WHOLE_VIEW,
    "LlavaOnevisionImageProcessor": _WHOLE_VIEW,
    "Owlv2ImageProcessor": Kind(
        placing.corner_square,
        making.with_scipy,
        pillow_resizes=running.resized_by_processor,
        at_exact_size=running.at_exact_size,
    ),
    "PixtralImageProcessor": Kind(
        placing.only(resizing.pixtral),
        extra=("patch_size",),
        further_inputs=running.image_sizes,
    ),
    "Sapiens2ImageProcessor": Kind(placing.cropped(resizing.by_size), making.sapiens2),
    "Siglip2ImageProcessor": Kind(
        placing.only(resizing.patch_sequence),
        extra=("patch_size", "max_num_patches"),
        forced={"do_resize": True},
        pads_tokens=True,
    ),
    "SmolVLMImageProcessor": _IDEFICS3,
    "Tipsv2ImageProcessor": Kind(placing.cropped(resizing.by_size), making.tipsv2),
    "VitPoseImageProcessor": Kind(
        placing.boxed,
        making.with_scipy,
        extra=("do_affine_transform", "normalize_factor"),
        pillow_resizes=running.resized_by_processor,
        run=running.vitpose,
    ),
    "YolosImageProcessor": Kind(placing.cropped(resizing.yolos), extra=("max_size",)),
    "ZoeDepthImageProcessor": Kind(
        placing.reflected,
        extra=("ensure_multiple_of", "keep_aspect_ratio"),
        pillow_resizes=running.resized_by_processor,
        at_exact_size=running.at_exact_size,
        in_own_shape=placing.in_own_shape_by_corners,
    ),
}


def settings_of(processor: dict[str, Any]) -> dict[str, Any]:
    """Return the image processor's settings from either of the two files.

    Parameters
    ----------
    processor : dict
        A ``preprocessor_config.json``, which is these settings, or a
        ``processor_config.json``, which holds them among others; untrusted.

    Returns
    -------
    dict
        Empty if the file says nothing of pictures.
    """
    inner = processor.get("image_processor")
    if isinstance(inner, dict):
        return _with_merged_patches(inner, processor)
    said = (*_KINDS, *_SETTINGS)
    return processor if any(name in processor for name in said) else {}


def kind_name(settings: dict[str, Any], fallback: str) -> str:
    """Return the processor's name without marks of age or speed.

    Raises
    ------
    ModelError
        If it is none that is known.
    """
    name = next((settings[kind] for kind in _KINDS if settings.get(kind)), None)
    if not isinstance(name, str):
        return fallback
    name = name.replace("FeatureExtractor", "ImageProcessor")
    name = name.removesuffix("Fast").removesuffix("Pil")
    if name not in KINDS:
        raise ModelError(
            f"The model's image processor {quoted(name)} is not supported: its "
            "preprocessor_config.json must name another that prepares pictures in the "
            "same way, such as ViTImageProcessor or CLIPImageProcessor."
        )
    return name


def make(name: str, settings: dict[str, Any]) -> Any:
    """Make a processor from its name and its settings; untrusted.

    Raises
    ------
    ModelError
        If the settings make no sense.
    """
    kind = KINDS[name]
    names = (*_SETTINGS, *kind.extra)
    kwargs = {k: settings[k] for k in names if settings.get(k) is not None}
    processor = kind.make(name, {**kwargs, **kind.forced})
    if getattr(processor, "resample", None) is None:
        processor.resample = Image.Resampling.BILINEAR
    check(processor)
    return processor


def check(processor: Any) -> None:
    """Refuse sizes, filters and numbers that cannot be meant."""
    _check_sizes(processor)
    _check_values(processor)


def _with_merged_patches(
    settings: dict[str, Any], processor: dict[str, Any]
) -> dict[str, Any]:
    """Let Pixtral's pictures have whole groups of the patches that are merged."""
    patch, merge = processor.get("patch_size"), processor.get("spatial_merge_size")
    is_pixtral = "Pixtral" in str(settings.get("image_processor_type"))
    if is_pixtral and isinstance(patch, int) and isinstance(merge, int):
        return {**settings, "patch_size": patch * merge}
    return settings


def _check_sizes(processor: Any) -> None:
    sizes = [processor.size if processor.do_resize else None]
    names = ("crop_size", "pad_size", "max_image_size", "patch_size")
    sizes += [_mapping(getattr(processor, name, None)) for name in names]
    sides = [side for size in sizes if size for _, side in dict(size).items()]
    patches = getattr(processor, "max_num_patches", 1)
    if not (
        _are_counts(sides, _LARGEST_SIDE) and _are_counts([patches], _MOST_PATCHES)
    ):
        raise ModelError(
            "The model's preprocessor_config.json asks for an impossible picture size: "
            "correct its size and crop_size."
        )


def _mapping(size: Any) -> Any:
    return {"height": size} if isinstance(size, int | float) else size


def _are_counts(numbers: list[Any], most: int) -> bool:
    return all(isinstance(n, int) and 1 <= n <= most for n in numbers)


def _check_values(processor: Any) -> None:
    Image.Resampling(processor.resample)
    factor = float(processor.rescale_factor)
    mean, std = _three(processor.image_mean), _three(processor.image_std)
    others = [float(getattr(processor, name, None) or 1) for name in _NUMBERS]
    scales = np.array([factor, *std, *others])
    good = (scales >= _LEAST).all() and (scales <= _MOST).all()
    if not (good and (np.abs(mean) <= _MOST).all()):
        raise ModelError(
            "The model's preprocessor_config.json has an impossible mean, deviation or "
            "scale: correct image_mean, image_std and rescale_factor."
        )


def _three(numbers: Any) -> NDArray[np.float64]:
    """Return one or three numbers as three; words that say numbers are none."""
    array = np.asarray(numbers)
    if array.dtype.kind not in "iuf":
        raise TypeError("not numbers")
    return np.broadcast_to(array.astype(float), 3)
