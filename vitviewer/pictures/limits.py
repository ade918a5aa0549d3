"""How large a picture may be: judged by what it claims, before its pixels are decoded.

The bound is memory. Pillow keeps 1, 2 or 4 bytes a pixel, its decoders need more beside
that, and the picture takes another 3 or 4: in all at most half a gigabyte, which is
120 megapixels of grey, 80 in colour, 46 as AVIF and 31 as WebP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitviewer.errors import ImageError
from vitviewer.text import quoted

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 120_000_000

_MOST_BYTES = 560_000_000
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")
# Bytes a pixel that libwebp and libavif take (measured), with the copies around them.
_IN_DECODER = {"WEBP": 14, "AVIF": 8}
# Pillow decodes these in Python, at one or two seconds a megapixel.
_SLOW = {"ppm": 1_000_000, "ppm_plain": 2_200_000, "qoi": 2_200_000}
_MOST_SCANNED = 1_200_000_000  # pixels times scans, some 2 ns each

_WIDTH, _HEIGHT, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 278, 322, 323
_BITS = 258


def has_alpha(image: Image.Image) -> bool:
    """Return whether an image may be transparent somewhere."""
    return image.mode in _ALPHA_MODES or "transparency" in image.info


def check_claims(image: Image.Image, n_bytes: int, name: str) -> None:
    """Refuse a picture that would take too much memory or time.

    Parameters
    ----------
    image : Image
        Opened but not loaded.
    n_bytes : int
        How long the file is.
    name : str
        What it is called, for the message.

    Raises
    ------
    ImageError
    """
    n_pixels = image.width * image.height
    check_size(image.size, name)
    check_needed(image.size, _bytes_needed(image, n_bytes), name)
    decoder = _decoder(image)
    if n_pixels > _SLOW.get(decoder, n_pixels):
        raise ImageError(
            f"{quoted(name)} has {_dimensions(image.size)} pixels in a form that takes "
            f"long to read; at most {_SLOW[decoder] // 10**6} megapixels of it are "
            "opened: save it as PNG first."
        )
    if 8 * n_bytes < _fewest_bits(image):
        raise ImageError(
            f"{quoted(name)} is damaged or cut short: copy or download it again."
        )


def check_size(size: tuple[int, int], name: str) -> None:
    """Refuse a picture of more than `MAX_PIXELS`.

    Raises
    ------
    ImageError
    """
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_large(size, name, MAX_PIXELS)


def check_needed(size: tuple[int, int], n_bytes: int, name: str) -> None:
    """Refuse a picture that takes more memory than one may: so many bytes.

    Raises
    ------
    ImageError
    """
    if n_bytes > _MOST_BYTES:
        raise _too_large(size, name, size[0] * size[1] * _MOST_BYTES // n_bytes)


def most_reads(image: Image.Image) -> int:
    """Return how often a decoder may read; those in C do so in large pieces."""
    return 5_000_000 if _decoder(image) == "qoi" else 2_000_000


def most_scans(image: Image.Image) -> int | None:
    """Return the most progressive scans of a JPEG that are decoded; None for others."""
    if image.format not in ("JPEG", "MPO"):
        return None
    return max(1, _MOST_SCANNED // (image.width * image.height))


def _decoder(image: Image.Image) -> str:
    """Return Pillow's name of the decoder that the first tile asks for."""
    tiles = getattr(image, "tile", None)
    return str(tiles[0][0]) if tiles else ""


def _too_large(size: tuple[int, int], name: str, limit: int) -> ImageError:
    kind = "" if limit == MAX_PIXELS else " of its kind"
    return ImageError(
        f"{quoted(name)} has {_dimensions(size)} pixels, more than the "
        f"{limit // 10**6} megapixels that are opened{kind}: make it smaller first."
    )


def _dimensions(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,}"


def _bytes_needed(image: Image.Image, n_bytes: int) -> int:
    """Return how much memory opening takes at most: Pillow's, and then the larger."""
    n_pixels = image.width * image.height
    stored = n_pixels * _STORED.get(image.mode, 4)
    # The first frame of a GIF may leave a part of it uncovered.
    ours = n_pixels * (4 if has_alpha(image) or image.format == "GIF" else 3)
    if (
        image.mode == "RGB"
        and has_alpha(image)
        and ";16" in str(getattr(image, "tile", ""))
    ):
        ours += n_pixels  # which of its 16-bit pixels are transparent
    return stored + max(ours, _in_decoder(image, n_bytes))


def _in_decoder(image: Any, n_bytes: int) -> int:
    """Return what a decoder keeps beside Pillow's pixels while it works, in bytes."""
    n_pixels = image.width * image.height
    if image.format in _IN_DECODER:
        return int(n_pixels * _IN_DECODER[image.format]) + n_bytes
    if image.format in ("JPEG", "MPO") and image.info.get("progressive"):
        return 2 * 64 * _blocks(image)  # all coefficients, 2 bytes each
    if image.format == "TIFF" and _decoder(image) != "raw":
        return _strip_bytes(image.tag_v2, image.size) + n_bytes
    return 0


def _strip_bytes(tags: Any, size: tuple[int, int]) -> int:
    """Return the size of a TIFF's strip or tile, which libtiff decodes as one."""
    bits = tags.get(_BITS, (1,))
    if _TILE_WIDTH in tags:
        return int(tags[_TILE_WIDTH] * tags.get(_TILE_HEIGHT, 1) * sum(bits) // 8)
    rows = min(tags.get(_ROWS_PER_STRIP, size[1]), size[1])
    return int(rows * size[0] * sum(bits) // 8)


def _blocks(image: Any) -> int:
    """Return of how many 8 × 8 blocks of coefficients a JPEG is made."""
    across = max((h for _, h, _, _ in image.layer), default=1)
    down = max((v for _, _, v, _ in image.layer), default=1)
    units = -(-image.width // (8 * across)) * -(-image.height // (8 * down))
    return int(units * sum(h * v for _, h, v, _ in image.layer))


def _fewest_bits(image: Image.Image) -> int:
    """Return how many bits there are at least in a whole file: a JPEG's one a block.

    libjpeg fills what is missing with grey and says nothing.
    """
    return _blocks(image) if image.format in ("JPEG", "MPO") else 0
