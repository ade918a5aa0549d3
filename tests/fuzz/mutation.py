"""Random changes that leave JSON valid, so that what reads the values is reached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

Blind = Callable[[bytes, int], bytes]

_NUMBERS = (0, 1, -1, 2, 3, 16, 224, 255, 65_537, 2**31, 2**63, 10**30, 10**400)
_ODD = (
    *(None, True, False, 0.5, -0.0, 1e-300, 1e308, float("nan"), float("inf")),
    *("", "0", "\0", "\ud800", "\u202e", "..", "a/b", "x" * 300),
    *([], {}, [[]], [1, 2, 3], {"": None}),
)
_BLIND_SHARE = 0.4


def json_mutator(
    examples: Iterable[bytes],
) -> Callable[[bytes, int, Random, Blind], bytes]:
    """Return a ``mutate`` for JSON that knows the words of some examples."""
    words = sorted({word for text in examples for word in words_of(json.loads(text))})

    def mutate(data: bytes, most: int, rng: Random, other: Blind) -> bytes:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return other(data, most)
        if rng.random() < _BLIND_SHARE:
            return other(data, most)
        return json.dumps(changed(value, rng, words)).encode()[:most]

    return mutate


def words_of(value: Any) -> Iterable[str]:
    """Return the keys and texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from words_of(list(value.values()))
    elif isinstance(value, list):
        for part in value:
            yield from words_of(part)


def changed(value: Any, rng: Random, words: list[str]) -> Any:
    """Return a JSON value with one to three changes."""
    for _ in range(rng.randint(1, 3)):
        value = _changed(value, rng, words)
    return value


def _changed(value: Any, rng: Random, words: list[str]) -> Any:
    if isinstance(value, dict) and rng.random() < 0.9:
        return _changed_table(value, rng, words)
    if isinstance(value, list) and value and rng.random() < 0.8:
        return _changed_list(value, rng, words)
    return _other(value, rng, words)


def _changed_table(table: dict[str, Any], rng: Random, words: list[str]) -> Any:
    chance = rng.random()
    if not table or chance < 0.2:
        return {**table, rng.choice(words): _other(None, rng, words)}
    key = rng.choice(list(table))
    if chance < 0.3:
        return {name: part for name, part in table.items() if name != key}
    if chance < 0.4:
        return {**table, rng.choice(list(table)): table[key]}
    return {**table, key: _changed(table[key], rng, words)}


def _changed_list(parts: list[Any], rng: Random, words: list[str]) -> Any:
    chance, place = rng.random(), rng.randrange(len(parts))
    if chance < 0.1:
        return parts[:place] + parts[place + 1 :]
    if chance < 0.2:
        return [*parts, parts[place]]
    return [*parts[:place], _changed(parts[place], rng, words), *parts[place + 1 :]]


def _other(value: Any, rng: Random, words: list[str]) -> Any:
    """Return another value in the place of one."""
    chance = rng.random()
    if isinstance(value, int) and chance < 0.3:
        return value + rng.randint(-3, 3)
    if chance < 0.4:
        return [value, value]
    if chance < 0.6:
        return rng.choice(words)
    return rng.choice(_NUMBERS if chance < 0.8 else _ODD)
