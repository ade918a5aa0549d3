"""What is shown, as a sentence: "ViT-B/16 shows attention from the class token in …".

Window, captions, files, accessible descriptions and Python all say it by this one
function, so that none claims more than another. A part that does not apply is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.answers import Answer, Layers
from vitviewer.maps import words
from vitviewer.maps.naming import (
    Named,
    heads_name,
    layers_name,
    model_name,
    query_name,
    target_name,
)
from vitviewer.maps.selection import layers_of, request_of
from vitviewer.maps.words import filled, untranslated
from vitviewer.methods.registry import method
from vitviewer.queries import QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.maps.words import Translate

NAMES = ("model", "method", "query", "target", "where")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the sentence: what is chosen, and the words that lead to it.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    before, after : str
        The words around the choice, with the space between; often empty.
    choice : str
        What is chosen, in short.
    full : str
        The same with nothing left out.
    """

    name: str
    before: str
    choice: str
    after: str
    full: str

    @property
    def text(self) -> str:
        """The part as it is read."""
        return self.before + self.choice + self.after

    @property
    def full_text(self) -> str:
        """The part with nothing left out."""
        return self.before + self.full + self.after


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is shown, in words.

    Parameters
    ----------
    parts : tuple of Part
        Those that apply, in the order in which they are said.
    text : str
        The whole sentence.
    full : str
        The same with the whole names of models and classes.
    title : str
        What the map is, without the model, as it was always called.
    note : str
        What the model's answer is read from, where the sentence would mislead.
    """

    parts: tuple[Part, ...]
    text: str
    full: str
    title: str
    note: str = ""

    def part(self, name: str) -> Part | None:
        """Return a part by its name; None where it does not apply."""
        return next((part for part in self.parts if part.name == name), None)


def sentence(
    model: ModelFacts | None,
    state: ViewState,
    answer: Answer | None = None,
    translate: Translate = untranslated,
) -> Sentence:
    """Say what a state shows of an answer, or will show once there is one.

    Parameters
    ----------
    model : ModelFacts or None
        None while none is loaded.
    state : ViewState
        What was chosen.
    answer : Answer, optional
        What was computed; without it, what the state asks for.
    translate : callable, optional
        Takes a phrase of `vitviewer.maps.words` and what it is about.
    """
    if model is None:
        name = translate(words.NO_MODEL, "model")
        return Sentence(
            (_part("model", words.MODEL, Named(name, name)),), name, name, ""
        )
    told = _expected(state) if answer is None else answer
    made = {
        "model": _model(model, translate),
        "method": _method(told, translate),
        "query": _query(model, told, translate),
        "target": _target(model, told, translate),
        "where": _where(model, told, state, translate),
    }
    parts = {name: part for name, part in made.items() if part is not None}
    order = translate(words.ORDER, "order")
    note = told.note or _note(model, told, translate)
    named = {name: part.text for name, part in parts.items()}
    # A map's name needs no verb: "attention from the class token in layer 12".
    bare = {**named, "method": parts["method"].choice}
    full = {name: part.full_text for name, part in parts.items()}
    title = _ordered(translate(words.TITLE, "order"), bare)
    return Sentence(
        tuple(parts[name] for name in _placeholders(order) if name in parts),
        _noted(_ordered(order, named), note, translate),
        _noted(_ordered(order, full), note, translate),
        _noted(title, note, translate),
        note,
    )


def _expected(state: ViewState) -> Answer:
    """Return an answer without values, as the method declares that it will be."""
    request, asked = request_of(state), method(state.method)
    pools = bool(asked.queries) and request.query.kind is QueryKind.POOL
    layers = Layers.NONE if pools else asked.layers
    empty = np.zeros((0, 0, 0), np.float32)
    return Answer(request, empty, 0, layers, asked.heads, adds=asked.adds)


# --- the parts ------------------------------------------------------------------------


def _model(model: ModelFacts, translate: Translate) -> Part:
    return _part("model", translate(words.MODEL, "model"), model_name(model))


def _method(answer: Answer, translate: Translate) -> Part:
    name = translate(method(answer.request.method).title, "method")
    return _part("method", translate(words.METHOD, "method"), Named(name, name))


def _query(model: ModelFacts, answer: Answer, translate: Translate) -> Part | None:
    if not method(answer.request.method).queries:
        return None
    kind, direction = answer.query.kind, answer.direction
    template = translate(words.QUERIES[kind, direction][0], kind.value)
    name = query_name(answer.query, model, direction, translate)
    return _part("query", template, Named(name, name))


def _target(model: ModelFacts, answer: Answer, translate: Translate) -> Part | None:
    target = answer.explained or answer.request.target
    if target is None:
        return None
    name = target_name(target, model, translate)
    return _part("target", translate(words.TARGET, "target"), name)


def _where(
    model: ModelFacts, answer: Answer, state: ViewState, translate: Translate
) -> Part | None:
    heads, is_one = heads_name(model, answer, state, translate)
    if answer.layers is Layers.NONE:
        template = words.HEAD_ALONE if is_one else words.HEADS_ALONE
        about = "head" if is_one else "heads"
        template = translate(template, about)
        return _part("where", template, Named(heads, heads)) if heads else None
    about = _how_layers_are_shown(model, answer, state)
    layers = layers_name(answer, state, translate)
    if about in ("mean", "sum"):
        shown = layers_of(answer, state)
        phrase = translate(words.LAYERS[about][1], about)
        layers = filled(phrase, str(shown.start + 1), str(shown.stop))
    if heads:
        layers = filled(translate(words.LAYERS_AND_HEADS, "heads"), layers, heads)
    template = translate(words.LAYERS[about][0], about)
    return _part("where", template, Named(layers, layers))


def _how_layers_are_shown(model: ModelFacts, answer: Answer, state: ViewState) -> str:
    """Return which phrase of `words.LAYERS` is true."""
    if answer.layers is Layers.UP_TO:
        return "up to" if state.layer else "one"
    if len(range(model.n_layers)[layers_of(answer, state)]) > 1:
        return "sum" if answer.adds else "mean"
    return "one"


def _note(model: ModelFacts, answer: Answer, translate: Translate) -> str:
    """Say what the model's answer is read from, where the query may seem to be it."""
    if not model.reads or _query(model, answer, translate) is None:
        return ""
    query = answer.query
    is_one_of_several = query.kind is QueryKind.SPECIAL and query == model.readout
    misleads = query.kind is QueryKind.CLASS or is_one_of_several
    return translate(model.reads, "note") if misleads else ""


# --- putting together -----------------------------------------------------------------


def _part(name: str, template: str, chosen: Named) -> Part:
    before, _, after = template.partition("%1")
    return Part(name, before, chosen.short, after, chosen.full)


def _noted(text: str, note: str, translate: Translate) -> str:
    return filled(translate(words.NOTED, "note"), text, note) if note else text


_PLACEHOLDER = re.compile(rf"%({'|'.join(NAMES)})")


def _placeholders(order: str) -> list[str]:
    return _PLACEHOLDER.findall(order)


def _ordered(order: str, texts: Mapping[str, str]) -> str:
    """Put texts in their order; one that is missing takes its space along."""
    pieces = _PLACEHOLDER.split(order)
    text = ""
    for space, name in zip(pieces[::2], pieces[1::2], strict=False):
        if name in texts:
            text += (space if text else "") + texts[name]
    return text + pieces[-1]
