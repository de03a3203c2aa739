"""Grafana's dashboards: as the code makes them, each panel explained, with a unit, and asking what is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ops.grafana.__main__ import FOLDER
from ops.grafana.dashboards import rendered

ROOT = Path(__file__).parents[3]
SQL = ROOT / "ops" / "grafana" / "sql"
PROVISIONED = ROOT / "ops" / "grafana" / "provisioning" / "datasources" / "customer360.yml"


def dashboards() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every panel that asks something, with where it is."""
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield f"{name}: {panel['title']}", panel


def test_files_are_what_the_code_makes() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert there == rendered(), "run: .venv/bin/python -m ops.grafana"


def test_a_dashboard_is_known_by_the_name_of_its_file() -> None:
    for name, dashboard in dashboards().items():
        assert dashboard["uid"] == name
        assert dashboard["description"]


def test_a_panel_has_a_unit_a_description_and_queries() -> None:
    for where, panel in panels():
        assert panel["description"].endswith("."), where
        assert panel["fieldConfig"]["defaults"]["unit"], where
        assert all(target.get("expr") or target.get("rawSql") for target in panel["targets"]), where
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0, where


def test_titles_of_a_dashboard_differ() -> None:
    titles = [where for where, _ in panels()]
    assert len(set(titles)) == len(titles)


def test_every_data_source_is_provisioned() -> None:
    known = {
        (one["type"], one["uid"]) for one in yaml.safe_load(PROVISIONED.read_text(encoding="utf-8"))["datasources"]
    }
    used = {(panel["datasource"]["type"], panel["datasource"]["uid"]) for _, panel in panels()}
    assert used == known


def test_rates_reach_over_several_scrapes() -> None:
    """$__rate_interval is four times what the data source says of the time between scrapes."""
    scraped = yaml.safe_load((ROOT / "ops" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    sources = yaml.safe_load(PROVISIONED.read_text(encoding="utf-8"))["datasources"]
    (prometheus,) = [one for one in sources if one["type"] == "prometheus"]
    assert prometheus["jsonData"]["timeInterval"] == scraped["global"]["scrape_interval"]


def test_every_statement_is_asked_by_a_panel_and_knows_no_macro() -> None:
    asked = {target["rawSql"] for _, panel in panels() for target in panel["targets"] if "rawSql" in target}
    kept = {
        "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("--"))
        for path in SQL.glob("*.sql")
    }
    assert asked == kept
    assert not [text for text in asked if re.search(r"\$", text)]
