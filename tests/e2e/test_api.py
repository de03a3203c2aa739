"""The API is a part of the stack: up, listed, with a key of its own, and fed by what flows."""

import json
import subprocess
import sys

import httpx2

from tests.e2e.conftest import Stack
from tests.support.simulator import simulate
from tests.support.waiting import GIVE_UP, wait_for

WORLD = ("--customers", "300", "--products", "50", "--seed", "19")
PAST = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "15k", "--rate", "max")


def test_it_is_up_and_answers_of_what_has_flowed_and_of_what_flows(stack: Stack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", "status", "--json"],
        env=stack.environment, capture_output=True, text=True, check=True, timeout=GIVE_UP,
    )  # fmt: skip
    assert json.loads(done.stdout)["parts"]["api"]["state"] == "running"
    key = stack.settings.secret_path("api").read_text(encoding="ascii").strip()
    assert key not in stack.settings.home.joinpath("logs", "api.log").read_text(encoding="utf-8")

    url = stack.settings.api_url
    with httpx2.Client(base_url=url, headers={"X-API-Key": key}, timeout=GIVE_UP) as client:
        assert httpx2.get(f"{url}/v1/alerts", timeout=GIVE_UP).status_code == 401
        with client.stream("GET", "/v1/alerts/live") as live:
            assert live.status_code == 200
            assert simulate(stack.environment, *WORLD, *PAST)["failed"] == 0
            alert = first_alert(live)
        found = wait_for(lambda: page(client, alert["customer_id"]), "the alert is stored", 120)
        assert alert in found
        # Features are stored by a way of their own.
        path = f"/v1/customers/{alert['customer_id']}"
        wait_for(lambda: client.get(path).json()["churn"], "their features are stored", 120)
        told = client.get(path).json()
        assert told["activity"]
        assert told["churn"]["alert"]["customer_id"] == alert["customer_id"]


def first_alert(live: httpx2.Response) -> dict[str, object]:
    """The first alert of a stream."""
    for line in live.iter_lines():
        if line.startswith("data: {"):
            found = json.loads(line.removeprefix("data: "))
            assert isinstance(found, dict)
            return found
    raise AssertionError("the stream has ended")


def page(client: httpx2.Client, customer_id: object) -> list[dict[str, object]]:
    """The stored alerts of a customer."""
    found = client.get("/v1/alerts", params={"customer_id": str(customer_id)}).json()["alerts"]
    assert isinstance(found, list)
    return found
