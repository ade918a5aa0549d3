"""What a recorded flow says about each promise: nothing, where all were kept."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.promises.place import Place
from tests.promises.record import NETWORK, PLACES, PROCESSES

Record = dict[str, Any]
_DESCRIPTIONS = (".safetensors", ".json", ".txt")
_PICTURES = (".png", ".jpg", ".tif", ".webp", ".gif")


@dataclass
class Story:
    """A flow that ended: what was recorded of it, and what it left behind.

    ``changed`` are the paths beneath the place that are new or changed, ``opened`` the
    files of model folders that the kernel saw opened, ``asked`` what the hub was asked;
    the last three hold what was done by the sins as well.
    """

    place: Place
    code: int
    errors: str
    records: list[Record]
    changed: set[str] = field(default_factory=set)
    opened: set[Path] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    @property
    def flow(self) -> list[Record]:
        """What the program did."""
        return [record for record in self.records if record["step"] != "sins"]

    @property
    def sins(self) -> list[Record]:
        """What was done on purpose."""
        return [record for record in self.records if record["step"] == "sins"]

    @property
    def steps(self) -> list[str]:
        """The names of what was done, in their order."""
        return [r["words"][0] for r in self.records if r["event"] == "step"]

    def word(self, event: str) -> str:
        """Return what was recorded once, under a name of its own."""
        (record,) = (r for r in self.records if r["event"] == event)
        return str(record["words"][0])


def read(path: Path) -> list[Record]:
    """Read the lines that were recorded."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def unpickled(records: list[Record]) -> list[str]:
    """Tell of pickles that were read, by Python or by torch."""
    return _told(
        r for r in records if r["event"] in ("pickle.find_class", "torch.load")
    )


def wrongly_opened(records: list[Record], place: Place) -> list[str]:
    """Tell of files in models' folders that are neither weights nor descriptions."""
    opens = [r for r in records if r["event"] == "open"]
    return _told(r for r in opens if _is_wrong(Path(r["words"][0]), place))


def wrongly_seen_open(opened: set[Path]) -> set[str]:
    """Tell the same of what the kernel saw, without the sins' own files."""
    return {p.name for p in opened if p.suffix not in (*_DESCRIPTIONS, *_PICTURES)}


def run_code(records: list[Record]) -> list[str]:
    """Tell of code beneath the place that was opened, compiled, loaded or run."""
    events = ("exec", "compile", "import", "ctypes.dlopen")
    return _told(r for r in records if r["event"] in events or _is_code(r))


def networked(records: list[Record]) -> list[str]:
    """Tell of names that were looked up, and of sockets of the internet."""
    return _told(r for r in records if r["event"] in NETWORK)


def started(records: list[Record]) -> list[str]:
    """Tell of processes; a list of fonts may be asked for where no font is found."""
    events = [r for r in records if r["event"] in PROCESSES]
    return _told(r for r in events if not _asks_for_fonts(r))


def written_elsewhere(records: list[Record], place: Place) -> list[str]:
    """Tell of what was made, changed or removed where nothing should be."""
    writes = [
        r for r in records if r["event"] in PLACES or r["words"][1:] == ["to write"]
    ]
    return _told(r for r in writes if not _may_write(r, place))


def left_elsewhere(changed: set[str]) -> set[str]:
    """Tell of what lies where nothing should, whoever put it there.

    Libraries in C keep caches of their own, of fonts say, in the folder for caches.
    """
    return {path for path in changed if not _may_lie(path)}


def _may_lie(path: str) -> bool:
    first, _, rest = path.partition("/")
    if first == "temporary":  # what importing torch leaves; see SECURITY.md
        return rest.startswith("torchinductor_") and "/" not in rest
    if first in ("config", "data"):
        return rest.partition("/")[0] == "vitviewer"
    if first == "cache":
        return not rest.startswith("huggingface")
    return first in ("export", "runtime")


def _is_wrong(path: Path, place: Place) -> bool:
    if not any(path.is_relative_to(folder) for folder in place.models()):
        return False
    return path.suffix not in (*_DESCRIPTIONS, *_PICTURES)


def _asks_for_fonts(record: Record) -> bool:
    return [os.path.basename(word) for word in record["words"][:1]] == ["fc-list"]


def _is_code(record: Record) -> bool:
    is_python = str(record["words"][:1]).endswith((".py']", ".pyc']", ".so']"))
    return record["event"] == "open" and is_python


def _may_write(record: Record, place: Place) -> bool:
    """Tell whether all places of an event are the user's choice, or the program's."""
    paths = [Path(word) for word in record["words"] if word != "to write"]
    folders = [place.export, place.cache / "vitviewer", place.config / "vitviewer"]
    if any("_inductor" in caller for caller in record["at"]):
        folders.append(place.temporary)  # importing torch; see SECURITY.md
    return all(
        path == Path(os.devnull) or any(path.is_relative_to(f) for f in folders)
        for path in paths
    )


def _told(records: Iterator[Record]) -> list[str]:
    """Put records into words: what, with what, in which step, and by whom."""
    return [
        f"{r['event']} {r['words']} in {r['step']!r}, by {' < '.join(r['at'])}"
        for r in records
    ]
