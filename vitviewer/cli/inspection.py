"""What is known of a model, as text or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vitviewer.text import plain
from vitviewer.trust import Verdict, as_plain, overall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitviewer.answers import ModelFacts
    from vitviewer.models.catalog import ModelEntry

_SHOWN_LABELS = 6


def as_json(facts: ModelFacts) -> str:
    """Return all facts as a JSON object, with the grid as [rows, columns]."""
    known = {
        **asdict(facts),
        "grid": _grid(facts),
        "problem": facts.problem,
        "trust": as_plain(facts.trust),
    }
    return json.dumps(known, indent=2)


def as_text(facts: ModelFacts) -> str:
    """Return the facts as aligned lines of plain text."""
    lines = _lines(facts)
    width = max(len(name) for name, _ in lines) + 2
    return "\n".join(f"{name + ':':{width}}{value}" for name, value in lines)


def _lines(facts: ModelFacts) -> list[tuple[str, Any]]:
    rows, cols = _grid(facts)
    patch, size = facts.patch_size, facts.input_size
    tokens = [*facts.special_tokens, f"{rows * cols} patches"]
    lines: list[tuple[str, Any]] = [
        ("model", plain(facts.name)),
        ("source", plain(facts.source)),
        ("revision", facts.revision or "none (not from the hub)"),
        ("family", facts.family),
        ("layers", facts.n_layers),
        ("heads", facts.n_heads),
        ("parameters", f"{facts.n_parameters:,}"),
        ("tokens", ", ".join(tokens)),
        ("grid", f"{rows} × {cols} patches of {patch[0]} × {patch[1]} pixels"),
        ("input", f"{size[0]} × {size[1]} pixels{_trained(facts)}"),
        ("labels", _labels(facts)),
        ("processor", plain(facts.processor)),
        ("dtype", _dtype(facts)),
        ("device", facts.device),
        ("answer", facts.reads or "is read from the class token"),
        ("resolutions", _resolutions(facts)),
        ("capture", facts.capture),
    ]
    return lines + _trust(facts)


def _trust(facts: ModelFacts) -> list[tuple[str, Any]]:
    """Say the verdict, then why, where it is not green."""
    doubts = [c for c in facts.trust if c.verdict is not Verdict.GREEN]
    lines: list[tuple[str, Any]] = [("trust", overall(facts.trust).value)]
    return lines + [(c.verdict.value, f"{c.name}: {c.reason}") for c in doubts]


def _grid(facts: ModelFacts) -> tuple[int, int]:
    """Return rows and columns of patches at the size that the model was trained at."""
    width, height = facts.input_size
    return height // facts.patch_size[1], width // facts.patch_size[0]


def _trained(facts: ModelFacts) -> str:
    """Say which size the model was trained at, where pictures get another one."""
    if facts.trained_size is None or not facts.is_resized:
        return ""
    width, height = facts.trained_size
    return f", where the config says {width} × {height}"


def _dtype(facts: ModelFacts) -> str:
    widened = f", widened from {facts.published}" if facts.is_widened else ""
    return f"{facts.dtype}{widened}"


def _resolutions(facts: ModelFacts) -> str:
    """Say at which sizes a picture can go in, and why at no other."""
    return ", ".join(facts.resolutions) + (f" ({facts.fixed})" if facts.fixed else "")


def _labels(facts: ModelFacts) -> str:
    if facts.labels is None:
        return "none (no classifier)"
    some = ", ".join(plain(label) for label in facts.labels[:_SHOWN_LABELS])
    more = ", …" if len(facts.labels) > _SHOWN_LABELS else ""
    kind = ", each with its own yes or no" if facts.multi_label else ""
    if facts.regression:
        kind = ", numbers as they are (regression)"
    return f"{len(facts.labels)}{kind}: {some}{more}"


def models_as_json(entries: Sequence[ModelEntry]) -> str:
    """Return models as a JSON list."""
    return json.dumps([asdict(entry) for entry in entries], indent=2)


def models_as_text(entries: Sequence[ModelEntry]) -> str:
    """Return models as aligned lines: name, family, size, where it is."""
    rows = [
        (plain(e.source), plain(e.family), f"{e.size_bytes / 1e6:.1f} MB", e.kind)
        for e in entries
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    lines = (
        f"{name:{widths[0]}}  {family:{widths[1]}}  {size:>{widths[2]}}  {kind}"
        for name, family, size, kind in rows
    )
    return "\n".join(lines)
