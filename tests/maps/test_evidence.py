"""What an answer adds up to: each row is what it says, and the sum is the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.zoo import breed
from vitviewer.engine.engine import Engine
from vitviewer.maps.evidence import evidence, quantity
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Request, Target

PIXELS = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return an explanation and the budget of two of its classes."""
    engine = Engine()
    engine.load(str(breed(tmp_path_factory.mktemp("model"), "DeiT, two heads")), "cpu")
    explanation = engine.explain(from_pixels(PIXELS, "noise", "test"))
    one = engine.answer(Request("budget", target=Target(1)))
    pair = engine.answer(Request("budget", target=Target(1, 3)))
    return explanation, one, pair


def test_rows_sum_to_the_logit(told):
    explanation, answer, _ = told
    added = evidence(explanation, answer)
    assert [name for name, _ in added.rows] == [
        "Heads, read from patches",
        "Heads, read from prefix tokens",
        "MLPs",
        "Embedding",
        "Bias",
    ]
    assert added.name == "Logit of thing 1"
    assert added.total == pytest.approx(float(explanation.logits[1]), rel=1e-5)
    assert added.error < 1e-5 * sum(abs(value) for _, value in added.rows)
    patches = answer.values[..., explanation.tokens.patches]
    assert added.rows[0][1] == pytest.approx(float(patches.sum(dtype=np.float64)))
    prefix = answer.values[..., :2]  # class token, distillation token
    assert added.rows[1][1] == pytest.approx(float(prefix.sum(dtype=np.float64)))


def test_what_does_not_match_is_told(told):
    explanation, answer, _ = told
    off = evidence(explanation, replace(answer, target_value=answer.target_value + 1))
    assert off.error == pytest.approx(1.0, abs=1e-4)


def test_differences_and_units_are_named(told):
    explanation, one, pair = told
    assert evidence(explanation, pair).name == "Logit of thing 1 rather than thing 3"
    assert quantity(explanation, one) == "Evidence for thing 1, logits"
    assert quantity(explanation, explanation.rows) == "share of attention"
    other = replace(one, unit="relevance")
    assert quantity(explanation, other) == "relevance for thing 1"


def test_attention_is_no_evidence(told):
    explanation, answer, _ = told
    assert evidence(explanation, explanation.rows) is None
    assert evidence(explanation, replace(answer, target_value=None)) is None
