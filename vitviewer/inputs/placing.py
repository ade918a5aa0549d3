"""Where the resized picture sits inside the input, for each kind of processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.geometry import Geometry
from vitviewer.inputs.resizing import Resize, Size, dpt, exactly, own_shape

_MOST_PIXELS = 64_000_000
_BOX_MARGIN = 1.25
_BOX_UNIT = 200.0


@dataclass(frozen=True, slots=True)
class Place:
    """How one picture is resized and where the input lies on it.

    Parameters
    ----------
    picture : (int, int)
        The picture's width and height.
    steps : tuple of (int, int)
        The sizes to which it is resized, one after another.
    resized : (float, float)
        What the picture itself measures then, in input pixels.
    offset : (float, float)
        Position of the input's corner in it; negative where there is padding.
    size : (int, int)
        Width and height of the input.
    """

    picture: Size
    steps: tuple[Size, ...]
    resized: tuple[float, float]
    offset: tuple[float, float]
    size: Size

    def geometry(self, patch_size: Size) -> Geometry:
        """Return the geometry for patches of this width and height."""
        return Geometry(self.picture, self.resized, self.offset, self.size, patch_size)


Placing = Callable[[Any, int, int], Place]
"""From a processor and a picture's width and height to where that picture sits."""


def checked(place: Place) -> Place:
    """Refuse a place without pixels, or with more than the memory may hold.

    Raises
    ------
    ModelError
    """
    sizes = (*place.steps, place.size)
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    if width * height > _MOST_PIXELS:
        raise _misshapen(width, height)
    for width, height in sizes:
        if min(width, height) < 1:
            raise _misshapen(width, height)
    return place


