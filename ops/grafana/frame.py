"""What all dashboards have in common."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TAG = "customer360"


def framed(uid: str, title: str, description: str, span: str, refresh: str) -> Dashboard:
    """A dashboard without panels that shows the last `span` (such as 30m) and looks again every `refresh`."""
    others = dashboard.DashboardLink("Others").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True)
    return (
        Dashboard(f"Customer 360: {title}")
        .uid(uid)
        .description(description)
        .tags([TAG])
        .time(f"now-{span}", "now")
        .refresh(refresh)
        .timezone("utc")
        .readonly()
        .link(others.keep_time(False))
    )


def row(title: str) -> dashboard.Row:
    """A heading between panels."""
    return dashboard.Row(title)


def quantile(share: float, histogram: str, by: str = "", span: str = "$__rate_interval", where: str = "") -> str:
    """PromQL for a quantile of a histogram, of each value of the label `by`."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket{where}[{span}])))"
