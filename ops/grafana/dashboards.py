"""All dashboards, as the JSON that Grafana reads."""

import json

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from ops.grafana import business, churn, latency, pipeline

DASHBOARDS = (pipeline, business, churn, latency)


def rendered() -> dict[str, str]:
    """The text of each file of dashboards/, by its name."""
    return {f"{module.UID}.json": _json(module.dashboard()) for module in DASHBOARDS}


def _json(dashboard: Dashboard) -> str:
    made = json.loads(json.dumps(dashboard.build(), cls=JSONEncoder))
    for number, panel in enumerate(made["panels"], start=1):
        panel["id"] = number
    return json.dumps(made, indent=2) + "\n"
