"""Fuzz all targets, or those that are named, each in a process of its own.

``python -m tests.fuzz [--minutes N] [--jobs N] [TARGET ...]``; the corpora grow in
``build/fuzz`` from run to run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.kit import HERE, TARGETS, kept_folder

ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "fuzz"
_LIMITS = ("-timeout=10", "-rss_limit_mb=3000", "-max_len=8192")
_PROGRESS = re.compile(rb"^#(\d+)\s.*cov: (\d+) ft: (\d+)", re.M)
_FOUND = re.compile(rb"Test unit written to (.+)$", re.M)
_TOTAL = re.compile(rb"^stat::number_of_executed_units: (\d+)", re.M)


@dataclass(frozen=True)
class Outcome:
    """What came of one target: how far it got, and the inputs that broke it."""

    name: str
    status: int
    executions: int
    edges: int
    features: int
    findings: tuple[Path, ...]

    @property
    def is_good(self) -> bool:
        """Whether it ran to its end and found nothing."""
        return self.status == 0 and not self.findings


def main() -> int:
    """Run the targets and print a line for each; 1 if anything was found."""
    wanted = _arguments()
    if find_spec("atheris") is None:
        print("atheris, the fuzzer, is made for Linux on x86-64 only.", file=sys.stderr)
        return 1
    # Scratch files go to the memory where there is a place for them.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(dir=memory) as scratch,
        ThreadPoolExecutor(wanted.jobs) as pool,
    ):
        names = wanted.targets or TARGETS
        runs = [pool.submit(fuzz, name, wanted.minutes, scratch) for name in names]
        try:
            outcomes = [run.result() for run in runs]
        except KeyboardInterrupt:  # it ended those that ran, and others shall not begin
            pool.shutdown(cancel_futures=True)
            return 130
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10, help="for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    if unknown := set(wanted.targets) - set(TARGETS):
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    return wanted


def fuzz(name: str, minutes: float, scratch: str) -> Outcome:
    """Fuzz one target for some minutes, and say what came of it."""
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.one", name, str(folder / "corpus")]
    command += [*_LIMITS, f"-max_total_time={max(1, round(60 * minutes))}"]
    command += ["-print_final_stats=1", f"-artifact_prefix={folder}/"]
    with open(folder / "log", "wb") as log:
        place = {**os.environ, "TMPDIR": scratch}
        status = subprocess.call(command, cwd=ROOT, env=place, stdout=log, stderr=log)
    outcome = outcome_of(name, status, (folder / "log").read_bytes())
    _report(outcome)
    return outcome


def outcome_of(name: str, status: int, log: bytes) -> Outcome:
    """Read from libFuzzer's log how far it got, and what it found."""
    executions, edges, features = [(0, 0, 0), *_PROGRESS.findall(log)][-1]
    total = [executions, *_TOTAL.findall(log)][-1]
    said = dict.fromkeys(_FOUND.findall(log))  # some by libFuzzer and by us
    found = tuple(Path(os.fsdecode(path)) for path in said)
    return Outcome(name, status, int(total), int(edges), int(features), found)


def _report(outcome: Outcome) -> None:
    print(
        f"{outcome.name:12} {outcome.executions:>10,} executions "
        f"{outcome.edges:>6,} edges {outcome.features:>6,} features "
        f"{len(outcome.findings)} found",
        flush=True,
    )
    for path in outcome.findings:
        kept = kept_folder(outcome.name).relative_to(ROOT)
        print(f"  {os.path.relpath(path)}: mend it, then keep it in {kept}")
    if outcome.status and not outcome.findings:
        log = (BUILD / outcome.name / "log").relative_to(ROOT)
        print(f"  it ended with status {outcome.status}: see {log}")


if __name__ == "__main__":
    sys.exit(main())
