"""Odd pictures: each shows the right pixels, or one sentence says why it does not."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests import withstand
from tests.corpus.pictures import SUBJECTS
from tests.corpus.pictures.case import Made
from tests.corpus.pictures.guard import LIMIT_MB, LIMIT_S, Guard
from tests.corpus.pictures.verdict import wrong_picture, wrong_sentence

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links, FIFOs and pipes are those of Unix"
)
CASES = [
    pytest.param(case, id=f"{subject}: {case.name}".encode("ascii", "replace").decode())
    for subject, cases in SUBJECTS.items()
    for case in cases
]


@pytest.fixture(scope="module")
def guard(tmp_path_factory):
    guard = Guard(tmp_path_factory.mktemp("pixels"))
    yield guard
    guard.close()


@pytest.mark.corpus
@pytest.mark.parametrize("case", CASES)
def test_an_odd_picture(case, guard, tmp_path):
    folder = tmp_path / "f"
    folder.mkdir()
    made = case.make(folder)
    result = guard.open(made.source)
    faults = list(_faults(made, result))
    withstand.record(
        "pictures",
        tried=1,
        expected=not faults,
        crashes=result["outcome"] == "crashed",
        hangs=result["outcome"] == "hung",
        worst_s=result["seconds"],
        worst_mb=result.get("mb", 0.0),
    )
    result.pop("pixels", None)
    assert not faults, result


def test_the_guard_notices_a_crash_and_goes_on(guard):
    assert guard.open("/")["outcome"] == "refused"
    guard.crash()
    assert guard.open("/")["outcome"] == "crashed"
    assert guard.open("/")["outcome"] == "refused"


def test_every_name_is_of_one_picture():
    for subject, cases in SUBJECTS.items():
        names = Counter(case.name for case in cases)
        assert max(names.values()) == 1, (subject, names.most_common(3))


def _faults(made: Made, result: dict[str, Any]) -> Iterator[str]:
    """Say all that is not as it should be."""
    if result["outcome"] == "opened":
        yield from wrong_picture(made, result)
    elif result["outcome"] == "refused":
        yield from wrong_sentence(made, result["words"])
    else:
        yield result["outcome"]
    if result.get("events"):
        yield f"it did {result['events']}"
    if result.get("mb", 0.0) > LIMIT_MB:
        yield f"it took {result['mb']:.0f} MB"
    if result["seconds"] > LIMIT_S:
        yield f"it took {result['seconds']:.1f} s"
