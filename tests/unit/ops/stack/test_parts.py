"""How one sees that a part answers: where it listens, from this machine, in TLS where it has a certificate."""

from ops.stack.parts import API, BOLT, CLICKHOUSE, CONSOLE, REGISTRY, SINKS
from schemas.settings import Settings


def test_parts_are_asked_where_they_listen() -> None:
    here = Settings(
        api_host="0.0.0.0", api_port=1, bolt_host="::1", bolt_port=2, console_host="::", console_port=3,
        registry_port=4, clickhouse_port=5, sinks_metrics_port=6, metrics_host="::1",
    )  # fmt: skip
    found = [part.probe(here) for part in (API, BOLT, CONSOLE, REGISTRY, CLICKHOUSE, SINKS)]
    assert [probe.target for probe in found] == [
        "http://127.0.0.1:1/healthz",
        "::1:2",
        "http://127.0.0.1:3/healthz",
        "http://127.0.0.1:4/apis/ccompat/v7/subjects",
        "http://127.0.0.1:5/ping",
        "http://[::1]:6/metrics",
    ]
    assert not any(probe.tls for probe in found)


def test_parts_with_a_certificate_are_asked_in_tls() -> None:
    here = Settings(api_tls_certificate="a", bolt_tls_certificate="b", console_tls_certificate="c", tls_certificate="d")
    found = [part.probe(here) for part in (API, BOLT, CONSOLE, REGISTRY, CLICKHOUSE)]
    assert all(probe.tls for probe in found)
    assert all(probe.target.startswith("https:") for probe in found if probe.kind == "http")
    assert not SINKS.probe(here).tls
