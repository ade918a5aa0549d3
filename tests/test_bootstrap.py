"""The set-up as a user meets it: real make, real pip, real signals."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="signals and make")
# Says who it is, then works until it is ended.
STAND_IN = """#!/bin/sh
echo "$$ $*" > "{told}.part" && mv "{told}.part" "{told}"
exec sleep 600
"""


def load_bootstrap(root: Path):
    """Import the set-up of a checkout."""
    path = root / "packaging" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap_of_checkout", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path) -> Path:
    """Return a checkout whose environment is not made yet."""
    root = tmp_path / "check out"
    (root / "packaging").mkdir(parents=True)
    for name in ("bootstrap.py", "constraints.txt"):
        shutil.copy(ROOT / "packaging" / name, root / "packaging")
    shutil.copy(ROOT / "Makefile", root)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "vitviewer").symlink_to(ROOT / "vitviewer")
    return root


def pretend_installed(root: Path) -> Path:
    """Let a stand-in for Python be all that is installed; return what it writes."""
    told = root / "told"
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN.format(told=told))
    python.chmod(0o755)
    (python.parent / "pip").touch()
    (root / ".venv" / "pyvenv.cfg").touch()
    bootstrap = load_bootstrap(root)
    stamp = [bootstrap.fingerprint(), "", "test"]
    bootstrap.STAMP.write_text("\n".join(stamp))
    return told


def wait_for(path: Path, process: subprocess.Popen) -> str:
    """Return what a file holds, once it is there and while the process runs."""
    while not path.exists():
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.05)
    return path.read_text()


def is_running(number: int) -> bool:
    """Return whether there is such a process that has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@posix
@pytest.mark.parametrize(
    ("task", "words", "number"),
    [
        ("run", "cat.jpg", signal.SIGTERM),
        ("run", "'a; b.jpg' --model x", signal.SIGTERM),  # needs a shell
        ("run", "", signal.SIGHUP),
        ("test", "-k one", signal.SIGTERM),
        ("check", "", signal.SIGTERM),  # has several steps
    ],
)
def test_a_signal_to_make_ends_what_runs(checkout, task, words, number):
    told = pretend_installed(checkout)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = ["make", task, f"PYTHON={sys.executable}", f"ARGS={words}"]
    process = subprocess.Popen(
        command,
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Where these tests are started by nohup or the like, it would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        start_new_session=True,
    )
    worker = int(wait_for(told, process).split()[0])
    try:
        assert is_running(worker)
        if number == signal.SIGHUP:  # a terminal that goes tells all that run in it
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.wait(30)
        for _ in range(200):
            if not is_running(worker):
                break
            with pytest.raises(subprocess.TimeoutExpired):
                subprocess.run(["sleep", "1"], timeout=0.05)
        assert not is_running(worker)
    finally:
        if is_running(worker):
            os.kill(worker, signal.SIGKILL)


@posix
def test_the_last_step_takes_the_place_of_the_set_up(checkout):
    told = pretend_installed(checkout)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "packaging/bootstrap.py", "run", "a b.jpg"]
    with subprocess.Popen(command, cwd=checkout, env=environment) as process:
        number, *words = wait_for(told, process).split()
        assert int(number) == process.pid
        assert words == ["-m", "vitviewer", "a", "b.jpg"]
        process.terminate()
    assert process.returncode == -signal.SIGTERM


@pytest.fixture
def bootstrap(checkout, monkeypatch):
    """The set-up of a checkout, whose Python is the one that runs this."""
    module = load_bootstrap(checkout)
    module.VENV.mkdir()
    (module.VENV / "pyvenv.cfg").touch()
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    return module


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple", "check the connection"),
        *(
            pytest.param(*case, "check the connection", marks=pytest.mark.long)
            for case in (
                ("PIP_INDEX_URL", "http://nowhere.invalid/simple"),
                ("PIP_PROXY", "http://127.0.0.1:9"),
                ("PIP_NO_INDEX", "1"),
            )
        ),
    ],
)
def test_offline_is_one_sentence(bootstrap, monkeypatch, capfd, variable, value, words):
    monkeypatch.setenv(variable, value)
    assert not bootstrap.install()
    told = capfd.readouterr()
    assert len(told.err.splitlines()) == 1
    assert words in told.err
    assert told.err.rstrip().endswith(f"All that pip said is in {bootstrap.LOG}.")
    assert "Traceback" not in told.out
    assert bootstrap.read_stamp() is None
    assert bootstrap.LOG.stat().st_size


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: ...\nERROR: ResolutionImpossible: x\n", "(ResolutionImpossible: x)"),
        ("ERROR: No matching distribution found for torch==9", "pip's index lacks"),
        ("something else\n\n", "(something else)"),
        ("", "(it did not say why)"),
    ],
)
def test_other_failures_of_pip_are_one_sentence(
    bootstrap, monkeypatch, capsys, said, words
):
    script = f"import sys; sys.stdout.write({said!r}); sys.exit(1)"
    real = bootstrap.call
    monkeypatch.setattr(
        bootstrap, "call", lambda _c, **o: real([sys.executable, "-c", script], **o)
    )
    assert not bootstrap.install()
    told = capsys.readouterr().err
    assert words in told
    assert len(told.splitlines()) == 1


@pytest.fixture
def pip(bootstrap, monkeypatch):
    """A pip that installs what it is told to, and takes note."""
    site = bootstrap.VENV / "lib" / "python3.11" / "site-packages"
    made: list[str] = []

    class Pip:
        offers = ("torch", "numpy", "single.py")
        notices = True
        runs = made

        def __call__(self, command, **_options) -> int:
            made.append(command[2] if "venv" in command else "pip")
            if "venv" in command:
                site.mkdir(parents=True)
                (bootstrap.VENV / "pyvenv.cfg").touch()
            for name in self.offers:
                info = site / f"{name}-1.dist-info"
                if not info.exists() or self.notices:
                    info.mkdir(parents=True, exist_ok=True)
                    (site / name).mkdir(exist_ok=True)
            return 0

    stand_in = Pip()
    monkeypatch.setattr(bootstrap, "call", stand_in)
    monkeypatch.setattr(bootstrap, "PYTHON", bootstrap.VENV / "bin" / "python")
    return stand_in


@pytest.mark.parametrize("name", ["torch", "numpy", "single.py"])
@pytest.mark.parametrize("with_info", [True, False])
def test_what_is_gone_is_installed_again(bootstrap, pip, name, with_info):
    """By ``pip uninstall``, or as a folder that pip still takes for installed."""
    assert bootstrap.install("test")
    assert bootstrap.install("test")
    assert pip.runs == ["pip"]
    site = next(bootstrap.VENV.glob("lib/*/site-packages"))
    shutil.rmtree(site / name)
    if with_info:
        shutil.rmtree(site / f"{name}-1.dist-info")
    pip.notices = False
    assert bootstrap.install("test")
    assert (site / name).exists()
    assert pip.runs == (["pip", "pip"] if with_info else ["pip", "pip", "venv", "pip"])
    before = list(pip.runs)
    assert bootstrap.install("test")
    assert pip.runs == before
