"""From a picture to the model's input, and where that input lies on the picture.

The pixels go through transformers' own image processor, always its Pillow backend, so
that people with and without torchvision feed their models the same values. Only the
resize is ours, the same call without the copies around it. Where the pixels end up is
worked out from the processor's settings and checked against its output.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers
from PIL import Image

from vitviewer.errors import ModelError
from vitviewer.geometry import Geometry
from vitviewer.image_files import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROCESSORS = {
    "ViTImageProcessor",
    "DeiTImageProcessor",
    "BitImageProcessor",
    "CLIPImageProcessor",
    "BeitImageProcessor",
    "SiglipImageProcessor",
}
_SETTINGS = (
    *("do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale"),
    *("rescale_factor", "do_normalize", "image_mean", "image_std", "do_convert_rgb"),
    *("do_pad", "pad_size"),
)
_LARGEST_SIDE = 4096
_MOST_RESIZED_PIXELS = 64_000_000


@dataclass(frozen=True)
class Preprocessor:
    """An image processor with what it does to the geometry."""

    processor: Any
    patch_size: tuple[int, int]

    def prepare(self, pixels: NDArray[np.uint8]) -> tuple[torch.Tensor, Geometry]:
        """Turn a picture into pixel values.

        Parameters
        ----------
        pixels : uint8 (height, width, 3)
            The upright picture.

        Returns
        -------
        float32 (1, 3, h, w)
            What goes into the model.
        Geometry
            Where it lies on the picture.

        Raises
        ------
        ModelError
            If the picture's shape would make the input too large, or the processor
            did something else than its settings say.
        """
        geometry = self.geometry(pixels.shape[1], pixels.shape[0])
        width, height = geometry.resized_size
        if width * height > _MOST_RESIZED_PIXELS:
            raise ModelError(
                f"This picture is too long and thin: its processor would make it "
                f"{width} × {height} pixels. Crop it first."
            )
        image = Image.fromarray(pixels)
        if self.processor.do_resize:
            image = image.resize(geometry.resized_size, self.processor.resample)
        values = _process(self.processor, image, do_resize=False)
        if tuple(values.shape[2:]) != geometry.input_size[::-1]:
            made, said = values.shape[:1:-1], geometry.input_size
            raise ModelError(
                f"The processor made {made[0]} × {made[1]} pixels where its settings "
                f"say {said[0]} × {said[1]}, so the overlay would lie in the wrong "
                "place: correct the model's preprocessor_config.json."
            )
        return values, geometry

    def geometry(self, width: int, height: int) -> Geometry:
        """Return where the input lies on a picture of this size."""
        p = self.processor
        resized = _resized(p.size, width, height) if p.do_resize else (width, height)
        offset, size = (0, 0), resized
        if getattr(p, "do_center_crop", None):
            size = (p.crop_size.width, p.crop_size.height)
            offset = ((resized[0] - size[0]) // 2, (resized[1] - size[1]) // 2)
        if getattr(p, "do_pad", None) and p.pad_size:
            size = (p.pad_size.width, p.pad_size.height)  # right and below only
        return Geometry((width, height), resized, offset, size, self.patch_size)

    def show(self, values: torch.Tensor) -> NDArray[np.uint8]:
        """Turn pixel values back into the picture that they are, uint8 (h, w, 3)."""
        image = values[0].permute(1, 2, 0).double().numpy()
        if self.processor.do_normalize:
            image = image * self.processor.image_std + self.processor.image_mean
        if self.processor.do_rescale:
            image = image / self.processor.rescale_factor
        pixels: NDArray[np.uint8] = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        return pixels

    @property
    def description(self) -> str:
        """Say what the processor does, in one line."""
        p = self.processor
        words = [_describe_resize(p)] if p.do_resize else ["no resizing"]
        if getattr(p, "do_center_crop", None):
            words.append(f"centre crop {p.crop_size.width}×{p.crop_size.height}")
        if getattr(p, "do_pad", None) and p.pad_size:
            words.append(f"pad to {p.pad_size.width}×{p.pad_size.height}")
        if p.do_normalize:
            mean, std = _short(p.image_mean), _short(p.image_std)
            words.append(f"mean {mean}, std {std}")
        return ", ".join(words)


def build(
    settings: dict[str, Any], fallback: dict[str, Any], patch_size: tuple[int, int]
) -> Preprocessor:
    """Make the processor that a ``preprocessor_config.json`` describes.

    Parameters
    ----------
    settings : dict
        The file's content; untrusted. Empty if there is no file.
    fallback : dict
        Settings of the family, if there is no file; its processor, if none is named.
    patch_size : (int, int)
        Width and height of a patch.

    Raises
    ------
    ModelError
        If the processor is unknown or its settings make no sense.
    """
    settings = settings or fallback
    name = _name(settings, fallback["image_processor_type"])
    kwargs = {k: settings[k] for k in _SETTINGS if settings.get(k) is not None}
    try:
        processor = getattr(transformers, f"{name}Pil")(**kwargs)
        _check_sizes(processor)
        _check_values(processor)
    except ModelError:
        raise
    except Exception as error:
        # The settings reach validators and converters of several libraries.
        raise ModelError(
            f"The model's preprocessor_config.json makes no sense to {name}: check its "
            "size, crop_size, image_mean and image_std."
        ) from error
    preprocessor = Preprocessor(processor, patch_size)
    _check_resize(preprocessor)
    return preprocessor


def _process(processor: Any, image: Image.Image, **options: Any) -> torch.Tensor:
    """Run the processor on one picture, float32 (1, 3, h, w)."""
    values: torch.Tensor = processor(image, return_tensors="pt", **options).pixel_values
    return values.float()


def _check_resize(preprocessor: Preprocessor) -> None:
    """Check that a resize of ours followed by the processor is the processor alone.

    It is the same Pillow call; the processor's own way to it copies the picture several
    times, which takes most of a second for a photograph.
    """
    trial = np.random.default_rng(0).integers(0, 256, (71, 53, 3), dtype=np.uint8)
    ours, _ = preprocessor.prepare(trial)
    theirs = _process(preprocessor.processor, Image.fromarray(trial))
    if not torch.equal(ours, theirs):
        raise ModelError(
            "The model's image processor resizes in a way that is not supported: "
            "the overlay would lie in the wrong place."
        )


def _name(settings: dict[str, Any], fallback: str) -> str:
    kinds = ("image_processor_type", "feature_extractor_type")
    name = next((settings[kind] for kind in kinds if settings.get(kind)), None)
    if not isinstance(name, str):
        return fallback
    name = name.replace("FeatureExtractor", "ImageProcessor").removesuffix("Fast")
    if name not in PROCESSORS:
        raise ModelError(
            f"The model's image processor {quoted(name)} is not supported: its "
            f"preprocessor_config.json must name {', '.join(sorted(PROCESSORS))}."
        )
    return name


def _check_sizes(processor: Any) -> None:
    """Refuse sizes that cannot be meant."""
    sizes = [processor.size if processor.do_resize else None]
    sizes.append(getattr(processor, "crop_size", None))
    sizes.append(getattr(processor, "pad_size", None))
    sides = [side for size in sizes if size for _, side in size]
    if not all(isinstance(n, int) and 1 <= n <= _LARGEST_SIDE for n in sides):
        raise ModelError(
            "The model's preprocessor_config.json asks for an impossible picture size: "
            "correct its size and crop_size."
        )


def _check_values(processor: Any) -> None:
    """Refuse a filter, scale or normalisation that cannot be meant."""
    Image.Resampling(processor.resample)
    factor = float(processor.rescale_factor)
    mean = np.broadcast_to(np.asarray(processor.image_mean, dtype=float), 3)
    std = np.broadcast_to(np.asarray(processor.image_std, dtype=float), 3)
    numbers = np.concatenate([[factor], mean, std])
    if not np.isfinite(numbers).all() or min(factor, *std) <= 0:
        raise ModelError(
            "The model's preprocessor_config.json has an impossible mean, deviation or "
            "scale: correct image_mean, image_std and rescale_factor."
        )


def _resized(size: Any, width: int, height: int) -> tuple[int, int]:
    """Return width and height after the resize, as transformers rounds them."""
    if size.shortest_edge and not size.longest_edge:
        short, long = sorted((width, height))
        other = int(size.shortest_edge * long / short)
        fits = width <= height
        return (size.shortest_edge, other) if fits else (other, size.shortest_edge)
    if size.height and size.width:
        return size.width, size.height
    raise ModelError(
        "The model's processor resizes in a way that is not supported yet: "
        f"{dict(size)}."
    )


def _describe_resize(processor: Any) -> str:
    size = processor.size
    method = Image.Resampling(processor.resample).name.lower()
    if size.shortest_edge:
        return f"shorter side to {size.shortest_edge}, {method}"
    return f"squash to {size.width}×{size.height}, {method}"


def _short(values: Any) -> str:
    """Write one number where all channels agree."""
    numbers = [float(v) for v in np.atleast_1d(values)]
    if all(math.isclose(n, numbers[0]) for n in numbers):
        return f"{numbers[0]:g}"
    return " ".join(f"{n:.3g}" for n in numbers)
