"""Parts of a page that are filled or drawn anew: HTML of ours, announced to whoever cannot see it."""

from typing import Any

from nicegui import ui

from queries.console.render import html
from schemas.errors import C360Error


class Region:
    """A place on the page whose HTML changes."""

    def __init__(self, classes: str = "", *, live: bool = False) -> None:
        """`live`: a change is read aloud."""
        self._shown = ""
        self._element = ui.html("", sanitize=False).classes(classes)
        if live:
            self._element.props('aria-live="polite"')

    def show(self, template: str, **words: Any) -> None:
        """Draws templates/{template}.html."""
        self.put(html(template, **words))

    def put(self, made: str) -> None:
        """Draws HTML that is made already; what stands there is not sent again, nor anything to who has gone."""
        if made != self._shown and not self._element.is_deleted:
            self._shown = made
            self._element.set_content(made)

    def fail(self, error: C360Error | str) -> None:
        """Says what is wrong."""
        self.show("problem", words=str(error))
