"""What is fuzzed, without the fuzzer: every seed, and all that was ever found."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz import kit, mutation
from tests.fuzz.__main__ import outcome_of

_MOST_BYTES_EACH, _MOST_BYTES = 8192, 300_000
_TRIES = 200
_JSON = (dict, list, str, int, float, bool, type(None))
_BLIND = {"addresses"}
FOUND = [
    pytest.param(name, path, id=f"{name}-{path.name}")
    for name in kit.TARGETS
    for path in kit.kept(name)
]
LOG = b"""INFO: Running with entropic power schedule (0xFF, 100).
#2\tINITED cov: 67 ft: 68 corp: 1/1b exec/s: 0 rss: 40Mb
#65536\tpulse  cov: 84 ft: 218 corp: 17/1023b lim: 8192 exec/s: 2993 rss: 47Mb
stat::number_of_executed_units: 70000
"""


@pytest.mark.parametrize("name", kit.TARGETS)
def test_seeds(name: str, tmp_path: Path) -> None:
    target = kit.load(name)
    for data in target.seeds():
        assert len(data) <= _MOST_BYTES_EACH
        target.attempt(data, tmp_path)


@pytest.mark.parametrize(("name", "path"), FOUND)
def test_what_was_found_stays_mended(name: str, path: Path, tmp_path: Path) -> None:
    kit.load(name).attempt(path.read_bytes(), tmp_path)


def test_what_is_kept_is_small_and_of_a_target() -> None:
    files = [p for p in (kit.HERE / "seeds").rglob("*") if p.is_file()]
    assert {p.parent.name for p in files} <= set(kit.TARGETS)
    sizes = [path.stat().st_size for path in files]
    assert all(size <= _MOST_BYTES_EACH for size in sizes)
    assert sum(sizes) <= _MOST_BYTES


@pytest.mark.parametrize("name", sorted(set(kit.TARGETS) - _BLIND))
def test_mutations_are_bytes_of_bounded_length(name: str) -> None:
    target = kit.load(name)
    data = next(iter(target.seeds()))
    made = set()
    for seed in range(_TRIES):
        data = target.mutate(data, _MOST_BYTES_EACH, Random(seed), lambda d, _n: d[1:])
        assert isinstance(data, bytes)
        assert len(data) <= _MOST_BYTES_EACH
        made.add(data)
    assert len(made) > 1


def test_changes_of_json_stay_json() -> None:
    value: object = {"a": [1, {"b": "c"}], "d": None}
    for seed in range(_TRIES):
        value = mutation.changed(value, Random(seed), ["a", "e"])
        assert isinstance(value, _JSON)


def test_png_sums_are_put_right() -> None:
    pictures = kit.load("pictures")
    whole = next(data for data in pictures.seeds() if data.startswith(b"\x89PNG"))
    broken = bytearray(whole)
    broken[29:33] = b"sums"
    assert pictures.with_right_sums(bytes(broken)) == whole
    for end in range(len(whole)):
        assert len(pictures.with_right_sums(whole[:end])) == end


def test_log_tells_how_far_it_got() -> None:
    outcome = outcome_of("weights", 0, LOG)
    assert (outcome.executions, outcome.edges, outcome.features) == (70_000, 84, 218)
    assert outcome.is_good


def test_log_tells_what_was_found() -> None:
    log = (
        LOG
        + b"artifact_prefix='/b c/'; Test unit written to /b c/crash-1\nBase64: eA==\n"
    )
    outcome = outcome_of("weights", 77, log)
    assert outcome.findings == (Path("/b c/crash-1"),)
    assert not outcome.is_good


def test_log_of_nothing_is_nothing() -> None:
    assert outcome_of("weights", 1, b"Traceback").executions == 0
