"""`python -m ops.reference`: writes docs/metrics.md and docs/settings.md from what the code declares."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from schemas.cli import run
from schemas.metrics import MetricDef
from schemas.settings import FILE, Settings
from schemas.variables import allowed, variable

ROOT = Path(__file__).parent.parent
SETTINGS_HEAD = f"""
They come from the environment, or from the file of `NAME=value` lines that `{FILE}` names; the environment goes
before the file. Where one has a value that it may not have, and where a name begins with `C360_` and is not here,
nothing starts: exit code 2, and a line that says which.
"""
METRICS = (
    "producers.metrics",
    "sinks.metrics",
    "sinks.embedded.metrics",
    "sinks.ingest.metrics",
    "stream_processors.metrics",
    "queries.metrics",
    "queries.graph.bolt.metrics",
    "queries.api.metrics",
    "queries.console.metrics",
)


def declared() -> list[MetricDef]:
    """Every metric that a room declares."""
    return [metric for name in METRICS if find_spec(name) for metric in import_module(name).METRICS]


def metrics_page(metrics: Iterable[MetricDef]) -> str:
    """docs/metrics.md."""
    rows = [
        (f"`{metric.name}`", metric.kind, ", ".join(metric.labels) or "-", metric.meaning, metric.remedy)
        for metric in metrics
    ]
    return _page("Metrics", "python -m ops.reference", ("name", "kind", "labels", "meaning", "remedy"), rows)


def settings_page() -> str:
    """docs/settings.md."""
    rows = [
        (f"`{variable(name)}`", f"`{_default(name)}`", allowed(name, field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    page = _page("Settings", "python -m ops.reference", ("variable", "default", "what it may be", "what it is"), rows)
    return page.replace("\n| variable", SETTINGS_HEAD + "\n| variable", 1)


def pages() -> dict[Path, str]:
    """Every generated page by its path in the project."""
    return {Path("docs/metrics.md"): metrics_page(declared()), Path("docs/settings.md"): settings_page()}


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    value = field.get_default(call_default_factory=True, validated_data={})
    return str(value) if value not in ("", {}) else " "


def _page(title: str, maker: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(
        [f"# {title}", "", f"Written by `{maker}` from the code; a test keeps it true.", "", *_table(head, rows), ""]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


@click.command()
def main() -> None:
    """Writes the generated pages of docs/."""
    for path, text in pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")
        click.echo(str(path))


if __name__ == "__main__":
    run(main, name="python -m ops.reference")
