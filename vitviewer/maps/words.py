"""The words of the sentence, as data: all that a translator has to put into others.

``%1`` stands for what is chosen. Each part is a template of its own, and so is their
order, for languages that put things elsewhere. What a phrase is about goes along with
it, since another language may have other words for the same ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vitviewer.methods.registry import list_methods
from vitviewer.queries import Direction, Fusion, QueryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Takes a phrase and what it is about, returns it in the reader's language.
    Translate = Callable[[str, str], str]

ORDER = "%model %method %query %target %where"
#: The same for what a map is called on its own, which names the method without a verb.
TITLE = "%method %query %target %where"
NOTED = "%1 (%2)"

MODEL = "%1"
METHOD = "shows %1"
TARGET = "for %1"
NO_MODEL = "no model yet"

#: Template and choice of each kind of query, where it looks and what looks at it.
QUERIES = {
    (QueryKind.CLASS, Direction.FROM): ("from the %1", "class token"),
    (QueryKind.CLASS, Direction.TO): ("to the %1", "class token"),
    (QueryKind.MEAN, Direction.FROM): ("from the %1", "mean of all patches"),
    (QueryKind.MEAN, Direction.TO): ("to the %1", "patches on average"),
    (QueryKind.POOL, Direction.FROM): ("from the %1", "pooling head"),
    (QueryKind.POOL, Direction.TO): ("to the %1", "pooling head"),
    (QueryKind.SPECIAL, Direction.FROM): ("from the %1", "%1 token"),
    (QueryKind.SPECIAL, Direction.TO): ("to the %1", "%1 token"),
    (QueryKind.TOKEN, Direction.FROM): ("from %1", "token %1"),
    (QueryKind.TOKEN, Direction.TO): ("to %1", "token %1"),
    (QueryKind.PATCH, Direction.FROM): ("from %1", "patch (%1, %2)"),
    (QueryKind.PATCH, Direction.TO): ("to %1", "patch (%1, %2)"),
}
CLASS = "class %1"
SAME_NAME = "%1 (class %2)"
RATHER_THAN = "%1 rather than %2"

#: What wrote into an answer, row by row.
FROM_PATCHES = "Heads, read from patches"
FROM_PREFIX = "Heads, read from prefix tokens"
PARTS = {
    "mlp": "MLPs",
    "embedding": "Embedding",
    "bias": "Bias",
    "rest": "Made after the last layer",
    "rounding": "Rounding of half precision",
}
LOGIT_OF, OUTPUT_OF = "Logit of %1", "Output %1"
EVIDENCE_FOR, UNIT_FOR = "Evidence for %1, %2s", "%2 for %1"

#: Template and choice of where the values are from, by what the layers are.
LAYERS = {
    "one": ("in %1", "layer %1"),
    "up to": ("in %1", "layers 1–%1"),
    "mean": ("in the %1", "mean of layers %1–%2"),
    "sum": ("in the %1", "sum of layers %1–%2"),
}
RANGE = "layers %1–%2"
#: The same where there are heads alone.
HEAD_ALONE, HEADS_ALONE = "in %1", "in the %1"
HEADS = {
    "head": "head %1 of %2",
    Fusion.MEAN.value: "mean of %1 heads",
    Fusion.MAX.value: "max of %1 heads",
    Fusion.MIN.value: "min of %1 heads",
    Fusion.MEDIAN.value: "median of %1 heads",
    "sum": "sum of %1 heads",
}
LAYERS_AND_HEADS = "%1, %2"


def untranslated(phrase: str, _about: str) -> str:
    """Return a phrase as it stands here."""
    return phrase


def filled(template: str, *words: str) -> str:
    """Put words in the place of ``%1``, ``%2`` ..., and read nothing in them."""
    return re.sub(
        r"%([1-9])",
        lambda at: words[int(at[1]) - 1] if int(at[1]) <= len(words) else at[0],
        template,
    )


def phrases() -> Iterator[tuple[str, str]]:
    """Yield each phrase to translate, with what it is about."""
    yield from ((ORDER, "order"), (TITLE, "order"), (NOTED, "note"))
    yield from ((MODEL, "model"), (NO_MODEL, "model"), (METHOD, "method"))
    yield from ((one.title, "method") for one in list_methods().values())
    for (kind, _), pair in QUERIES.items():
        yield from ((phrase, kind.value) for phrase in pair)
    yield from ((words, "target") for words in (TARGET, CLASS, SAME_NAME, RATHER_THAN))
    for about, pair in LAYERS.items():
        yield from ((phrase, about) for phrase in pair)
    yield from ((phrase, "head") for phrase in (HEAD_ALONE, HEADS["head"]))
    yield from ((w, "heads") for about, w in HEADS.items() if about != "head")
    yield from ((phrase, "heads") for phrase in (HEADS_ALONE, LAYERS_AND_HEADS))
    yield RANGE, "layers"
