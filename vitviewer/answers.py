"""What an engine is asked and what it answers: plain data, no torch, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.queries import (
    CLASS_QUERY,
    Direction,
    Query,
    QueryKind,
    Request,
    Resolution,
    Target,
)
from vitviewer.trust import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry
    from vitviewer.tokens import Pane, TokenLayout


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a loaded model, for people to read.

    ``patch_size`` and ``input_size`` are (width, height) in pixels, the latter what
    the processor makes of a square picture; ``labels`` is None where the model has no
    classifier; ``revision`` is the hub commit, where there is one; ``readout`` is the
    query whose attention the model's own answer is read from, and ``reads`` says so in
    words where that is not the class token alone; ``pools`` tells of a pooling head;
    ``trust`` is what was checked when it was loaded; ``devices`` are all that it could
    run on here. ``regression`` means that ``labels`` name plain numbers, no classes.
    ``trained_size`` is (width, height) as the config has it, None where it has none;
    ``fixed`` says why the model takes no other size, empty where it does.
    ``published`` is the dtype of the weights' file, and ``dtype`` what the model runs
    in.
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
    regression: bool = False
    trained_size: tuple[int, int] | None = None
    fixed: str = ""
    published: str = ""

    @property
    def problem(self) -> str:
        """What the model's answer is, in a word or two."""
        if self.labels is None:
            return "none"
        if self.regression:
            return "regression"
        return "multi-label classification" if self.multi_label else "classification"

    @property
    def is_widened(self) -> bool:
        """Whether the model runs in another dtype than its weights were published."""
        return bool(self.published) and self.published != self.dtype

    @property
    def can_widen(self) -> bool:
        """Whether the published weights are of half precision, and so may overflow."""
        return (self.published or self.dtype) in HALF_PRECISION

    @property
    def is_resized(self) -> bool:
        """Whether the processor makes another size than the config was trained at."""
        return self.trained_size not in (None, self.input_size)

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
        """Reasons of all checks that are not green."""
        return tuple(c.reason for c in self.trust if c.verdict is not Verdict.GREEN)


HALF_PRECISION = ("float16", "bfloat16")
"""Dtypes of 16 bits."""


class Layers(StrEnum):
    """What the layer axis of an answer stands for.

    EACH: entry l is layer l's own. UP_TO: entry l is accumulated over the first l + 1
    layers. NONE: one entry for the whole model, such as a pooling head's.
    """

    EACH = "each"
    UP_TO = "up to"
    NONE = "none"


class Heads(StrEnum):
    """APART: the answer has every head. FUSED: the method itself has fused them."""

    APART = "apart"
    FUSED = "fused"


#: The unit of attention: a part of one row, which sums to 1.
SHARE = "share of attention"


@dataclass(frozen=True)
class Answer:
    """What a method says of every token, in every layer and head that it tells apart.

    Parameters
    ----------
    request : Request
        What was asked.
    values : float32 (layers, heads, tokens)
        An axis that the method does not tell apart has length 1.
    n_keys : int
        How many tokens the query may read: what a uniform share is one part of.
    layers, heads
        What these axes stand for.
    unit : str
        What a value is measured in, such as `SHARE`.
    signed : bool
        Whether values below zero mean something.
    adds : bool
        Whether layers and heads add up, as evidence does; otherwise they average.
    parts : mapping of str to float
        What belongs to no token, by name.
    target_value : float or None
        The number that was explained, if one was.
    note : str
        What a reader should know of this answer, in words.
    explained : Target or None
        What was explained, also where the request left the choice to the method.
    """

    request: Request
    values: NDArray[np.float32]
    n_keys: int
    layers: Layers = Layers.EACH
    heads: Heads = Heads.APART
    unit: str = SHARE
    signed: bool = False
    adds: bool = False
    parts: Mapping[str, float] = field(default_factory=dict)
    target_value: float | None = None
    note: str = ""
    explained: Target | None = None

    @property
    def query(self) -> Query:
        """The token that was asked about."""
        return self.request.query

    @property
    def direction(self) -> Direction:
        """Where the query looks, or what looks at it."""
        return self.request.direction


@dataclass(frozen=True)
class Prediction:
    """One number of the model's answer.

    Parameters
    ----------
    label : str
        As the model's makers named it: untrusted text.
    probability : float or None
        Softmax over all classes; the class's own sigmoid for a multi-label model; None
        for a regression, which has none.
    index : int
        The class, counted from 0.
    value : float
        The number that the model puts out: the class's logit, or a regression's answer.
    """

    label: str
    probability: float | None
    index: int
    value: float = 0.0

    @property
    def amount(self) -> str:
        """The probability in percent, or a regression's number."""
        if self.probability is None:
            return f"{self.value:.4g}"
        return f"{self.probability:.1%}"

    def __str__(self) -> str:
        if self.probability is None:
            return f"{self.label}: {self.amount}"
        return f"{self.label} ({self.amount})"


@dataclass(frozen=True)
class Explanation:
    """All that one forward pass tells about a picture.

    Parameters
    ----------
    geometry : Geometry
        Where the first pane's patches lie on the picture.
    tokens : TokenLayout
        Which token is which, and the panes with a geometry each.
    rows : Answer
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
        What was done instead of what was asked, in words.
    """

    model: ModelFacts
    geometry: Geometry
    tokens: TokenLayout
    rows: Answer
    input_pixels: NDArray[np.uint8]
    logits: NDArray[np.float32] | None
    seconds: float
    provenance: dict[str, Any] = field(default_factory=dict)
    trust: tuple[Check, ...] = ()
    resolution: Resolution = Resolution.TRAINED
    notes: tuple[str, ...] = ()

    @property
    def panes(self) -> tuple[Pane, ...]:
        """The grids of patches that the input holds; today's models have one."""
        return self.tokens.panes

    @cached_property
    def probabilities(self) -> NDArray[np.float32] | None:
        """Softmax of the logits; the sigmoid of each for a multi-label model.

        None without a classifier, and for a regression, whose numbers are none.
        """
        if self.logits is None or self.model.regression:
            return None
        logits = self.logits.astype(np.float64)
        if self.model.multi_label:
            return (0.5 * (1.0 + np.tanh(0.5 * logits))).astype(np.float32)
        powers = np.exp(logits - logits.max())
        shares: NDArray[np.float32] = (powers / powers.sum()).astype(np.float32)
        return shares

    def predictions(self, top: int = 5) -> list[Prediction]:
        """Return the likeliest classes first; a regression's numbers in their order.

        An empty list for a model without a classifier.
        """
        labels, logits, shares = self.model.labels, self.logits, self.probabilities
        if labels is None or logits is None:
            return []
        values = [float(value) for value in logits]
        if shares is None:
            rows = list(zip(labels, values, strict=True))[:top]
            return [Prediction(n, None, i, v) for i, (n, v) in enumerate(rows)]
        order = [int(i) for i in np.argsort(-shares, kind="stable")[:top]]
        return [Prediction(labels[i], float(shares[i]), i, values[i]) for i in order]
