"""A batch of odd pictures on the command line: one bad picture stops no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import withstand
from tests.corpus.pictures import SUBJECTS
from tests.corpus.pictures.case import Made
from tests.model_factory import make_model
from vitviewer.cli.main import main

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links, FIFOs and pipes are those of Unix"
)


def made_in(folder: Path) -> Iterator[Made]:
    """Make the whole corpus but its bombs, each in a folder of its own."""
    kinds = [case for name in SUBJECTS if name != "bombs" for case in SUBJECTS[name]]
    for n, case in enumerate(kinds):
        inner = folder / str(n)
        inner.mkdir()
        made = case.make(inner)
        if not os.path.isdir(made.source):  # a folder stands for what is in it
            yield made


def test_every_good_picture_is_exported_and_every_bad_one_has_a_line(tmp_path, capsys):
    model, out = make_model(tmp_path / "vit", "vit"), tmp_path / "out"
    capsys.readouterr()
    made = {m.source: m for m in made_in(tmp_path)}
    status = main(["export", *made, "--model", str(model), "--out", str(out)])
    complaints = capsys.readouterr().err.splitlines()
    complaints = [line for line in complaints if " goes to " not in line]
    written = list(out.iterdir())
    withstand.record(
        "pictures in a batch",
        tried=len(made),
        expected=len(complaints) + len(written),
    )
    assert status == 1
    assert len(complaints) + len(written) == len(made)
    surely_good = sum(not (m.refused or m.either) for m in made.values())
    surely_bad = sum(bool(m.refused) for m in made.values())
    readable = sum(m.refused == "permissions" for m in made.values())  # by root
    assert len(written) >= surely_good
    assert len(complaints) >= surely_bad - readable
    assert all(line.isprintable() and line.endswith(".") for line in complaints)
    assert all(path.suffix == ".png" and path.stat().st_size for path in written)
