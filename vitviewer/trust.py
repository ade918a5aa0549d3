"""Whether what is shown is what the model computed: checks, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vitviewer.errors import ModelError


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


class NotFiniteError(ModelError):
    """A pass gave numbers that are not finite: there is nothing that could be shown.

    ``checks`` are those of the model and of the pass, one of them red.
    """

    def __init__(self, sentence: str, checks: tuple[Check, ...] = ()) -> None:
        super().__init__(sentence)
        self.checks = checks


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


def distrust(checks: tuple[Check, ...]) -> str:
    """Say in a sentence that what comes of these checks is not to be believed.

    Empty where none is red.
    """
    red = [check for check in checks if check.verdict is Verdict.RED]
    if not red:
        return ""
    more = f" ({len(red) - 1} more)" if len(red) > 1 else ""
    return f"do not trust this: {red[0].name}: {red[0].reason}{more}"
