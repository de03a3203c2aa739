"""The picture of the pipeline as an element of NiceGUI; the browser's half is static/flow.js."""

from pathlib import Path
from typing import Any

from nicegui.element import Element


class Picture(Element, component=str(Path(__file__).parent / "static" / "flow.js")):
    """Cards joined by pipes, in which drops move as fast as records do."""

    def __init__(self, now: dict[str, Any] | None) -> None:
        super().__init__()
        self._props["now"] = now

    def show(self, now: dict[str, Any]) -> None:
        """Draws what is new."""
        self._props["now"] = now
        self.update()
