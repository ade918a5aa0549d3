"""At which size a picture goes into the model."""

from __future__ import annotations

from enum import StrEnum


class Resolution(StrEnum):
    """TRAINED: as the processor says. DOUBLE: twice that, along both sides.

    PICTURE: the picture's own shape, nothing cropped, with about as many pixels as the
    trained size has.
    """

    TRAINED = "trained"
    DOUBLE = "double"
    PICTURE = "picture"
