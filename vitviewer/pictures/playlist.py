"""The pictures that were dropped or opened together, one of them current."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Playlist:
    """An ordered list of picture sources (paths or URLs) and a position in it."""

    sources: list[str] = field(default_factory=list)
    index: int = 0

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def current(self) -> str | None:
        """The current source, or None while the list is empty."""
        return self.sources[self.index] if self.sources else None

    def replace(self, sources: list[str], index: int = 0) -> None:
        """Take a new set of sources and make one of them current."""
        self.sources = list(sources)
        self.index = min(index, max(len(sources) - 1, 0))

    def step(self, by: int) -> bool:
        """Move by some places, stopping at the ends; False if nothing changed."""
        new = min(max(self.index + by, 0), max(len(self.sources) - 1, 0))
        moved = new != self.index
        self.index = new
        return moved

    @property
    def position(self) -> str:
        """The place in the list in words, empty where there is but one."""
        return f"{self.index + 1} of {len(self)}" if len(self) > 1 else ""
