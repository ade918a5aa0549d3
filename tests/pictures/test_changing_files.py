"""Files that are cut short or changed while they are read: a copy that is under way."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.picture_factory import encoded, noise
from tests.tiff_writer import DEFLATE, LZW, NONE, RGB, Tiff
from vitviewer.errors import ImageError
from vitviewer.pictures.bounded_reads import BoundedReads
from vitviewer.pictures.decoding import decode

PIXELS = noise(200, 300)
FILES: dict[str, bytes] = {
    **{f"TIFF, {kind}": encoded(PIXELS, "TIFF", compression=kind)
       for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd")},
    "TIFF, jpeg": encoded(PIXELS, "TIFF", compression="jpeg"),
    "TIFF of deep planes": Tiff(PIXELS * np.uint16(257), RGB, planar=True).encode(),
    "TIFF of floats": Tiff(PIXELS[..., 0].astype("f4"), compression=DEFLATE).encode(),
    "BigTIFF": Tiff(PIXELS, RGB, order=">", big=True, compression=LZW).encode(),
    **{form: encoded(PIXELS, form)
       for form in ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "PPM")},
}  # fmt: skip


class _Changed(io.FileIO):
    """A file to which something is done before its n-th read."""

    def __init__(self, path: Path, n: int, size: int, over: bytes) -> None:
        super().__init__(path)
        self.path, self.left, self.size, self.over = path, n, size, over

    def read(self, size: int | None = -1, /) -> Any:
        self.left -= 1
        if self.left == 0:
            with open(self.path, "r+b") as file:
                file.truncate(self.size)
                file.seek(0 if self.over else self.size)
                file.write(self.over)
        return super().read(size)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changes_between_two_reads(name, tmp_path):
    path, data = tmp_path / "picture", FILES[name]
    changes = [(size, b"") for size in (0, 30, len(data) // 2, len(data) - 20)]
    changes += [(len(data), encoded(noise(40, 50, seed=1))), (len(data), bytes(9000))]
    for n in (1, 2, 3, 5, 9, 20):
        for size, over in changes:
            path.write_bytes(data)
            # A sentence, or pixels of some kind.
            with _Changed(path, n, size, over) as file, suppress(ImageError):
                decode(file, "picture")


WHILE_MAPPED = """
import os, sys, threading
from vitviewer.errors import ImageError
from vitviewer.pictures.opening import open_image

path = sys.argv[1]
done, seen = threading.Event(), []

def watch():
    while not done.is_set():
        with open("/proc/self/maps") as maps:
            if path in maps.read():  # a library has mapped the file
                os.truncate(path, 100)
                seen.append(True)
                return

watcher = threading.Thread(target=watch)
watcher.start()
try:
    open_image(path)
except ImageError as error:
    print(error)
done.set()
watcher.join()
print("mapped" if seen else "not mapped")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    "compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"]
)
def test_no_file_is_mapped_and_none_ends_the_program(compression, tmp_path):
    path = tmp_path / "picture.tif"
    pixels = np.tile(noise(500, 500), (6, 8, 1))
    Image.fromarray(pixels).save(path, compression=compression, strip_size=1 << 16)
    command = [sys.executable, "-c", WHILE_MAPPED, os.fspath(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "not mapped\n"), ended


def test_no_library_is_given_the_file_itself(tmp_path):
    path = tmp_path / "picture.tif"
    path.write_bytes(Tiff(PIXELS, RGB, compression=NONE).encode())
    with open(path, "rb") as file, pytest.raises(OSError, match="fileno"):
        BoundedReads(file, 9, 9).fileno()
