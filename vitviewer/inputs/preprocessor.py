"""From a picture to the model's input, and where that input lies on the picture.

The pixels go through transformers' own image processor, always its Pillow backend, so
that people with and without torchvision feed their models the same values. Only the
resize is ours, the same call without the copies around it. Where the pixels end up is
worked out from the processor's settings and checked against its output.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from vitviewer.errors import ModelError
from vitviewer.inputs import kinds, making, patch_sequence, running
from vitviewer.inputs.description import describe, method, normalisation
from vitviewer.inputs.kinds import KINDS, Kind
from vitviewer.inputs.placing import Place, checked
from vitviewer.inputs.resized import resized
from vitviewer.queries import Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry

_SIZES = ("size", "crop_size", "pad_size", "max_image_size")


@dataclass(frozen=True)
class Preprocessor:
    """An image processor with what it does to the geometry.

    ``trained`` is the one that this one was made from, at another resolution.
    """

    processor: Any
    patch_size: tuple[int, int]
    kind: Kind
    trained: Preprocessor | None = None
    resolution: Resolution = Resolution.TRAINED

    def prepare(self, pixels: NDArray[np.uint8]) -> tuple[torch.Tensor, Geometry]:
        """Turn a picture into pixel values.

        Parameters
        ----------
        pixels : uint8 (height, width, 3)
            The upright picture.

        Returns
        -------
        float32 (1, 3, h, w)
            What goes into the model, after `inputs`.
        Geometry
            Where it lies on the picture.

        Raises
        ------
        ModelError
            If the picture's shape would make the input too large, or the processor
            did something else than its settings say.
        """
        try:
            return self._prepare(pixels)
        except (ModelError, MemoryError):
            raise
        except Exception as error:
            # Some fail, each in its own way, on pictures a few pixels small.
            raise ModelError(
                "The model's image processor fails on a picture of "
                f"{pixels.shape[1]} × {pixels.shape[0]} pixels: try a larger one."
            ) from error

    def geometry(self, width: int, height: int) -> Geometry:
        """Return where the input lies on a picture of this size.

        Raises
        ------
        ModelError
            If the picture's shape would make the input too large, or empty.
        """
        return self._place(width, height).geometry(self.patch_size)

    def inputs(self, values: torch.Tensor, geometry: Geometry) -> dict[str, Any]:
        """Return what the model is called with.

        Parameters
        ----------
        values : float32 (1, 3, h, w)
            From `prepare`.
        geometry : Geometry
            From `prepare`.

        Returns
        -------
        dict
            Keyword arguments, tensors all: ``pixel_values`` and what goes with them.
        """
        p = self.processor
        if self.pads_tokens:
            return patch_sequence.inputs_of(values, p.patch_size, p.max_num_patches)
        size = (values.shape[3], values.shape[2])
        further = self.kind.further_inputs(size, (geometry.rows, geometry.cols))
        return {"pixel_values": values, **further}

    def at(self, resolution: Resolution) -> Preprocessor:
        """Return the preprocessor that makes the input of another size.

        Parameters
        ----------
        resolution : Resolution
            Compared with what the settings say, whatever this one's is.

        Raises
        ------
        ModelError
            If twice the size is more than can be meant.
        """
        trained = self.trained or self
        if resolution is Resolution.TRAINED:
            return trained
        change = (
            trained._doubled if resolution is Resolution.DOUBLE else trained._shaped
        )
        return replace(change(), trained=trained, resolution=resolution)

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
    def pads_tokens(self) -> bool:
        """Whether the model is given further, masked tokens after the patches."""
        return self.kind.pads_tokens

    @property
    def description(self) -> str:
        """Say what the processor does, in one line."""
        p = self.processor
        if self.resolution is Resolution.PICTURE and not self.pads_tokens:
            return ", ".join(["the picture's own shape", method(p), *normalisation(p)])
        return describe(p)

    def _place(self, width: int, height: int) -> Place:
        return checked(self.kind.place(self.processor, width, height))

    def _prepare(self, pixels: NDArray[np.uint8]) -> tuple[torch.Tensor, Geometry]:
        place = self._place(pixels.shape[1], pixels.shape[0])
        values = self._process(pixels, place)
        if tuple(values.shape[2:]) != place.size[::-1]:
            made, said = values.shape[:1:-1], place.size
            raise ModelError(
                f"The processor made {made[0]} × {made[1]} pixels where its settings "
                f"say {said[0]} × {said[1]}, so the overlay would lie in the wrong "
                "place: correct the model's preprocessor_config.json."
            )
        return values, place.geometry(self.patch_size)

    def _process(self, pixels: NDArray[np.uint8], place: Place) -> torch.Tensor:
        """Resize with Pillow if the processor would; leave the rest to it."""
        if not self.kind.pillow_resizes(self.processor):
            image = Image.fromarray(pixels)
            return self._values(self.kind.run(self.processor, image, place))
        if place.steps:
            image = resized(pixels, place.steps[0], self.processor.resample)
        else:
            image = Image.fromarray(pixels)
        for step in place.steps[1:]:
            image = image.resize(step, self.processor.resample)
        options = {**self.kind.options, "do_resize": False, "return_tensors": "pt"}
        return self._values(self.processor(image, **options))

    def _values(self, features: Any) -> torch.Tensor:
        """Return the pixel values of the one picture, float32 (1, 3, h, w)."""
        values: torch.Tensor = features["pixel_values"].float()
        if self.pads_tokens:
            rows, cols = features["spatial_shapes"][0].tolist()
            side = self.processor.patch_size
            return patch_sequence.picture_of(values, rows, cols, side)
        return values[0] if values.ndim > 4 else values

    def _doubled(self) -> Preprocessor:
        processor = deepcopy(self.processor)
        # A size that nothing is resized to was not checked, and may be anything;
        # ViTPose comes to its size by an affine transform.
        affine = getattr(processor, "do_affine_transform", False)
        for name in _SIZES if processor.do_resize or affine else _SIZES[1:]:
            if getattr(processor, name, None):
                setattr(processor, name, _twice(getattr(processor, name)))
        if hasattr(processor, "min_size"):
            processor.min_size *= 2
        if self.pads_tokens:
            processor.max_num_patches *= 4
        kinds.check(processor)
        return replace(self, processor=processor)

    def _shaped(self) -> Preprocessor:
        if self.pads_tokens:  # it keeps the picture's shape as it is
            return self

        # The settings' place asks for the trained size; this one asks the picture.
        def place(_processor: Any, width: int, height: int) -> Place:
            shape = self.kind.in_own_shape(self.kind.place, self.patch_size)
            return shape(self.processor, width, height)

        if self.kind.at_exact_size is not None:
            kind = replace(self.kind, place=place, run=self.kind.at_exact_size)
            return replace(self, kind=kind)
        kind = replace(
            self.kind, place=place, pillow_resizes=running.resized_by_pillow, options={}
        )
        return replace(self, processor=making.values_only(self.processor), kind=kind)


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
    name = kinds.kind_name(settings, fallback["image_processor_type"])
    try:
        processor = kinds.make(name, settings)
        preprocessor = Preprocessor(processor, patch_size, KINDS[name])
        _check_patches(preprocessor)
        _check_resize(preprocessor)
    except ModelError:
        raise
    except Exception as error:
        # The settings reach validators and converters of several libraries.
        raise ModelError(
            f"The model's preprocessor_config.json makes no sense to {name}: check its "
            "size, crop_size, image_mean and image_std."
        ) from error
    return preprocessor


def _check_patches(preprocessor: Preprocessor) -> None:
    """Check that a processor that cuts the patches cuts those of the model."""
    side = getattr(preprocessor.processor, "patch_size", None)
    if preprocessor.pads_tokens and preprocessor.patch_size != (side, side):
        width, height = preprocessor.patch_size
        raise ModelError(
            f"The model's image processor cuts patches of {side} × {side} pixels, but "
            f"the model takes {width} × {height}: correct patch_size in its "
            "preprocessor_config.json."
        )


def _check_resize(preprocessor: Preprocessor) -> None:
    """Check that a resize of ours followed by the processor is the processor alone.

    It is the same Pillow call; the processor's own way to it copies the picture several
    times, which takes most of a second for a photograph.
    """
    trial = np.random.default_rng(0).integers(0, 256, (71, 53, 3), dtype=np.uint8)
    ours, _ = preprocessor._prepare(trial)
    p, image = preprocessor.processor, Image.fromarray(trial)
    theirs = preprocessor.kind.run(p, image, preprocessor._place(53, 71))
    if not torch.equal(ours, preprocessor._values(theirs)):
        raise ModelError(
            "The model's image processor resizes in a way that is not supported: "
            "the overlay would lie in the wrong place."
        )


def _twice(size: Any) -> Any:
    return type(size)(**{name: 2 * side for name, side in dict(size).items()})
