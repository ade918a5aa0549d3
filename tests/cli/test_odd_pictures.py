"""Odd pictures through the whole of `export` and of `--headless`, under one limit.

Each command runs in a process forked from one that has torch loaded. Bombs have a
command each; of the others a dozen share one, and the limit holds for all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import picking, withstand
from tests.corpus.pictures import SUBJECTS
from tests.corpus.pictures.case import Case, Made
from tests.forking import Done, Forks
from tests.model_factory import make_model

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="links, FIFOs, forks and what they take"
)
LIMIT_MB, LIMIT_S = 650, 30
TOGETHER = 12
NAMED = [(s, case) for s, cases in SUBJECTS.items() for case in cases]


def batches(named: list[tuple[str, Case]]) -> Iterator[list[Case]]:
    """Divide cases into what goes into one command."""
    yield from ([case] for subject, case in named if subject == "bombs")
    rest = [case for subject, case in named if subject != "bombs"]
    for first in range(0, len(rest), TOGETHER):
        yield rest[first : first + TOGETHER]


def parameters() -> list[object]:
    """Name the batches: those of a short run, and the long rest."""
    short = [n for n in NAMED if picking.is_picked(f"{n[0]}: {n[1].name}")]
    long = [n for n in NAMED if n not in short]
    found = [pytest.param(b, id=f"some {i}") for i, b in enumerate(batches(short))]
    return found + [
        pytest.param(b, id=f"rest {i}", marks=pytest.mark.long)
        for i, b in enumerate(batches(long))
    ]


@pytest.fixture(scope="module")
def forks(tmp_path_factory):
    forks = Forks(tmp_path_factory.mktemp("home"))
    yield forks
    forks.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return make_model(tmp_path_factory.mktemp("odd") / "vit", "vit")


@pytest.mark.parametrize("cases", parameters())
def test_odd_pictures_are_written_or_have_a_line(cases, forks, model, tmp_path):
    made = []
    for number, case in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        one = case.make(folder)
        if not os.path.isdir(one.source):  # a folder stands for what is in it
            made.append(one)
    sources = [one.source for one in made]
    out = tmp_path / "out"
    words = ("--model", model, "--out", out)
    exported = forks.run("export", *sources, *words)
    check(exported, made, written=len(list(out.glob("*"))) if out.exists() else 0)
    if made:
        shown = forks.run("--headless", *sources, *words)
        check(shown, made, written=shown.out.count("overlay: "))


def check(done: Done, made: list[Made], written: int) -> None:
    """Each picture is written or has a line; nothing crashes, hangs, or takes more."""
    withstand.record(
        "pictures, forked",
        tried=len(made),
        expected=len(made) if done.status in (0, 1) else 0,
        crashes=done.status not in (0, 1, None),
        hangs=done.status is None,
        worst_s=done.seconds,
        worst_mb=done.mb,
    )
    assert done.status in (0, 1), done
    assert "Traceback" not in done.err
    assert "uncaught" not in done.err
    good = sum(not (one.refused or one.either) for one in made)
    readable = sum(bool(one.either) or one.refused == "permissions" for one in made)
    assert good <= written <= good + readable, done
    lines = [n for n in done.err.splitlines() if " goes to " not in n]
    # An empty name and "file://" are the same one, and what is the same is said once.
    told = len({one.source.removeprefix("file://") for one in made})
    assert told - written <= len(lines), done
    assert done.mb <= LIMIT_MB
    assert done.seconds <= LIMIT_S
