"""Odd pictures by subject, each made by a function; `bombs` are the slowest to make."""

from __future__ import annotations

from tests.corpus.pictures import (
    alpha,
    bombs,
    colour,
    damaged,
    declared,
    depth,
    formats,
    names,
    not_files,
    orientation,
    other_kinds,
)
from tests.corpus.pictures.case import Case

SUBJECTS: dict[str, list[Case]] = {
    "formats": formats.CASES,
    "orientation": orientation.CASES,
    "depth": depth.CASES,
    "alpha": alpha.CASES,
    "colour": colour.CASES,
    "declared": declared.CASES,
    "damaged": damaged.CASES,
    "other kinds": other_kinds.CASES,
    "not files": not_files.CASES,
    "names": names.CASES,
    "bombs": bombs.CASES,
}
