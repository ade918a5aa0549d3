"""Text from outside, made fit to be shown anywhere."""

from __future__ import annotations

_LONGEST_NAME = 120


def quoted(name: str) -> str:
    """Return a name fit for any message: in quotes, printable, of bounded length.

    Line breaks, control and direction characters and bytes that are no text come out
    as escapes. The end of a long name, with its suffix, is kept.
    """
    text = "".join(c if c.isprintable() else _escape(c) for c in name)
    if len(text) > _LONGEST_NAME:
        half = _LONGEST_NAME // 2
        text = f"{text[:half]}…{text[-half:]}"
    return f"‘{text}’"


def plain(name: str) -> str:
    """Return a name fit for showing on its own: `quoted` without the quotes."""
    return quoted(name)[1:-1]


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
