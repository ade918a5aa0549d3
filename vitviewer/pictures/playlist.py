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

    def drop(self, gone: frozenset[str], shown: str) -> bool:
        """Take sources out, but for the one that is shown; False if none was there.

        Where the current one goes, the one that is shown is current again, so that the
        next step leads to what comes after it.
        """
        current = self.current
        kept = [s for s in self.sources if s not in gone or s == shown]
        if len(kept) == len(self.sources):
            return False
        if current in kept:
            index = kept.index(current)
        elif shown in kept:
            index = kept.index(shown)
        else:
            index = sum(s in kept for s in self.sources[: self.index])
        self.replace(kept, index)
        return True

    @property
    def position(self) -> str:
        """The place in the list in words, empty where there is but one."""
        return f"{self.index + 1} of {len(self)}" if len(self) > 1 else ""

    def position_of(self, source: str) -> str:
        """Return the place of a source in words; empty where it has none."""
        if source == self.current:
            return self.position
        if len(self) < 2 or source not in self.sources:
            return ""
        return f"{self.sources.index(source) + 1} of {len(self)}"
