"""All use cases by their number, and the reports beside them by name."""

from queries.use_cases import bundles, carts, cohorts, cross_sell, dormant, recommending, retention, stock

FLOWS = (retention, recommending, cross_sell, cohorts, bundles)
USE_CASES = {flow.CASE.name: flow.CASE for flow in FLOWS}
REPORTS = {flow.CASE.name: flow.CASE for flow in (carts, stock, dormant)}
