"""What the command line prints: our own lines, and nothing that a library mutters."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUIET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


@dataclass(frozen=True)
class Console:
    """Standard output for results, standard error for one line a failure."""

    out: TextIO
    err: TextIO

    def say(self, line: str) -> None:
        """Print one line, or several, of a result."""
        print(line, file=self.out, flush=True)

    def complain(self, sentence: str) -> None:
        """Print one failure as exactly one line."""
        line = " ".join(sentence.split())
        print(f"vitviewer: {line}", file=self.err, flush=True)


@contextmanager
def console() -> Iterator[Console]:
    """Give out a `Console`; what anyone else prints meanwhile goes nowhere.

    The file descriptors are turned away and not only Python's streams: libtiff and
    torch write there from native code.
    """
    os.environ.update(_QUIET)
    warnings.simplefilter("ignore")
    with ExitStack() as stack:
        out = stack.enter_context(_kept(sys.stdout, sys.__stdout__, 1))
        err = stack.enter_context(_kept(sys.stderr, sys.__stderr__, 2))
        yield Console(out, err)


@contextmanager
def _kept(stream: TextIO, real: TextIO | None, descriptor: int) -> Iterator[TextIO]:
    """Turn a descriptor away and give out a stream that still leads where it led.

    A stream that someone has put in the place of the real one is left as it is.
    """
    if stream is None or stream is not real:
        yield stream
        return
    stream.flush()
    saved = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    coding = stream.encoding
    with open(saved, "w", encoding=coding, errors="backslashreplace") as kept:
        try:
            yield kept
        finally:
            stream.flush()  # what was muttered goes nowhere too
            os.dup2(saved, descriptor)
