"""The image processors that are known, and how each is made, asked and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vitviewer.errors import ModelError
from vitviewer.inputs import making, resizing
from vitviewer.inputs import placing as places
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
        Where a picture comes to lie.
    make : callable, optional
        Makes the processor from its name and settings; else transformers' Pillow one.
    extra : tuple of str
        Its settings beyond those that all share.
    forced : mapping
        Settings that hold whatever the file says: one view of the whole picture.
    by_us : callable
        Whether a resize of ours may come before the processor.
    options : mapping
        What the processor is told after a resize of ours.
    run : callable
        Runs the processor on a whole picture.
    squash : callable, optional
        Runs it so that it resizes to the size of the place; else Pillow does.
    shaped : callable
        Makes of ``place`` the place of a picture in its own shape.
    pads_tokens : bool
        Whether the input is a sequence of patches, padded at its end.
    further_inputs : callable
        What the model is given with the pixel values of (rows, columns) patches.
    """

    place: Placing
    make: Make = making.of_transformers
    extra: tuple[str, ...] = ()
    forced: Mapping[str, Any] = field(default_factory=dict)
    by_us: Callable[[Any], bool] = making.always
    options: Mapping[str, Any] = field(default_factory=dict)
    run: Run = making.run
    squash: Run | None = None
    shaped: Callable[[Placing, Size], Placing] = places.in_own_shape
    pads_tokens: bool = False
    further_inputs: Callable[[Size, Size], dict[str, Any]] = making.no_inputs


_PLAIN = Kind(places.cropped(resizing.by_size))
_WHOLE_VIEW = Kind(places.cropped(resizing.by_size), making.whole_view)
_IDEFICS3 = Kind(
    places.thumbnail(resizing.idefics3, resizing.idefics3_tiles),
    extra=("max_image_size", "do_image_splitting"),
    options={"do_image_splitting": False},
    run=making.run_last_view,
    further_inputs=making.all_patches,
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
    "SiglipImageProcessor": _PLAIN,
    "ViTImageProcessor": _PLAIN,
    "DINOv3ViTImageProcessor": Kind(
        places.cropped(resizing.by_size),
        making.dinov3,
        by_us=making.never,
        run=making.run_dinov3,
        squash=making.run_dinov3,
    ),
    "DPTImageProcessor": Kind(
        places.centred(resizing.dpt, places.divisible),
        extra=("ensure_multiple_of", "keep_aspect_ratio", "size_divisor"),
    ),
    "Gemma3ImageProcessor": Kind(
        places.only(resizing.by_size), forced={"do_pan_and_scan": False}
    ),
    "GotOcr2ImageProcessor": Kind(
        places.only(resizing.by_size), forced={"crop_to_patches": False}
    ),
    "Idefics2ImageProcessor": Kind(
        places.only(resizing.idefics2),
        forced={"do_image_splitting": False},
        further_inputs=making.all_patches,
    ),
    "Idefics3ImageProcessor": _IDEFICS3,
    "JanusImageProcessor": Kind(
        places.centred(resizing.janus, places.square), extra=("min_size",)
    ),
    "LlavaImageProcessor": Kind(
        places.squared_first(resizing.by_size), by_us=making.unless_padded
    ),
    "LlavaNextImageProcessor": _WHOLE_VIEW,
    "LlavaOnevisionImageProcessor": _WHOLE_VIEW,
    "Owlv2ImageProcessor": Kind(
        places.corner_square,
        making.with_scipy,
        by_us=making.never,
        squash=making.squash_exactly,
    ),
    "PixtralImageProcessor": Kind(
        places.only(resizing.pixtral),
        extra=("patch_size",),
        further_inputs=making.image_sizes,
    ),
    "Sapiens2ImageProcessor": Kind(places.cropped(resizing.by_size), making.sapiens2),
    "Siglip2ImageProcessor": Kind(
        places.only(resizing.patch_sequence),
        extra=("patch_size", "max_num_patches"),
        forced={"do_resize": True},
        pads_tokens=True,
    ),
    "SmolVLMImageProcessor": _IDEFICS3,
    "Tipsv2ImageProcessor": Kind(places.cropped(resizing.by_size), making.tipsv2),
    "VitPoseImageProcessor": Kind(
        places.boxed,
        making.with_scipy,
        extra=("do_affine_transform", "normalize_factor"),
        by_us=making.never,
        run=making.run_vitpose,
    ),
    "YolosImageProcessor": Kind(places.cropped(resizing.yolos), extra=("max_size",)),
    "ZoeDepthImageProcessor": Kind(
        places.reflected,
        extra=("ensure_multiple_of", "keep_aspect_ratio"),
        by_us=making.never,
        squash=making.squash_exactly,
        shaped=places.in_own_shape_by_corners,
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
