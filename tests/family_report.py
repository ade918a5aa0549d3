"""The table of families: what each one is, and how far its rows are from eager's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.models.families.composites import COMPOSITES
from vitviewer.models.families.refusals import WHY

if TYPE_CHECKING:
    from tests.models.families.test_families import Measured

PATH = Path(__file__).parents[1] / "resources" / "families.md"
_ERROR = re.compile(r"\d\.\de-\d\d")
_HEAD = """\
# Which models open

Measured by `make families` on tiny models with seeded random weights, made from each
family's config class: the largest difference between any recorded attention row (every
layer, head and query, at two input sizes where the family allows a second) and the
model's own `output_attentions=True`, in float32. Attention and rollout apply to all of
them; a prediction is shown where the checkpoint has an image classifier.

| model | tokens that are no patches | recorded by | largest difference to eager | \
the answer reads | other sizes |
|---|---|---|---|---|---|
"""


def table(measured: Mapping[str, Measured]) -> str:
    """Write the whole document."""
    rows = "".join(_row(name, m) for name, m in measured.items())
    return f"{_HEAD}{rows}{_composites()}{_refused()}"


def without_errors(text: str) -> str:
    """Take the measured figures out."""
    return _ERROR.sub("…", text)


def errors(text: str) -> dict[str, float]:
    """Return the figures of a written table, by model."""
    lines = [line.split("|") for line in text.splitlines() if _ERROR.search(line)]
    return {line[1].strip(): float(line[4]) for line in lines}


def _row(name: str, m: Measured) -> str:
    facts = m.facts
    cells = [
        name,
        _special(facts.special_tokens, m.suffix),
        facts.capture,
        f"{m.error:.1e}",
        facts.reads.removeprefix("the ") or "class token",
        "yes" if len(facts.resolutions) > 1 else "trained size only",
    ]
    return "| " + " | ".join(cells) + " |\n"


def _special(names: tuple[str, ...], n_suffix: int) -> str:
    """Count names of one kind: "class, 4 register; after the patches: 7 detection"."""
    before, after = names[: len(names) - n_suffix], names[len(names) - n_suffix :]
    words = _counted(before) or "none"
    return f"{words}; after the patches {_counted(after)}" if after else words


def _counted(names: tuple[str, ...]) -> str:
    kinds: dict[str, int] = {}
    for name in names:
        kind = name.rstrip("0123456789 ")
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(kind if n == 1 else f"{n} {kind}" for kind, n in kinds.items())


def _composites() -> str:
    names = ", ".join(sorted({c.title for c in COMPOSITES.values()}))
    return (
        "\n## Larger models\n\nThese open as their vision encoder; its tensors are "
        f"checked to be the whole model's own: {names}.\n"
    )


def _refused() -> str:
    lines = [f"- {why}: {', '.join(sorted(names))}." for why, names in WHY.items()]
    return (
        "\n## What does not open, and why\n\nA model whose `model_type` …\n\n"
        + "\n".join(lines)
        + "\n"
    )
