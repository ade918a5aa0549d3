"""The whole of `export` stays within a stated limit, for each kind of large picture."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from PIL import Image

from tests.corpus.pictures.export_guard import (
    EXPORT_LIMIT_MB,
    EXPORT_LIMIT_S,
    ExportGuard,
)
from tests.corpus.pictures.large import LARGE, colors
from vitviewer.inputs.resized import resized

needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="what is resident is read from /proc"
)


@pytest.fixture(scope="module")
def guard():
    guard = ExportGuard()
    yield guard
    guard.close()


@needs_linux
@pytest.mark.long
@pytest.mark.parametrize("name", LARGE)
def test_a_large_picture_is_exported_within_the_limit(
    name, guard, tmp_path, monkeypatch
):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # of the test's own reading
    source = tmp_path / "picture.png"
    source.write_bytes(LARGE[name]())
    with Image.open(source) as image:
        size = image.size
    for side_by_side in (False, True):
        out = tmp_path / f"out-{side_by_side}"
        told = guard.export(str(source), str(out), side_by_side)
        assert told["status"] == 0
        assert told["mb"] <= EXPORT_LIMIT_MB, told
        assert told["seconds"] <= EXPORT_LIMIT_S, told
        (written,) = out.iterdir()
        with Image.open(written) as image:
            assert side_by_side or image.size == size
        os.unlink(written)


@needs_linux
def test_exporting_adds_less_than_a_second_copy(guard, tmp_path):
    """Hold the fault itself in a short run: 25 megapixels at 3 bytes, and 90 MB."""
    source = tmp_path / "picture.png"
    image = Image.new("L", (5_000, 5_000), 90)
    image.save(source, compress_level=1)
    told = guard.export(str(source), str(tmp_path / "out"), False)
    assert told["status"] == 0
    assert told["mb"] <= 75 + 25 + 90, told


@pytest.mark.parametrize("resample", range(6))
@pytest.mark.parametrize("size", [(224, 224), (1500, 700), (7, 3000), (1501, 224)])
def test_channels_are_resized_as_the_whole_picture(size, resample, monkeypatch):
    monkeypatch.setattr("vitviewer.inputs.resized._SMALL_PIXELS", 0)
    pixels = np.random.default_rng(3).integers(0, 256, (999, 1501, 3), dtype=np.uint8)
    pixels[300:600] = colors(300, 1501)
    whole = Image.fromarray(pixels).resize(size, resample)
    np.testing.assert_array_equal(resized(pixels, size, resample), whole)
