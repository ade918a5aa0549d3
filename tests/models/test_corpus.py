"""Odd model folders: each opens as what it is, or one sentence says why it does not."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import withstand
from tests.corpus.models import SUBJECTS
from tests.corpus.models.case import MARKER, Case
from tests.corpus.models.guard import LIMIT_MB, LIMIT_S, Guard
from tests.corpus.models.sound import make_sound

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links, FIFOs and pipes are those of Unix"
)
CASES = [
    pytest.param(case, id=f"{subject}: {case.name}".encode("ascii", "replace").decode())
    for subject, cases in SUBJECTS.items()
    for case in cases
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return make_sound(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def guard(sound):
    guard = Guard(list(sound.values()))
    yield guard
    guard.close()


@pytest.mark.corpus
@pytest.mark.parametrize("case", CASES)
def test_an_odd_folder(case, sound, guard, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(sound[case.base], folder)
    case.damage(folder)
    result = guard.open(folder)
    faults = list(_faults(case, result, tmp_path))
    withstand.record(
        "model folders",
        tried=1,
        expected=not faults,
        crashes=result["outcome"] == "crashed",
        hangs=result["outcome"] == "hung",
        worst_s=result["seconds"],
        worst_mb=result.get("mb", 0.0),
    )
    assert not faults, result


def test_the_guard_notices_a_crash_and_goes_on(sound, guard):
    assert guard.open(sound["vit"])["outcome"] == "opened"
    guard.crash()
    assert guard.open(sound["vit"])["outcome"] == "crashed"
    assert guard.open(sound["vit"])["outcome"] == "opened"


def test_every_name_is_of_one_folder():
    for subject, cases in SUBJECTS.items():
        names = Counter(case.name for case in cases)
        assert max(names.values()) == 1, (subject, names.most_common(3))


def _faults(case: Case, result: dict[str, Any], place: Path):
    """Say all that is not as it should be."""
    if result["outcome"] == "opened":
        yield from _wrong_checks(case, result["checks"])
    elif result["outcome"] == "refused":
        yield from _wrong_sentence(case, result["words"])
    else:
        yield result["outcome"]
    if result.get("events"):
        yield f"it did {result['events']}"
    if (place / MARKER).exists():
        yield "code of the folder ran"
    if result.get("mb", 0.0) > LIMIT_MB:
        yield f"it took {result['mb']:.0f} MB"
    if result["seconds"] > LIMIT_S:
        yield f"it took {result['seconds']:.1f} s"


def _wrong_checks(case: Case, checks: dict[str, list[str]]):
    if case.refused:
        yield f"opened, but {case.refused!r} was expected"
    for name, (verdict, reason) in checks.items():
        if verdict not in case.checks.get(name, "green").split("|"):
            yield f"{name} is {verdict}: {reason}"
    yield from (f"no check of {name}" for name in case.checks if name not in checks)


def _wrong_sentence(case: Case, words: str):
    if not case.refused or not re.search(case.refused, words):
        yield f"refused, but {case.refused or 'an opened model'!r} was expected"
    if not words.isprintable() or not words.endswith("."):
        yield "not one printable sentence that ends in a full stop"
    if len(words) >= 600:
        yield f"a sentence of {len(words)} characters"
