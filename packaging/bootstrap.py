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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "vitviewer-stamp"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
TASKS = {
    "run": [["-m", "vitviewer"]],
    "test": [["-m", "pytest"]],
    "lint": [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]],
    "types": [["-m", "mypy"]],
    "pictures": [["packaging/pictures.py"]],
    "bench": [["-m", "benchmarks"]],
}

sys.path.insert(0, str(ROOT))


def main() -> int:
    """Set up what a task needs, then run it with the words that follow its name."""
    version = tuple(sys.version_info[:2])
    if version < (3, 11):
        return fail(f"vitviewer needs Python 3.11, not {version[0]}.{version[1]}.")
    task, *words = sys.argv[1:] or ["run"]
    if task not in TASKS:
        return fail(f"There is no task {task!r}: choose one of {', '.join(TASKS)}.")
    extra = "" if task == "run" else "test"
    if not (prepare_venv() and install(extra) and prepare_qt(task)):
        return 1
    for command in TASKS[task]:
        code = subprocess.call([python(), *command, *words], cwd=ROOT)
        if code:
            return code
    return 0


def fail(sentence: str) -> int:
    """Say why there is no going on, and return the exit status for it."""
    print(sentence, file=sys.stderr)
    return 1


def python() -> str:
    """Return the virtual environment's interpreter."""
    return str(BIN / "python")


def prepare_venv() -> bool:
    """Make the virtual environment if there is none that works."""
    if Path(python()).exists() and (BIN / "pip").exists():
        return True
    if not has_venv_module():
        package = f"python3.{sys.version_info.minor}-venv"
        if not install_packages([package], f"sudo apt-get install {package}"):
            return False
    print(f"Making {VENV.name} …", flush=True)
    return subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) == 0


def has_venv_module() -> bool:
    """Tell whether venv can bring pip along; Debian packs that separately."""
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def install(extra: str) -> bool:
    """Install the checkout and what it needs, unless the stamp says it is there."""
    wanted = {"", extra}
    have = read_stamp()
    if have is not None and wanted <= have:
        return True
    extras = sorted(wanted | (have or set()))
    target = f".[{','.join(filter(None, extras))}]" if any(extras) else "."
    print(
        "Installing vitviewer and what it needs. The first time that is some 350 MB or "
        "more, PyTorch most of it, and takes a minute or two …",
        flush=True,
    )
    command = [python(), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--quiet", "--constraint", str(CONSTRAINTS), "--editable", target]
    if subprocess.call(command, cwd=ROOT) != 0:
        return False
    STAMP.write_text("\n".join([fingerprint(), *extras]), encoding="utf-8")
    return True


def read_stamp() -> set[str] | None:
    """Return the extras that are installed; None if the installation is out of date."""
    if not STAMP.is_file():
        return None
    first, *extras = STAMP.read_text(encoding="utf-8").split("\n")
    return set(extras) if first == fingerprint() else None


def fingerprint() -> str:
    """Return a digest of what an installation follows from."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare_qt(task: str) -> bool:
    """Check Qt's system libraries before Qt is imported; install them where we may."""
    from vitviewer.screen import has_screen
    from vitviewer.system_libraries import advice, missing

    if task in ("lint", "types"):
        return True
    packages = missing(screen=task == "run" and has_screen())
    if not packages:
        return True
    return install_packages(packages, advice(packages))


def install_packages(packages: list[str], otherwise: str) -> bool:
    """Install Debian packages as root on Debian or Ubuntu; elsewhere say how to."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(
            "Some packages of your system are missing. Run this line, then try again:\n"
            f"  {otherwise}",
            file=sys.stderr,
        )
        return False
    print(f"Installing {' '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call([apt, "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.call(command, env=quiet, stdout=subprocess.DEVNULL) == 0


if __name__ == "__main__":
    sys.exit(main())
