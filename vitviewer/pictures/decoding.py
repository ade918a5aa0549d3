"""Open file -> upright sRGB pixels, by Pillow's decoders for a list of formats.

What became of unusual values stands in the notes. All functions may run in any thread.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    QoiImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from vitviewer.errors import Cancelled, ImageError
from vitviewer.pictures.bounded_reads import BoundedReads
from vitviewer.pictures.color import Upright, to_srgb
from vitviewer.pictures.declared import declared_by
from vitviewer.pictures.keyed import hidden_by_key
from vitviewer.pictures.limits import MAX_PIXELS, check_claims, most_reads, most_scans
from vitviewer.pictures.pillow_settings import settings_of_ours
from vitviewer.pictures.png import mend
from vitviewer.pictures.signatures import check_head
from vitviewer.pictures.tiff import Page, first_page
from vitviewer.pictures.tiff_directory import count_pages
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Pillow's names of the formats that are decoded. Never EPS (it runs Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "PPM", "QOI")
# Imported here by name: asked for one that it does not have yet, Pillow imports all.
_PLUGINS = (
    *(AvifImagePlugin, BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin),
    *(PpmImagePlugin, QoiImagePlugin, TiffImagePlugin, WebPImagePlugin),
)

_HEADER_READS, _HEADER_BYTES = 200_000, 160_000_000
_BYTES_PER_PIXEL = 8
_FRAME_READS, _FRAME_BYTES = 100_000, 64_000_000

_FORMATS_IN_WORDS = "JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF, PPM or QOI"


def decode(
    file: IO[bytes], name: str, at_least: tuple[int, int] | None = None
) -> Upright:
    """Decode an open file.

    Parameters
    ----------
    file : binary file
        At its start.
    name : str
        What it is called, for messages.
    at_least : (width, height), optional
        Where so many pixels will do, a JPEG of more is decoded at a half, a quarter or
        an eighth of its size, which takes a fraction of the time.

    Raises
    ------
    ImageError
        If it is not a picture that can be shown: every failure comes out as this one.
    Cancelled
        If the file's own reads raise it.
    """
    known, n_bytes = check_head(file, name)
    try:
        with settings_of_ours():
            return _decode(file, n_bytes, name, at_least)
    except (ImageError, Cancelled):
        raise
    except Exception as error:  # decoders raise anything, IndexError to struct.error
        words = _why_not_decoded(error, known)
        raise ImageError(f"{quoted(name)} {words}.") from error


def _decode(
    file: IO[bytes], n_bytes: int, name: str, at_least: tuple[int, int] | None
) -> Upright:
    """Decode by Pillow, or what it gets wrong ourselves."""
    page = first_page(file, name) if file.read(2) in (b"II", b"MM") else None
    file.seek(0)
    if page is None:
        return _by_pillow(file, n_bytes, name, at_least=at_least)
    if not page.is_pillows:
        return _read_here(page, name)
    try:
        if page.is_misread:
            raise UnidentifiedImageError
        upright = _by_pillow(page.for_pillow, page.end, name, page.end)
    except UnidentifiedImageError as error:
        if page.can_be_read:
            return _read_here(page, name)
        raise ImageError(
            f"{quoted(name)} is a TIFF of an unusual kind ({page.words}): "
            "save it as PNG first."
        ) from error
    return upright.with_notes(before=[*_pages_note(page), *page.notes])


def _read_here(page: Page, name: str) -> Upright:
    """Read what Pillow gets wrong."""
    image, notes = page.read(name)
    return to_srgb(image).with_notes(before=[*_pages_note(page), *notes])


def _by_pillow(
    file: IO[bytes],
    n_bytes: int,
    name: str,
    end: int | None = None,
    at_least: tuple[int, int] | None = None,
) -> Upright:
    """Decode in three steps, each of which may read so much: head, pixels, frames."""
    bounded = BoundedReads(file, _HEADER_READS, _HEADER_BYTES, end)
    with Image.open(cast("IO[bytes]", bounded), formats=FORMATS) as image:
        check_claims(image, n_bytes, name)
        notes = _depth_note(image)
        most = _HEADER_BYTES + _BYTES_PER_PIXEL * image.width * image.height
        bounded.allow(most_reads(image), most, most_scans(image))
        mend(image)
        if at_least is not None:
            image.draft(None, at_least)
        image.load()
        declared = declared_by(image, file)
        bounded.allow(most_reads(image), most)
        hidden = hidden_by_key(image, bounded, declared.key)
        upright = to_srgb(image, declared, hidden)
        bounded.allow(_FRAME_READS, _FRAME_BYTES)
        return upright.with_notes(before=[*_frame_note(image), *notes])


def _pages_note(page: Page) -> list[str]:
    """Say that only the first of several pages is shown."""
    bounded = BoundedReads(page.file, _FRAME_READS, _FRAME_BYTES)
    try:
        count = count_pages(cast("IO[bytes]", bounded))
    except OSError:  # too many
        return ["frame 1 of several"]
    return [f"frame 1 of {count}"] if count > 1 else []


def _why_not_decoded(error: Exception, known: bool) -> str:
    """Word a decoder's error, for the rest of a sentence.

    ``known`` tells that the file starts as one of the formats on the list does.
    """
    if isinstance(error, UnidentifiedImageError):
        if known:
            return (
                "is damaged, cut short or of an unusual kind: copy or download it "
                "again, or save it as PNG"
            )
        return f"is not a picture in {_FORMATS_IN_WORDS}: choose another file"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        megapixels = MAX_PIXELS // 10**6
        return f"has more than {megapixels} megapixels: make it smaller first"
    if isinstance(error, MemoryError):
        return "does not fit into memory: close other programs or make it smaller"
    return "is damaged or cut short: copy or download it again"


def _frame_note(image: Image.Image) -> Iterable[str]:
    """Say that only the first of several frames is shown.

    Counting them moves about in the file: the pixels must have been taken before. The
    further pictures in a telephone's JPEG are previews and gain maps, not frames.
    """
    if image.format in ("MPO", "TIFF"):  # of a TIFF the pages are counted elsewhere
        return []
    try:
        count = getattr(image, "n_frames", 1)
    except Exception:  # later frames are damaged or too many
        return ["frame 1 of several"]
    return [f"frame 1 of {count}"] if count > 1 else []


def _depth_note(image: Image.Image) -> list[str]:
    """Say that Pillow keeps the high byte of 16-bit colours, before they are loaded."""
    is_color = image.mode not in ("I", "F") and not image.mode.startswith("I;")
    deep = is_color and ";16" in str(getattr(image, "tile", ""))
    return ["16-bit colours shown by their high byte"] if deep else []
