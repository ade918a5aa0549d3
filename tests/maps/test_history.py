"""Back and forward go where somebody looked, not through what was scrubbed past."""

from __future__ import annotations

import pytest

from vitviewer.maps.history import MOST, REST, History, step_of, take
from vitviewer.maps.state import ViewState
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Target

STILL = REST * 1.5


class Walk:
    """Somebody who chooses, with a clock of their own."""

    def __init__(self) -> None:
        self.state, self.history, self.now = ViewState(), History(), 0.0
        self.choose(0.0)

    def choose(self, wait: float = STILL, **choices) -> None:
        """Choose something, then let some time pass."""
        for name, value in choices.items():
            setattr(self.state, name, value)
        self.history.note(self.state, self.now)
        self.now += wait
        self.history.settle(self.now)

    def go(self, way: str) -> bool:
        step = getattr(self.history, way)()
        if step is not None:
            take(step, self.state)
            self.history.note(self.state, self.now)
        return step is not None


@pytest.fixture
def walk():
    return Walk()


def test_scrubbing_is_no_step_but_where_it_ends_is_one(walk):
    for layer in range(1, 12):
        walk.choose(0.05, layer=layer)
    walk.choose(STILL)
    assert walk.go("back")
    assert walk.state.layer == 0
    assert not walk.go("back")
    assert walk.go("forward")
    assert walk.state.layer == 11
    assert not walk.go("forward")


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("query", Query.patch(1, 2), Query(QueryKind.MEAN)),
        ("method", "rollout", "attention"),
        ("direction", Direction.TO, Direction.FROM),
        ("target", Target(1), Target(1, 2)),
    ],
)
def test_what_is_picked_is_a_step_at_once(walk, name, first, second):
    before = getattr(walk.state, name)
    walk.choose(0.01, **{name: first})
    walk.choose(0.01, **{name: second})
    walk.go("back")
    assert getattr(walk.state, name) == first
    walk.go("back")
    assert getattr(walk.state, name) == before


@pytest.mark.parametrize(
    "choice",
    [{"layer": 3}, {"head": 2}, {"fusion": Fusion.MAX}, {"first_layer": 1}],
)
def test_what_stood_for_a_while_is_a_step(walk, choice):
    walk.choose(**choice)
    (name,) = choice
    walk.choose(0.1, query=Query.patch(0, 0))
    walk.go("back")
    assert getattr(walk.state, name) == choice[name]
    assert walk.state.query == Query()
    walk.go("back")
    assert getattr(walk.state, name) == getattr(ViewState(), name)


def test_going_back_in_the_middle_of_a_scrub_can_be_gone_forward_from(walk):
    walk.choose(layer=3)
    walk.choose(0.1, layer=4)
    assert walk.history.can_go_back
    walk.go("back")
    assert walk.state.layer == 3
    walk.go("forward")
    assert walk.state.layer == 4


def test_a_scrub_there_and_back_is_nothing(walk):
    walk.choose(0.1, layer=1)
    walk.choose(layer=0)
    assert not walk.history.can_go_back
    assert not walk.history.is_passing


def test_a_new_step_ends_the_way_forward(walk):
    walk.choose(layer=1)
    walk.choose(layer=2)
    walk.go("back")
    walk.choose(layer=5)
    assert not walk.history.can_go_forward
    walk.go("back")
    assert walk.state.layer == 1


def test_colours_are_left_as_they_are(walk):
    walk.choose(layer=1)
    walk.choose(opacity=0.2, colormap="matplotlib:magma")
    walk.go("back")
    assert (walk.state.layer, walk.state.opacity) == (0, 0.2)
    assert not walk.history.can_go_back


def test_settings_are_taken_back_and_held_apart(walk):
    walk.choose(settings={"rollout": {"fusion": "max"}})
    walk.state.settings["rollout"]["fusion"] = "min"
    walk.go("back")
    assert walk.state.settings == {}
    walk.go("forward")
    assert walk.state.settings == {"rollout": {"fusion": "max"}}


def test_only_so_many_steps_are_kept(walk):
    for number in range(MOST + 20):
        walk.choose(layer=number + 1)
    count = 0
    while walk.go("back"):
        count += 1
    assert count == MOST - 1
    assert walk.state.layer == 21


def test_another_model_has_a_history_of_its_own(walk):
    walk.choose(layer=3)
    walk.history.clear()
    assert not walk.go("back")
    walk.choose(layer=1)
    walk.choose(layer=2)
    walk.go("back")
    assert walk.state == ViewState(layer=1)


def test_a_step_is_what_it_was_taken_of():
    state = ViewState(method="rollout", layer=4, query=Query.patch(2, 1))
    other = ViewState()
    take(step_of(state), other)
    assert other == state
