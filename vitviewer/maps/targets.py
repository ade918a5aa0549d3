"""Which class somebody names: a label, a synonym, a number, or two of these."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from operator import index
from typing import TYPE_CHECKING, Any

from vitviewer.queries import Target
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vitviewer.answers import ModelFacts

    #: Indices of the classes that go by a name.
    _Names = dict[str, list[int]]
    #: The same, with what makes of a text such a name.
    _Tier = tuple[Callable[[str], str], _Names]

ClassWords = str | int
TargetWords = ClassWords | tuple[ClassWords, ClassWords] | Target

_MOST_NAMED = 3
_LONGEST_NUMBER = 9
_BY_NUMBER = re.compile(r"class ([0-9]+)", re.IGNORECASE)


def target_of(given: TargetWords, model: ModelFacts) -> Target:
    """Return the target that somebody names.

    Parameters
    ----------
    given : str, int, (str or int, str or int) or Target
        A text is a class, or else two of them with a hyphen between: the difference of
        their logits. A class is its label as the model names it; else the same without
        regard to case; else one of the synonyms that commas separate in a label. Or it
        is a number, counted from 0; ``class 7`` is a number where a label is ``7``. A
        hyphen splits only what is no class as a whole. A pair is a difference, too.
    model : ModelFacts
        Whose classes, or a regression's numbers, are meant.

    Raises
    ------
    ValueError
        In words, if that is no class or may be several.
    """
    labels = model.labels
    if not labels:
        raise ValueError(
            f"{quoted(model.name)} has no classes that could be explained: choose "
            "another model"
        )
    if isinstance(given, str):
        return _typed(given, labels)
    if isinstance(given, Target):
        given = given.index if given.minus is None else (given.index, given.minus)
    if not isinstance(given, tuple):
        return Target(_given(given, labels))
    if len(given) != 2:
        raise ValueError(f"a difference is of two classes, and not {given!r}")
    return _difference(_given(given[0], labels), _given(given[1], labels), labels)


def described(target: Target, model: ModelFacts) -> dict[str, Any]:
    """Return a target as plain JSON values: numbers and labels of its classes.

    ``minus`` and ``minus_label`` are None where nothing is taken away.
    """
    labels, minus = dict(enumerate(model.labels or ())), target.minus
    return {
        "index": target.index,
        "label": labels.get(target.index),
        "minus": minus,
        "minus_label": None if minus is None else labels.get(minus),
    }


# --- reading --------------------------------------------------------------------------


def _typed(text: str, labels: tuple[str, ...]) -> Target:
    """Return the class, or else the difference of two, that was typed."""
    whole = _readings(text, labels)
    if whole:
        return Target(_only(text, whole, labels))
    pairs: dict[tuple[int, int], str] = {}
    halves: list[str] = []
    for first, second in _splits(text):
        a, b = _readings(first, labels), _readings(second, labels)
        if len(a) == len(b) == 1:
            pairs[a[0], b[0]] = f"{quoted(first)} minus {quoted(second)}"
        elif len(a) == 1 or len(b) == 1:
            halves.append(second if len(a) == 1 else first)
    if len(pairs) == 1:
        return _difference(*next(iter(pairs)), labels)
    if pairs:
        ways = [
            f"{_sure(a, labels)}-{_sure(b, labels)} for {words}"
            for (a, b), words in pairs.items()
        ]
        raise ValueError(f"{quoted(text)} can be split in several ways: {_write(ways)}")
    # Where one side is a class, what is wrong with the other says more.
    unknown = halves[0] if len(halves) == 1 else text
    return Target(_only(unknown, _readings(unknown, labels), labels))


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Yield the two sides of each hyphen that has any."""
    for at in (i for i, character in enumerate(text) if character == "-"):
        first, second = text[:at].strip(), text[at + 1 :].strip()
        if first and second:
            yield first, second


def _given(given: ClassWords, labels: tuple[str, ...]) -> int:
    """Return a class that a script names: by a text, or by a number."""
    if isinstance(given, str):
        return _only(given, _readings(given, labels), labels)
    try:
        number = int(index(given))
    except TypeError:
        raise ValueError(
            f"a class is a label or a whole number, and not {given!r}"
        ) from None
    known = 0 <= number < len(labels)
    return _only(str(number), [number] if known else [], labels)


