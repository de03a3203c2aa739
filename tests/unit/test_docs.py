"""The documentation says what the code is: commands, settings, metrics, figures' sources."""

import re
from pathlib import Path

import click
import pytest
import yaml

from ops.cli import main as c360
from ops.reference import declared, pages

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", sorted(pages()), ids=str)
def test_generated_pages_are_up_to_date(page: Path) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == pages()[page], "run: .venv/bin/python -m ops.reference"


def test_no_metric_is_declared_twice_and_all_are_named_alike() -> None:
    names = [metric.name for metric in declared()]
    assert len(names) == len(set(names))
    for metric in declared():
        assert re.fullmatch(r"c360_(producers|sinks|stream_processors|queries)_[a-z0-9_]+", metric.name)
        assert metric.meaning.endswith(".")
        assert metric.remedy.endswith(".")


def test_every_command_of_c360_is_in_the_readme_and_the_other_way_round() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"c360 ([a-z][a-z-]*)", text))
    assert named == set(c360.list_commands(click.Context(c360)))


def test_every_command_of_c360_that_a_page_a_remedy_or_an_alert_names_exists() -> None:
    commands = set(c360.list_commands(click.Context(c360)))
    alerts = ROOT / "ops" / "prometheus" / "alerts.yml"
    for path in (*PAGES, alerts):
        named = set(re.findall(r"[`'/]c360 ([a-z][a-z-]*)", path.read_text(encoding="utf-8")))
        assert named <= commands, path.name
    for metric in declared():
        assert set(re.findall(r"c360 ([a-z][a-z-]*)", metric.remedy)) <= commands, metric.name


def test_whoever_says_that_topics_should_keep_less_says_how_they_are_told() -> None:
    alerts = yaml.safe_load((ROOT / "ops" / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    said = [rule["annotations"]["description"] for group in alerts["groups"] for rule in group["rules"]]
    said += [metric.remedy for metric in declared()]
    said += (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").split("\n\n")
    found = [text for text in said if "C360_TOPIC_RETENTION_MS" in text]
    assert len(found) == 4
    assert all("c360 topics --apply" in " ".join(text.split()) for text in found)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")):
            assert target in targets, f"{page.name} names make {target}"


def test_every_file_that_a_page_links_to_exists() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_no_page_puts_a_password_or_a_key_on_curl_s_command_line() -> None:
    found = [
        f"{page.name}: {call}"
        for page in PAGES
        for call in re.findall(r"\bcurl\b[^|\n]*(?:\\\n[^|\n]*)*", page.read_text(encoding="utf-8"))
        if re.search(r" -u|--user|--oauth|\$\(|\$key|Authorization|X-API-Key|://[^/ ]*@", call)
    ]
    assert found == []


def _promises() -> list[list[str]]:
    """The cells of each row of the table of promises."""
    table = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").split("\n\n")[2].splitlines()
    assert table[0] == "| promise | what keeps it | test |"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[2:]]


@pytest.mark.parametrize("row", _promises(), ids=lambda row: row[0][:40])
def test_every_promise_names_what_keeps_it_and_tests_that_there_are(row: list[str]) -> None:
    promise, keeper, shown = row
    assert promise
    assert keeper
    found = re.findall(r"\[([^]]+)\]\(\.\./([^)]+)\)", shown)
    assert shown == ", ".join(f"[{name}](../{path})" for name, path in found)
    assert found
    for name, path in found:
        assert path.startswith("tests/")
        assert path.endswith(f"/{name}")
        assert re.search(r"^(?:async )?def test_", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), path


def test_every_dashboard_is_listed_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    made = {path.stem for path in (ROOT / "ops" / "grafana" / "dashboards").glob("*.json")}
    assert set(re.findall(r"^\| `(customer360-[a-z]+)`", text, re.MULTILINE)) == made


def test_every_metric_that_a_page_names_is_declared() -> None:
    names = {metric.name for metric in declared()}
    for page in PAGES:
        named = set(
            re.findall(r"\bc360_(?:producers|sinks|stream_processors|queries)_\w+", page.read_text(encoding="utf-8"))
        )
        assert named <= names, page.name
