"""Whether what is shown is what the model computed: checks, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """GREEN: checked and right. AMBER: right, but know this. RED: do not believe it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: its name, how it came out, and why, in words."""

    name: str
    verdict: Verdict
    reason: str


def overall(checks: tuple[Check, ...]) -> Verdict:
    """Return the worst verdict; no checks at all are no proof, so amber."""
    order = (Verdict.RED, Verdict.AMBER, Verdict.GREEN)
    found = {check.verdict for check in checks}
    return next((v for v in order if v in found), Verdict.AMBER)


def as_plain(checks: tuple[Check, ...]) -> dict[str, Any]:
    """Return the verdict and the checks as plain JSON values, for provenance."""
    return {
        "verdict": overall(checks).value,
        "checks": [
            {"name": c.name, "verdict": c.verdict.value, "reason": c.reason}
            for c in checks
        ],
    }
