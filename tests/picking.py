"""Which tests a run leaves to `make check`: the long ones, and most of each corpus.

Of a corpus a tenth is always run, the same tenth on each machine, and with it
everything that once failed. A test that is named runs in any case.
"""

from __future__ import annotations

import zlib

import pytest

SEED = 15
ONE_IN = 10
WORKERS = 2
# What was wrong when it was first tried, and what only hurried machines get wrong.
EVER_FAILED = (
    *("names: a file URL of half a character", "names: the home of no user"),
    *("names: a URL with a bad port", "shards: names in the wrong shard"),
    *("bombs: JPEG of 16 ? 16 that claims 10000 ? 8000", "bombs: TIFF of 1,000 tags"),
    *("bombs: TIFF of 60,000 tags", "bombs: TIFF of 200,000 pages"),
    *("bombs: JPEG of 3,000 scans", "bombs: PNG with a long chunk before"),
    *("bombs: PNG with a iCCP bomb", "bombs: PPM of text", "bombs: QOI of pixels"),
    *("bombs: TIFF with layers", "stored: student and teacher"),
    *("stored: a parallel module", "stored: LoRA without its alpha"),
    *("stored: an adapter beside", "stored: a Trainer's output"),
)


def is_picked(name: str) -> bool:
    """Tell whether a short run has a case of a corpus in it, by the case's id."""
    digest = zlib.crc32(f"{SEED} {name}".encode())
    return name in EVER_FAILED or digest % ONE_IN == 0


def left_for_later(item: pytest.Item) -> bool:
    """Tell whether a short run leaves a test out."""
    if item.get_closest_marker("long"):
        return True
    case = getattr(item, "callspec", None)
    is_of_corpus = item.get_closest_marker("corpus") and case is not None
    return bool(is_of_corpus) and not is_picked(case.id)


def is_named(item: pytest.Item, words: list[str]) -> bool:
    """Tell whether a run was asked for a test, or its class, by name."""
    name = item.nodeid
    return any(
        "::" in word and (name == word or name.startswith((f"{word}[", f"{word}::")))
        for word in (word.removeprefix("./") for word in words)
    )


def workers_for(config: pytest.Config) -> int:
    """Return how many processes a run is worth: none but its own for a few tests."""
    few = all("::" in word or word.endswith(".py") for word in config.args)
    return 0 if few or config.option.keyword else WORKERS
