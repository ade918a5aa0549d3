"""Why this answer, on real weights: it adds up, and what it credits matters."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import photograph
from tests.real.scenes import held_out_scene
from vitviewer.engine.engine import Engine
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Request, Target

PHOTOGRAPHS = ["cat", "coffee", "astronaut", "rocket"]
SCENES = 3


@pytest.fixture(scope="module")
def engine(real_classifier):
    return Engine.of(real_classifier)


def explain(engine, pixels, name):
    return engine.explain(from_pixels(np.ascontiguousarray(pixels), name, "test"))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_budget_of_a_photograph_adds_up(engine, name):
    explanation = explain(engine, photograph(name), name)
    for target in (Target(0), Target(3), Target(3, 7)):
        answer = engine.answer(Request("budget", target=target))
        size = float(np.abs(answer.values).sum())
        size += sum(map(abs, answer.parts.values()))
        logits = explanation.logits.astype(np.float64)
        wanted = logits[target.index]
        if target.minus is not None:
            wanted -= logits[target.minus]
        total = answer.values.sum(dtype=np.float64) + sum(answer.parts.values())
        assert total == pytest.approx(wanted, abs=1e-5 * size)


@pytest.mark.long
def test_what_the_budget_credits_matters_more_than_others(engine):
    """Without the patch that it credits most the answer changes more than usual.

    By the direct path alone: what the patch did through the layers between may be more,
    and of either sign, so it is the size of the change that is compared.
    """
    more = 0
    for number in range(SCENES):
        scene = held_out_scene(number)
        explanation = explain(engine, scene.picture, f"scene {number}")
        best = Target(explanation.predictions(1)[0].index)
        patches = explanation.tokens.patches
        credited = engine.answer(Request("budget", target=best)).values
        credited = credited.sum(axis=(0, 1))[patches]
        settings = (("detail", "patches"),)
        removed = engine.answer(Request("removal", target=best, settings=settings))
        effect = np.abs(removed.values[0, 0, patches])
        more += effect[credited.argmax()] > np.median(effect)
        assert effect[np.argsort(-credited)[:10]].mean() > effect.mean()
    assert more >= SCENES - 1
