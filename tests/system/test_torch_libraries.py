"""torch's libraries are loaded before its import, while other threads go on."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from vitviewer.system import torch_libraries

LOADED_WHILE_OTHERS_RUN = """
import sys, threading, time
from pathlib import Path
from vitviewer.system.torch_libraries import load_torch_libraries

beats, over = 0, threading.Event()

def beat():
    global beats
    while not over.wait(0.001):
        beats += 1

thread = threading.Thread(target=beat)
thread.start()
before = beats
load_torch_libraries()
during = beats - before
over.set()
thread.join()
assert "torch" not in sys.modules
assert "/libtorch_python.so" in Path("/proc/self/maps").read_text()
assert during > 2, during
import torch
q = torch.rand(1, 2, 5, 4, dtype=torch.float64)
weights = (q @ q.mT / 2).softmax(-1)
torch.testing.assert_close(
    torch.nn.functional.scaled_dot_product_attention(q, q, q), weights @ q
)
load_torch_libraries()  # nothing more to do
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the import loads them")
def test_others_run_while_the_libraries_are_loaded():
    command = [sys.executable, "-c", LOADED_WHILE_OTHERS_RUN]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("found", [None, "builtin", "empty"])
def test_what_is_missing_is_left_to_the_import(monkeypatch, tmp_path: Path, found):
    specs = {
        None: None,
        "builtin": ModuleSpec("torch", None),
        "empty": ModuleSpec("torch", None, origin=str(tmp_path / "__init__.py")),
    }
    monkeypatch.setattr(torch_libraries, "find_spec", lambda _name: specs[found])
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    torch_libraries.load_torch_libraries()
