"""Libraries that fail on import: set aside where they are not needed, else named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import environment
from vitviewer.system.unfit_libraries import complaint

# As torchvision fails beside another torch: in the ways that were seen.
FAILURES = {
    "operator": 'raise RuntimeError("operator torchvision::nms does not exist")',
    "symbol": 'raise ImportError("undefined symbol: _ZN3c10")',
    "circular": 'raise AttributeError("partially initialized module")',
    "library": 'raise OSError("libcudart.so.12: cannot open shared object file")',
    "name": "from torch import no_such_name",
    "module": "import no_such_module",
}
SHAPES = "import vitviewer as vv; vv.load_model('shapes', device='cpu')"


def broken(folder: Path, name: str, failure: str, version: str = "0.9.1") -> Path:
    """Make a library that fails on import; return the folder to import it from."""
    site = folder / "site-packages"
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    )
    (info / "top_level.txt").write_text(name)
    (site / name).mkdir()
    (site / name / "__init__.py").write_text(failure)
    return site


def python(folder: Path, site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(site), environment(folder)["PYTHONPATH"]))
    more = environment(folder, PYTHONPATH=path)
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=more,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(
    "failure",
    [
        next(iter(FAILURES)),
        *(pytest.param(f, marks=pytest.mark.long) for f in list(FAILURES)[1:]),
    ],
)
def test_the_program_works_without_an_unfit_torchvision(tmp_path, failure):
    site = broken(tmp_path, "torchvision", FAILURES[failure])
    done = python(tmp_path, site, "-m", "vitviewer", "inspect", "shapes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "trust:       green" in done.stdout


@pytest.mark.long
def test_so_does_the_window(tmp_path):
    site = broken(tmp_path, "torchvision", FAILURES["operator"])
    done = python(tmp_path, site, "-m", "vitviewer", "--headless")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.long
@pytest.mark.parametrize("failure", ["operator", "symbol", "library", "name"])
def test_python_is_told_in_a_sentence(tmp_path, failure):
    """It changes nothing of its host's process, so that it cannot set it aside."""
    site = broken(tmp_path, "torchvision", FAILURES[failure])
    told = python(tmp_path, site, "-c", SHAPES).stderr.splitlines()[-1]
    assert told.startswith("vitviewer.errors.ModelError: The library torchvision 0.9.1")
    assert "pip uninstall torchvision" in told


@pytest.mark.long
@pytest.mark.parametrize("name", ["torch", "safetensors"])
def test_a_library_that_is_needed_is_named(tmp_path, name):
    site = broken(tmp_path, name, FAILURES["symbol"])
    done = python(tmp_path, site, "-m", "vitviewer", "inspect", "shapes")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert f"The library {name}" in done.stderr
    assert "undefined symbol" in done.stderr
    assert "report it" not in done.stderr


def raised(code: str, path: str) -> BaseException:
    try:
        exec(compile(code, path, "exec"), {})
    except Exception as error:
        return error
    raise AssertionError


def test_what_is_not_there_is_to_be_installed(tmp_path):
    error = raised("import no_such_library.part", str(tmp_path / "x.py"))
    assert "The library no_such_library could not be imported" in complaint(error)
    assert "`pip install no_such_library`" in complaint(error)


def test_what_is_called_otherwise_than_its_module():
    error = raised("from PIL import no_such_name", "x.py")
    assert "the library pillow " in complaint(error).lower()
