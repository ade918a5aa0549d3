"""Threads that wait let others work: asked of the OpenMP that torch loads."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="GNU OpenMP is Linux's")

_SETTINGS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "KMP_BLOCKTIME")
DEFAULT = 300_000


def spins(code: str, **environment: str) -> int:
    """Run code in a fresh process; return how long torch's threads spin in it."""
    clean = {k: v for k, v in os.environ.items() if k not in _SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "OMP_DISPLAY_ENV": "VERBOSE", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"GOMP_SPINCOUNT = '(\w+)'", done.stderr)
    assert found, done.stderr
    return int(found[1])


# The command line keeps to itself what libraries print, so torch comes after it.
COMMAND = """
import contextlib
from vitviewer.cli.main import main
with contextlib.suppress(SystemExit):
    main(["--version"])
import torch
"""
WINDOW = """
from vitviewer.system.process import prepare_window
prepare_window()
import torch
"""


@pytest.mark.parametrize("code", [COMMAND, WINDOW], ids=["command line", "window"])
def test_the_doors_say_so_before_torch_is_loaded(code):
    assert spins(code) < DEFAULT / 10


def test_a_library_s_host_is_left_as_it_is():
    assert spins("import vitviewer; vitviewer.load_model('shapes')") == DEFAULT


@pytest.mark.parametrize("code", [COMMAND, WINDOW], ids=["command line", "window"])
def test_what_the_user_has_set_stays(code):
    assert spins(code, GOMP_SPINCOUNT="77") == 77
    assert spins(code, OMP_WAIT_POLICY="PASSIVE") == 0
    assert spins(code, OMP_WAIT_POLICY="ACTIVE") > DEFAULT
