"""What each change to the process buys: without it and with it, a process for each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from statistics import median

ROUNDS = 3

_HEAD = """
import gc, sys, threading, time
from pathlib import Path
from vitviewer.system import process

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

def longest_gap(work):
    '''Return for how many milliseconds another thread got no turn.'''
    gaps, over = [0.0], threading.Event()
    def beat():
        last = time.perf_counter()
        while not over.wait(0.001):
            now = time.perf_counter()
            gaps.append(now - last)
            last = now
    thread = threading.Thread(target=beat)
    thread.start()
    work()
    over.set()
    thread.join()
    return 1e3 * max(gaps)
"""
_IMPORT = "import vitviewer.models.loading, transformers.models.vit.modeling_vit"

_HOOK = f"""
import PySide6.QtWidgets
if sys.argv[1] == "with":
    process.unhook_imports()
start, before = time.perf_counter(), resident()
{_IMPORT}
print(time.perf_counter() - start, resident() - before)
"""
_LIBRARIES = """
def work():
    if sys.argv[1] == "with":
        process.load_torch_libraries()
    import torch
print(longest_gap(work))
"""
_GARBAGE = f"""
{_IMPORT}
if sys.argv[1] == "with":
    process.spare_imports()
start = time.perf_counter()
gc.collect()
print(1e3 * (time.perf_counter() - start))
"""
_SWITCHES = """
if sys.argv[1] == "with":
    process.switch_threads_often()
over = False
def decode():
    while not over:
        sum(range(100))
thread = threading.Thread(target=decode)
thread.start()
start = time.perf_counter()
for _ in range(50):
    time.sleep(0)  # lets go of the interpreter, as a call of Qt's does
print(1e3 * (time.perf_counter() - start))
over = True
thread.join()
"""
_MEASURES = {
    "unhook_imports": (_HOOK, ("s to import", "MB")),
    "load_torch_libraries": (_LIBRARIES, ("ms, longest gap",)),
    "spare_imports": (_GARBAGE, ("ms a collection",)),
    "switch_threads_often": (_SWITCHES, ("ms for 50 calls",)),
}


def main(_argv: Sequence[str] = ()) -> None:
    """Print medians, without and with each measure."""
    for name, (script, units) in _MEASURES.items():
        rounds: dict[str, list[list[float]]] = {"without": [], "with": []}
        for _ in range(ROUNDS):
            for kind, values in rounds.items():
                values.append(_run(script, kind))
        for n, unit in enumerate(units):
            without, made = (median(v[n] for v in rounds[k]) for k in rounds)
            print(f"  {name:22} {without:8.2f} → {made:8.2f}  {unit}", flush=True)


def _run(script: str, kind: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + script, kind],
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in done.stdout.split()]
