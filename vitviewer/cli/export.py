"""Many pictures through one model into files, without a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitviewer.errors import ExportError, VitviewerError
from vitviewer.export.names import name_files, without_exports
from vitviewer.export.npz import write_npz
from vitviewer.export.snapshot import Snapshot
from vitviewer.export.wall import WallShot
from vitviewer.maps.resolve import resolve
from vitviewer.maps.selection import request_of
from vitviewer.maps.stack import stack_maps
from vitviewer.pictures.folders import picture_paths
from vitviewer.pictures.opening import folder_of, open_image
from vitviewer.queries import Precision, QueryKind
from vitviewer.system.files import make_folder
from vitviewer.text import plain
from vitviewer.trust import distrust

if TYPE_CHECKING:
    from pathlib import Path

    from vitviewer.answers import Answer, Explanation
    from vitviewer.cli.choice import Choice
    from vitviewer.cli.console import Console
    from vitviewer.engine.engine import Engine
    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Query


@dataclass(frozen=True)
class Batch:
    """What to export: pictures, folders or URLs, the model, the maps, the folder."""

    sources: list[str]
    model: str
    device: str
    choice: Choice
    out: Path
    precision: Precision = Precision.PUBLISHED


def export(batch: Batch, console: Console) -> int:
    """Explain each picture and write one file for it; a failure stops no other.

    Returns
    -------
    int
        Exit status: 0, or 1 where something failed, with one line for each failure.

    Raises
    ------
    UsageError
        If the model does not have the layer, head or token that is asked for.
    ModelError, ExportError
        If nothing at all can be done: no model, or no folder to write to.
    """
    from vitviewer.engine.engine import Engine

    batch.choice.check()
    sources, failures = _expand(batch.sources, console)
    if not sources:
        return 1
    sources, left = without_exports(sources, batch.out)
    for source in left:
        console.complain(f"{plain(source)} is left out: an earlier export wrote it.")
    make_folder(batch.out)
    engine = Engine()
    facts = engine.load(batch.model, batch.device, None, batch.precision)
    batch.choice.check_for(facts)
    warned = distrust(facts.trust)
    if warned:
        console.complain(f"{plain(facts.name)}: {warned}")
    # A wall does not take the place of the map of the same picture.
    part = "-wall" if batch.choice.what == "wall" else ""
    named = name_files(sources, batch.out, batch.choice.format, part)
    for source, target, note in named:
        done = _export_one(source, target, engine, batch.choice, console)
        if done and note:
            console.say(note)
        failures += not done
    return 1 if failures else 0


def _expand(given: list[str], console: Console) -> tuple[list[str], int]:
    """Put folders' pictures in their place; return sources and number of failures."""
    sources: list[str] = []
    failures = 0
    for source in given:
        try:
            found = _pictures_of(source)
        except VitviewerError as error:
            console.complain(str(error))
            failures += 1
        else:
            sources += found
    return list(dict.fromkeys(sources)), failures


def _pictures_of(source: str) -> list[str]:
    folder = folder_of(source)
    if not folder:
        return [source]
    found = picture_paths(folder)
    if not found:
        raise ExportError(f"The folder {plain(source)} holds no pictures.")
    return found


def _export_one(
    source: str, target: Path, engine: Engine, choice: Choice, console: Console
) -> bool:
    """Export one picture; False, after one line about it, if that failed."""
    try:
        picture = open_image(source).over(choice.background)
        notes = _explain_and_write(picture, target, engine, choice)
    except VitviewerError as error:
        console.complain(f"{plain(source)}: {error}")
    except Exception as error:  # the other pictures still get done
        kind = type(error).__name__
        console.complain(f"{plain(source)}: failed unexpectedly ({kind}: {error}).")
    else:
        for sentence in notes:
            console.complain(f"{plain(source)}: {sentence}")
        console.say(plain(str(target)))
        return True
    return False


def _explain_and_write(
    picture: Picture, target: Path, engine: Engine, choice: Choice
) -> tuple[str, ...]:
    """Run the model and write what was chosen; return what was done instead."""
    explanation = engine.explain(picture, choice.resolution)
    state = choice.view(explanation.model)
    _check_patch(state.query, explanation)
    request = request_of(state)
    answer = explanation.rows
    if request != answer.request:
        answer = engine.answer(request)
    if choice.what == "wall":
        WallShot(picture, resolve(explanation, answer, state)).write(target)
    elif choice.format == "npz":
        _write_npz(target, picture, explanation, answer, choice)
    else:
        _write_png(
            target, Snapshot(picture, resolve(explanation, answer, state)), choice
        )
    of_pass = distrust(explanation.trust[: -len(explanation.model.trust) or None])
    return (*explanation.notes, of_pass) if of_pass else explanation.notes


def _check_patch(query: Query, explanation: Explanation) -> None:
    tokens = explanation.tokens
    inside = tokens.has_patch(query.row, query.col, query.pane)
    if query.kind is QueryKind.PATCH and not inside:
        raise ExportError(
            f"Patch {query.row},{query.col} is outside the grid of {tokens.rows} × "
            f"{tokens.cols}: rows and columns count from 0."
        )


def _write_npz(
    target: Path,
    picture: Picture,
    explanation: Explanation,
    answer: Answer,
    choice: Choice,
) -> None:
    """Write the chosen maps as data."""
    layer = choice.layer_index(explanation.model)
    stack = stack_maps(explanation, answer, layer, choice.head_index, choice.fusion)
    write_npz(target, explanation, stack, {"notes": list(picture.notes)})


def _write_png(target: Path, shot: Snapshot, choice: Choice) -> None:
    """Write the one chosen map over the picture."""
    if choice.side_by_side:
        shot.write_side_by_side(target)
    else:
        shot.write_overlay(target)
