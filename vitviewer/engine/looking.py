"""What a look at one query needs of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitviewer.answers import Rollout, Rows
    from vitviewer.engine.engine import Engine
    from vitviewer.queries import Direction, Fusion, Query


def look(
    engine: Engine,
    rows: Rows | None,
    query: Query,
    direction: Direction,
    fusion: Fusion | None,
) -> tuple[Rows, Rollout | None]:
    """Return one query's rows, computed if None, and its rollout if one is asked."""
    if rows is None:
        rows = engine.rows(query, direction)
    rollout = engine.rollout(query, fusion, direction) if fusion is not None else None
    return rows, rollout
