"""Build the wheel and try what it installs, away from the checkout.

It is put into a folder of its own, beside which the libraries of the environment that
runs this are found. Exit status 1 where something is not as it should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "resources" / "samples"


def main() -> int:
    """Build, install and try it; print what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = install(build(folder / "dist"), folder / "installed")
        faults = list(tried(folder, installed))
    print(*faults or ["The wheel installs and works."], sep="\n")
    return int(bool(faults))


def build(folder: Path) -> Path:
    """Build the wheel with the backend itself, and return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into a folder, and return that."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-index", "--target"]
    subprocess.run([*command, str(folder), str(wheel)], check=True)
    return folder


def tried(folder: Path, installed: Path) -> list[str]:
    """Try the installed program from an empty folder; say what is wrong."""
    home = folder / "home"
    home.mkdir()
    picture = next(SAMPLES.rglob("*.png"))
    where = python(home, installed, "-c", "import vitviewer as v; print(v.__file__)")
    version = python(home, installed, "-m", "vitviewer", "--version")
    models = python(home, installed, "-m", "vitviewer", "models")
    words = ["export", str(picture), "--out", "maps"]
    exported = python(home, installed, "-m", "vitviewer", *words)
    words = ["--headless", "--out", "seen"]
    shown = python(home, installed, "-m", "vitviewer", *words)
    right = {
        "It is not what was installed": str(installed) in where,
        "It does not tell its version": version.startswith("vitviewer "),
        "It brings no models": "shapes" in models,
        f"It exports nothing: {exported}": any(home.glob("maps/*.png")),
        f"It shows nothing: {shown}": any(home.glob("seen/*.png")),
    }
    return [words for words, is_right in right.items() if not is_right]


def python(home: Path, installed: Path, *words: str) -> str:
    """Run Python on what was installed; return all that it printed."""
    folders = ("HOME", "HF_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    environment = {
        **os.environ,
        **dict.fromkeys(folders, str(home)),
        "PYTHONPATH": str(installed),
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "-P", *words],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
