"""What a transparent picture is laid on before the model sees it."""

from __future__ import annotations

from enum import StrEnum


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


#: The grey value, 0 to 255, that stands for a background.
VALUES = {Background.WHITE: 255, Background.GREY: 128, Background.BLACK: 0}
