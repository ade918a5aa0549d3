"""From a decoded Pillow image to upright sRGB bytes, by stated rules.

The image is walked in strips, so that a large photograph is held twice (Pillow's
copy and ours) and never three times.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

from vitviewer.pictures.colorimetry import SRGB, Encoding
from vitviewer.pictures.declared import Declared
from vitviewer.pictures.depth import Extent, Scaling
from vitviewer.pictures.limits import has_alpha
from vitviewer.pictures.tone import toned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_STRIP_PIXELS = 500_000
_DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_ORIENTATION = 0x0112
_PROFILE_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


@dataclass(frozen=True)
class _Profile:
    """A colour transform to sRGB and the Pillow mode that it takes."""

    mode: str
    transform: ImageCms.ImageCmsTransform


@dataclass(frozen=True, eq=False)
class Upright:
    """What came of an image.

    Parameters
    ----------
    color : uint8 (height, width, 3)
        Straight, not premultiplied: also where it is hidden.
    alpha : uint8 (height, width) or None
        None where nothing is transparent.
    notes : tuple of str
        What was done to the values, in words for the user.
    """

    color: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    notes: tuple[str, ...]

    def with_notes(self, before: Iterable[str]) -> Upright:
        """Return the same with other notes before its own."""
        return replace(self, notes=(*before, *self.notes))


def to_srgb(
    image: Image.Image,
    declared: Declared | None = None,
    hidden: NDArray[np.bool_] | None = None,
) -> Upright:
    """Convert an image to upright sRGB.

    Parameters
    ----------
    image : Image
        Loaded already: only then is the orientation of a PNG or TIFF known.
    declared : Declared, optional
        What its file says beside; without it, Pillow's profile counts.
    hidden : bool (height, width), optional
        As the file stores them: pixels that are transparent whatever the image says.
    """
    if declared is None:
        profile = image.info.get("icc_profile")
        declared = Declared((profile,) if profile else ())
    notes = list(declared.notes)
    turn = _orientation(image, notes)
    width, height = image.size
    shape = (width, height) if turn >= 5 else (height, width)
    color, alpha = np.empty((*shape, 3), np.uint8), None
    # Strips are written through a turned view: no second copy to turn them.
    stored = _as_stored(color, turn)
    if image.mode in _DEEP_MODES:
        _fill_deep(image, stored, declared, notes)
    elif has_alpha(image):
        alpha = np.empty(shape, np.uint8)
        _fill_transparent(
            image, stored, _as_stored(alpha, turn), declared.colors, notes
        )
    else:
        _fill(image, stored, declared.colors, notes)
    deep_key = declared.key if image.mode in _DEEP_MODES else None
    if any(some is not None for some in (deep_key, hidden, declared.covered)):
        alpha = np.full(shape, 255, np.uint8) if alpha is None else alpha
        _hide(_as_stored(alpha, turn), hidden, declared.covered)
        if deep_key is not None:
            _hide_grey(image, _as_stored(alpha, turn), deep_key.samples[0])
    seen = alpha is None or int(alpha.min()) == 255
    return Upright(color, None if seen else alpha, tuple(notes))


def _orientation(image: Image.Image, notes: list[str]) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none that makes sense."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # any parser error; the pixels are good without it
        notes.append("unreadable EXIF data ignored")
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _as_stored(upright: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """View upright pixels as the file stores them, for one EXIF orientation."""
    if turn in (2, 3):
        upright = upright[:, ::-1]
    if turn in (3, 4):
        upright = upright[::-1]
    if turn in (6, 7):  # stored rows run down the right-hand side
        upright = upright[:, ::-1]
    if turn in (7, 8):
        upright = upright[::-1]
    return upright.swapaxes(0, 1) if turn >= 5 else upright


def _strips(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """Cut an image into bands of whole rows."""
    width, height = image.size
    step = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), image.crop((0, top, width, bottom))


def _hide(
    alpha: NDArray[np.uint8],
    hidden: NDArray[np.bool_] | None,
    covered: tuple[int, int, int, int] | None,
) -> None:
    """Make pixels transparent: some, and all that no frame covers."""
    if hidden is not None:
        alpha[hidden] = 0
    if covered is not None:
        left, top, right, bottom = covered
        alpha[:top], alpha[bottom:] = 0, 0
        alpha[:, :left], alpha[:, right:] = 0, 0


def _hide_grey(image: Image.Image, alpha: NDArray[np.uint8], key: int) -> None:
    """Make pixels of one value transparent, in an image of more than 8 bits."""
    for rows, strip in _strips(image):
        alpha[rows][np.asarray(strip) == key] = 0


def _fill_deep(
    image: Image.Image,
    stored: NDArray[np.uint8],
    declared: Declared,
    notes: list[str],
) -> None:
    """Scale grey values of more than 8 bits to 8, the same for the whole picture."""
    extent = Extent()
    for _, strip in _strips(image):
        extent.add(np.asarray(strip))
    scaling = Scaling.of(extent, "grey")
    notes.extend(scaling.notes)
    profile = _profile(image, declared.colors, notes, scaling.is_known)
    tone = None if profile is None else _levels(profile)[:, 1]
    for rows, strip in _strips(image):
        values = np.asarray(strip)
        eight = scaling.apply(values) if tone is None else toned(values, scaling, tone)
        stored[rows] = eight[..., None]


@lru_cache(maxsize=4)
def _levels(profile: _Profile) -> NDArray[np.uint8]:
    """Return what a profile makes of the 256 levels of grey, (256, 3)."""
    levels = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    converted = ImageCms.applyTransform(_in_mode(levels, profile), profile.transform)
    assert converted is not None
    table: NDArray[np.uint8] = np.asarray(converted)[0]
    return table


def _fill(
    image: Image.Image,
    stored: NDArray[np.uint8],
    colors: tuple[bytes | Encoding, ...],
    notes: list[str],
) -> None:
    """Convert 8-bit values of any mode without alpha: palette, then profile."""
    profile = _profile(image, colors, notes)
    for rows, strip in _strips(image):
        stored[rows] = _rgb(strip, profile)


def _fill_transparent(
    image: Image.Image,
    stored: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    colors: tuple[bytes | Encoding, ...],
    notes: list[str],
) -> None:
    """Convert 8-bit values with alpha, or with a transparent colour."""
    profile = _profile(image, colors, notes)
    for rows, strip in _strips(image):
        strip = strip.convert("RGBA")
        alpha[rows] = np.asarray(strip.getchannel("A"))
        stored[rows] = _rgb(strip.convert("RGB"), profile)


def _rgb(strip: Image.Image, profile: _Profile | None) -> NDArray[np.uint8]:
    """Convert one strip without alpha to sRGB, (rows, width, 3)."""
    if profile is not None and profile.mode == "L":
        table = _levels(profile)
        return np.asarray(table[np.asarray(_in_mode(strip, profile))])
    if profile is not None:
        converted = ImageCms.applyTransform(_in_mode(strip, profile), profile.transform)
        assert converted is not None
        return np.asarray(converted)
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))


def _in_mode(strip: Image.Image, profile: _Profile) -> Image.Image:
    return strip if strip.mode == profile.mode else strip.convert(profile.mode)


def _profile(
    image: Image.Image,
    colors: tuple[bytes | Encoding, ...],
    notes: list[str],
    known_range: bool = True,
) -> _Profile | None:
    """Return the transform from the image's own colours, or None where none is due.

    Of several descriptions the first that can be followed counts.
    """
    if image.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return _Profile("LAB", _transform(ImageCms.ImageCmsProfile(lab), "LAB"))
    for color in colors:
        if isinstance(color, Encoding) and _base_mode(image) == "CMYK":
            continue
        profile = _followed(image, color, notes)
        if profile is None:
            continue
        lost = color.notes if isinstance(color, Encoding) else ()
        name = color.name if isinstance(color, Encoding) else "the embedded profile"
        if color == SRGB or _changes_nothing(profile):
            notes.extend(lost)
            return None
        if not known_range:
            notes.append("colour profile ignored: the range of values is not known")
            return None
        notes.extend([f"colours converted from {name} to sRGB", *lost])
        return profile
    if image.mode == "CMYK":
        notes.append("CMYK without a colour profile: colours are approximate")
    return None


def _followed(
    image: Image.Image, color: bytes | Encoding, notes: list[str]
) -> _Profile | None:
    """Return the transform that a description asks for; None where it is no good."""
    data = color.profile if isinstance(color, Encoding) else color
    try:
        if isinstance(color, Encoding) and not data:
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(data))
        mode = _PROFILE_MODES.get(source.profile.xcolor_space)
        if mode != _base_mode(image) and isinstance(color, bytes):
            notes.append("colour profile of another kind of picture ignored")
            return None
        return _Profile(mode or "RGB", _transform(source, mode or "RGB"))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        notes.append("broken colour profile ignored")
        return None


def _transform(
    source: ImageCms.ImageCmsProfile, mode: str
) -> ImageCms.ImageCmsTransform:
    target = ImageCms.createProfile("sRGB")
    # Optimised, a curve of grey is wrong by up to ten levels in dark tones.
    flags = _FLAGS | ImageCms.Flags.NOOPTIMIZE if mode == "L" else _FLAGS
    return ImageCms.buildTransform(source, target, mode, "RGB", _INTENT, flags)


def _base_mode(image: Image.Image) -> str:
    """Return the colour mode that a profile of this image has to be for."""
    if image.mode in ("1", "L", "LA", "La", *_DEEP_MODES):
        return "L"
    return "CMYK" if image.mode == "CMYK" else "RGB"


def _changes_nothing(profile: _Profile) -> bool:
    """Return whether a transform is sRGB to sRGB, judged by what it does to colours.

    Most photographs carry an sRGB profile; names in profiles prove nothing.
    """
    if profile.mode == "CMYK":
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    before = Image.fromarray(np.ascontiguousarray(cube))
    if profile.mode == "L":
        before = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    after = np.asarray(ImageCms.applyTransform(before, profile.transform)).astype(int)
    same = np.asarray(before.convert("RGB")).astype(int)
    return bool(np.abs(after - same).max() <= 1)
