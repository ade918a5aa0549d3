"""The numbers under the pointer, in words."""

from __future__ import annotations

import numpy as np

from vitviewer.maps.selection import PatchMap
from vitviewer.qt.window.readout import describe, prefix_share
from vitviewer.queries import Direction

VALUES = np.array([[0.1, 0.4], [0.2, 0.1]], dtype=np.float32)
SPECIAL = np.array([0.15, 0.05], dtype=np.float32)
FROM = PatchMap(VALUES, SPECIAL, "made up", 6)
TO = PatchMap(VALUES, SPECIAL, "made up", 6, Direction.TO)


def test_a_patch():
    assert describe(12.7, 3.2, (1, 0), FROM) == (
        "x 12, y 3 · patch row 1, column 0 · 20.000 % of the attention · "
        "1.20 × uniform · rank 2 of 4 · prefix tokens 20.0 %"
    )


def test_what_looks_at_the_query_speaks_of_each_patch_by_itself():
    words = describe(0, 0, (0, 1), TO)
    assert "40.000 % of this patch's attention" in words
    assert "prefix" not in words
    assert prefix_share(TO) == ""


def test_a_pixel_the_model_never_saw():
    assert describe(5, 6, None, FROM) == "x 5, y 6 · the model did not see this pixel"


def test_a_picture_without_a_map():
    assert describe(5, 6, None, None) == "x 5, y 6"
    assert describe(5, 6, (0, 0), None) == "x 5, y 6 · patch row 0, column 0"


def test_equal_values_share_a_rank():
    assert "rank 3 of 4" in describe(0, 0, (0, 0), FROM)
