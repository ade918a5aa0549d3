"""What is known of one model family: its classes, its tokens, and what reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vitviewer.queries import CLASS_QUERY, Query, QueryKind
from vitviewer.tokens import CLASS_TOKEN

Config = dict[str, Any]
Prefix = Callable[[Config], tuple[str, ...]]
Normalisation = tuple[tuple[float, ...], tuple[float, ...]]


class CapturePath(StrEnum):
    """How attention is recorded, the best way first."""

    ATTENTION_FUNCTION = "attention function"
    SDPA = "function mode (sdpa)"
    EAGER = "function mode (eager)"


class Positions(StrEnum):
    """What a family does with inputs of another size than the trained one."""

    FLAG = "asks for interpolated positions"
    OWN = "handles other sizes by itself"
    FIXED = "takes the trained size only"


@dataclass(frozen=True, slots=True)
class Readout:
    """Which tokens the model's own answer is read from.

    ``query`` is the attention that belongs to them, as far as one query can; ``reads``
    says it in words where it is not simply the class token.
    """

    query: Query = CLASS_QUERY
    reads: str = ""


CLASS = Readout()
PATCH_MEAN = Readout(
    Query(QueryKind.MEAN), "the classifier reads the mean of the patches"
)
POOLED = Readout(Query(QueryKind.POOL), "the model reads its pooling head")
NO_CLASS_TOKEN = Readout(Query(QueryKind.MEAN), "the model has no class token")


def class_only(_config: Config) -> tuple[str, ...]:
    """Return the usual prefix: one class token."""
    return (CLASS_TOKEN,)


def no_tokens(_config: Config) -> tuple[str, ...]:
    """Return no names: there are patches alone."""
    return ()


def reads_class(_architecture: str, _config: Config) -> Readout:
    """Return the usual readout: the class token."""
    return CLASS


@dataclass(frozen=True)
class Family:
    """What transformers' classes of one ``model_type`` are, and their tokens.

    Parameters
    ----------
    title : str
        What people call the family.
    backbone : str
        The class without a classifier.
    processor : callable
        Settings of the image processor where the model's folder has none, from the
        config.
    classifiers : tuple of str
        Classes with a classifier, the usual one first.
    prefix, suffix : callable
        Names of the tokens before and after the patches, from the config.
    positions : Positions
        What happens at another input size.
    readout : callable
        What the answer is read from, by class name and config.
    normalisations : tuple of (mean, deviation)
        What the published models were trained with; empty where that is not known.
    pools : bool
        Whether the backbone has a pooling head that attends.
    options : dict
        Arguments of the backbone's class.
    sizes_vary : bool
        Whether published processors make other sizes than their config's image_size.
    overrides : dict
        Settings of the config that are ours to decide.
    inputs : callable
        Further inputs of a pass, from the number of patches.
    """

    title: str
    backbone: str
    processor: Callable[[Config], Config]
    classifiers: tuple[str, ...] = ()
    prefix: Prefix = class_only
    suffix: Prefix = no_tokens
    positions: Positions = Positions.FLAG
    readout: Callable[[str, Config], Readout] = reads_class
    normalisations: tuple[Normalisation, ...] = ()
    pools: bool = False
    sizes_vary: bool = False
    options: Config = field(default_factory=dict)
    overrides: Config = field(default_factory=dict)
    inputs: Callable[[int], dict[str, list[float]]] = lambda _n_patches: {}

    def architecture(self, config: Config) -> str:
        """Return the class to load: the classifier if the weights are one's."""
        named = config.get("architectures") or [""]
        first = named[0] if isinstance(named, list) and named else ""
        return first if first in self.classifiers else self.backbone
