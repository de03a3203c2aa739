"""The 15 reports over plain rows, written from their meaning with polars and apart from the SQL."""

from collections.abc import Callable

import polars as pl

from tests.oracle.reports.baskets import basket_analysis
from tests.oracle.reports.cohorts import cohort_retention, ltv_quartiles, registration_trends
from tests.oracle.reports.customers import churn_risk, customer_segmentation, purchase_behavior, top_customers
from tests.oracle.reports.engagement import engagement_score, interaction_patterns
from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.gaps import category_gaps
from tests.oracle.reports.revenue import brand_by_segment, category_by_segment, monthly_revenue, product_performance

Report = Callable[[Facts, Params], pl.DataFrame]

REPORTS: dict[str, Report] = {
    "customer_segmentation": customer_segmentation,
    "top_customers": top_customers,
    "registration_trends": registration_trends,
    "monthly_revenue": monthly_revenue,
    "purchase_behavior": purchase_behavior,
    "product_performance": product_performance,
    "interaction_patterns": interaction_patterns,
    "engagement_score": engagement_score,
    "category_by_segment": category_by_segment,
    "brand_by_segment": brand_by_segment,
    "cohort_retention": cohort_retention,
    "ltv_quartiles": ltv_quartiles,
    "category_gaps": category_gaps,
    "basket_analysis": basket_analysis,
    "churn_risk": churn_risk,
}


def recompute(name: str, facts: Facts, params: Params) -> pl.DataFrame:
    """The report's answer; every parameter is given, `as_of` among them."""
    return REPORTS[name](facts.until(params["as_of"]), params)
