"""What an export is asked for, and what that means for a given model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vitviewer.answers import Heads
from vitviewer.errors import VitviewerError
from vitviewer.maps.state import ViewState
from vitviewer.maps.targets import target_of
from vitviewer.methods.method import FUSION
from vitviewer.methods.registry import list_methods, method
from vitviewer.queries import Background, Fusion, Query, QueryKind, Resolution

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.queries import Target

ALL = "all"


class UsageError(VitviewerError):
    """The command line asks for what cannot be."""


@dataclass(frozen=True)
class Choice:
    """Which maps to export and how, as the command line says it.

    Parameters
    ----------
    layer : int, "all" or None
        Counted from 1; None for the last.
    head : int, "all" or Fusion
        Counted from 1, or how to fuse.
    query : Query or None
        None for the one that the model's answer is read from.
    target : str or None
        The class to explain, as it was typed; None for the predicted one.
    settings : dict of str to str
        The method's, as they were typed.
    format : str
        "png" or "npz".
    what : str
        "map", or "wall" for all layers and heads side by side.
    style : dict
        How a PNG is painted: fields of the view and their values.
    """

    layer: int | str | None = None
    head: int | str = Fusion.MEAN
    method: str = "attention"
    query: Query | None = None
    target: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    format: str = "png"
    what: str = "map"
    style: dict[str, Any] = field(default_factory=dict)
    side_by_side: bool = False
    resolution: Resolution = Resolution.TRAINED
    background: Background = Background.WHITE

    def check(self) -> None:
        """Refuse what makes no sense for any model.

        Raises
        ------
        UsageError
        """
        if self.what == "wall":
            self._check_wall()
        elif self.format == "png" and ALL in (self.layer, self.head):
            raise UsageError(
                "a PNG shows one map: choose one layer and one head or a way to fuse "
                "heads, or take --format npz"
            )
        self._check_heads()
        self._check_question()
        self.parsed_settings()
        if self.side_by_side and self.format != "png":
            raise UsageError("--side-by-side needs --format png")

    def _check_heads(self) -> None:
        """Refuse heads where there are none, and what cannot be done to them."""
        asked = method(self.method)
        if self.head is Fusion.MEAN:
            return
        if asked.heads is Heads.FUSED and FUSION not in asked.settings:
            raise UsageError(f"{asked.name} has no heads to choose: leave --head out")
        if asked.heads is Heads.FUSED and not isinstance(self.head, Fusion):
            raise UsageError(
                f"{asked.name} fuses the heads of each layer: choose --head mean, max, "
                "min or median"
            )
        if asked.adds and isinstance(self.head, Fusion):
            raise UsageError(
                f"--head {self.head}: the heads of {asked.name} add up, leave --head "
                "out for their sum, or choose one head or all"
            )

    def _check_question(self) -> None:
        """Refuse a token or a class where the method is asked about none."""
        asked = method(self.method)
        if self.query is not None and not asked.queries:
            raise UsageError(
                f"--query: {asked.name} is asked about no token, leave --query out"
            )
        if self.target is not None and not asked.takes_target:
            names = [m.name for m in list_methods().values() if m.takes_target]
            others = f", or choose --method {' or '.join(names)}" if names else ""
            raise UsageError(
                f"--target: {asked.name} explains no class, leave --target out{others}"
            )

    def _check_wall(self) -> None:
        """Refuse to choose among what a wall shows all of."""
        apart = method(self.method).heads is Heads.APART
        one = isinstance(self.head, int) or (apart and self.head is not Fusion.MEAN)
        if isinstance(self.layer, int) or (one and self.head != ALL):
            raise UsageError(
                "a wall shows every layer and head: leave --layer and --head out"
            )
        if self.side_by_side:
            raise UsageError("--side-by-side needs --what map")

    def check_for(self, model: ModelFacts) -> None:
        """Refuse layers, heads, queries and classes that this model does not have.

        Raises
        ------
        UsageError
        """
        missing = method(self.method).missing(model)
        if missing:
            raise UsageError(f"--method {self.method}: {missing}")
        if isinstance(self.layer, int) and self.layer > model.n_layers:
            raise UsageError(
                f"--layer {self.layer}: {model.name} has {model.n_layers} layers, "
                f"counted from 1"
            )
        if isinstance(self.head, int) and self.head > model.n_heads:
            raise UsageError(
                f"--head {self.head}: {model.name} has {model.n_heads} heads, "
                f"counted from 1"
            )
        reason = f" ({model.fixed})" if model.fixed else ""
        if self.resolution not in model.resolutions:
            raise UsageError(
                f"--resolution {self.resolution}: {model.name} takes its trained size "
                f"only{reason}"
            )
        self._check_tokens(model)
        self.parsed_target(model)

    def _check_tokens(self, model: ModelFacts) -> None:
        """Refuse to ask about a token that this model does not have."""
        wants_class = self.query is not None and self.query.kind is QueryKind.CLASS
        if wants_class and "class" not in model.special_tokens:
            raise UsageError(
                f"--query cls: {model.name} has no class token, choose mean or R,C"
            )
        wants_pool = self.query is not None and self.query.kind is QueryKind.POOL
        if wants_pool and not model.pools:
            raise UsageError(
                f"--query pool: {model.name} has no pooling head, choose mean or R,C"
            )

    def parsed_settings(self) -> dict[str, Any]:
        """Return the method's settings as values.

        Raises
        ------
        UsageError
            At one that the method does not have or take.
        """
        known = {setting.name: setting for setting in method(self.method).settings}
        known.pop(FUSION.name, None)  # that is what --head says
        for name in self.settings:
            if name not in known:
                has = ", ".join(known) or "none"
                raise UsageError(
                    f"--set {name}: {self.method} has no such setting, it has {has}"
                )
        try:
            return {n: known[n].parsed(text) for n, text in self.settings.items()}
        except ValueError as error:
            raise UsageError(f"--set: {error}") from error

    def parsed_target(self, model: ModelFacts) -> Target | None:
        """Return the class to explain.

        Raises
        ------
        UsageError
            If this model has no such class, or if several may be meant.
        """
        if self.target is None:
            return None
        try:
            return target_of(self.target, model)
        except ValueError as error:
            raise UsageError(f"--target: {error}") from error

    @property
    def fusion(self) -> Fusion:
        """How heads become one map; ``Fusion.HEAD`` where they do not."""
        return self.head if isinstance(self.head, Fusion) else Fusion.HEAD

    def layer_index(self, model: ModelFacts) -> int | None:
        """Return the layer counted from 0, or None for all."""
        if self.layer is None:
            return model.n_layers - 1
        return self.layer - 1 if isinstance(self.layer, int) else None

    @property
    def head_index(self) -> int | None:
        """The head counted from 0, or None for all or for fused heads."""
        return self.head - 1 if isinstance(self.head, int) else None

    def view(self, model: ModelFacts) -> ViewState:
        """Return the view that shows the one chosen map."""
        state = ViewState()
        state.fit_to(model)
        layer = self.layer_index(model)
        state.layer = model.n_layers - 1 if layer is None else layer
        state.head = self.head_index or 0
        state.fusion, state.method = self.fusion, self.method
        state.query = self.query or model.default_query
        state.target = self.parsed_target(model)
        state.settings = {self.method: self.parsed_settings()}
        for name, value in self.style.items():
            setattr(state, name, value)
        state.resolution, state.background = self.resolution, self.background
        return state
