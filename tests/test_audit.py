"""What pip-audit answers, and what is made of it: never more than was looked up."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType
from typing import Any

import pytest

PATH = Path(__file__).resolve().parent.parent / "packaging" / "audit.py"
# As pip-audit 2.10 writes them, the descriptions left out.
CLEAN = {
    "dependencies": [
        {"name": "idna", "version": "3.20", "vulns": []},
        {"name": "numpy", "version": "2.4.6", "vulns": []},
    ],
    "fixes": [],
}
HOLE = {
    "dependencies": [
        {"name": "idna", "version": "3.20", "vulns": []},
        {
            "name": "pillow",
            "version": "9.5.0",
            "vulns": [
                {
                    "id": "PYSEC-2023-175",
                    "fix_versions": ["10.0.1"],
                    "aliases": ["CVE-2023-4863"],
                    "description": "",
                },
                {"id": "PYSEC-0", "fix_versions": [], "aliases": [], "description": ""},
            ],
        },
    ],
    "fixes": [],
}
SKIPPED = {
    "dependencies": [
        {
            "name": "idna",
            "skip_reason": "Dependency not found on PyPI and could not be audited: "
            "idna (3.20)",
        }
    ],
    "fixes": [],
}
NOTHING = "No advisory list could be reached: nothing was audited.\n"


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("vitviewer_audit", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def answers(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """Let each list answer so; None is a list that cannot be reached."""

    def set_up(**said: Any) -> list[str]:
        asked: list[str] = []

        def run(command: list[str], **_options: Any) -> CompletedProcess[str]:
            asked.append(command[-1])
            answer = said.get(command[-1])
            text = "" if answer is None else json.dumps(answer)
            return CompletedProcess(command, 1, text, "Traceback\nNo such host")

        monkeypatch.setattr(audit.subprocess, "run", run)
        return asked

    return set_up


def test_nothing_known(audit, answers, capsys):
    asked = answers(pypi=CLEAN)
    assert audit.main([]) == 0
    assert capsys.readouterr().out == "Packages without a known hole: 2.\n"
    assert asked == ["pypi"]


@pytest.mark.parametrize("words", [[], ["--if-reachable"]])
def test_a_hole_fails(audit, answers, capsys, words):
    answers(pypi=HOLE)
    assert audit.main(words) == 1
    assert capsys.readouterr().out.splitlines() == [
        "pillow 9.5.0: PYSEC-2023-175, mended in 10.0.1.",
        "pillow 9.5.0: PYSEC-0, mended in no version yet.",
    ]


@pytest.mark.parametrize("pypi", [None, SKIPPED, {"dependencies": []}, [], "x"])
def test_what_was_not_looked_up_is_not_audited(audit, answers, capsys, pypi):
    asked = answers(pypi=pypi)
    assert audit.main([]) == 2
    said = capsys.readouterr()
    assert said.out == NOTHING
    assert "No such host" in said.err
    assert asked == ["pypi", "osv"]


def test_a_list_out_of_reach_may_be_excused(audit, answers, capsys):
    answers(pypi=SKIPPED)
    assert audit.main(["--if-reachable"]) == 0
    assert capsys.readouterr().out == NOTHING


def test_the_second_list_is_asked_where_the_first_says_nothing(audit, answers):
    asked = answers(pypi=SKIPPED, osv=HOLE)
    assert audit.main([]) == 1
    assert asked == ["pypi", "osv"]


@pytest.mark.parametrize("words", [[], ["--if-reachable"]])
def test_a_part_that_was_not_looked_up_is_named(audit, answers, capsys, words):
    part = SKIPPED["dependencies"] + CLEAN["dependencies"][1:]
    answers(pypi={"dependencies": part, "fixes": []})
    assert audit.main(words) == 2
    assert capsys.readouterr().out.splitlines() == [
        "Not on the list, so not audited: idna.",
        "Packages without a known hole: 1.",
    ]
