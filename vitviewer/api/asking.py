"""From the words of a script to the view that shows what they ask for."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from vitviewer.answers import Heads
from vitviewer.maps.state import ViewState
from vitviewer.maps.targets import target_of
from vitviewer.methods.registry import list_methods
from vitviewer.methods.registry import method as registered
from vitviewer.queries import Direction, Fusion, Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitviewer.answers import ModelFacts
    from vitviewer.maps.targets import TargetWords
    from vitviewer.methods.method import Method

QueryWords = str | tuple[int, int] | Query | None


def view_of(
    model: ModelFacts,
    method: str,
    query: QueryWords = None,
    direction: str = "from",
    target: TargetWords | None = None,
    settings: Mapping[str, Any] | None = None,
) -> ViewState:
    """Return the view that asks this of a method; its layers and heads are to come.

    Raises
    ------
    ValueError
        If a name or a setting is none that there is.
    """
    if method not in list_methods():
        raise ValueError(f"{method!r} is not one of {', '.join(list_methods())}")
    chosen = dict(settings or {})
    asked = registered(method)
    asked.checked(chosen)
    _check_question(asked, query, target)
    return ViewState(
        method=method,
        query=query_of(model, query),
        direction=Direction(direction),
        target=None if target is None else target_of(target, model),
        settings={method: chosen},
    )


def _check_question(
    asked: Method, query: QueryWords, target: TargetWords | None
) -> None:
    """Refuse a token or a class where the method is asked about none."""
    if query is not None and not asked.queries:
        raise ValueError(f"{asked.name} is asked about no token: leave query out")
    if target is not None and not asked.takes_target:
        raise ValueError(f"{asked.name} explains no class: leave target out")


def query_of(model: ModelFacts, query: QueryWords) -> Query:
    """Return a query; None is the one that the model's answer is read from."""
    if query is None:
        return model.default_query
    if isinstance(query, Query):
        return query
    if isinstance(query, str) and query in model.special_tokens:
        return model.special(model.special_tokens.index(query))
    if isinstance(query, str):
        return Query.parse(query)
    try:
        row, col = map(index, query)
    except (TypeError, ValueError):
        raise ValueError(f"A patch is (row, column), and not {query!r}") from None
    return Query.patch(row, col)


def choose_layers(
    state: ViewState, model: ModelFacts, layer: int | tuple[int, int]
) -> None:
    """Set the view's layer or range of layers, which may count from the end."""
    try:
        first, last = layer if isinstance(layer, tuple) else (None, index(layer))
    except (TypeError, ValueError):
        raise ValueError(
            f"A layer is a number, or (first, last), and not {layer!r}"
        ) from None
    state.layer = _counted(last, model.n_layers, "layer")
    if first is not None:
        state.first_layer = _counted(first, model.n_layers, "layer")


def choose_heads(state: ViewState, model: ModelFacts, head: int | str) -> None:
    """Set the view's head, which may count from the end, or how heads are fused."""
    asked = registered(state.method)
    if isinstance(head, str):
        state.fusion = Fusion(head)
        if asked.adds and state.fusion not in (Fusion.MEAN, Fusion.HEAD):
            raise ValueError(
                f"The heads of {asked.name} add up: 'mean' is their sum, and no {head} "
                "of them means anything"
            )
        return
    if asked.heads is Heads.FUSED:
        raise ValueError(f"{state.method} fuses the heads: name how, not one head")
    state.fusion = Fusion.HEAD
    state.head = _counted(head, model.n_heads, "head")


def _counted(number: int, count: int, what: str) -> int:
    """Return an index counted from 0, of one that may count from the end."""
    if not -count <= index(number) < count:
        raise IndexError(f"There is no {what} {number}: the model has {count}")
    return index(number) % count
