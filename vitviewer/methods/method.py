"""What a method declares of itself, so that every door can offer it.

Nothing here imports torch: the window and the command line list methods before it is
there. A method's own `compute` imports what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any

from vitviewer.answers import SHARE, Answer, Heads, Layers
from vitviewer.errors import ModelError
from vitviewer.queries import Direction, Fusion, QueryKind, Request, Target

if TYPE_CHECKING:
    import torch

    from vitviewer.answers import ModelFacts
    from vitviewer.methods.context import Context


@dataclass(frozen=True)
class Setting:
    """One thing that can be set about a method.

    Parameters
    ----------
    name, label : str
        As it is typed, and as people read it.
    default : int, float, bool or str
    help : str
        What it does, in one sentence.
    choices : tuple of str
        What a setting that is a text may be.
    least, most : float or None
        The range of one that is a number, ends included.
    """

    name: str
    label: str
    default: int | float | bool | str
    help: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def checked(self, value: Any) -> int | float | bool | str:
        """Return a value of the setting's own type and range.

        Raises
        ------
        ValueError
            In words, if it is none.
        """
        kind = type(self.default)
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"{self.name} is {_a(kind)}")
        if self.choices and value not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}")
        least = -inf if self.least is None else self.least
        most = inf if self.most is None else self.most
        checked: int | float | bool | str = value
        if not isinstance(checked, str) and not least <= checked <= most:
            raise ValueError(f"{self.name} lies between {self.least} and {self.most}")
        return checked

    def parsed(self, text: str) -> int | float | bool | str:
        """Return the value that somebody typed; ValueError in words if it is none."""
        kind = type(self.default)
        if kind is str:
            return self.checked(text)
        if kind is bool:
            if text not in ("yes", "no"):
                raise ValueError(f"{self.name} is yes or no")
            return text == "yes"
        try:
            number = kind(text)
        except ValueError:
            raise ValueError(f"{self.name} is {_a(kind)}") from None
        return self.checked(number)


class Group(StrEnum):
    """What kind of question a method answers: under which words it is listed."""

    LOOKS = "Where it looks"
    ANSWER = "Why this answer"
    TEXT = "Where patches agree with a text"


#: How a method that fuses heads itself does so.
FUSION = Setting(
    "fusion",
    "Heads",
    Fusion.MEAN.value,
    "how the heads of each layer are fused",
    tuple(f.value for f in Fusion if f is not Fusion.HEAD),
)


@dataclass(frozen=True)
class Result:
    """What a method's `compute` gives back; the other facts are the method's own.

    Parameters
    ----------
    values : (layers, heads, tokens)
        On any device, of any floating type.
    layers : Layers or None
        Where it is not what the method declares.
    n_keys : int or None
        How many tokens the query may read; None for all.
    """

    values: torch.Tensor
    layers: Layers | None = None
    n_keys: int | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    target_value: float | None = None
    note: str = ""
    explained: Target | None = None


def _nothing_missing(_model: ModelFacts) -> str:
    return ""


@dataclass(frozen=True)
class Method:
    """One way to say how much each token matters, declared beside its code.

    Parameters
    ----------
    name : str
        As it is typed and saved: lower case, words joined by hyphens.
    title : str
        What a value is, within a title: "attention", "rollout".
    label : str
        The entry in the window's list.
    question : str
        The question that it answers, in one sentence.
    compute : callable
        ``compute(context, request) -> Result``; may raise `ModelError`, `Cancelled`.
    source : str
        Where the formula stands.
    queries : frozenset of QueryKind
        The tokens that it can be asked about; empty if it is not asked about a token.
    directions : tuple of Direction
    takes_target : bool
        Whether it explains a number of the model's answer.
    layers, heads, unit, signed, adds
        As in `Answer`.
    settings : tuple of Setting
    missing : callable
        Says why a model cannot be asked, in a sentence; empty if it can.
    group : Group or None
        Where it is listed; None for the usual one, by whether it takes a target.
    runs_again : bool
        Whether it runs the model again, and so has more to compute than a question.
    """

    name: str
    title: str
    label: str
    question: str
    compute: Callable[[Context, Request], Result]
    source: str = ""
    queries: frozenset[QueryKind] = frozenset(QueryKind)
    directions: tuple[Direction, ...] = tuple(Direction)
    takes_target: bool = False
    layers: Layers = Layers.EACH
    heads: Heads = Heads.APART
    unit: str = SHARE
    signed: bool = False
    adds: bool = False
    settings: tuple[Setting, ...] = ()
    missing: Callable[[ModelFacts], str] = _nothing_missing
    group: Group | None = None
    runs_again: bool = False

    @property
    def listed_under(self) -> Group:
        """The kind of question that it answers."""
        usual = Group.ANSWER if self.takes_target else Group.LOOKS
        return self.group or usual

    def setting(self, request: Request, name: str) -> Any:
        """Return what a request sets, or the setting's default."""
        default = {s.name: s.default for s in self.settings}[name]
        return dict(request.settings).get(name, default)

    def checked(self, settings: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return settings as a request holds them: sorted, checked, no defaults.

        Raises
        ------
        ValueError
            In words, at the first that the method does not have or take.
        """
        known = {setting.name: setting for setting in self.settings}
        pairs = []
        for name, value in sorted(settings.items()):
            if name not in known:
                raise ValueError(f"{self.name} has no setting {name}")
            if known[name].checked(value) != known[name].default:
                pairs.append((name, value))
        return tuple(pairs)

    def answer(self, context: Context, request: Request) -> Answer:
        """Compute a request's answer as plain NumPy values.

        Raises
        ------
        ModelError
            If the model has not what the request asks for.
        Cancelled
            If the context's job was.
        """
        if self.queries and request.query.kind not in self.queries:
            raise ModelError(
                f"{self.title.capitalize()} cannot be asked about this token: choose "
                "another query or another method."
            )
        result = self.compute(context, request)
        return Answer(
            request=request,
            values=result.values.float().cpu().numpy(),
            n_keys=result.n_keys or context.tokens.n_tokens,
            layers=result.layers or self.layers,
            heads=self.heads,
            unit=self.unit,
            signed=self.signed,
            adds=self.adds,
            parts=dict(result.parts),
            target_value=result.target_value,
            note=result.note,
            explained=result.explained,
        )


def _a(kind: type) -> str:
    return {int: "a whole number", float: "a number", bool: "yes or no"}.get(
        kind, "a text"
    )
