"""Text from outside, and sizes, made fit to be shown anywhere."""

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


def reason_of(error: BaseException) -> str:
    """Return the first line of an error, or its type if it says nothing; as `plain`."""
    return plain(str(error).strip().partition("\n")[0] or type(error).__name__)


def one_line(text: str, longest: int) -> str:
    """Put a text on one line of at most so many characters, for a narrow place."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def short_bytes(size: int) -> str:
    """Write a size in three digits, for example "346 MB"."""
    return _short(size, ("B", "kB", "MB", "GB", "TB"))


def short_count(count: int) -> str:
    """Write a count in three digits, for example "1.2 M"."""
    return _short(count, ("", "k", "M", "G")).rstrip()


def _short(number: float, units: tuple[str, ...]) -> str:
    power = 0
    while number >= 999.5 and power < len(units) - 1:
        number, power = number / 1000, power + 1
    digits = 1 if power and number < 9.95 else 0
    return f"{number:.{digits}f} {units[power]}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