def cropped(resize: Resize) -> Placing:
    """Resize, cut out the centre, pad right and below: what the settings ask for."""

    def place(processor: Any, width: int, height: int) -> Place:
        step = _resized(processor, resize, width, height)
        size, offset = step, (0, 0)
        if getattr(processor, "do_center_crop", None):
            size = (processor.crop_size.width, processor.crop_size.height)
            offset = ((step[0] - size[0]) // 2, (step[1] - size[1]) // 2)
        if getattr(processor, "do_pad", None) and processor.pad_size:
            size = _padded(processor.pad_size, size)
        return Place((width, height), (step,), step, offset, size)

    return place


def cut_by_torchvision(resize: Resize) -> Placing:
    """Resize, then cut out the centre or pad around it, rounded as torchvision does.

    Half pixels go to the even side; transformers cuts them off (`cropped`).
    """
    inner = cropped(resize)

    def place(processor: Any, width: int, height: int) -> Place:
        placed = inner(processor, width, height)
        (step,) = placed.steps
        offset = (_centre(step[0], placed.size[0]), _centre(step[1], placed.size[1]))
        return replace(placed, offset=offset)

    return place


def only(resize: Resize) -> Placing:
    """Resize and nothing else, whatever further settings there are."""

    def place(processor: Any, width: int, height: int) -> Place:
        step = _resized(processor, resize, width, height)
        return Place((width, height), (step,), step, (0, 0), step)

    return place


def centred(resize: Resize, frame: Callable[[Any, int, int], Size]) -> Placing:
    """Resize, then pad on all sides up to a frame."""

    def place(processor: Any, width: int, height: int) -> Place:
        step = _resized(processor, resize, width, height)
        size = frame(processor, *step) if processor.do_pad else step
        offset = (-((size[0] - step[0]) // 2), -((size[1] - step[1]) // 2))
        return Place((width, height), (step,), step, offset, size)

    return place


def square(_processor: Any, width: int, height: int) -> Size:
    """Return the frame that is a square."""
    return (max(width, height),) * 2


def divisible(processor: Any, width: int, height: int) -> Size:
    """Return the frame whose sides DPT's divisor divides."""
    step = processor.size_divisor or 1
    return ceil(width / step) * step, ceil(height / step) * step


def thumbnail(resize: Resize, tiles: Resize) -> Placing:
    """Resize, resize to whole tiles if there are any, squash to the size of a tile.

    The tiles themselves are left out: this is the view of the whole (Idefics3).
    """

    def place(processor: Any, width: int, height: int) -> Place:
        steps = [_resized(processor, resize, width, height)]
        if processor.do_image_splitting and min(steps[0]) > 0:
            steps.append(tiles(processor, *steps[0]))
        side = processor.max_image_size["longest_edge"]
        size = (side, side)
        return Place((width, height), (*steps, size), size, (0, 0), size)

    return place


def squared_first(resize: Resize) -> Placing:
    """Pad to a square around the picture; resize that; cut out the centre (LLaVA)."""
    inner = cropped(resize)

    def place(processor: Any, width: int, height: int) -> Place:
        if not processor.do_pad:
            return inner(processor, width, height)
        side = max(width, height)
        left, top = (side - width) // 2, (side - height) // 2
        return _on_canvas(
            inner(processor, side, side), (width, height), (side, side), (left, top)
        )

    return place


def corner_square(processor: Any, width: int, height: int) -> Place:
    """Pad to a square on the right or below, then resize that (OWLv2)."""
    canvas = square(processor, width, height) if processor.do_pad else (width, height)
    inner = only(exactly)(processor, *canvas)
    return _on_canvas(inner, (width, height), canvas, (0, 0))


def reflected(processor: Any, width: int, height: int) -> Place:
    """Pad on all sides, then resample from corner to corner (ZoeDepth)."""
    margin = (_zoe_margin(width), _zoe_margin(height)) if processor.do_pad else (0, 0)
    canvas = (width + 2 * margin[0], height + 2 * margin[1])
    inner = only(dpt)(processor, *canvas)
    place = _on_canvas(inner, (width, height), canvas, margin)
    return _by_corners(place, canvas, margin) if processor.do_resize else place


def boxed(processor: Any, width: int, height: int) -> Place:
    """Fit the whole picture, as a person's box, with ViTPose's margin around it."""
    picture = (width, height)
    if not processor.do_affine_transform:
        return Place(picture, (), picture, (0, 0), picture)
    size = exactly(processor, width, height)
    box = _box(size, width, height)
    margin = _BOX_MARGIN * _BOX_UNIT / processor.normalize_factor
    across = box[0] * margin / max(size[0] - 1, 1)
    down = box[1] * margin / max(size[1] - 1, 1)
    return Place(
        picture=picture,
        steps=(size,),
        resized=(width / across, height / down),
        offset=(
            (width - box[0] * margin + 1) / 2 / across - 0.5,
            (height - box[1] * margin + 1) / 2 / down - 0.5,
        ),
        size=size,
    )


def in_own_shape(trained: Placing, patch_size: Size) -> Placing:
    """Resize to the picture's own shape, with as many pixels as otherwise."""

    def place(processor: Any, width: int, height: int) -> Place:
        size = checked(trained(processor, width, height)).size
        step = own_shape(size[0] * size[1], patch_size, width, height)
        return Place((width, height), (step,), step, (0, 0), step)

    return place


def in_own_shape_by_corners(trained: Placing, patch_size: Size) -> Placing:
    """Do the same, but resample from corner to corner."""
    inner = in_own_shape(trained, patch_size)

    def place(processor: Any, width: int, height: int) -> Place:
        return _by_corners(inner(processor, width, height), (width, height), (0, 0))

    return place


def _resized(processor: Any, resize: Resize, width: int, height: int) -> Size:
    return resize(processor, width, height) if processor.do_resize else (width, height)


def _centre(side: int, cut: int) -> int:
    """Return where torchvision's ``CenterCrop`` begins, negative where it pads."""
    return -((cut - side) // 2) if cut > side else round((side - cut) / 2)


def _padded(pad_size: Any, size: Size) -> Size:
    padded = (pad_size.width, pad_size.height)
    if min(size) > 0 and (padded[0] < size[0] or padded[1] < size[1]):
        raise ModelError(
            f"The model's processor pads to {padded[0]} × {padded[1]} pixels, but this "
            f"picture has {size[0]} × {size[1]} by then: correct pad_size in its "
            "preprocessor_config.json."
        )
    return padded


def _on_canvas(inner: Place, picture: Size, canvas: Size, corner: Size) -> Place:
    """Return the place of a picture that lies on a canvas, from the canvas's place."""
    across, down = inner.resized[0] / canvas[0], inner.resized[1] / canvas[1]
    return Place(
        picture=picture,
        steps=(canvas, *inner.steps),
        resized=(picture[0] * across, picture[1] * down),
        offset=(
            inner.offset[0] - corner[0] * across,
            inner.offset[1] - corner[1] * down,
        ),
        size=inner.size,
    )


def _by_corners(place: Place, canvas: Size, corner: Size) -> Place:
    """Return the place if the centres of a canvas's outermost pixels stay there."""
    across, down = map(_corner_to_corner, canvas, place.size)
    return replace(
        place,
        resized=(place.picture[0] / across, place.picture[1] / down),
        offset=((0.5 - corner[0]) / across - 0.5, (0.5 - corner[1]) / down - 0.5),
    )


def _corner_to_corner(before: int, after: int) -> float:
    """Return the step from pixel to pixel when the outermost centres stay."""
    if min(before, after) > 1:
        return (before - 1) / (after - 1)
    return before / max(after, 1)


def _box(size: Size, width: int, height: int) -> tuple[float, float]:
    """Return the smallest box around a picture that has the input's shape."""
    aspect = size[0] / size[1]
    return max(width, height * aspect), max(height, width / aspect)


def _zoe_margin(side: int) -> int:
    return int(sqrt(side / 2) * 3)


def _misshapen(width: int, height: int) -> ModelError:
    return ModelError(
        f"This picture is too long and thin: its processor would make it "
        f"{width} × {height} pixels. Crop it first."
    )
