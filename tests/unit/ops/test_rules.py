"""The rules of Prometheus: each fires on series made for it, is silent on others, and has its page of the runbook."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.prometheus import program
from tests.support.waiting import GIVE_UP

ROOT = Path(__file__).parents[3]
RULES = ROOT / "ops" / "prometheus"
CASES = sorted(Path(__file__).with_name("rules").glob("*.yml"))
RUNBOOK = ROOT / "docs" / "runbook.md"


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def groups(file: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = loaded(RULES / file)["groups"]
    return found


def rules(file: str) -> list[dict[str, Any]]:
    return [rule for group in groups(file) for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules("alerts.yml")}


def promtool(*words: str | Path) -> None:
    done = subprocess.run(
        [program("promtool"), *words], cwd=ROOT, capture_output=True, text=True, timeout=GIVE_UP, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_the_rules() -> None:
    promtool("check", "config", RULES / "prometheus.yml")
    promtool("check", "rules", "--lint=all", "--lint-fatal", RULES / "recording.yml", RULES / "alerts.yml")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_not_otherwise(case: Path) -> None:
    # What alerts read must be recorded before them: a group that is not named comes whenever promtool likes.
    names = [group["name"] for file in ("recording.yml", "alerts.yml") for group in groups(file)]
    assert loaded(case)["group_eval_order"] == names
    promtool("test", "rules", case)


def test_every_alert_is_seen_firing_and_silent() -> None:
    firing: set[str] = set()
    silent: set[str] = set()
    for case in CASES:
        for one in loaded(case)["tests"]:
            for asked in one["promql_expr_test"]:
                names = {
                    name for words in re.findall(r'alertname=~?"([\w|]+)"', asked["expr"]) for name in words.split("|")
                }
                (firing if asked.get("exp_samples") else silent).update(names)
    assert firing == silent == set(ALERTS)


def test_what_a_backfill_brings_is_mute_during_one() -> None:
    mute = {name for name, rule in ALERTS.items() if "unless on () (customer360:backfill:active == 1)" in rule["expr"]}
    (tried,) = {case.read_text(encoding="utf-8") for case in CASES if case.stem == "backfill"}
    assert mute == {name for words in re.findall(r'alertname=~?"([\w|]+)"', tried) for name in words.split("|")}


def test_alerts_say_how_bad_it_is_what_is_wrong_what_to_do_and_where_more_stands() -> None:
    for name, rule in ALERTS.items():
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"


def test_every_alert_has_its_section_of_the_runbook_and_no_other_has_one() -> None:
    sections = re.split(r"^## ", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert {section.split("\n")[0] for section in sections} == set(ALERTS)
    for section in sections:
        assert [word in section for word in ("**Means**", "**Look**", "**Do**")] == [True] * 3, section.split("\n")[0]
