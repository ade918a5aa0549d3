"""Text from outside, made fit to be shown."""

from __future__ import annotations

import pytest

from vitviewer.text import one_line, plain, quoted, reason_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [("cat.jpg", "cat.jpg"), ("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m"), ("", "")],
)
def test_names_are_printable_and_quoted(text, shown):
    assert plain(text) == shown
    assert quoted(text) == f"‘{shown}’"


def test_a_long_name_keeps_its_suffix():
    shown = plain("x" * 10_000 + ".safetensors")
    assert len(shown) < 200
    assert shown.endswith(".safetensors")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("first\nsecond"), "first"),
        (ValueError("\n  first\nsecond"), "first"),
        (ValueError(), "ValueError"),
        (KeyError(" "), "' '"),
        (OSError("a\x1b[31m"), "a\\x1b[31m"),
    ],
)
def test_the_reason_is_the_first_line_or_the_type(error, reason):
    assert reason_of(error) == reason


def test_one_line_is_bounded():
    assert one_line("a \n b\tc", 9) == "a b c"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"
