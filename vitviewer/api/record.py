"""One picture's recorded pass, to be asked for rows, maps and overlays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitviewer.api.asking import (
    QueryWords,
    choose_heads,
    choose_layers,
    view_of,
)
from vitviewer.api.views import Map, Overlay
from vitviewer.api.wall import Wall
from vitviewer.maps.colormaps import known_colormap
from vitviewer.maps.resolve import resolve
from vitviewer.maps.selection import request_of
from vitviewer.maps.state import Interpolation, ViewState
from vitviewer.queries import Fusion
from vitviewer.trust import overall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.answers import Answer, Explanation, ModelFacts, Prediction
    from vitviewer.engine.engine import Engine
    from vitviewer.geometry import Geometry
    from vitviewer.maps.targets import TargetWords
    from vitviewer.pictures.picture import Picture
    from vitviewer.tokens import TokenLayout
    from vitviewer.trust import Check, Verdict


class Record:
    """What a model attended to in one picture; `Model.record` makes it.

    Layers and heads count from 0 here, as NumPy's axes do, and negative ones from the
    end. The same names mean the same in the window and on the command line, where
    people count from 1.
    """

    def __init__(
        self, engine: Engine, picture: Picture, explanation: Explanation
    ) -> None:
        self._engine = engine
        self.picture = picture
        self._explanation = explanation
        self._answers = {explanation.rows.request: explanation.rows}

    # --- the model's answer ----------------------------------------------------------

    @property
    def model(self) -> ModelFacts:
        """What is known of the model."""
        return self._explanation.model

    @property
    def verdict(self) -> Verdict:
        """Green, amber or red: whether the rows are what the model computed."""
        return overall(self._explanation.trust)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was checked of the model and in this pass, each with its reason."""
        return self._explanation.trust

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done instead of what was asked, in words."""
        return self._explanation.notes

    @property
    def tokens(self) -> TokenLayout:
        """Which token is which."""
        return self._explanation.tokens

    @property
    def geometry(self) -> Geometry:
        """Where the patches lie on the picture."""
        return self._explanation.geometry

    @property
    def logits(self) -> NDArray[np.float32] | None:
        """The classifier's logits, float32 (classes,); None without a classifier."""
        return self._explanation.logits

    def predictions(self, top: int = 5) -> list[Prediction]:
        """Return the likeliest classes first; a regression's numbers in their order.

        An empty list without a classifier.
        """
        return self._explanation.predictions(top)

    # --- what it attended to ---------------------------------------------------------

    def rows(
        self,
        query: QueryWords = None,
        direction: str = "from",
    ) -> NDArray[np.float32]:
        """Return one query's attention in all layers and heads.

        Parameters
        ----------
        query : str, (row, column) or Query, optional
            "cls", "mean" (over all patch queries), "pool" (a pooling head's), the name
            of a special token such as "register 1", or a patch, counted from 0. Left
            out: the one that the model's answer is read from.
        direction : str
            "from": where the query looks, rows that sum to 1. "to": what looks at it.

        Returns
        -------
        float32 (layers, heads, tokens)
            ``softmax(q · kᵀ · scale + bias)``; a pooling head has one layer.

        Raises
        ------
        ModelError
            If the model has no such token.
        ValueError
            If a name is none of those above.
        """
        state = view_of(self.model, "attention", query, direction)
        return self._answer(state).values

    def map(
        self,
        layer: int | tuple[int, int] = -1,
        head: int | str = "mean",
        method: str = "attention",
        query: QueryWords = None,
        direction: str = "from",
        target: TargetWords | None = None,
        **settings: Any,
    ) -> Map:
        """Return one map over the patches.

        Parameters
        ----------
        layer : int or (int, int)
            One layer, or the mean from one layer to another, both included. Of a
            method that goes through the layers, such as rollout, the last of them.
        head : int or str
            One head, or how heads are fused: "mean", "max", "min" or "median".
        method : str
            A name of `list_methods`.
        query, direction
            As for `rows`.
        target : str, int, pair of these or Target, optional
            The class to explain, for methods that explain one: its label, a synonym in
            that, or its index; ``("cat", "dog")`` or ``"cat-dog"`` is the difference of
            two. Left out: the predicted class.
        **settings
            The method's own.

        Raises
        ------
        IndexError
            If there is no such layer, head or patch.
        ModelError
            If the model has not what the method needs.
        ValueError
            If a name or a setting is none that there is.
        """
        state = view_of(self.model, method, query, direction, target, settings)
        choose_layers(state, self.model, layer)
        choose_heads(state, self.model, head)
        return Map(self.picture, self._explanation, self._answer(state), state)

    def rollout(
        self,
        layer: int = -1,
        head: str = "mean",
        query: QueryWords = None,
        direction: str = "from",
    ) -> Map:
        """Return the attention rollout up to a layer (Abnar & Zuidema 2020).

        Parameters are those of `map`; ``head`` says how each layer's heads are fused.
        """
        return self.map(layer, head, "rollout", query, direction)

    def overlay(
        self,
        layer: int | tuple[int, int] = -1,
        head: int | str = "mean",
        opacity: float | None = None,
        colormap: str | None = None,
        interpolation: str | None = None,
        scale: str = "map",
        preset: str = "ember",
        alpha: str | None = None,
        photograph: str | None = None,
        **asked: Any,
    ) -> Overlay:
        """Return a map over the picture, at the picture's own resolution.

        Parameters
        ----------
        layer, head, **asked
            As for `map`.
        opacity, colormap, interpolation, scale, preset, alpha, photograph
            As for `Map.overlay`.
        """
        shown = self.map(layer, head, **asked)
        return shown.overlay(
            opacity, colormap, interpolation, scale, preset, alpha, photograph
        )

    def wall(
        self,
        method: str = "attention",
        scale: str = "tile",
        table: bool = False,
        colormap: str | None = None,
        interpolation: str | None = None,
        head: str = "mean",
        **asked: Any,
    ) -> Wall:
        """Return the maps of all layers and heads, as one picture and as data.

        Parameters
        ----------
        method : str
            A name of `list_methods`.
        scale : str
            What colours span: each "tile"'s own values, or one "shared" scale.
        table : bool
            Whether layers run down and heads across; otherwise a layer is a block.
        colormap, interpolation : str, optional
            As for `Map.overlay`.
        head : str
            How a method that fuses heads does so: "mean", "max", "min" or "median".
        **asked
            ``query``, ``direction``, ``target`` and the method's settings, as for
            `map`.

        Raises
        ------
        ModelError
            If the model has not what the method needs.
        ValueError
            If a name or a setting is none that there is.
        """
        words = {n: asked.pop(n) for n in ("query", "target") if n in asked}
        direction = asked.pop("direction", "from")
        state = view_of(
            self.model, method, direction=direction, settings=asked, **words
        )
        choose_layers(state, self.model, -1)
        state.fusion = Fusion(head)
        if colormap is not None:
            state.colormap = known_colormap(colormap)
        if interpolation is not None:
            state.interpolation = Interpolation(interpolation)
        shown = resolve(self._explanation, self._answer(state), state)
        return Wall(self.picture, shown, scale, table)

    # --- in a notebook ---------------------------------------------------------------

    def _repr_html_(self) -> str:
        """Show every layer and head of the default query as one strip."""
        from vitviewer.api.notebook import strip_html

        tokens, rows = self.tokens, self._explanation.rows
        return strip_html(tokens.grid(rows.values), repr(self)[1:-1])

    def __repr__(self) -> str:
        name, model = self.picture.name, self.model
        return f"<Record of {name!r} by {model.name!r}, {self.verdict.value}>"

    def _answer(self, state: ViewState) -> Answer:
        request = request_of(state)
        if request not in self._answers:
            self._answers[request] = self._engine.answer(request)
        return self._answers[request]
