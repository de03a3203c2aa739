"""Fields as browsers have them, with a label each: no element of a library between a hand and a form."""

from collections.abc import Awaitable, Callable, Sequence

from markupsafe import escape
from nicegui import events, ui

Changed = Callable[[], Awaitable[None]] | None
#: What is longer is nobody's value, and is cut.
LONGEST = 20_000


class Field:
    """A field and what stands in it."""

    def __init__(self, element: ui.element, value: str, changed: Changed) -> None:
        self.element, self.value = element, value
        self._changed = changed
        element.on("change", self._take, js_handler="(e) => emit(e.target.value)")

    async def _take(self, event: events.GenericEventArguments) -> None:
        self.value = str(event.args)[:LONGEST]
        if self._changed is not None:
            await self._changed()


def choice(label: str, name: str, values: Sequence[str], changed: Changed = None, value: str | None = None) -> Field:
    """One of some values; the first, if none is given."""
    chosen = value if value is not None else values[0]
    with ui.element("div").classes("field"):
        _label(label, name)
        with ui.element("select").props(f'id="{name}"') as element:
            for one in values:
                with ui.element("option") as option:
                    ui.html(str(escape(one)), sanitize=False, tag="span")
                option.props["value"] = one
                option.props["selected"] = one == chosen
    return Field(element, chosen, changed)


def words(label: str, name: str, value: str, hint: str = "", changed: Changed = None) -> Field:
    """A line of text; `hint` says what it means."""
    with ui.element("div").classes("field"):
        _label(label, name)
        element = ui.element("input").props(f'id="{name}" type="text" autocomplete="off" spellcheck="false"')
        element.props["value"] = value
        if hint:
            ui.html(str(escape(hint)), sanitize=False, tag="p").props(f'id="{name}-hint"').classes("hint")
            element.props["aria-describedby"] = f"{name}-hint"
    return Field(element, value, changed)


def button(label: str, pressed: Callable[[], Awaitable[None] | None], *, primary: bool = False) -> ui.element:
    """A button that says what it does."""
    element = ui.element("button").props('type="button"').on("click", pressed)
    with element:
        ui.html(str(escape(label)), sanitize=False, tag="span")
    return element.classes("primary") if primary else element


def _label(label: str, name: str) -> None:
    ui.html(str(escape(label)), sanitize=False, tag="label").props(f'for="{name}"')
