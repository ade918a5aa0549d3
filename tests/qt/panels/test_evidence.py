"""The budget in the window: added up, scrubbed, and gone with another method."""

from __future__ import annotations

import numpy as np
import pytest

from tests.qt.window_kit import close_viewer, grab, make_viewer, save_picture
from tests.zoo import breed
from vitviewer.maps.evidence import Evidence
from vitviewer.qt.looks.roles import color
from vitviewer.qt.panels.evidence import EvidenceBars, number, places, within
from vitviewer.queries import Target

MINUS = "\u2212"


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


def show_budget(viewer, target=None):
    viewer.state.target = target
    viewer.state.method = "budget"
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.shown is not None
            and viewer.controller.shown.answer.request.method == "budget"
            and viewer.controller.shown.answer.request.target == target
        ),
        timeout=60_000,
    )


def test_the_answer_is_added_up(viewer):
    section = viewer.window.panels.details["Budget"]
    assert section.isHidden()
    show_budget(viewer)
    assert not section.isHidden()
    bars = viewer.window.panels.evidence.bars
    logits = viewer.controller.explanation.logits
    assert bars.evidence.total == pytest.approx(float(logits.max()), rel=1e-4)
    assert bars.evidence.error < 1e-4
    written = [float(row[1].replace(MINUS, "-")) for row in bars.rows]
    assert sum(written[:-1]) == pytest.approx(written[-1], abs=0.04)
    label = viewer.controller.explanation.predictions(1)[0].label
    assert f"for {label} " in viewer.controller.shown.sentence.text
    assert viewer.window.panels.map.bar.accessibleDescription().startswith(
        f"Evidence for {label}, logits"
    )
    viewer.state.method = "attention"
    viewer.qtbot.waitUntil(section.isHidden)


def test_a_step_changes_the_map_and_not_the_sum(viewer):
    show_budget(viewer, Target(2))
    before = viewer.window.panels.evidence.bars.rows
    maps = []
    for layer in (0, 1):
        viewer.state.layer = layer
        viewer.qtbot.waitUntil(
            lambda layer=layer: f"layer {layer + 1}," in viewer.title
        )
        maps.append(viewer.controller.shown.patch_map.values)
    assert not np.array_equal(*maps)
    assert viewer.window.panels.evidence.bars.rows == before
    tokens = viewer.controller.explanation.tokens
    answer = viewer.controller.shown.answer
    np.testing.assert_allclose(maps[1], tokens.grid(answer.values[1].sum(0)), rtol=1e-6)


def test_a_model_without_classes_shows_attention_and_says_why(viewer, tmp_path):
    show_budget(viewer, Target(2))
    viewer.controller.load_model(str(breed(tmp_path / "other", "DINOv2")))
    viewer.qtbot.waitUntil(lambda: "shows attention" in spoken(viewer), timeout=60_000)
    assert viewer.window.notice.isVisible()
    assert "has no classes" in viewer.window.notice.label.text()
    assert viewer.window.panels.details["Budget"].isHidden()
    assert viewer.state.target is None


def test_another_model_explains_its_own_prediction(viewer, tiny_deit):
    show_budget(viewer, Target(2))
    before = viewer.controller.model.source
    viewer.controller.load_model(str(tiny_deit))
    viewer.qtbot.waitUntil(
        lambda: (
            viewer.controller.model.source != before
            and viewer.controller.shown is not None
            and viewer.controller.shown.answer.request.method == "budget"
        ),
        timeout=60_000,
    )
    best = viewer.controller.explanation.predictions(1)[0]
    assert viewer.controller.shown.answer.explained == Target(best.index)


def spoken(viewer):
    shown = viewer.controller.shown
    return "" if shown is None else shown.sentence.text


def test_bars_grow_from_zero_to_their_sides(qtbot):
    bars = EvidenceBars()
    qtbot.addWidget(bars)
    bars.show_evidence(Evidence((("a", 3.0), ("b", -1.0)), "Logit of c", 2.0))
    bars.resize(400, bars.sizeHint().height())
    pixels = grab(bars)

    def columns(role):
        wanted = np.array(color(role).getRgb()[:3])
        hits = (np.abs(pixels.astype(int) - wanted).sum(-1) == 0).any(axis=0)
        return np.flatnonzero(hits)

    supports, opposes = columns("supports"), columns("opposes")
    assert supports.min() == pytest.approx(100, abs=2)
    assert supports.max() == pytest.approx(399, abs=2)
    assert opposes.min() == pytest.approx(0, abs=2)
    assert opposes.max() == pytest.approx(99, abs=2)


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "words"),
    [(1.006, 2, "+", "+1.01"), (-0.5, 2, "+", f"{MINUS}0.50"), (3.0, 1, "-", "3.0")],
)
def test_numbers(value, decimals, sign, words):
    assert number(value, decimals, sign) == words


def test_all_rows_have_the_decimals_that_the_largest_needs():
    assert places(Evidence((("a", 0.0),), "b", 0.0)) == 2
    assert places(Evidence((("a", 812.0),), "b", 812.0)) == 2
    assert places(Evidence((("a", 0.0312),), "b", 0.0312)) == 4
    assert within(0.0) == "exactly"
    assert within(1.4e-6) == f"within 1e{MINUS}6"
