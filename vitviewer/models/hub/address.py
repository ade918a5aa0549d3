"""How a model on the hub is named: one grammar for window, command line and Python.

``org/name``, ``org/name@revision``, or the address of the model's page, with or without
``/tree/revision``. A revision is a branch, a tag, a commit, or ``refs/pr/1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPO = r"(\w(?:[\w.-]*\w)?/\w(?:[\w.-]*\w)?)"
_LONGEST_REPO = 96
_NAME = re.compile(rf"{_REPO}(?:@([\w./-]+))?", re.ASCII)
_HOST = r"https?://(?:huggingface\.co|hf\.co)/"
_PAGE = re.compile(rf"{_HOST}{_REPO}/?(?:tree/([\w./-]+?)/?)?(?:[?#].*)?", re.ASCII)
_ANY_PAGE = re.compile(rf"{_HOST}[\w.-]+/[\w.-]+(?:[/?#].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A model on the hub; ``revision`` is None where none was given."""

    repo: str
    revision: str | None = None


def parse(text: str) -> Address | None:
    """Read what a user gave; None if it names no model on the hub.

    The rules for names are the hub's: words of letters, digits, ``_``, ``.`` and ``-``
    that neither begin nor end with ``.`` or ``-``, and hold neither ``--`` nor ``..``.
    """
    match = _PAGE.fullmatch(text.strip()) or _NAME.fullmatch(text.strip())
    if match is None:
        return None
    repo, revision = match[1], match[2]
    good = len(repo) <= _LONGEST_REPO and not repo.endswith(".git")
    if not good or "--" in repo or ".." in repo:
        return None
    if {"", ".", ".."} & set((revision or "main").split("/")):
        return None
    return Address(repo, revision)


def is_address(text: str) -> bool:
    """Return whether a text can mean nothing but a model on the hub, right or wrong."""
    return parse(text) is not None or _ANY_PAGE.fullmatch(text.strip()) is not None
