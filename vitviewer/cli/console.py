"""What the command line prints: our own lines, and nothing that a library mutters."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from vitviewer.system.output import ERR, OUT, SteadyStream, problem_of

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

    def settle(self, code: int) -> int:
        """Return the exit status: not 0 where results could not be written."""
        problem = problem_of(self.out)
        if problem and code == 0:
            self.complain(problem)
            return 1
        return code


def plain_console() -> Console:
    """Return a console on the streams as they are."""
    return Console(sys.stdout, sys.stderr)


@contextmanager
def quiet_console() -> Iterator[Console]:
    """Give out a `Console`; what anyone else prints meanwhile goes nowhere.

    The file descriptors are turned away and not only Python's streams: libtiff and
    torch write there from native code.
    """
    os.environ.update(_QUIET)
    warnings.simplefilter("ignore")
    with ExitStack() as stack:
        out = stack.enter_context(_kept(sys.stdout, OUT))
        err = stack.enter_context(_kept(sys.stderr, ERR))
        yield Console(out, err)


@contextmanager
def _kept(stream: TextIO, descriptor: int) -> Iterator[TextIO]:
    """Turn a descriptor away and give out a stream that still leads where it led.

    A stream that someone has put in the place of the real one is left as it is.
    """
    if not isinstance(stream, SteadyStream):
        yield stream
        return
    stream.flush()
    saved = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    try:
        yield SteadyStream(saved, stream.encoding)
    finally:
        stream.flush()  # what was muttered goes nowhere too
        os.dup2(saved, descriptor)
        os.close(saved)
