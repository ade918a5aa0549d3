"""TIFFs of every layout, against the numbers that were written into them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from tests.tiff_writer import (
    BLACK_IS_ZERO,
    CMYK,
    DEFLATE,
    LZW,
    NONE,
    PACKBITS,
    PALETTE,
    RGB,
    WHITE_IS_ZERO,
    Tiff,
)
from vitviewer.errors import ImageError
from vitviewer.pictures.opening import decode_image
from vitviewer.pictures.picture import Picture

HEIGHT, WIDTH = 21, 37
NUMBERS = [
    *(("u", bits) for bits in (1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32, 64)),
    *(("i", bits) for bits in (8, 16, 24, 32, 64)),
    *(("f", bits) for bits in (16, 32, 64)),
]
# photometric interpretation, samples, what the extra ones are
COLORS: list[tuple[int, int, tuple[int, ...] | None]] = [
    *((WHITE_IS_ZERO, 1, None), (BLACK_IS_ZERO, 1, None), (RGB, 3, None)),
    *((WHITE_IS_ZERO, 2, (0,)), (RGB, 4, (0,)), (RGB, 5, (0, 0))),
    *((BLACK_IS_ZERO, 4, None), (BLACK_IS_ZERO, 3, (0, 0))),
]
STORED = [
    *((NONE, 1, 1), (NONE, 1, 2), (PACKBITS, 1, 1), (LZW, 1, 1), (LZW, 2, 1)),
    *((DEFLATE, 1, 1), (DEFLATE, 2, 1), (DEFLATE, 3, 1)),
]


def decode(data: bytes) -> Picture:
    return decode_image(data, "x.tif", "x.tif")


def numbers(kind: str, bits: int, samples: int) -> NDArray[Any]:
    """Return random numbers that reach the ends of their range."""
    rng = np.random.default_rng(bits)
    n_bytes = next(n for n in (1, 2, 4, 8) if 8 * n >= bits)
    shape = (HEIGHT, WIDTH, samples)
    if kind == "f":
        return (rng.random(shape) * 100 - 30).astype(f"f{n_bytes}")
    low, high = (
        (0, 2**bits - 1) if kind == "u" else (-(2 ** (bits - 1)), 2**bits // 2 - 1)
    )
    values = rng.integers(low, high, shape, f"{kind}8", endpoint=True)
    values[0, 0], values[-1, -1] = low, high
    return values.astype(f"{kind}{n_bytes}")


def expected(values: NDArray[Any], photometric: int, bits: int) -> NDArray[Any]:
    """Return the bytes by the rules, from the numbers themselves."""
    colors = values[..., : 3 if photometric == RGB else 1]
    if values.dtype.kind == "u" and bits == 16 and photometric == RGB:
        return colors >> 8
    exact = colors.astype(np.float64)
    low, high = exact.min(), exact.max()
    if values.dtype.kind == "u" and bits <= 16:
        low, high = 0, 2**bits - 1
    shown = np.rint((exact - low) / (high - low) * 255)
    return 255 - shown if photometric == WHITE_IS_ZERO else shown


def wrong(shown: Picture, right: NDArray[Any]) -> float:
    return float(np.abs(shown.pixels.astype(int) - right).max())


def is_written(kind: str, bits: int, predictor: int) -> bool:
    """Tell whether there is such a TIFF: predictors are for some numbers only."""
    whole_bytes = predictor != 2 or bits in (8, 16, 32, 64)
    return whole_bytes and (predictor != 3 or kind == "f")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("kind", "bits", "stored"),
    [
        pytest.param(kind, bits, stored, id=f"{kind}{bits}-{stored}")
        for kind, bits in NUMBERS
        for stored in STORED
        if is_written(kind, bits, stored[1])
    ],
)
def test_what_was_written_is_shown(kind, bits, stored, order):
    compression, predictor, fill_order = stored
    pieces: list[Any] = [0, 5, (16, 16)]
    for n, (photometric, samples, extra) in enumerate(COLORS):
        for planar in {False, samples > 1}:
            values = numbers(kind, bits, samples)
            tiff = Tiff(values, photometric, bits, order, planar, pieces[n % 3])
            tiff.compression, tiff.predictor = compression, predictor
            tiff.fill_order, tiff.extra = fill_order, extra
            tiff.big = n % 2 == 0
            picture = decode(tiff.encode())
            error = wrong(picture, expected(values, photometric, bits))
            assert error <= (kind != "u"), (photometric, samples, planar)
            left_out = samples - (3 if photometric == RGB else 1)
            said = any(f"{left_out} of {samples} bands" in t for t in picture.notes)
            assert said == (left_out > 0)


def test_the_writer_is_understood_by_others():
    for kind, bits in (("u", 16), ("i", 8), ("f", 32)):
        for planar in (False, True):
            values = numbers(kind, bits, 3)
            data = Tiff(
                values, RGB, planar=planar, order=">", big=True, piece=5
            ).encode()
            read = tifffile.imread(io.BytesIO(data))
            read = np.moveaxis(read, 0, -1) if read.shape[0] == 3 else read
            np.testing.assert_array_equal(read, values)


def rgb_and_alpha(bits: int) -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(1)
    kind, times = f"u{bits // 8}", (2**bits - 1) // 255
    colors = rng.integers(0, 256, (20, 30, 3)) * times
    alpha = rng.integers(0, 256, (20, 30, 1)) * times
    alpha[:3], alpha[5] = 2**bits - 1, 0
    return colors.astype(kind), alpha.astype(kind)


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
def test_alpha_before_and_behind_other_bands(bits, planar):
    colors, alpha = rgb_and_alpha(bits)
    share = alpha / (2**bits - 1)
    over_white = np.rint((colors >> (bits - 8)) * share + 255 * (1 - share))
    times_alpha = np.rint(colors * share).astype(colors.dtype)
    other = colors[..., :1]
    for bands, extra in (
        ((colors, alpha), (2,)),
        ((times_alpha, alpha), (1,)),
        ((colors, other, alpha), (0, 2)),
        ((colors, alpha, other), (2, 0)),
    ):
        tiff = Tiff(np.dstack(bands), RGB, planar=planar, extra=extra)
        picture = decode(tiff.encode())
        assert wrong(picture, over_white) <= 3, extra
        assert ("1 of 5 bands left out" in picture.notes) == (len(extra) == 2)
    grey = np.dstack([other, alpha])
    picture = decode(Tiff(grey, WHITE_IS_ZERO, planar=planar, extra=(2,)).encode())
    shown = (255 - (other >> (bits - 8))) * share + 255 * (1 - share)
    assert wrong(picture, np.rint(shown)) <= 2


def test_separate_planes_of_cmyk_are_those_of_interleaved_ones():
    colors, alpha = rgb_and_alpha(16)
    inks = np.dstack([colors, alpha])
    together, apart = (decode(Tiff(inks, CMYK, planar=p).encode()) for p in (0, 1))
    np.testing.assert_array_equal(together.pixels, apart.pixels)
    more = Tiff(np.dstack([inks, alpha]), CMYK, extra=(2,))
    assert "1 of 5 bands left out" in decode(more.encode()).notes


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_palettes(order, big):
    rng = np.random.default_rng(2)
    for bits in (1, 2, 4, 8):
        index = rng.integers(0, 2**bits, (20, 30)).astype(np.uint8)
        colors = rng.integers(0, 65536, (3, 2**bits))
        right = (colors >> 8).T[index]
        for map_ in (colors, colors >> 8):  # some write 8 bits
            tags = {320: tuple(map_.ravel().tolist())}
            tiff = Tiff(index, PALETTE, bits, order, big=big, tags=tags)
            assert wrong(decode(tiff.encode()), right) == 0


@pytest.mark.parametrize("compression", [NONE, LZW, DEFLATE, PACKBITS])
def test_big_endian_bigtiff_of_what_pillow_reads(compression):
    values = numbers("u", 8, 3)
    tiff = Tiff(values, RGB, order=">", big=True, compression=compression, piece=4)
    tiff.pages = 3
    picture = decode(tiff.encode())
    assert wrong(picture, values) == 0
    assert "frame 1 of 3" in picture.notes


def test_an_overview_is_no_page():
    data = Tiff(numbers("f", 32, 1), pages=3, tags={254: (1,)}).encode()
    assert not any("frame" in note for note in decode(data).notes)


NODATA = [
    *(("f4", -9999.0, b"-9999\0"), ("f4", -9999.0, b"-9999.0 \0")),
    *(("f4", -3.4028234663852886e38, b"-3.4028234663852886e+38\0"),),
    *(("f8", -1.7976931348623157e308, b"-1.7976931348623157e+308\0"),),
    *(("f4", np.nan, b"nan\0"), ("f4", -np.inf, b"-inf\0"), ("f4", np.inf, b"1e999\0")),
    *(
        ("i2", -32768, b"-32768\0"),
        ("i2", -32768, b"-32768.0\0"),
        ("i4", -9999, b"-9999"),
    ),
    *(("u2", 65535, b"65535\0"), ("u4", 4294967295, b"4294967295\0")),
]


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
@pytest.mark.parametrize(("kind", "value", "text"), NODATA)
def test_no_data_is_left_out_of_the_range(kind, value, text, photometric):
    values = np.linspace(0, 4095, 40 * 50).reshape(40, 50).astype(kind)
    hole = np.zeros(values.shape, bool)
    hole[5:9, 7:20] = True
    values[hole] = value
    picture = decode(Tiff(values, photometric, tags={42113: text}).encode())
    right = np.rint(values.astype(np.float64) / 4095 * 255)
    right = 255 - right if photometric == WHITE_IS_ZERO else right
    right[hole] = 0
    assert wrong(picture, right[..., None]) <= 1
    assert any("52 values" in note and "black" in note for note in picture.notes)


@pytest.mark.parametrize(
    "text", [b"abc\0", b"\0", b"\xff\xfe", b"1e9\0", b"0.5\0", b"-1\0"]
)
def test_no_data_that_no_value_can_be(text):
    values = numbers("u", 16, 1)
    picture = decode(Tiff(values, tags={42113: text}).encode())
    assert wrong(picture, expected(values, BLACK_IS_ZERO, 16)) == 0


def test_a_picture_of_no_data_alone_is_black():
    data = Tiff(np.full((5, 5), -9999, np.float32), tags={42113: b"-9999\0"}).encode()
    assert decode(data).pixels.max() == 0


@pytest.mark.parametrize(
    "tiff",
    [
        Tiff(np.zeros((8, 8), np.complex64)),
        Tiff(np.zeros((8, 8), np.uint8), photometric=32803),
        Tiff(np.zeros((8, 8), np.uint8), tags={259: (34887,)}),
        Tiff(np.zeros((8, 8, 3), np.uint16), photometric=8),
        Tiff(np.zeros((8, 8, 3), np.uint8), 6, tags={279: (96,), 530: (2, 2)}),
        Tiff(np.zeros((8, 8, 2), np.uint8), tags={258: (8, 4)}),
        Tiff(np.zeros((8, 8, 2), np.uint8), tags={339: (1, 3)}),
    ],
    ids=["complex", "mosaic", "LERC", "Lab of 16 bits", "subsampled", "bits", "kinds"],
)
def test_what_is_not_read_is_called_what_it_is(tiff):
    with pytest.raises(ImageError, match=r"TIFF of an unusual kind .*save it as PNG"):
        decode(tiff.encode())
