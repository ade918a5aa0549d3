"""How much slower a pass and an export are beside other programs.

Two processes do the same work by turns, one with torch as it is, one as the program's
doors prepare it: alone, beside another process that runs torch (a small matrix product
in a loop, in as many threads as torch takes), and beside a busy loop for each core.
The ratios are to the median of the first one alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.busy_worker import PASS, WORKS, make_place

SHAPES = ("ViT-S/16@224", "DINOv2-S@518")
AS_TORCH_IS = "as torch is"
AS_WE_RUN = "as the program runs"
ROUNDS = {PASS: 15, "export": 1}
_TORCH = """
import torch
a = torch.randn(256, 256)
while True:
    a @ a
"""
_LOOP = "while True: pass"
NEIGHBOURS = {
    "alone": (),
    "beside another torch process": (_TORCH,),
    "beside a busy loop per core": (_LOOP,) * (os.cpu_count() or 1),
}
_OPENMP = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


class Worker:
    """A process that has a model in memory and does what it is told, timed."""

    def __init__(self, place: Path, threads: int, way: str, setting: str = "") -> None:
        environment = {k: v for k, v in os.environ.items() if k not in _OPENMP}
        if threads:
            environment["OMP_NUM_THREADS"] = str(threads)
        environment.update([setting.split("=", 1)] if setting else [])
        words = ["ours"] if way == AS_WE_RUN else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.busy_worker", str(place), *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seconds(PASS)  # loads and warms up

    def seconds(self, work: str) -> float:
        """Return how long a piece of work took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status is 0."""
    parser = argparse.ArgumentParser(prog="busy", description=__doc__)
    parser.add_argument("shapes", nargs="*", help=", ".join(SHAPES))
    parser.add_argument("--threads", type=int, nargs="*", default=[0], help="of torch")
    parser.add_argument("--setting", nargs="*", default=[], help="others, NAME=VALUE")
    chosen = parser.parse_args(argv)
    for name in chosen.shapes or SHAPES:
        for threads in chosen.threads:
            print(f"{name}, {threads or 'all'} threads", flush=True)
            _report(name, threads, chosen.setting)
    return 0


def _report(name: str, threads: int, settings: Sequence[str]) -> None:
    """Print a table for one model and number of threads."""
    ways = {AS_TORCH_IS: "", **{s: s for s in settings}, AS_WE_RUN: ""}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        place = make_place(Path(folder), name)
        workers = {w: Worker(place, threads, w, s) for w, s in ways.items()}
        for worker in workers.values():
            stack.callback(worker.close)
        for work in WORKS:
            usual = 0.0
            for where, others in NEIGHBOURS.items():
                with _neighbours(others):
                    medians = _measure(workers, work)
                usual = usual or medians[AS_TORCH_IS]
                shown = ", ".join(
                    f"{way} {1e3 * s:.0f} ms ({s / usual:.2f})"
                    for way, s in medians.items()
                )
                print(f"  {work}, {where}: {shown}", flush=True)


def _measure(workers: dict[str, Worker], work: str) -> dict[str, float]:
    """Return each worker's median, measured by turns."""
    times: dict[str, list[float]] = {way: [] for way in workers}
    order = list(workers)
    for _ in range(ROUNDS[work]):
        for way in order:
            times[way].append(workers[way].seconds(work))
        order.append(order.pop(0))  # being first is no advantage
    return {way: statistics.median(each) for way, each in times.items()}


@contextmanager
def _neighbours(programs: Sequence[str]) -> Iterator[None]:
    """Let other programs run while the context lasts."""
    environment = {k: v for k, v in os.environ.items() if k not in _OPENMP}
    others = [
        subprocess.Popen([sys.executable, "-c", program], env=environment)
        for program in programs
    ]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


if __name__ == "__main__":
    raise SystemExit(main())
