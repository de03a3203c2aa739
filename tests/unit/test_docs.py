"""The documentation says what the code is: commands, settings, metrics, figures' sources."""

import ast
import functools
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


RELIABILITY = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
#: Promises that nothing but a long run can show, and why.
LONG_RUNS_ALONE: dict[str, str] = {}


def _rows(text: str, head: str) -> list[list[str]]:
    """The cells of each row of the first table in a text, whose first line is `head`."""
    table = re.search(r"^\|.*(?:\n\|.*)*", text, re.MULTILINE)
    assert table is not None
    first, _, *rows = table[0].splitlines()
    assert first == head
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in rows]


def _promises() -> list[list[str]]:
    return _rows(RELIABILITY, "| promise | what keeps it | test |")


def _limits() -> list[list[str]]:
    return _rows(RELIABILITY.partition("\n## Limits\n")[2], "| limit | what the caller gets | test |")


@functools.cache
def _tests(path: Path) -> tuple[str, ...]:
    """The tests of a file that every run has: none that is left to the long runs."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    marks = [ast.unparse(one.value) for one in module.body if isinstance(one, ast.Assign)]
    if any("mark.soak" in mark for mark in marks):
        return ()
    found = [one for one in ast.walk(module) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return tuple(
        one.name
        for one in found
        if one.name.startswith("test_") and "pytest.mark.soak" not in map(ast.unparse, one.decorator_list)
    )


@pytest.mark.parametrize("row", _promises(), ids=lambda row: row[0][:40])
def test_every_promise_names_what_keeps_it_and_tests_that_every_run_has(row: list[str]) -> None:
    promise, keeper, shown = row
    assert promise
    assert keeper
    found = re.findall(r"\[([^]]+)\]\(\.\./([^)]+)\)", shown)
    assert shown == ", ".join(f"[{name}](../{path})" for name, path in found)
    assert found
    for name, path in found:
        assert path.startswith("tests/")
        assert path.endswith(f"/{name}")
    shows = any(_tests(ROOT / path) for _, path in found)
    assert shows != (promise in LONG_RUNS_ALONE), f"{promise}: {', '.join(name for name, _ in found)}"


def test_every_promise_that_a_long_run_alone_shows_is_one() -> None:
    assert set(LONG_RUNS_ALONE) <= {promise for promise, _, _ in _promises()}


@pytest.mark.parametrize("row", _limits(), ids=lambda row: row[0][:40])
def test_every_limit_names_tests_that_every_run_has(row: list[str]) -> None:
    """A letter or a file, and behind it words of its tests' names; without any, all of its tests are meant."""
    limit, answer, shown = row
    assert limit
    assert answer
    section = RELIABILITY.partition("\n## Limits\n")[2]
    files = dict(re.findall(r"\[[^]]+\]\(\.\./([^)]+)\) \(([A-Z])\)", section))
    paths = {letter: path for path, letter in files.items()}
    paths |= {Path(path).name: path for path in re.findall(r"\[test_\w+\.py\]\(\.\./([^)]+)\)", section)}
    found = re.findall(r"(?:\[(test_\w+\.py)\]\([^)]+\)|(test_\w+\.py)|([A-Z])\b)((?:,? `\w+`)*)", shown)
    assert found
    read = re.sub(r"\]\([^)]+\)|[\[;, ]", "", shown)
    assert read == "".join(f"{''.join(names)}{words}" for *names, words in found).replace(",", "").replace(" ", "")
    for *names, words in found:
        tests = _tests(ROOT / paths["".join(names)])
        assert tests
        for word in re.findall(r"`(\w+)`", words):
            assert any(word in test for test in tests), f"{limit}: no test of {''.join(names)} is called {word}"


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
