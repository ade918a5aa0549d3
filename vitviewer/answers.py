"""What an engine is asked and what it answers: plain data, no torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.queries import (
    CLASS_QUERY,
    Direction,
    Fusion,
    Query,
    QueryKind,
    Resolution,
)
from vitviewer.trust import Check, Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.tokens import TokenLayout


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a loaded model, for people to read.

    ``patch_size`` and ``input_size`` are (width, height) in pixels, the latter what
    the processor makes of a square picture; ``labels`` is None where the model has no
    classifier; ``revision`` is the hub commit, where there is one; ``readout`` is the
    query whose attention the model's own answer is read from, and ``reads`` says so in
    words where that is not the class token alone; ``pools`` tells of a pooling head;
    ``trust`` is what was checked when it was loaded; ``devices`` are all that it could
    run on here.
    """

    name: str
    source: str
    family: str
    n_layers: int
    n_heads: int
    n_parameters: int
    patch_size: tuple[int, int]
    input_size: tuple[int, int]
    special_tokens: tuple[str, ...]
    labels: tuple[str, ...] | None
    multi_label: bool
    processor: str
    dtype: str
    device: str
    capture: str
    revision: str | None = None
    readout: Query = CLASS_QUERY
    reads: str = ""
    pools: bool = False
    trust: tuple[Check, ...] = ()
    resolutions: tuple[Resolution, ...] = (Resolution.TRAINED,)
    devices: tuple[str, ...] = ("cpu",)

    @property
    def queries(self) -> tuple[Query, ...]:
        """The queries that are no patches: what can be asked without a click."""
        kinds = [Query(QueryKind.POOL)] if self.pools else []
        kinds.append(Query(QueryKind.MEAN))
        return (*kinds, *(self.special(i) for i in range(len(self.special_tokens))))

    @property
    def default_query(self) -> Query:
        """The query that the model's answer is read from."""
        return self.readout

    def special(self, index: int) -> Query:
        """Return the query of one special token; the class token has its own kind."""
        is_class = self.special_tokens[index] == "class"
        return Query() if is_class else Query(QueryKind.SPECIAL, index)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not simply right, in words."""
        return tuple(c.reason for c in self.trust if c.verdict is not Verdict.GREEN)


@dataclass(frozen=True)
class Rows:
    """One query's attention in every layer and head.

    ``values`` has shape (layers, heads, tokens), float32. For ``Direction.FROM`` it
    is the query's row of each attention matrix and sums to 1 over tokens; for
    ``Direction.TO`` the query's column.
    """

    query: Query
    direction: Direction
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Rollout:
    """One query's attention rollout up to every layer.

    ``values`` has shape (layers, tokens), float32: entry l is rolled out over the
    first l + 1 layers.
    """

    query: Query
    direction: Direction
    fusion: Fusion
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Explanation:
    """All that one forward pass tells about a picture.

    Parameters
    ----------
    geometry, tokens
        Where the patches lie on the picture, and which token is which.
    rows : Rows
        The default query's attention in all layers and heads.
    input_pixels : uint8 (height, width, 3)
        The model's input, without the processor's normalisation.
    logits : float32 (classes,), or None for a model without a classifier
    seconds : float
        Time of the forward pass.
    trust : tuple of Check
        What was checked of the model and in this pass.
    resolution : Resolution
        At which size the picture went in.
    notes : tuple of str
        What was done otherwise than asked, in words.
    """

    model: ModelFacts
    geometry: Geometry
    tokens: TokenLayout
    rows: Rows
    input_pixels: NDArray[np.uint8]
    logits: NDArray[np.float32] | None
    seconds: float
    provenance: dict[str, Any] = field(default_factory=dict)
    trust: tuple[Check, ...] = ()
    resolution: Resolution = Resolution.TRAINED
    notes: tuple[str, ...] = ()

    @cached_property
    def probabilities(self) -> NDArray[np.float32] | None:
        """Softmax of the logits; the sigmoid of each for a multi-label model."""
        if self.logits is None:
            return None
        logits = self.logits.astype(np.float64)
        if self.model.multi_label:
            return (0.5 * (1.0 + np.tanh(0.5 * logits))).astype(np.float32)
        powers = np.exp(logits - logits.max())
        shares: NDArray[np.float32] = (powers / powers.sum()).astype(np.float32)
        return shares
