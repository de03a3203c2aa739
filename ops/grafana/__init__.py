"""Grafana's dashboards as code. The SQL of panels is in sql/; `python -m ops.grafana` writes dashboards/*.json."""
