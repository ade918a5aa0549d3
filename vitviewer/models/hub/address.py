"""How a model on the hub is named: one grammar for window, command line and Python.

``org/name``, or the address of the model's page, each with or without ``@revision``; an
address may say ``/tree/revision`` instead, have a query, and lack ``https://``. A
revision is a branch, a tag, a commit, or ``refs/pr/1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPO = r"(\w(?:[\w.-]*\w)?/\w(?:[\w.-]*\w)?)"
_LONGEST_REPO = 96
_NAME = re.compile(rf"{_REPO}(?:@([\w./-]+))?", re.ASCII)
_HOST = r"(?i:(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co))/"
_REVISION = r"(?:@([\w./-]+?)/?|/?(?:tree/([\w./-]+?)/?)?)"
_PAGE = re.compile(rf"{_HOST}{_REPO}{_REVISION}(?:[?#].*)?", re.ASCII)
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
    repo, *revisions = match.groups()
    revision = next(filter(None, revisions), None)
    good = len(repo) <= _LONGEST_REPO and not repo.endswith(".git")
    if not good or "--" in repo or ".." in repo:
        return None
    if {"", ".", ".."} & set((revision or "main").split("/")):
        return None
    return Address(repo, revision)


def is_address(text: str) -> bool:
    """Return whether a text can mean nothing but a model on the hub, right or wrong."""
    return parse(text) is not None or _ANY_PAGE.fullmatch(text.strip()) is not None
