"""What SECURITY.md promises, held against the real program under an audit hook.

Two flows run in processes of their own, each with a home of its own in which strangers
have left code, pickles and tools; everything that they do is recorded. After each flow
the promises are broken on purpose, so that a record without such events is worth
something.
"""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import withstand
from tests.fake_hub import FakeHub
from tests.promises import verdict
from tests.promises.opened import Watch
from tests.promises.place import Place, make_place
from tests.promises.verdict import Story

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="tools, folders and sockets are those of Unix"
)
ROOT = Path(__file__).parents[1]
# In the cage the sins end with the first process, so the other flow is left free.
FLOWS = {"window": ("caged",), "commands": ()}
PATIENCE_S = 600


@contextmanager
def counting_hub() -> Iterator[FakeHub]:
    """Run a hub that has no models and notes what it is asked."""
    hub = FakeHub({})
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()


def tell(flow: str, place: Place) -> Story:
    """Run a flow to its end."""
    out = place.root.with_name(f"{flow}.jsonl")
    command = [sys.executable, "-P", "-m", "tests.promises.start", flow]
    command += [str(place.root), str(out), *FLOWS[flow]]
    before = place.contents()
    watch = Watch(*place.models()) if Watch.is_possible() else None
    with counting_hub() as hub:
        done = subprocess.run(
            command,
            cwd=place.model,
            env=place.environment(hub.url),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    after = place.contents()
    return Story(
        place,
        done.returncode,
        done.stderr,
        verdict.read(out),
        changed={path for path, _ in before.items() ^ after.items()},
        opened=watch.end() if watch else set(),
        asked=[path for path, _ in hub.requests],
    )


@pytest.fixture(scope="module")
def stories(tmp_path_factory, tiny_vit) -> dict[str, Story]:
    """What the flows did."""
    folder = tmp_path_factory.mktemp("promises")
    places = [_place(folder / flow, tiny_vit) for flow in FLOWS]
    with ThreadPoolExecutor() as both:
        return dict(zip(FLOWS, both.map(tell, FLOWS, places), strict=True))


@pytest.fixture(params=FLOWS)
def story(request, stories) -> Story:
    """What one flow did."""
    return stories[request.param]


def _place(folder: Path, sound: Path) -> Place:
    folder.mkdir()
    return make_place(folder, sound)


def hold(*faults: object) -> None:
    """Record a promise, and fail where there are faults of any kind."""
    withstand.record("promises", tried=1, expected=not any(faults))
    assert not any(faults), faults


# --- the promises -------------------------------------------------------------------


def test_the_flow_went_to_its_end(story):
    assert story.steps[-1] == "sins", story.errors
    assert len(story.steps) > 10


def test_no_pickle_is_opened(story):
    hold(verdict.unpickled(story.flow), story.place.marker.exists())


def test_only_weights_and_descriptions_of_a_model_are_opened(story):
    opened = verdict.wrongly_seen_open(story.opened) - {"sin.bin", "sin.py"}
    hold(verdict.wrongly_opened(story.flow, story.place), opened)


def test_no_code_of_a_folder_runs(story):
    hold(verdict.run_code(story.flow), story.place.marker.exists())


def test_the_current_folder_is_no_place_for_modules(story):
    (paths,) = (r["words"] for r in story.records if r["event"] == "sys.path")
    hold({"", ".", str(story.place.model)} & set(paths))


def test_no_network_unless_it_is_asked_for(story):
    wanted = [
        path for path in story.asked if not path.startswith("/api/models?search=")
    ]
    hold(verdict.networked(story.flow), wanted)


def test_the_hub_is_told_nothing_of_the_machine(story):
    hold(story.word("telemetry") != "1")


def test_no_process_is_started(story):
    hold(verdict.started(story.flow), story.place.marker.exists())


def test_nothing_is_written_elsewhere(story):
    left = verdict.left_elsewhere(story.changed)
    left = {path for path in left if path.partition("/")[0] != "outside"}
    hold(verdict.written_elsewhere(story.flow, story.place), left)


def test_no_library_in_c_starts_a_process_or_opens_a_socket(stories):
    """The kernel kills for it; it did so only for the sin of starting a process."""
    story = stories["window"]
    if why_not := story.word("cage"):
        pytest.skip(f"there is no cage: {why_not}")
    hold(story.code != -signal.SIGSYS, story.sins[-1]["event"] != "subprocess.Popen")


# --- that they can be broken ----------------------------------------------------------


def test_sins_are_noticed(story):
    sins, place = story.sins, story.place
    assert len(verdict.unpickled(sins)) == 2
    assert "sin.bin" in str(verdict.wrongly_opened(sins, place))
    assert "exec" in str(verdict.run_code(sins))
    assert "subprocess.Popen" in str(verdict.started(sins))
    noticed = str(verdict.written_elsewhere(sins, place))
    for name in ("sinned", "folder", "renamed", "copied", "opened", "linked"):
        assert f"outside/{name}" in noticed
    assert "outside/sinned" in verdict.left_elsewhere(story.changed)


def test_sins_of_the_free_are_noticed(stories):
    story = stories["commands"]
    noticed = str(verdict.started(story.sins))
    for event in ("Popen", "system", "posix_spawn", "fork", "exec"):
        assert event in noticed
    noticed = str(verdict.networked(story.sins))
    for event in ("__new__", "connect", "getaddrinfo"):
        assert f"socket.{event}" in noticed
    assert len(story.asked) == 1  # the hub that counts is the one that would be asked
    assert (story.place.outside / "sin ran").exists()
    assert (story.place.outside / "sin.py ran").exists()


@pytest.mark.skipif(not Watch.is_possible(), reason="inotify is of Linux")
def test_the_kernel_sees_what_is_opened(story):
    names = {path.name for path in story.opened}
    assert {"config.json", "model.safetensors", "sin.bin", "sin.py"} <= names


# --- what is said of them -------------------------------------------------------------


def _tests_of(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) >= 6
    for file, name in named:
        assert not name or name in _tests_of(ROOT / file), (file, name)
        assert (ROOT / file).is_file()


def test_every_promise_is_named():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    promises = (
        Path(__file__).read_text(encoding="utf-8").partition("that they can be")[0]
    )
    for name in re.findall(r"def (test_\w+)\(", promises)[1:]:
        assert f"::{name}`" in text
