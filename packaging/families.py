"""Write resources/families.md anew from what the tests measure: ``make families``."""

from __future__ import annotations

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["VITVIEWER_WRITE_TABLE"] = "1"
    sys.exit(pytest.main(["-q", "tests/models/families/test_families.py"]))
