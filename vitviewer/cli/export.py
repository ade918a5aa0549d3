"""Many pictures through one model into files, without a window."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitviewer.errors import ExportError, VitviewerError
from vitviewer.export.names import name_files
from vitviewer.maps.stack import stack_maps
from vitviewer.pictures.folders import list_pictures
from vitviewer.pictures.opening import is_url, local_path, open_image
from vitviewer.queries import Direction, Method, QueryKind
from vitviewer.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from vitviewer.answers import Explanation, Rollout, Rows
    from vitviewer.cli.choice import Choice
    from vitviewer.cli.console import Console
    from vitviewer.engine.engine import Engine
    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Query


@dataclass(frozen=True)
class Job:
    """What to export: pictures, folders or URLs, the model, the maps, the folder."""

    sources: list[str]
    model: str
    device: str
    choice: Choice
    out: Path


def export(job: Job, console: Console) -> int:
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

    job.choice.check()
    sources, failures = _expand(job.sources, console)
    if not sources:
        return 1
    make_folder(job.out)
    engine = Engine()
    job.choice.check_for(engine.load(job.model, job.device))
    for source, target, note in name_files(sources, job.out, job.choice.format):
        done = _export_one(source, target, engine, job.choice, console)
        if done and note:
            console.say(note)
        failures += not done
    return 1 if failures else 0


def make_folder(folder: Path) -> None:
    """Make the folder that files go to.

    Raises
    ------
    ExportError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ExportError(
            f"The folder {plain(str(folder))} could not be made ({reason}): "
            "choose another with --out."
        ) from error


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
    if is_url(source) or not os.path.isdir(local_path(source)):
        return [source]
    found = [str(path) for path in list_pictures(local_path(source))]
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
    """Run the model and write what was chosen; return what was done otherwise."""
    explanation = engine.explain(picture, choice.resolution)
    query = choice.query or explanation.model.default_query
    _check_patch(query, explanation)
    rows, rollout = _ask(engine, explanation, query, choice)
    write = _write_npz if choice.format == "npz" else _write_png
    write(target, picture, explanation, rows, rollout, choice)
    return explanation.notes


def _check_patch(query: Query, explanation: Explanation) -> None:
    tokens = explanation.tokens
    inside = query.row < tokens.rows and query.col < tokens.cols
    if query.kind is QueryKind.PATCH and not inside:
        raise ExportError(
            f"Patch {query.row},{query.col} is outside the grid of {tokens.rows} × "
            f"{tokens.cols}: rows and columns count from 0."
        )


def _ask(
    engine: Engine, explanation: Explanation, query: Query, choice: Choice
) -> tuple[Rows, Rollout | None]:
    """Get one query's attention, and its rollout if that was chosen."""
    rows = explanation.rows
    if query != rows.query:
        rows = engine.rows(query, Direction.FROM)
    if choice.method is not Method.ROLLOUT:
        return rows, None
    return rows, engine.rollout(query, choice.fusion, Direction.FROM)


def _write_npz(
    target: Path,
    picture: Picture,
    explanation: Explanation,
    rows: Rows,
    rollout: Rollout | None,
    choice: Choice,
) -> None:
    """Write the chosen maps as data."""
    from vitviewer.export.npz import write_npz

    layer = choice.layer_index(explanation.model)
    answer = rollout or rows
    stack = stack_maps(explanation, answer, layer, choice.head_index, choice.fusion)
    write_npz(target, explanation, stack, {"notes": list(picture.notes)})


def _write_png(
    target: Path,
    picture: Picture,
    explanation: Explanation,
    rows: Rows,
    rollout: Rollout | None,
    choice: Choice,
) -> None:
    """Write the one chosen map, laid over the picture."""
    from vitviewer.export.png import write_png
    from vitviewer.export.snapshot import Snapshot
    from vitviewer.maps.colors import OverlayStyle
    from vitviewer.maps.selection import display_range, select_map

    state = choice.view(explanation.model)
    patch_map = select_map(explanation, rows, rollout, state)
    lo, hi = display_range(patch_map, explanation.tokens, rows, state, rollout)
    style = OverlayStyle(
        colormap=state.colormap,
        opacity=state.opacity,
        interpolation=state.interpolation,
        lo=lo,
        hi=hi,
        fade=state.fade,
    )
    shot = Snapshot(picture, explanation, patch_map, style, state.to_dict())
    pixels = shot.side_by_side() if choice.side_by_side else shot.overlay()
    write_png(target, pixels, shot.provenance())
