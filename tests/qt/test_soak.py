"""Random operations through the real window leave it alive, quiet and no larger."""

from __future__ import annotations

import gc
import os
import random
import threading
import weakref
from time import monotonic

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.counting import counted
from tests.model_factory import make_model
from tests.qt.hub_kit import FakeHub
from tests.qt.soak import Soak, active_timers
from tests.qt.window_kit import close_viewer, make_viewer, save_picture
from tests.withstand import record

LONG = bool(os.environ.get("VITVIEWER_SOAK"))
OPERATIONS = 3000 if LONG else 500
MOST_MB, MOST_MB_PER_100 = 30, 2


@pytest.fixture
def soak(qtbot, monkeypatch, caplog, tiny_vit, tiny_deit, tmp_path):
    threads = set(threading.enumerate())
    hub = FakeHub(monkeypatch)
    (tmp_path / "no model").mkdir()
    models = [str(tiny_vit), str(tiny_deit), "shapes", str(tmp_path / "no model")]
    viewer = make_viewer(qtbot, tiny_vit)
    yield Soak(viewer, tmp_path, models)
    hub.release()
    close_viewer(viewer)
    unforeseen = [r.exc_info for r in caplog.get_records("call") if r.exc_info]
    assert unforeseen == []
    assert active_timers(viewer) == []
    # Libraries keep a thread or two of their own; Qt's are looked after elsewhere.
    left = [t for t in set(threading.enumerate()) - threads if not t.daemon]
    assert left == []


# A process that has run a thousand other tests takes memory in steps of its own: the
# long soak has one to itself.
@pytest.mark.parametrize("seed", (0, 1, 2) if LONG else (0,))
def test_random_operations(soak, seed):
    began = monotonic()
    with counted("soak runs"):
        memory = soak.run(OPERATIONS, seed)
        soak.check_alive()
    growth, slope = memory.second_half()
    print(f"{OPERATIONS} operations in {monotonic() - began:.0f} s: {growth:+.1f} MB,")
    print(f"{slope:+.2f} MB per 100 operations over the second half")
    record("soak operations", tried=OPERATIONS, expected=OPERATIONS, worst_mb=growth)
    assert growth <= MOST_MB
    # Fewer operations tell too little: they vary by 5 MB per 100 either way.
    assert slope <= MOST_MB_PER_100 or not LONG


DICE = st.integers(0, 2**16).map(random.Random)


class Restless(RuleBasedStateMachine):
    """The same operations, for hypothesis to search and shrink."""

    soak: Soak

    def teardown(self) -> None:
        self.soak.check_alive()


for _name in [name for name in dir(Soak) if name.startswith("op_")]:

    def _operation(self, dice, name=_name):
        getattr(self.soak, name)(dice)
        self.soak.viewer.qtbot.wait(0)

    setattr(Restless, _name[3:], rule(dice=DICE)(_operation))


def test_no_sequence_of_operations_is_found_that_breaks_it(soak):
    Restless.soak = soak
    plan = settings(
        max_examples=100 if LONG else 8,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    with counted("soak searches"):
        run_state_machine_as_test(Restless, settings=plan)


# --- what was opened is let go ------------------------------------------------------


@pytest.fixture
def viewer(qtbot, tiny_vit):
    viewer = make_viewer(qtbot, tiny_vit)
    yield viewer
    close_viewer(viewer)


def test_pictures_are_let_go(viewer, tmp_path, coffee):
    kept = []
    for n in range(21):
        path = save_picture(tmp_path, f"{n}.png", coffee[n:])
        viewer.open(path)
        explanation = viewer.controller.explanation
        kept += [weakref.ref(viewer.controller.picture.pixels)]
        kept += [weakref.ref(explanation.rows.values)] if n % 2 else []
    del explanation
    viewer.open(path)
    viewer.qtbot.waitUntil(lambda: gc.collect() >= 0 and alive(kept) <= 1)
    assert alive(kept[:-1]) == 0


def test_models_are_let_go(viewer, tmp_path, chelsea):
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    kept = []
    for n in range(6):
        folder = make_model(tmp_path / f"model {n}", "vit")
        viewer.controller.load_model(str(folder))
        viewer.qtbot.waitUntil(
            lambda folder=folder: (
                viewer.controller.model.source == str(folder)
                and viewer.controller.shown is not None
            ),
            timeout=60_000,
        )
        kept.append(weakref.ref(viewer.controller.asker.engine._model))
    viewer.qtbot.waitUntil(lambda: gc.collect() >= 0 and alive(kept[:-1]) == 0)


def alive(references) -> int:
    return sum(reference() is not None for reference in references)
