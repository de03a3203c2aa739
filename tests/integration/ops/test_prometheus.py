"""A real Prometheus beside a whole stack: what rules and panels ask for is there, and every question is answered."""

import datetime as dt
import json
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import pytest
import yaml
from neo4j.exceptions import Neo4jError

from ops.grafana.__main__ import FOLDER
from ops.progress import Progress
from queries.runner import Runner
from schemas.clients import reader_client, writer_client
from schemas.errors import QueryError
from schemas.settings import Settings
from sinks.ingest.metrics import METRICS as INGEST_METRICS
from sinks.statements import sql
from tests.support.certificates import make_certificates
from tests.support.ports import free_ports
from tests.support.prometheus import program
from tests.support.simulator import simulate, started
from tests.support.stack import own_settings, running
from tests.support.waiting import GIVE_UP, wait_for

ROOT = Path(__file__).parents[3]
RULES = ROOT / "ops" / "prometheus"
WORLD = ("--customers", "500", "--products", "100", "--seed", "5")
#: What a variable of Grafana stands for: four scrapes.
VARIABLES = {"$__rate_interval": "4s"}
#: Jobs of other installations: with a ClickHouse server, or with one that cannot read Kafka.
ELSEWHERE = {"clickhouse_server", "ingest"}
#: What is rightly empty here: nobody's rate is usual so soon after a backfill.
EMPTY = {"customer360:alerts_raised:rate2h * 3600"}
#: What a panel asks of the producer, who is there for a while only.
SENT = "sum(rate(c360_producers_acknowledged_records_total[$__rate_interval]))"
#: Of the certificate that Bolt shows here: far enough for no alert.
ENDS = dt.datetime.now(dt.UTC) + dt.timedelta(days=365)


@dataclass(frozen=True)
class Prometheus:
    """Where it answers."""

    url: str

    def ask(self, path: str, **words: str) -> Any:
        """The data of an answer of its HTTP interface."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(words)}", timeout=30) as answer:
            found = json.load(answer)
        assert found["status"] == "success", found
        return found["data"]

    def series(self, expression: str) -> list[dict[str, Any]]:
        """What an expression was over the last ten minutes."""
        now = dt.datetime.now(dt.UTC).timestamp()
        found = self.ask("query_range", query=expression, start=str(now - 600), end=str(now), step="1")
        answer: list[dict[str, Any]] = found["result"]
        return answer

    def targets(self) -> dict[str, str]:
        """The health of each job's target."""
        return {target["labels"]["job"]: target["health"] for target in self.ask("targets")["activeTargets"]}


