"""The errors a user is meant to read: one sentence each, with what to do next."""

from __future__ import annotations


class VitviewerError(Exception):
    """Something went wrong that the user can understand; ``str()`` is the sentence.

    The text may quote names from files: show it as plain text only.
    """


class ImageError(VitviewerError):
    """A picture could not be opened."""


class ModelError(VitviewerError):
    """A model could not be found, was refused, or failed to run."""


class ElsewhereError(ModelError):
    """There is no model at the place that was named, but at ``instead``.

    Parameters
    ----------
    sentence : str
    instead : str
        A path that opens the model.
    """

    def __init__(self, sentence: str, instead: str) -> None:
        super().__init__(sentence)
        self.instead = instead


class NotRecordedError(ModelError):
    """Not every layer of a model could be recorded in the way that was tried."""


class UnknownOptionError(NotRecordedError):
    """Attention was called with something that may change it in an unknown way."""


class OutsideGridError(ModelError, IndexError):
    """A patch was asked for that the grid, of another picture say, does not have."""


class ExportError(VitviewerError):
    """A file could not be written; what stood at its place is untouched."""


class Cancelled(Exception):
    """The running request was cancelled or overtaken by a newer one."""
