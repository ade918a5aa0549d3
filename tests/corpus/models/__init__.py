"""Odd model folders by subject, each made by changing a copy of a sound one."""

from __future__ import annotations

from tests.corpus.models import (
    code,
    composites,
    configs,
    labels,
    not_files,
    not_finite,
    numbers,
    oblong,
    processors,
    shards,
    stored,
    weights,
)
from tests.corpus.models.case import Case

SUBJECTS: dict[str, list[Case]] = {
    "configs": configs.CASES,
    "numbers": numbers.CASES,
    "labels": labels.CASES,
    "not finite": not_finite.CASES,
    "oblong": oblong.CASES,
    "weights": weights.CASES,
    "shards": shards.CASES,
    "stored": stored.CASES,
    "processors": processors.CASES,
    "not files": not_files.CASES,
    "code": code.CASES,
    "composites": composites.CASES,
}
