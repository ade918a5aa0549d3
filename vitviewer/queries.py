"""What is asked of a model and a picture: plain words that every room speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fusion(StrEnum):
    """How the heads of one layer become one map."""

    HEAD = "head"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    MEDIAN = "median"


class Direction(StrEnum):
    """Whether a map shows where the query looks, or what looks at it."""

    FROM = "from"
    TO = "to"


class QueryKind(StrEnum):
    """What kind of token is asked about."""

    CLASS = "class"
    MEAN = "mean"
    PATCH = "patch"
    POOL = "pool"
    SPECIAL = "special"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Query:
    """The token whose attention is shown: the class token, a patch, or all patches.

    ``MEAN`` is the mean over all patch queries; ``POOL`` the learned query of a
    pooling head; ``SPECIAL`` the special token number ``row``; ``TOKEN`` the token at
    position ``row`` of the sequence, on a picture or not. ``row`` and ``col`` count
    from 0 and matter for these and for ``PATCH`` alone; ``pane`` is the number of the
    patch's grid where a model has several.
    """

    kind: QueryKind = QueryKind.CLASS
    row: int = 0
    col: int = 0
    pane: int = 0

    @classmethod
    def patch(cls, row: int, col: int, pane: int = 0) -> Query:
        """Ask about one patch, counted from 0."""
        return cls(QueryKind.PATCH, row, col, pane)

    @classmethod
    def parse(cls, text: str) -> Query:
        """Return the query that somebody typed: cls, mean, pool, or R,C of a patch.

        Raises
        ------
        ValueError
            In words, if it is none of these.
        """
        if text in ("cls", QueryKind.CLASS):
            return cls()
        if text in (QueryKind.MEAN, QueryKind.POOL):
            return cls(QueryKind(text))
        row, _, col = text.partition(",")
        if not all(n.isascii() and n.isdecimal() for n in (row, col)):
            raise ValueError(
                f"{text!r} is not cls, mean, pool or R,C (a patch's row and column, "
                "from 0)"
            )
        return cls.patch(int(row), int(col))


#: The query that most models' answers are read from.
CLASS_QUERY = Query()


@dataclass(frozen=True, slots=True)
class Target:
    """The number of the model's answer that a method explains.

    Parameters
    ----------
    index : int
        The class whose logit it is, counted from 0.
    minus : int or None
        The class whose logit is taken away, for the difference of two.
    """

    index: int
    minus: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a method about the picture that the model has seen.

    Equal requests have equal answers, so that a request is the key of its answer.

    Parameters
    ----------
    method : str
        A name of `vitviewer.methods.registry`.
    query : Query
        The token that is asked about.
    direction : Direction
        Where the query looks, or what looks at it.
    target : Target or None
        What is explained, for methods that explain a number of the answer.
    settings : tuple of (str, value)
        The method's settings, sorted by name; those left out have their defaults.
    """

    method: str = "attention"
    query: Query = CLASS_QUERY
    direction: Direction = Direction.FROM
    target: Target | None = None
    settings: tuple[tuple[str, Any], ...] = ()


class Resolution(StrEnum):
    """TRAINED: as the processor says. DOUBLE: twice that, along both sides.

    PICTURE: the picture's own shape, nothing cropped, with about as many pixels as the
    trained size has.
    """

    TRAINED = "trained"
    DOUBLE = "double"
    PICTURE = "picture"


class Precision(StrEnum):
    """PUBLISHED: the model runs in the dtype of its weights.

    FLOAT32: weights of half precision are widened, which is exact, and so what
    overflows in float16 does not.
    """

    PUBLISHED = "published"
    FLOAT32 = "float32"


class Background(StrEnum):
    """What is behind a transparent picture.

    ``IGNORED`` leaves transparency out and shows the colours that were hidden, as
    Pillow's ``convert("RGB")`` does, which is how most training code reads pictures.
    """

    WHITE = "white"
    GREY = "grey"
    BLACK = "black"
    IGNORED = "ignored"

    @property
    def note(self) -> str:
        """What was done, in words for the user."""
        if self is Background.IGNORED:
            return "transparency ignored"
        return f"transparency shown over {self.value}"
