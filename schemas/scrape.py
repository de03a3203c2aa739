"""Reads a process's Prometheus metrics as a scraper does."""

import http.client
import logging
import urllib.error
import urllib.request
from collections import defaultdict

from prometheus_client.parser import text_string_to_metric_families

log = logging.getLogger(__name__)


#: Seconds for an answer.
SECONDS = 5.0


def scrape(port: int, seconds: float = SECONDS) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Values by sample name and sorted labels; empty when nobody answers, or not with metrics."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=seconds) as answer:
            text = answer.read().decode()
        return _samples(text)
    except (urllib.error.URLError, OSError):
        return {}
    except (http.client.HTTPException, ValueError) as error:
        # Cut off in the middle, as by a part that ends while it answers, or another program has the port.
        log.warning("port %d answers, but not with metrics: %s: %s", port, type(error).__name__, error)
        return {}


def _samples(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return dict(found)