def _only(text: str, readings: list[int], labels: tuple[str, ...]) -> int:
    """Return the one class that a text means; ValueError in words if it is not one."""
    if not readings:
        raise ValueError(_no_class(text, labels))
    if len(readings) > 1:
        ways = [f"{_sure(i, labels)} for {quoted(labels[i])}" for i in readings]
        raise ValueError(f"{quoted(text)} may be several classes: {_write(ways)}")
    return readings[0]


def _difference(first: int, second: int, labels: tuple[str, ...]) -> Target:
    if first == second:
        raise ValueError(
            f"{quoted(labels[first])} minus itself is always 0: choose two classes"
        )
    return Target(first, second)


def _readings(text: str, labels: tuple[str, ...]) -> list[int]:
    """Return every class that a text may mean."""
    name = _spaced(text)
    hits: list[int] = []
    for key, names in _names(labels):
        hits = hits or names.get(key(name), [])
    number = _number(name, len(labels))
    by_number = _BY_NUMBER.fullmatch(name)
    if by_number and not hits:
        number = _number(by_number[1], len(labels))
    return hits if number is None else sorted({*hits, number})


@lru_cache(maxsize=4)
def _names(labels: tuple[str, ...]) -> tuple[_Tier, _Tier, _Tier, _Tier]:
    """Return what classes go by, the surest first.

    Whole labels, the same without regard to case, synonyms, and these without.
    """
    whole: _Names = {}
    parts: _Names = {}
    for number, label in enumerate(labels):
        whole.setdefault(_spaced(label), []).append(number)
        for part in dict.fromkeys(map(_spaced, label.split(","))):
            if part:
                parts.setdefault(part, []).append(number)
    fold = str.casefold
    return (str, whole), (fold, _folded(whole)), (str, parts), (fold, _folded(parts))


def _folded(names: _Names) -> _Names:
    folded: dict[str, set[int]] = {}
    for name, numbers in names.items():
        folded.setdefault(name.casefold(), set()).update(numbers)
    return {name: sorted(numbers) for name, numbers in folded.items()}


def _number(text: str, count: int) -> int | None:
    """Return the class number that a text is, if there is such a class."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        return None
    return int(text) if int(text) < count else None


def _spaced(text: str) -> str:
    """Return a text as it is shown: on one line, with single spaces."""
    return " ".join(text.split())


# --- saying ---------------------------------------------------------------------------


def _sure(number: int, labels: tuple[str, ...]) -> str:
    """Return what to type for a class, whatever the labels are."""
    typed = str(number)
    return typed if _readings(typed, labels) == [number] else f"class {typed}"


def _no_class(text: str, labels: tuple[str, ...]) -> str:
    """Say that a class is missing, and name what may have been meant."""
    count = len(labels)
    said = f"{quoted(text)} is no class of the model, which has {count}"
    if text.strip().removeprefix("-").isdecimal():
        return f"{said}, counted from 0"
    near = [quoted(label) for label in _near(_spaced(text).casefold(), labels)]
    if near:
        return f"{said}: near it {'is' if len(near) == 1 else 'are'} {', '.join(near)}"
    return f"{said}: name a label of it, or a number from 0 to {count - 1}"


def _near(name: str, labels: tuple[str, ...]) -> list[str]:
    """Return a few labels that a name is like, or that hold it."""
    _, (_, whole), _, (_, parts) = _names(labels)
    every = {**parts, **whole}
    alike = get_close_matches(name, every, _MOST_NAMED)
    holding = (other for other in every if name and name in other)
    found = [labels[i] for other in (*alike, *holding) for i in every[other]]
    return list(dict.fromkeys(found))[:_MOST_NAMED]


def _write(ways: list[str]) -> str:
    """Say what to type instead, in a few ways."""
    more = ", …" if len(ways) > _MOST_NAMED else ""
    return f"write {', '.join(ways[:_MOST_NAMED])}{more}"
