"""/v1/reports: the SQL reports."""

from queries.api.routes.written import router_of

router = router_of("sql", "/v1/reports", "reports")
