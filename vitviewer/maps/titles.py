"""What a map is, in words that claim no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import Heads, Layers
from vitviewer.maps.selection import layers_of
from vitviewer.methods.registry import method
from vitviewer.queries import Direction, Fusion, QueryKind

if TYPE_CHECKING:
    from vitviewer.answers import Answer, ModelFacts
    from vitviewer.maps.state import ViewState
    from vitviewer.queries import Query, Target


def title(model: ModelFacts, answer: Answer, state: ViewState) -> str:
    """Say what the map is: "class-token attention, layer 12, mean of 12 heads".

    A class is named only where the method explains one.
    """
    words = [_subject(answer, model)]
    target = answer.request.target
    if target is not None:
        words[0] += f" for {target_name(target, model)}"
    layers = layers_name(answer, state)
    if layers:
        several = len(range(model.n_layers)[layers_of(answer, state)]) > 1
        means = answer.layers is Layers.EACH and several
        how = "sum" if answer.adds else "mean"
        words.append(f"{how} of {layers}" if means else layers)
    heads = _heads(model, answer, state)
    return ", ".join([*words, heads] if heads else words)


def layers_name(answer: Answer, state: ViewState) -> str:
    """Name the shown layers, counted from 1; empty where there are none to tell apart.

    "layer 12", "layers 1–3".
    """
    if answer.layers is Layers.NONE:
        return ""
    if answer.layers is Layers.UP_TO:
        return f"layers 1–{state.layer + 1}"
    shown = layers_of(answer, state)
    if shown.stop - shown.start == 1:
        return f"layer {state.layer + 1}"
    return f"layers {shown.start + 1}–{shown.stop}"


def query_name(query: Query, model: ModelFacts) -> str:
    """Name a query: "class token", "patch (3, 4)"."""
    if query.kind is QueryKind.SPECIAL:
        named = query.row < len(model.special_tokens)
        return f"{model.special_tokens[query.row] if named else 'special'} token"
    return {
        QueryKind.CLASS: "class token",
        QueryKind.MEAN: "mean of all patches",
        QueryKind.POOL: "pooling head",
        QueryKind.TOKEN: f"token {query.row}",
    }.get(query.kind, f"patch ({query.row}, {query.col})")


def target_name(target: Target, model: ModelFacts) -> str:
    """Name what is explained: "cat", "cat rather than dog"."""
    name = _class(target.index, model)
    if target.minus is None:
        return name
    return f"{name} rather than {_class(target.minus, model)}"


def _class(index: int, model: ModelFacts) -> str:
    labels = model.labels or ()
    return labels[index] if 0 <= index < len(labels) else f"class {index}"


def _heads(model: ModelFacts, answer: Answer, state: ViewState) -> str:
    """Say which head, or how heads are fused; empty where there are none."""
    fusion = state.fusion
    if answer.heads is Heads.FUSED:
        asked = method(answer.request.method)
        if not any(setting.name == "fusion" for setting in asked.settings):
            return ""
        fusion = Fusion(asked.setting(answer.request, "fusion"))
    if fusion is Fusion.HEAD:
        return f"head {state.head + 1} of {model.n_heads}"
    adds = answer.adds and fusion is Fusion.MEAN
    return f"{'sum' if adds else fusion.value} of {model.n_heads} heads"


def _subject(answer: Answer, model: ModelFacts) -> str:
    """Name the query and the method; say where the answer is read from elsewhere."""
    query, asked = answer.query, method(answer.request.method)
    name = asked.title
    if not asked.queries:
        return name
    if answer.direction is Direction.TO:
        return f"{name} to {_token(query, model)}"
    if query.kind is QueryKind.CLASS:
        note = f" ({model.reads})" if model.reads else ""
        return f"class-token {name}{note}"
    if query.kind is QueryKind.MEAN:
        return f"{name} averaged over all patch queries"
    if query.kind is QueryKind.POOL:
        return f"pooling-head {name}"
    return f"{name} from {_token(query, model)}"


def _token(query: Query, model: ModelFacts) -> str:
    """Name the query within a sentence."""
    if query.kind is QueryKind.MEAN:
        return "the patches on average"
    article = "" if query.kind in (QueryKind.PATCH, QueryKind.TOKEN) else "the "
    return article + query_name(query, model)
