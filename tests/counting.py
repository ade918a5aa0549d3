"""Count what a test tries in the table that the run ends with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from tests.withstand import record


@contextmanager
def counted(kind: str) -> Iterator[None]:
    """Count what the block tries, and as expected if it ends without an exception."""
    began, expected = monotonic(), 0
    try:
        yield
        expected = 1
    finally:
        record(kind, tried=1, expected=expected, worst_s=monotonic() - began)
