"""What is asked of a model and a picture: plain words that every room speaks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Query:
    """The token whose attention is shown: the class token, a patch, or all patches.

    ``MEAN`` is the mean over all patch queries; ``POOL`` the learned query of a
    pooling head; ``SPECIAL`` the special token number ``row``. ``row`` and ``col``
    count from 0 and matter for these and for ``PATCH`` alone.
    """

    kind: QueryKind = QueryKind.CLASS
    row: int = 0
    col: int = 0

    @classmethod
    def patch(cls, row: int, col: int) -> Query:
        """Ask about one patch, counted from 0."""
        return cls(QueryKind.PATCH, row, col)


#: The query that most models' answers are read from.
CLASS_QUERY = Query()


class Method(StrEnum):
    """How attention becomes a map."""

    ATTENTION = "attention"
    ROLLOUT = "rollout"


class Resolution(StrEnum):
    """TRAINED: as the processor says. DOUBLE: twice that, along both sides.

    PICTURE: the picture's own shape, nothing cropped, with about as many pixels as the
    trained size has.
    """

    TRAINED = "trained"
    DOUBLE = "double"
    PICTURE = "picture"


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
