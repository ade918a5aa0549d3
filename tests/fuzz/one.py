"""Fuzz one target in this process: ``python -m tests.fuzz.one TARGET FOLDER WORDS``.

The words are libFuzzer's; the folder is for the corpus.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import atheris

from tests.fuzz import kit


def main() -> None:
    """Let atheris call the target until it is told to end, or something is found."""
    name, corpus, *words = sys.argv[1:]
    with atheris.instrument_imports(include=["vitviewer", "PIL"]):
        target = kit.load(name)
    plant(Path(corpus), target)
    attempt = recorded(target, Path(tempfile.mkdtemp()), Path(corpus).parent)
    options = {"custom_mutator": mutator(target)} if hasattr(target, "mutate") else {}
    atheris.Setup(
        [sys.argv[0], *words, corpus, *folders(name)],
        attempt,
        **options,
    )
    atheris.Fuzz()


def recorded(target: Any, scratch: Path, found: Path) -> Callable[[bytes], None]:
    """Return the target's attempt, which writes down what breaks it.

    libFuzzer does so too, by the same name, unless it is ended on its way out.
    """

    def attempt(data: bytes) -> None:
        try:
            target.attempt(data, scratch)
        except BaseException:
            path = found / f"crash-{hashlib.sha1(data).hexdigest()}"
            path.write_bytes(data)
            print(f"Test unit written to {path}", file=sys.stderr, flush=True)
            raise

    return attempt


def plant(corpus: Path, target: Any) -> None:
    """Write the target's seeds into the corpus."""
    corpus.mkdir(parents=True, exist_ok=True)
    for data in target.seeds():
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)


def folders(name: str) -> list[str]:
    """Return the folder of what was found before, if there is one."""
    return [str(kit.kept_folder(name))] if kit.kept(name) else []


def mutator(target: Any) -> Any:
    """Return a target's own way of changing inputs, as atheris calls it."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return bytes(target.mutate(data, most, Random(seed), atheris.Mutate))

    return mutate


if __name__ == "__main__":
    main()
