"""Details: collapsible sections under the map, each telling its state while closed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from vitviewer.qt.widgets.section import Section


class Details(QScrollArea):
    """Sections one below the other; what is open may scroll.

    Parameters
    ----------
    sections : sequence of (title, body)
        From top to bottom.
    """

    opened = Signal()
    """A section was opened or closed."""

    def __init__(self, sections: Sequence[tuple[str, QWidget]]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sections = {title: Section(title, body) for title, body in sections}
        self._inner = QWidget()
        layout = self._layout = QVBoxLayout(self._inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for section in self.sections.values():
            layout.addWidget(section)
            section.opened.connect(self.opened)
        layout.addStretch()
        self.setWidget(self._inner)

    def __getitem__(self, title: str) -> Section:
        """Return a section by its title."""
        return self.sections[title]

    @property
    def open_titles(self) -> list[str]:
        """The titles of the sections that are open."""
        return [title for title, one in self.sections.items() if one.is_open]

    def open_only(self, titles: Sequence[str]) -> None:
        """Open these sections and close the others."""
        for title, section in self.sections.items():
            section.set_open(title in titles)

    def reveal(self, title: str) -> None:
        """Open a section and bring its header into view."""
        section = self.sections[title]
        section.set_open(True)
        section.header.setFocus()
        # How far one can scroll is known once there is room for what was opened.
        QTimer.singleShot(0, section, lambda: self._scroll_to(section))

    def _scroll_to(self, section: Section) -> None:
        self._layout.activate()
        QCoreApplication.sendPostedEvents(self._inner, QEvent.Type.LayoutRequest)
        self.verticalScrollBar().setValue(section.y())
