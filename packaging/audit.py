"""Look the pinned packages up in a public list of known holes: ``make audit``.

pip-audit asks; its answer is judged here, since it also says that nothing was found
where it could look nothing up. Exit status 0: nothing is known; 1: something is; 2:
not everything could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parent / "constraints.txt"
SERVICES = ("pypi", "osv")
GOOD, HOLES, UNKNOWN = 0, 1, 2
IF_REACHABLE = "--if-reachable"
_COMMAND = (
    *(sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS)),
    *("--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10"),
    *("--format", "json", "--vulnerability-service"),
)


@dataclass(frozen=True)
class Audit:
    """What one list said: which packages it knows, which not, and their holes."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    holes: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """The exit status that follows."""
        if self.holes:
            return HOLES
        return GOOD if self.known and not self.unknown else UNKNOWN

    @property
    def words(self) -> str:
        """The verdict in words."""
        if not self.known:
            return "No advisory list could be reached: nothing was audited."
        lines = list(self.holes)
        if self.unknown:
            lines.append(f"Not on the list, so not audited: {', '.join(self.unknown)}.")
        if not self.holes:
            lines.append(f"Packages without a known hole: {len(self.known)}.")
        return "\n".join(lines)


def main(words: list[str]) -> int:
    """Print the verdict and return its status.

    With ``--if-reachable``, a list that cannot be reached is no failure.
    """
    audit = first_answer()
    print(audit.words)
    excused = IF_REACHABLE in words and not audit.known
    return GOOD if excused else audit.status


def first_answer() -> Audit:
    """Return what the first list says that says anything; else an empty audit."""
    for service in SERVICES:
        done = subprocess.run(
            [*_COMMAND, service], capture_output=True, text=True, check=False
        )
        audit = read(done.stdout)
        if audit.known:
            return audit
        last = done.stderr.strip().rpartition("\n")[2]
        why = f"it knows none of {len(audit.unknown)}" if audit.unknown else last
        print(f"{service} told nothing of any package: {why}", file=sys.stderr)
    return Audit()


def read(answer: str) -> Audit:
    """Read pip-audit's JSON; what is no JSON says nothing."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit()
    known = [package for package in packages if "skip_reason" not in package]
    return Audit(
        known=tuple(package["name"] for package in known),
        unknown=tuple(p["name"] for p in packages if "skip_reason" in p),
        holes=tuple(_hole(p, hole) for p in known for hole in p["vulns"]),
    )


def _hole(package: dict[str, str], hole: dict[str, list[str]]) -> str:
    mended = " or ".join(hole["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
