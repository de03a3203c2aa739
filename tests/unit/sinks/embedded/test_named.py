"""Times by the names of queries: whatever callers make up, metrics stay few."""

from prometheus_client import REGISTRY

from sinks.embedded.named import MOST_NAMES, OTHERS, Named


def count(name: str) -> float:
    labels = {"language": "sql", "name": name}
    return REGISTRY.get_sample_value("c360_sinks_engine_named_query_seconds_count", labels) or 0.0


def test_only_what_is_named_is_timed() -> None:
    named = Named()
    for comment in ("", "c360:sql:Monthly", "c360:gql:x", "c360:sql:" + "x" * 65, "c360:sql:monthly_revenue"):
        named.observe(comment, 0.1)
    assert count("monthly_revenue") == 1
    assert count("Monthly") == 0


def test_names_that_are_made_up_end_among_the_others() -> None:
    named = Named()
    for number in range(MOST_NAMES + 5):
        named.observe(f"c360:sql:made_up_{number}", 0.1)
    assert count(f"made_up_{MOST_NAMES - 1}") == 1
    assert count(f"made_up_{MOST_NAMES}") == 0
    assert count(OTHERS) == 5
