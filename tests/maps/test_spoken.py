"""What screen readers hear of a map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.facts import explanation
from vitviewer.maps.resolve import resolve
from vitviewer.maps.spoken import blank, spoken
from vitviewer.maps.state import ViewState
from vitviewer.queries import Fusion

MADE_UP = explanation()
PATCHES = MADE_UP.tokens.patches


def shown(change=lambda values: values, signed=False, **choices):
    answer = MADE_UP.rows
    values = change(answer.values.copy())
    state = ViewState(layer=1, fusion=Fusion.HEAD, head=0, **choices)
    return resolve(MADE_UP, replace(answer, values=values, signed=signed), state)


def peaked(at: int, value: float):
    def change(values):
        values[..., PATCHES] = 0.01
        values[1, 0, np.arange(values.shape[-1])[PATCHES][at]] = value
        return values

    return change


def test_the_highest_patch_is_named_with_its_value():
    cols = MADE_UP.geometry.cols
    row, col = 1, 0
    words = spoken(shown(peaked(row * cols + col, 0.25)))
    title = shown(peaked(row * cols + col, 0.25)).title
    assert words.lower().startswith(title.lower())
    assert words.endswith("Highest: row 1, column 0, 25.0 %")


def test_evidence_against_is_named_too():
    words = spoken(shown(peaked(1, -0.5), signed=True))
    assert "Highest: row 0, column 0" in words
    assert words.endswith("Lowest: row 0, column 1, -50 %")


@pytest.mark.parametrize(
    ("value", "reason"), [(np.nan, "may read no token"), (0.0, "has the value 0")]
)
def test_a_blank_map_says_why(value, reason):
    def change(values):
        values[..., PATCHES] = value
        return values

    resolved = shown(change)
    assert reason in blank(resolved)
    assert spoken(resolved).endswith(blank(resolved))


def test_a_map_with_a_single_value_is_not_blank():
    assert blank(shown(peaked(0, 0.5))) == ""
