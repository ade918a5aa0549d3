"""A short run leaves out what it should, and tells all that was withstood."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import picking
from tests.corpus import models, pictures

ROOT = Path(__file__).parents[1]
CORPUS = "tests/pictures/test_corpus.py"


def ids_of(corpus) -> list[str]:
    return [
        f"{subject}: {case.name}".encode("ascii", "replace").decode()
        for subject, cases in corpus.SUBJECTS.items()
        for case in cases
    ]


def run(*words: str) -> str:
    """Run pytest in a process of its own; return what it printed."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout


@pytest.mark.parametrize("corpus", [models, pictures], ids=["models", "pictures"])
def test_about_a_tenth_of_a_corpus_is_picked(corpus):
    ids = ids_of(corpus)
    picked = [name for name in ids if picking.is_picked(name)]
    assert len(ids) / 15 < len(picked) < len(ids) / 5


def test_what_ever_failed_is_in_a_corpus():
    assert set(picking.EVER_FAILED) <= {*ids_of(models), *ids_of(pictures)}


def test_the_rest_of_a_corpus_is_left_out_unless_all_is_wanted():
    picked = sum(map(picking.is_picked, ids_of(pictures)))
    whole = len(ids_of(pictures)) + 2
    assert f"{picked + 2}/{whole} tests collected" in run("--collect-only", CORPUS)
    assert f"{whole} tests collected" in run("--collect-only", "--whole", CORPUS)


def test_a_test_that_is_named_is_not_left_out():
    name = next(name for name in ids_of(pictures) if not picking.is_picked(name))
    node = f"{CORPUS}::test_an_odd_picture[{name}]"
    assert "1 test collected" in run("--collect-only", node)


def test_workers_tell_what_they_withstood():
    names = [name for name in ids_of(pictures) if name.startswith("names: ")][:2]
    nodes = [f"{CORPUS}::test_an_odd_picture[{name}]" for name in names]
    printed = run("-n2", "--dist=load", *nodes)
    assert "2 passed" in printed
    row = next(line for line in printed.splitlines() if line.startswith("pictures "))
    assert row.split()[1:3] == ["2", "2"]


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        (["tests"], 2),
        (["tests/qt", "tests/maps"], 2),
        (["tests/test_tokens.py"], 0),
        (["tests/test_tokens.py::test_x", "tests/test_geometry.py"], 0),
        (["tests", "-k", "geometry"], 0),
    ],
)
def test_few_tests_have_no_workers(pytestconfig, words, workers):
    config = pytest.Config.fromdictargs({}, [])
    config.args, keyword = words, ""
    if "-k" in words:
        config.args, keyword = words[:1], words[2]
    config.option.keyword = keyword
    assert picking.workers_for(config) == workers
