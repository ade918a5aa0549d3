"""What models, queries, classes, layers and heads are called, short and in full."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vitviewer.answers import Heads, Layers
from vitviewer.maps import words
from vitviewer.maps.selection import layers_of
from vitviewer.maps.words import filled, untranslated
from vitviewer.methods.registry import method
from vitviewer.queries import Direction, Fusion, QueryKind
from vitviewer.text import plain

if TYPE_CHECKING:
    from vitviewer.answers import Answer, ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.maps.words import Translate
    from vitviewer.queries import Query, Target


class Named(NamedTuple):
    """A name for narrow places, and the whole of it."""

    short: str
    full: str


def model_name(model: ModelFacts) -> Named:
    """Name a model; one of the hub, which has a commit, is short without its owner."""
    owner, _, short = model.name.partition("/")
    short = short if model.revision and owner and short else model.name
    return Named(plain(short), plain(model.name))


def query_name(
    query: Query,
    model: ModelFacts,
    direction: Direction = Direction.FROM,
    translate: Translate = untranslated,
) -> str:
    """Name a query: "class token", "patch (3, 4)"."""
    phrase = translate(words.QUERIES[query.kind, direction][1], query.kind.value)
    if query.kind is QueryKind.SPECIAL:
        named = query.row < len(model.special_tokens)
        return filled(phrase, model.special_tokens[query.row] if named else "special")
    return filled(phrase, str(query.row), str(query.col))


def target_name(
    target: Target, model: ModelFacts, translate: Translate = untranslated
) -> Named:
    """Name what is explained: "cat", "cat rather than dog"."""
    name = class_name(target.index, model, translate)
    if target.minus is None:
        return name
    other = class_name(target.minus, model, translate)
    template = translate(words.RATHER_THAN, "target")
    return Named(*(filled(template, *pair) for pair in zip(name, other, strict=True)))


def class_name(
    index: int, model: ModelFacts, translate: Translate = untranslated
) -> Named:
    """Name a class, in short by the first of its synonyms where that tells it apart."""
    labels = model.labels or ()
    if not 0 <= index < len(labels):
        name = filled(translate(words.CLASS, "target"), str(index))
        return Named(name, name)
    full = " ".join(labels[index].split())
    short = _first(full)
    if _shared(labels, short):
        short = full
    if _is_twice(labels, index):
        full = filled(translate(words.SAME_NAME, "target"), full, str(index))
        short = full
    return Named(plain(short), plain(full))


def layers_name(
    answer: Answer, state: ViewState, translate: Translate = untranslated
) -> str:
    """Name the shown layers, counted from 1; empty where there are none to tell apart.

    "layer 12", "layers 1–3".
    """
    if answer.layers is Layers.NONE:
        return ""
    shown = layers_of(answer, state)
    if answer.layers is Layers.UP_TO and state.layer:
        phrase = translate(words.LAYERS["up to"][1], "up to")
        return filled(phrase, str(state.layer + 1))
    if shown.stop - shown.start == 1:
        phrase = translate(words.LAYERS["one"][1], "one")
        return filled(phrase, str(state.layer + 1))
    phrase = translate(words.RANGE, "layers")
    return filled(phrase, str(shown.start + 1), str(shown.stop))


def heads_name(
    model: ModelFacts,
    answer: Answer,
    state: ViewState,
    translate: Translate = untranslated,
) -> tuple[str, bool]:
    """Say which head, or how heads are fused, and whether it is one head alone.

    Empty where a method has no heads.
    """
    fusion = state.fusion
    if answer.heads is Heads.FUSED:
        asked = method(answer.request.method)
        if not any(setting.name == "fusion" for setting in asked.settings):
            return "", False
        fusion = Fusion(asked.setting(answer.request, "fusion"))
    count = str(model.n_heads)
    if fusion is Fusion.HEAD:
        phrase = translate(words.HEADS["head"], "head")
        return filled(phrase, str(state.head + 1), count), True
    adds = answer.adds and fusion is Fusion.MEAN
    phrase = words.HEADS["sum" if adds else fusion.value]
    return filled(translate(phrase, "heads"), count), False


def _first(label: str) -> str:
    return label.partition(",")[0].strip() or label


def _shared(labels: tuple[str, ...], short: str) -> bool:
    """Tell whether several classes would have this short name."""
    return _counts(labels, True).get(short, 0) > 1


def _is_twice(labels: tuple[str, ...], index: int) -> bool:
    return _counts(labels, False)[" ".join(labels[index].split())] > 1


@lru_cache(maxsize=4)
def _counts(labels: tuple[str, ...], by_first: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label in labels:
        name = " ".join(label.split())
        name = _first(name) if by_first else name
        counts[name] = counts.get(name, 0) + 1
    return counts
