"""Odd pictures: each shows the right pixels, or one sentence says why it does not."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests import withstand
from tests.corpus.pictures import SUBJECTS
from tests.corpus.pictures.case import Made
from tests.corpus.pictures.guard import LIMIT_MB, LIMIT_S, Guard

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
        yield from _wrong_picture(made, result)
    elif result["outcome"] == "refused":
        yield from _wrong_sentence(made, result["words"])
    else:
        yield result["outcome"]
    if result.get("events"):
        yield f"it did {result['events']}"
    if result.get("mb", 0.0) > LIMIT_MB:
        yield f"it took {result['mb']:.0f} MB"
    if result["seconds"] > LIMIT_S:
        yield f"it took {result['seconds']:.1f} s"


def _wrong_picture(made: Made, result: dict[str, Any]) -> Iterator[str]:
    if made.refused:
        yield f"opened, but {made.refused!r} was expected"
    if not result["name"].isprintable():
        yield "a name that cannot be printed"
    if not any(made.note in note for note in result["notes"] or [""]):
        yield f"no note says {made.note!r}"
    if made.size and tuple(result["size"]) != made.size:
        yield f"a size of {result['size']}"
    if made.pixels is not None:
        yield from _wrong_pixels(made, result["pixels"])


def _wrong_pixels(made: Made, shown: np.ndarray) -> Iterator[str]:
    right = made.pixels if made.pixels.ndim == 3 else made.pixels[..., None]
    if shown.shape[:2] != right.shape[:2]:
        yield f"pixels of {shown.shape}, not {right.shape}"
        return
    errors = np.abs(shown.astype(int) - right.astype(int))
    error = errors.mean() if made.loose else errors.max()
    if error > made.tolerance:
        yield f"pixels are wrong by {error:.1f}"


def _wrong_sentence(made: Made, words: str) -> Iterator[str]:
    if not made.either and not (made.refused and re.search(made.refused, words)):
        yield f"refused, but {made.refused or 'a picture'!r} was expected"
    if not words.isprintable() or not words.endswith("."):
        yield "not one printable sentence that ends in a full stop"
    if len(words) >= 400:
        yield f"a sentence of {len(words)} characters"
