"""What the program was made to withstand in this run: a table for its end.

Tests call `record` once for each kind of thing that they tried, whether all went well
or not, and before they assert. Runs of the same kind are added up.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Row:
    """What became of all things tried of one kind."""

    tried: int = 0
    expected: int = 0
    crashes: int = 0
    hangs: int = 0
    worst_s: float = 0.0
    worst_mb: float = 0.0


_rows: dict[str, Row] = {}

_HEADS = ("tried", "as expected", "crashes", "hangs", "worst time", "worst memory")


def record(
    kind: str,
    *,
    tried: int,
    expected: int,
    crashes: int = 0,
    hangs: int = 0,
    worst_s: float = 0.0,
    worst_mb: float = 0.0,
) -> None:
    """Add to the table's line for one kind of thing.

    Parameters
    ----------
    kind : str
        What was tried, in words, say "pictures, damaged".
    tried, expected : int
        How many things were tried, and how many of them came out as they should.
    crashes, hangs : int
        How many ended the process, and how many did not end within their limit.
    worst_s, worst_mb : float
        Longest time, in seconds, and most memory above what was in use before, in
        megabytes; zero where it is not measured.
    """
    row = _rows.setdefault(kind, Row())
    row.tried += tried
    row.expected += expected
    row.crashes += crashes
    row.hangs += hangs
    row.worst_s = max(row.worst_s, worst_s)
    row.worst_mb = max(row.worst_mb, worst_mb)


def as_plain() -> dict[str, dict[str, float]]:
    """Return what was recorded in this process, to `add` in another one."""
    return {kind: asdict(row) for kind, row in _rows.items()}


def add(rows: dict[str, dict[str, Any]]) -> None:
    """Add what was recorded in another process."""
    for kind, row in rows.items():
        record(kind, **row)


def table() -> list[str]:
    """Return the lines of the table; none where nothing was recorded."""
    if not _rows:
        return []
    width = max(len(kind) for kind in (*_rows, "kind"))
    lines = ["  ".join([f"{'kind':<{width}}", *_HEADS])]
    for kind, row in _rows.items():
        cells = (
            str(row.tried),
            str(row.expected),
            str(row.crashes),
            str(row.hangs),
            f"{row.worst_s:.2f} s" if row.worst_s else "-",
            f"{row.worst_mb:.0f} MB" if row.worst_mb else "-",
        )
        aligned = (f"{c:>{len(h)}}" for c, h in zip(cells, _HEADS, strict=True))
        lines.append("  ".join([f"{kind:<{width}}", *aligned]))
    return lines
