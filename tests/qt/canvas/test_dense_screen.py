"""The canvas on a screen of two pixels a point; Qt fixes that once for a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

_SCRIPT = """
import json
import numpy as np
from PySide6.QtWidgets import QApplication
from tests.painting import cropped, hot_patch, painted_box, style
from tests.qt.window_kit import grab
from vitviewer.qt.canvas.overlay_view import OverlayView
from vitviewer.qt.widgets.qimage import to_qimage
from vitviewer.maps.state import Interpolation

app = QApplication([])
geometry = cropped(640, 427)
view = OverlayView()
view.resize(1200, 800)
view.show()
app.processEvents()
view.set_picture(np.full((427, 640, 3), 90, np.uint8))
view.set_geometry(geometry)
nearest = style(Interpolation.NEAREST)
view.set_map(hot_patch(geometry, None), nearest)
cold = grab(view.viewport())
view.set_map(hot_patch(geometry, (5, 6)), nearest)
box = painted_box(grab(view.viewport()), cold)
back = view.viewportTransform().inverted()[0]
edges = [*back.map(box[0] / 2, box[1] / 2), *back.map(box[2] / 2, box[3] / 2)]
app.processEvents()

# Pixels that only a second painting of the picture would show.
view._picture._levels = [to_qimage(np.full((427, 640, 3), 255, np.uint8))]
view.set_map(hot_patch(geometry, None), nearest)
app.processEvents()
again = grab(view.viewport())
view.zoom_to_actual()
print(json.dumps({
    "ratio": view.devicePixelRatioF(),
    "grabbed": cold.shape[:2],
    "edges": edges,
    "patch": geometry.patch_rect(5, 6),
    "from_cache": bool(np.array_equal(again, cold)),
    "actual": view.transform().m11(),
}))
"""


@pytest.fixture(scope="module")
def told():
    """Return what the canvas did in a process with a dense screen."""
    answer = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(answer.stdout)


def test_canvas_is_painted_at_full_density(told):
    assert told["ratio"] == 2.0
    assert told["grabbed"][1] > 2 * 1190


def test_patch_lies_in_its_place(told):
    x, y, width, height = told["patch"]
    assert told["edges"] == pytest.approx([x, y, x + width, y + height], abs=1.0)


def test_scrub_paints_the_picture_from_the_cache(told):
    assert told["from_cache"]


def test_actual_size_is_one_picture_pixel_to_one_of_the_screen(told):
    assert told["actual"] == 0.5