@contextmanager
def prometheus(folder: Path, settings: Settings) -> Iterator[Prometheus]:
    """The one of ops/prometheus, with this stack's ports and every second; ended with the block."""
    (port,) = free_ports(1)
    chosen = yaml.safe_load((RULES / "prometheus.yml").read_text(encoding="utf-8"))
    chosen["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    chosen["rule_files"] = [str(RULES / name) for name in chosen["rule_files"]]
    del chosen["alerting"]
    own = {
        f"127.0.0.1:{field.default}": f"127.0.0.1:{getattr(settings, name)}"
        for name, field in Settings.model_fields.items()
        if name.endswith("metrics_port")
    }
    for job in chosen["scrape_configs"]:
        for group in job["static_configs"]:
            group["targets"] = [own.get(target, target) for target in group["targets"]]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(chosen), encoding="utf-8")
    command = [
        str(program("prometheus")),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield Prometheus(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@dataclass(frozen=True)
class Watched:
    """A stack that has seen some of everything, and the Prometheus that looked on."""

    settings: Settings
    prometheus: Prometheus


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    program("prometheus")  # skips before anything is started
    folder = tmp_path_factory.mktemp("watched")
    made = make_certificates(folder, ENDS)
    files = {"bolt_tls_certificate": str(made.certificate), "bolt_tls_key": str(made.key)}
    settings = own_settings(folder / "home", snapshot_seconds=2.0, **files)
    with running(settings) as environment, prometheus(folder, settings) as server:
        simulate(
            environment,
            *WORLD,
            "--start",
            "2025-10-01T00:00:00Z",
            "--duration",
            "395d",
            "--events",
            "20k",
            "--rate",
            "max",
        )
        with started(environment, *WORLD, "--rate", "200/s", "--duration", "10m") as live:
            wait_for(
                lambda: (
                    {job for job, health in server.targets().items() if health == "up"}
                    >= set(server.targets()) - ELSEWHERE
                ),
                "every part is scraped",
                60,
            )
            ask_everything(settings)
            wait_for(lambda: server.series("customer360:freshness_seconds:p99"), "live events are seen", 60)
            # Of a rate two scrapes have to be near each other, which a busy machine may keep apart.
            wait_for(lambda: server.series(expanded(SENT)), "the producer was scraped twice", 60)
            live.send_signal(signal.SIGINT)
            live.communicate(timeout=GIVE_UP)
        wait_for(Progress(settings).done, "everything is stored, counted and published", 120, every=0.5)
        verify(environment)
        refresh = [sys.executable, "-m", "queries.recommend", "refresh", "--json"]
        subprocess.run(refresh, env=environment, check=True, capture_output=True, timeout=GIVE_UP)
        recommended = 'c360_sinks_recommendations_timestamp_seconds{refresh="complete"} > 0'
        wait_for(lambda: server.series(recommended), "the age of recommendations is told")
        told = "c360_stream_processors_features_verified_timestamp_seconds > 0"
        wait_for(lambda: server.series(told), "the verification is told")
        client = writer_client(settings)
        behind = sql("rollups_behind")
        wait_for(lambda: not client.query(behind).result_rows, "the rollups have caught up", 120, every=0.5)
        yield Watched(settings, server)


def ask_everything(settings: Settings) -> None:
    """Every way to ask, also in vain, so that each metric has something to count."""
    runner = Runner(settings)
    runner.sql("4")
    runner.cypher("12")
    with pytest.raises(QueryError):
        runner.sql_text("SELECT * FROM there_is_no_such_table")
    url = f"bolt+ssc://127.0.0.1:{settings.bolt_port}"
    with neo4j.GraphDatabase.driver(url, auth=(settings.bolt_user, settings.bolt_secret)) as driver:
        driver.execute_query("MATCH (c:Customer) RETURN count(*)")
        with pytest.raises(Neo4jError):
            driver.execute_query("MATCH (c:Customer RETURN c")


def verify(environment: Mapping[str, str]) -> None:
    """`c360 features --verify`, which leaves its outcome for the alert on features that differ."""
    command = [sys.executable, "-m", "ops.cli", "features", "--verify", "--wait", "60", "--json"]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False, timeout=GIVE_UP)
    assert done.returncode == 0, done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    files = [
        RULES / name for name in yaml.safe_load((RULES / "prometheus.yml").read_text(encoding="utf-8"))["rule_files"]
    ]
    groups = [group for path in files for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def panels(field: str) -> list[str]:
    """What panels ask: expr of Prometheus, rawSql of ClickHouse."""
    found = [json.loads(path.read_text(encoding="utf-8"))["panels"] for path in sorted(FOLDER.glob("*.json"))]
    targets = [target for some in found for panel in some for target in panel.get("targets", [])]
    return [target[field] for target in targets if field in target]


def expanded(expression: str) -> str:
    """As Grafana sends it."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def selected(expression: str) -> set[str]:
    """Names of the metrics that an expression looks at."""
    return set(re.findall(r"\b(?:c360_\w+|process_\w+|up(?=[{ ]))", expression))


def test_no_metric_of_a_rule_or_a_panel_is_missing(watched: Watched) -> None:
    asked = set().union(*map(selected, [*(rule["expr"] for rule in rules()), *panels("expr")]))
    assert len(asked) > 40
    # Here ClickHouse reads Kafka itself.
    only_of_the_client = {metric.name for metric in INGEST_METRICS}
    assert asked - set(watched.prometheus.ask("label/__name__/values")) <= only_of_the_client


def test_the_certificate_s_end_is_told(watched: Watched) -> None:
    found = watched.prometheus.ask("query", query="c360_sinks_certificate_expiry_timestamp_seconds")["result"]
    told = {one["metric"]["certificate"]: float(one["value"][1]) for one in found}
    assert told == {watched.settings.bolt_tls_certificate: int(ENDS.timestamp())}


def test_every_rule_is_evaluated_without_an_error(watched: Watched) -> None:
    def evaluated() -> list[dict[str, Any]]:
        found = [rule for group in watched.prometheus.ask("rules")["groups"] for rule in group["rules"]]
        return found if all(rule["health"] != "unknown" for rule in found) else []

    found = wait_for(evaluated, "every rule was evaluated")
    assert {rule["name"] for rule in found} == {rule.get("alert") or rule["record"] for rule in rules()}
    assert [(rule["name"], rule.get("lastError")) for rule in found if rule["health"] != "ok"] == []


def test_every_panel_of_prometheus_has_an_answer(watched: Watched) -> None:
    without = {expression for expression in panels("expr") if not watched.prometheus.series(expanded(expression))}
    assert without <= EMPTY


def test_every_panel_of_clickhouse_has_rows_for_the_reading_user(watched: Watched) -> None:
    client = reader_client(watched.settings)
    without = [statement for statement in panels("rawSql") if not client.query(statement).result_rows]
    assert without == []


def test_no_alert_fires_that_should_not(watched: Watched) -> None:
    """The machine's own are its own business."""
    alerts = [alert for alert in watched.prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"]
    assert {alert["labels"]["alertname"] for alert in alerts} <= {"MemoryLow", "DiskLow", "DiskFillsUp"}, alerts
